// SPDX-License-Identifier: Apache-2.0
// Optimal string alignment distance in three rows, cut off early; words and lists beyond the limits get no suggestion,
// so that a hostile config cannot make the loader slow.
#include "daemon/settings/source/suggest.hpp"

#include <algorithm>
#include <cctype>

namespace taktd {
namespace {

constexpr std::size_t kWordBytesMax = 64;
constexpr std::size_t kKnownWordsMax = 2000;

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

}  // namespace

std::size_t edit_distance(std::string_view from, std::string_view to, std::size_t limit) {
    const std::size_t difference = from.size() > to.size() ? from.size() - to.size() : to.size() - from.size();
    if (difference > limit) return limit + 1;
    std::vector<std::size_t> before(to.size() + 1), previous(to.size() + 1), current(to.size() + 1);
    for (std::size_t j = 0; j <= to.size(); ++j) previous[j] = j;
    for (std::size_t i = 1; i <= from.size(); ++i) {
        current[0] = i;
        std::size_t best = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const bool same = lower(from[i - 1]) == lower(to[j - 1]);
            current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && lower(from[i - 1]) == lower(to[j - 2]) && lower(from[i - 2]) == lower(to[j - 1])) {
                current[j] = std::min(current[j], before[j - 2] + 1);
            }
            best = std::min(best, current[j]);
        }
        if (best > limit) return limit + 1;
        std::swap(before, previous);
        std::swap(previous, current);
    }
    return std::min(previous[to.size()], limit + 1);
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
    if (word.empty() || word.size() > kWordBytesMax) return {};
    const std::size_t limit = std::max<std::size_t>(1, word.size() / 3);
    std::size_t best = limit + 1;
    const std::string* found = nullptr;
    const std::size_t count = std::min(known.size(), kKnownWordsMax);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t distance = edit_distance(word, known[i], best - 1);
        if (distance < best) {
            best = distance;
            found = &known[i];
        }
        if (best == 0) break;  // a limit of best - 1 needs best > 0
    }
    return found == nullptr ? std::string{} : *found;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
    const std::string found = nearest(word, known);
    return found.empty() ? found : "; did you mean '" + found + "'?";
}

std::string one_of_text(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
        text += words[i];
    }
    return text;
}

}  // namespace taktd
