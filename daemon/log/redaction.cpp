// SPDX-License-Identifier: Apache-2.0
// Keeps the secrets that must never be shown and blackens them in any text. All secrets are looked for in the original
// text and overlapping finds are joined, so that no tail of one secret survives behind another.
#include <algorithm>
#include <cctype>
#include <deque>
#include <mutex>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "daemon/log/escape.hpp"
#include "daemon/log/log.hpp"

namespace taktd::log {
namespace {

constexpr std::string_view kBlackened = "***";

struct Secrets {
    std::shared_mutex mutex;
    std::deque<std::vector<std::string>> forms;  // oldest first; of each secret its forms, the plain one in front
};

// Never destroyed: threads that outlive main() may still log.
Secrets& secrets() {
    static auto& instance = *new Secrets;
    return instance;
}

/// As a query string or a form carries it (RFC 3986, unreserved characters stay).
std::string percent_encoded(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || std::string_view{"-._~"}.find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += '%';
            out += kDigits[byte >> 4];
            out += kDigits[byte & 0xf];
        }
    }
    return out;
}

std::vector<std::string> forms_of(std::string_view value) {
    const auto quoted = quote_json(value);
    std::vector<std::string> forms{std::string{value}};
    for (auto form : {percent_encoded(value), quoted.substr(1, quoted.size() - 2)}) {
        if (std::find(forms.begin(), forms.end(), form) == forms.end()) forms.push_back(std::move(form));
    }
    return forms;
}

using Span = std::pair<std::size_t, std::size_t>;  // [begin, end)

void find_all(std::string_view text, std::string_view secret, std::vector<Span>& found) {
    // From the next byte on, not from the end of the find: "aaaa" occurs twice in "aaaaa", and both must go.
    for (auto at = text.find(secret); at != std::string_view::npos; at = text.find(secret, at + 1)) {
        found.emplace_back(at, at + secret.size());
    }
}

}  // namespace

void register_secret(std::string_view value) {
    if (value.size() < kSecretBytesMin) return;
    auto forms = forms_of(value);
    auto& all = secrets();
    const std::unique_lock lock{all.mutex};
    std::erase_if(all.forms, [&](const auto& known) { return known.front() == value; });
    all.forms.push_back(std::move(forms));
    if (all.forms.size() > kSecretsMax) all.forms.pop_front();
}

void register_secret(const Secret& secret) { register_secret(std::string_view{secret.reveal()}); }

std::string redact(std::string text) {
    std::vector<Span> found;
    {
        auto& all = secrets();
        const std::shared_lock lock{all.mutex};
        for (const auto& forms : all.forms) {
            for (const auto& form : forms) find_all(text, form, found);
        }
    }
    if (found.empty()) return text;

    std::sort(found.begin(), found.end());
    std::string out;
    std::size_t done = 0;  // everything before it is in `out`, or blackened
    for (const auto& [begin, end] : found) {
        if (begin >= done) {
            out.append(text, done, begin - done);
            out += kBlackened;
        }
        done = std::max(done, end);
    }
    out.append(text, done);
    return out;
}

}  // namespace taktd::log
