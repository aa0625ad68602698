// SPDX-License-Identifier: Apache-2.0
// `taktctl verify`: holds a real store against those rules of docs/rules.md that a store can show (R1, R2,
// R3, R5, R6, R8, R9, R10). It reads one snapshot row by row, so it works on a living store and needs no memory for a
// large one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/store/sqlite/reader.hpp"

namespace taktd {

struct Violation {
    std::string rule;  ///< "R3"
    std::optional<RunId> run;
    std::string job;   ///< empty if the finding is about an account
    std::string text;  ///< one sentence
};

/// A store that breaks everywhere is not listed to its end.
inline constexpr std::size_t kViolationsMax = 1000;

/// Requests are charged when they are released and recorded when their first byte left; a connection's set-up may bring
/// two closer together by so much.
inline constexpr Duration kReleaseToSentMax = std::chrono::milliseconds{250};

std::vector<Violation> verify(Reader& reader);

}  // namespace taktd
