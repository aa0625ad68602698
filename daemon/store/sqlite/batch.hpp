// SPDX-License-Identifier: Apache-2.0
// What the writer puts into one transaction, and what became of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/store/sqlite/check_keeper.hpp"
#include "daemon/store/store.hpp"

namespace taktd {

struct Step {
    std::uint64_t number = 0;
    SharedRows rows;
};

/// What one transaction holds.
struct Batch {
    std::vector<Step> steps;
    std::size_t rows = 0;  ///< of the steps
    bool last = false;     ///< the clean mark and the limiters' debts
    std::vector<Row> limiters;
    std::optional<CheckMark> check;
};

struct Failure {
    std::string why;
    bool constraint = false;  ///< no retry will cure it: the program contradicts its store
};

}  // namespace taktd
