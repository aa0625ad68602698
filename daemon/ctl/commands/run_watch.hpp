// SPDX-License-Identifier: Apache-2.0
// One run until it has ended, through cut streams and restarts of taktd: its transitions and calls, each told once.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/daemon_client.hpp"
#include "daemon/ctl/feed/event_feed.hpp"

namespace taktd::ctl {

struct RunNews {
    enum class Kind {
        whole,  ///< `data`: what GET /runs/{run} answers; the first news of all, where it is asked for
        event,  ///< `event` with its `data`
        lost,   ///< `why`; it goes on waiting
        back,
        refused,  ///< `answer`
        timed_out,
        interrupted,
        reader_gone,
    };
    Kind kind = Kind::timed_out;
    json::object data{};
    ToldEvent event{};
    std::string why{};
    Answer answer{};
};

class RunWatch {
public:
    /// `run`: its row as the API has it. `types`: of events. `tells_whole`: what has been so far is told as a whole;
    /// else the first news are what has happened since `run`.
    RunWatch(const Options& options, const json::object& run, const std::string& types, bool tells_whole,
             Outside& outside);

    RunNews next(Outside::Clock::time_point deadline = Outside::Clock::time_point::max());
    /// And all of it is told.
    bool has_ended() const;
    bool is_away() const { return !feed_.is_listening(); }
    const std::string& id() const { return id_; }
    const std::string& job() const { return job_; }
    const std::string& state() const { return state_; }
    const std::string& reason() const { return reason_; }

private:
    using Kind = RunNews::Kind;

    std::optional<RunNews> ask();
    std::optional<RunNews> hear(FeedNews news);
    void add_what_is_new(const json::object& said);
    void forget_what_was_told();
    bool is_new(const std::string& name, const json::object& data);

    const Options& options_;
    const std::string id_, job_;
    const bool tells_whole_;
    EventFeed feed_;
    std::string state_, reason_;
    bool wants_answer_ = false, knows_whole_ = false, was_lost_ = false;
    std::int64_t told_seq_ = 0;
    std::set<std::string> told_calls_;
    std::vector<RunNews> missed_;  // told from the store, oldest first
    std::size_t taken_ = 0;
};

}  // namespace taktd::ctl
