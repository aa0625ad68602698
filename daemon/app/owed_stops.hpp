// SPDX-License-Identifier: Apache-2.0
// The last resort: delivers what a dead daemon owes, from its store alone. It is the daemon itself without a config:
// the same engine, store, dispatcher and client, so the same rules hold and a daemon that starts afterwards finds the
// rows that it would have written. Starts nothing, ever.
#pragma once

#include <string>
#include <vector>

#include "daemon/app/store_refusal.hpp"
#include "daemon/core/base/result.hpp"
#include "daemon/core/model/rows.hpp"

namespace taktd {

/// What a command writes into a store has so long to be durable.
inline constexpr Duration kDurableMax = std::chrono::seconds{10};

struct OwedStopsOptions {
    std::string store_path;
    bool due_only = false;  ///< leave alone what is not due; false: every run that is owed a stop is stopped now
    Duration timeout = std::chrono::minutes{10};
    std::string actor;   ///< who stops runs before their time
    std::string reason;  ///< likewise why
};

struct OwedStopsReport {
    std::vector<RunRow> runs;           ///< what it was about, by stop instant, each as it was left
    std::vector<std::string> problems;  ///< sentences: secrets that cannot be read, rows that could not be written
    bool no_store = false;              ///< there is none yet (due_only; else that is a refusal)
    bool timed_out = false;
    bool interrupted = false;  ///< by SIGINT or SIGTERM

    bool is_all_delivered() const;
};

/// Ends when nothing (due) is owed any more, when the timeout is over, or at a signal. Progress goes to the log. With
/// nothing due, nothing is opened for writing.
Result<OwedStopsReport, StoreRefusal> deliver_owed_stops(OwedStopsOptions options);

}  // namespace taktd
