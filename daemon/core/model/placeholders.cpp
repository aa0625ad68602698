// SPDX-License-Identifier: Apache-2.0
// Placeholders in the texts that a request carries: `{job}` is replaced by its value, `{{` is a brace. Values are put
// in as they are and never read for placeholders again.
#include <algorithm>
#include <string_view>

#include "daemon/core/model/call.hpp"

namespace taktd {

namespace {

/// One piece of a text: literal characters, or the name of a placeholder.
struct Piece {
    enum class Kind { literal, placeholder, unclosed } kind;
    std::string_view text;
};

/// Takes the piece at the front of `rest`, which is not empty, and moves past it.
Piece take_piece(std::string_view& rest) {
    const auto take = [&rest](std::size_t length) {
        const auto taken = rest.substr(0, length);
        rest.remove_prefix(length);
        return taken;
    };
    if (rest.starts_with("{{")) return {Piece::Kind::literal, take(2).substr(1)};
    if (!rest.starts_with('{')) return {Piece::Kind::literal, take(std::min(rest.find('{'), rest.size()))};
    const auto end = rest.find_first_of("{}", 1);
    if (end == std::string_view::npos || rest[end] == '{') {
        return {Piece::Kind::unclosed, take(std::min(end, rest.size()))};
    }
    const auto name = take(end + 1);
    return {Piece::Kind::placeholder, name.substr(1, name.size() - 2)};
}

}  // namespace

std::string expand(const std::string& text, const Placeholders& placeholders) {
    std::string result;
    for (std::string_view rest = text; !rest.empty();) {
        const auto piece = take_piece(rest);
        if (piece.kind != Piece::Kind::placeholder) {
            result += piece.text;
        } else if (const auto found = placeholders.find(std::string{piece.text}); found != placeholders.end()) {
            result += found->second;
        }
    }
    return result;
}

const std::vector<std::string>& placeholder_names(bool before_start) {
    static const std::vector<std::string> kAll{"run",     "job",   "provider", "task_id", "started",
                                               "elapsed", "cause", "actor",    "reason"};
    static const std::vector<std::string> kBeforeStart{"run", "job", "provider"};
    return before_start ? kBeforeStart : kAll;
}

std::optional<std::string> unknown_placeholder(const std::string& text, bool before_start) {
    const auto& names = placeholder_names(before_start);
    for (std::string_view rest = text; !rest.empty();) {
        const auto piece = take_piece(rest);
        if (piece.kind == Piece::Kind::literal) continue;
        const auto name = piece.kind == Piece::Kind::unclosed ? piece.text.substr(1) : piece.text;
        const bool is_known = std::find(names.begin(), names.end(), name) != names.end();
        if (piece.kind == Piece::Kind::unclosed || !is_known) return std::string{name};
    }
    return std::nullopt;
}

}  // namespace taktd
