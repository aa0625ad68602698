// SPDX-License-Identifier: Apache-2.0
// The tasks of the config that are looked at for runs that are not ours, and what was found. By task key.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "daemon/core/model/job.hpp"
#include "daemon/core/model/rows.hpp"
#include "daemon/core/state/book.hpp"

namespace taktd {

/// A task of the config, looked at now and then for runs that are not ours.
struct WatchedTask {
    ProviderPtr provider;
    TaskSpec task;
    std::string job;  ///< the first that names it
    std::optional<BootTime> next;
    std::optional<CallId> query;
    int failures = 0;
    bool is_checked = false;
    std::uint64_t load = 0;             ///< the newest config that names it
    std::optional<BootTime> own_until;  ///< when our last obligation on it ended
    std::optional<ForeignRow> found;
    // With `foreign: stop`.
    std::optional<CallId> stop_call;
    std::optional<BootTime> next_stop;
    std::optional<BootTime> may_stop_until;  ///< a stop whose answer was lost may still be on its way
    int stops = 0;
};

class ForeignRuns : public Book<WatchedTask> {
public:
    /// What the last process had found and not seen to end.
    void remember(const ForeignRow& row) { stored_.emplace(row.task_key, row); }
    std::optional<ForeignRow> take_remembered(const std::string& task_key) {
        const auto found = stored_.extract(task_key);
        return found.empty() ? std::nullopt : std::optional{std::move(found.mapped())};
    }
    std::map<std::string, ForeignRow> take_all_remembered() { return std::exchange(stored_, {}); }

private:
    std::map<std::string, ForeignRow> stored_;
};

}  // namespace taktd
