// SPDX-License-Identifier: Apache-2.0
// A look at the brackets before the parser sees them: yaml-cpp keeps every token of an open `[...]` in memory (240
// bytes each), so nesting and length are bounded here. The exact nesting limit is kept later, by yaml_document.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace taktd {

/// Brackets open at once. Far above kNestingMax, because this scan takes some plain text for brackets.
inline constexpr std::size_t kOpenBracketsMax = 1000;
/// Indicators inside one outermost `[...]` or `{...}`, or anchors and tags on one line.
inline constexpr std::size_t kFlowIndicatorsMax = 1'000'000;

struct FlowExcess {
    std::size_t offset;
    std::string message;
};
std::optional<FlowExcess> find_flow_excess(std::string_view text);

}  // namespace taktd
