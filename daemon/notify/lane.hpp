// SPDX-License-Identifier: Apache-2.0
// What waits for one target, and what is to be done about it now. In the order in which it came; one that fails keeps
// those behind it waiting, and those of no other target. What comes too fast for the target is gathered into one. No
// clock, no network: notifier.hpp has them.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/base/random.hpp"
#include "daemon/core/model/rows.hpp"
#include "daemon/notify/message.hpp"

namespace taktd::notify {

/// How much a target is told.
struct Pace {
    int per_minute = 60;
    Duration gap{};                    ///< between two, at least
    bool is_slow_on_the_hour = false;  ///< robots' senders are busiest when cron is
};
Pace pace_of(NotifyTarget::Kind kind);

class Lane {
public:
    static constexpr Duration kRetryInitial = std::chrono::seconds{5};  ///< doubling, 20 % more or less
    static constexpr Duration kRetryMax = std::chrono::minutes{10};
    static constexpr Duration kGivenUpAfter = std::chrono::hours{24};
    /// Of one type and job, within that time of the first, what is not critical is told as one.
    static constexpr Duration kGatherFor = std::chrono::minutes{1};

    /// A target that takes nothing for a day must not fill memory and disk.
    static constexpr std::size_t kWaitingMax = 500;

    /// `gather` makes one row of several of one type: it has an id of its own.
    using Gather = std::function<OutboxRow(const std::vector<OutboxRow>&)>;

    Lane(Pace pace, std::uint64_t seed, Gather gather) : pace_{pace}, gather_{std::move(gather)}, random_{seed} {}

    /// When one that is made now is to be told at the earliest.
    WallTime first_try(NoticeType type, const std::string& job, Duration wait, WallTime now);
    /// It is on the disk. One that is known is left as it is.
    void add(const OutboxRow& row);
    /// Those of `run` that have not been tried yet and need not be told any more; for the outbox.
    std::vector<OutboxRow> withdraw(RunId run, NoticeType type);

    /// Where more than kWaitingMax wait, those of the most frequent type as one; for the outbox.
    std::vector<OutboxRow> shrink();

    /// Exactly one of these is to be done.
    struct Step {
        std::optional<OutboxRow> send{};
        std::vector<OutboxRow> rows{};    ///< what has been gathered, and into what: for the outbox
        std::optional<WallTime> until{};  ///< nothing before; none of the three: nothing at all
    };
    Step step(Now now);
    /// What the target said of one that step() gave out; what becomes of it, for the outbox.
    OutboxRow settle(const OutboxRow& sent, const Verdict& verdict, Now now);
    /// The config has changed: what failed is tried again at once.
    void renew(Pace pace);

    bool is_empty() const { return waiting_.empty(); }
    std::size_t size() const { return waiting_.size(); }
    std::optional<WallTime> oldest() const;
    /// Something may be told now that has not failed.
    bool is_due(WallTime now) const;
    /// Removes what is a day old; where nobody is to be told any more, everything. For the outbox.
    std::vector<OutboxRow> take_older(WallTime now, bool has_target);

private:
    int permits(BootTime now);
    std::vector<OutboxRow> gathered_with(const OutboxRow& head, WallTime now, int permits);
    std::vector<OutboxRow> gather(const std::vector<NoticeId>& ids);

    Pace pace_;
    Gather gather_;
    Random random_;
    std::map<NoticeId, OutboxRow> waiting_;                        // ids sort in the order in which they came
    std::map<std::pair<NoticeType, std::string>, WallTime> told_;  // when a stretch of one kind and job began
    std::deque<BootTime> sent_;                                    // within the last minute
};

}  // namespace taktd::notify
