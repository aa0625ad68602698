// SPDX-License-Identifier: Apache-2.0
// Retention: finished runs with their transitions and calls, and old query calls, leave in small transactions, so that
// a stop's commit never waits long behind one. A run with an open obligation never leaves.
#pragma once

#include "daemon/core/base/time.hpp"

namespace SQLite {
class Database;
}

namespace taktd {

struct PruneRequest {
    WallTime finished_before;  ///< by runs.updated_ns
    WallTime queries_before;   ///< by calls.done_ns
    bool operator==(const PruneRequest&) const = default;
};

inline constexpr int kPruneRunsPerStep = 10;
inline constexpr int kPruneQueriesPerStep = 100;

/// One transaction's worth; true if there may be more to do. Throws SQLite::Exception, then nothing has changed.
bool prune_some(SQLite::Database& database, const PruneRequest& request);

}  // namespace taktd
