// SPDX-License-Identifier: Apache-2.0
// Runs of a salvaged store made whole again: each story legal, gap-free and at one with its run's row, each possible
// effect with its open obligation. What had to be reckoned bears the actor `salvage`.
#pragma once

#include <vector>

#include "daemon/core/model/rows.hpp"

namespace SQLite {
class Database;
}

namespace taktd {

struct SalvageReport;

inline constexpr const char* kSalvageActor = "salvage";

/// What is known of one run.
struct Remains {
    RunRow run;
    std::vector<TransitionRow> transitions;  ///< in order of seq, with holes
    bool may_have_started = false;           ///< a start call was accepted, is uncertain or has no answer
};

/// The run and its story so that they fit; nothing changes where nothing is wrong.
Remains mended(Remains remains);

/// All of them, in the caller's transaction; tells what it did and what is lost. Throws SQLite::Exception.
void mend_runs(SQLite::Database& database, SalvageReport& report);

}  // namespace taktd
