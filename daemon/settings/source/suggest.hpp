// SPDX-License-Identifier: Apache-2.0
// "did you mean 'start'?": the known word nearest to a misspelt one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace taktd {

/// Edits (insert, delete, replace, swap neighbours) that turn one into the other, letter case ignored; anything above
/// `limit` is reported as limit + 1.
std::size_t edit_distance(std::string_view from, std::string_view to, std::size_t limit);

/// The nearest of `known` within a third of the word's length (at least one edit), or empty.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// `; did you mean 'x'?` or empty.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

/// `a, b or c`, for messages that list what is allowed.
std::string one_of_text(const std::vector<std::string>& words);

}  // namespace taktd
