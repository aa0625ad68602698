// SPDX-License-Identifier: Apache-2.0
// What happened that people may want to be told of, as facts: made from the rows of a step, before it is committed, and
// from what no row says (an overdue stop, a refused config). words.hpp puts it into a language, cloud_event.hpp into
// the form that the outbox keeps.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/core/model/past.hpp"
#include "daemon/core/model/rows.hpp"
#include "daemon/runtime/overdue_watch.hpp"

namespace taktd::notify {

/// Of a run, as it is when the notice is made.
struct RunFacts {
    RunId id;
    RunState state = RunState::due;
    Reason reason = Reason::none;
    Obligation obligation = Obligation::none;
    WallTime start_due{}, should_end{};
    bool is_overdue = false;
    int stop_attempts = 0;      ///< since this process began
    std::string last_answer{};  ///< to the last of them: "503 APIGW.0201"
};

struct Notice {
    NoticeType type = NoticeType::test;
    WallTime at;
    std::string job{}, provider{};
    std::optional<RunFacts> run{};
    int repeat = 0;      ///< of an overdue stop: told so many times before
    Duration late{};     ///< of an overdue stop, and of one that has recovered
    Duration wait{};     ///< told only if it still holds after that
    std::string text{};  ///< what a rule, an operator or a vendor said; an error's first line
    std::string actor{}, scope{};
    std::optional<WallTime> until{};
    std::int64_t count = 0;  ///< occurrences missed; stops owed; errors of a config; jobs of one that was read
    std::optional<WallTime> first{}, last{};  ///< of occurrences that were missed
};

class NoticeMaker {
public:
    /// A start is unconfirmed for that long before people are told.
    static constexpr Duration kUnconfirmedPatience = std::chrono::minutes{1};
    /// Of texts that come from outside.
    static constexpr std::size_t kTextBytesMax = 500;

    /// Live runs that the store knew.
    void note(const Snapshot& snapshot);
    /// In the order of the rows.
    std::vector<Notice> notices_of(const std::vector<Row>& rows);
    /// Nobody knows yet whether its start took effect.
    bool is_unconfirmed(RunId run) const;
    /// Told again and again, each time with its count.
    Notice overdue(const OverdueWatch::Overdue& stop, WallTime now);

private:
    struct Known {
        std::string job, provider;
        RunFacts facts;
        int told_overdue = 0;
    };

    void note(const RunRow& run);
    void take(const TransitionRow& transition, std::vector<Notice>& notices) const;
    void take(const CallRow& call, std::vector<Notice>& notices);
    static void take(const HoldRow& hold, std::vector<Notice>& notices);
    static void take(const ForeignRow& foreign, std::vector<Notice>& notices);
    static void take(const GapRow& gap, std::vector<Notice>& notices);

    std::map<RunId, Known> known_;
    std::set<std::string> unauthorized_;  ///< providers whose last answer was that
};

}  // namespace taktd::notify
