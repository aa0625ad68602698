// SPDX-License-Identifier: Apache-2.0
// Makes events of what is durable: rows, overdue stops, the store. Each is put into the ring and serialised there,
// once.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>

#include <boost/json.hpp>

#include "daemon/control/event_ring.hpp"
#include "daemon/core/engine/engine.hpp"
#include "daemon/core/rules/config_change.hpp"
#include "daemon/runtime/follower.hpp"

namespace taktd::control {

namespace json = boost::json;

class EventTeller final : public Follower {
public:
    /// More names of jobs than that, and a config event says only that there are many.
    static constexpr std::size_t kNamesMax = 1000;
    /// Runs that have ended, whose job is still known for calls that end after them.
    static constexpr std::size_t kEndedMax = 4096;

    /// `on_event` is called after each.
    EventTeller(EventRing& ring, std::function<WallTime()> clock, std::function<void()> on_event)
        : ring_{ring}, clock_{std::move(clock)}, on_event_{std::move(on_event)} {}

    void on_recovered(const Snapshot& snapshot) override;
    void on_committed(const std::vector<Row>& rows) override;
    void on_overdue(const OverdueWatch::Overdue& stop) override;
    void on_store(bool is_up) override;

    /// Another config is in force.
    void tell_config(std::uint64_t generation, const ConfigChange& change);
    /// What is told at most once a second if it has changed: counts, and what `providers` yields.
    void tell_of_second(const EngineStatus& status, const std::function<json::array()>& providers);
    /// Queries are many, so they become events only while somebody wants them.
    void want_queries(bool is_wanted) { wants_queries_ = is_wanted; }

private:
    struct Owner {
        std::string job{}, provider{};
        bool has_ended = false;
    };

    void tell(EventType type, const Owner& about, const json::object& data);
    void tell(const TransitionRow& transition, const RunRow* run);
    void tell(const CallRow& call);
    void tell(const ForeignRow& foreign);
    void tell(const JobStateRow& job);
    void tell_holds();
    void note(const RunRow& run);
    void note_outcome(const CallRow& call);
    Owner owner_of(RunId run) const;

    EventRing& ring_;
    const std::function<WallTime()> clock_;
    const std::function<void()> on_event_;
    std::map<RunId, Owner> owners_;
    std::deque<RunId> ended_;
    std::map<RunId, WallTime> overdue_;  // when each should have ended
    std::map<std::string, HoldRow> holds_;
    std::map<std::string, JobStateRow> disabled_;
    std::map<std::string, Outcome> outcomes_;  // of the last call to each provider
    bool have_providers_changed_ = false, wants_queries_ = false;
    std::string told_status_;
};

}  // namespace taktd::control
