// SPDX-License-Identifier: Apache-2.0
// What becomes an event, and what does not: rows that are durable, told once each, with the job that they are about.
#include "daemon/control/event_teller.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/stored_rows.hpp"

namespace taktd::control {
namespace {

using testing::at;
using testing::call_row;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::run_row;
using testing::transition_row;

struct Told {
    std::string name;
    json::object data;
};

class EventTellerTest : public ::testing::Test {
protected:
    WallTime now = at(100);
    EventRing ring{"9f31"};
    EventCursor cursor{ring,
                       {.types = {EventType::transition, EventType::call, EventType::query, EventType::overdue,
                                  EventType::recovered, EventType::holds, EventType::job, EventType::providers,
                                  EventType::config, EventType::store, EventType::foreign, EventType::status}}};
    int woken = 0;
    EventTeller teller{ring, [this] { return now; }, [this] { ++woken; }};

    /// What has been told since the last time.
    std::vector<Told> told() {
        std::vector<Told> events;
        std::istringstream lines{cursor.take(1 << 20)};
        for (std::string line; std::getline(lines, line);) {
            if (line.starts_with("event: ")) events.push_back({line.substr(7), {}});
            if (line.starts_with("data: ")) events.back().data = json::parse(line.substr(6)).as_object();
        }
        return events;
    }
    std::vector<std::string> names() {
        std::vector<std::string> found;
        for (const Told& each : told()) found.push_back(each.name);
        return found;
    }
    /// The one that has been told since.
    json::object one(const std::string& name) {
        const auto events = told();
        EXPECT_EQ(events.size(), 1U);
        EXPECT_EQ(events.at(0).name, name);
        return events.at(0).data;
    }
};

std::string text_of(const json::object& data, const char* name) { return std::string{data.at(name).as_string()}; }

TEST_F(EventTellerTest, Transition_WithItsRun_BearsJobProviderAndTheRunInBrief) {
    const RunRow run = run_row(1, "load", RunState::running);
    teller.on_committed({run, transition_row(run, 3, RunState::starting, RunState::running)});
    EXPECT_EQ(woken, 1);
    const auto data = one("transition");
    EXPECT_EQ(text_of(data, "job"), "load");
    EXPECT_EQ(text_of(data, "provider"), "perf");
    EXPECT_EQ(text_of(data, "from_state"), "starting");
    EXPECT_EQ(text_of(data, "to_state"), "running");
    EXPECT_EQ(text_of(data.at("run").as_object(), "id"), run.id.text());
}

TEST_F(EventTellerTest, Transition_OfARunThatTheStoreKnew_BearsItsJob) {
    const RunRow run = run_row(1, "load", RunState::running);
    Snapshot snapshot;
    snapshot.live.emplace_back().run = run;
    teller.on_recovered(snapshot);
    EXPECT_THAT(names(), IsEmpty());
    teller.on_committed({transition_row(run, 4, RunState::running, RunState::stopping)});
    const auto data = one("transition");
    EXPECT_EQ(text_of(data, "job"), "load");
    EXPECT_TRUE(data.at("run").is_null());
}

TEST_F(EventTellerTest, Call_InFlight_IsNoNews) {
    teller.on_committed({call_row(run_row(1), "call-1", Action::start, std::nullopt)});
    EXPECT_THAT(names(), IsEmpty());
    EXPECT_EQ(woken, 0);
}

TEST_F(EventTellerTest, Call_ThatHasEnded_IsToldWithoutBodies) {
    const RunRow run = run_row(1);
    teller.on_committed({run, call_row(run, "call-1", Action::start, Outcome::accepted)});
    const auto data = one("call");
    EXPECT_EQ(text_of(data, "job"), "load");
    EXPECT_EQ(text_of(data, "outcome"), "accepted");
    EXPECT_FALSE(data.contains("request_body"));
    EXPECT_FALSE(data.contains("response_body"));
}

TEST_F(EventTellerTest, Call_AfterItsRunHasEnded_StillBearsTheJob) {
    const RunRow run = run_row(1, "load", RunState::stopped);
    teller.on_committed({run});
    teller.on_committed({call_row(run, "call-9", Action::stop, Outcome::accepted)});
    EXPECT_EQ(text_of(one("call"), "job"), "load");
}

TEST_F(EventTellerTest, Call_LongAfterItsRunHasEnded_IsToldWithoutTheJob) {
    const RunRow first = run_row(1, "load", RunState::stopped);
    teller.on_committed({first});
    for (std::size_t n = 2; n <= EventTeller::kEndedMax + 1; ++n)
        teller.on_committed({run_row(static_cast<int>(n), "load", RunState::stopped)});
    teller.on_committed({call_row(first, "call-9", Action::stop, Outcome::accepted)});
    EXPECT_TRUE(one("call").at("job").is_null());
}

TEST_F(EventTellerTest, Query_IsToldOnlyWhileSomebodyWantsThem) {
    const RunRow run = run_row(1);
    teller.on_committed({run, call_row(run, "call-1", Action::query, Outcome::accepted)});
    EXPECT_THAT(names(), IsEmpty());
    teller.want_queries(true);
    teller.on_committed({call_row(run, "call-2", Action::query, Outcome::accepted)});
    EXPECT_EQ(text_of(one("call"), "action"), "query");
    teller.want_queries(false);
    teller.on_committed({call_row(run, "call-3", Action::query, Outcome::accepted)});
    EXPECT_THAT(names(), IsEmpty());
}

TEST_F(EventTellerTest, Holds_TellAllThatAreEngagedAndAnExpiredOneIsNot) {
    teller.on_committed({HoldRow{"job:load", true, "quiet", "ann", at(1), std::nullopt},
                         HoldRow{"", true, "incident", "bob", at(2), at(200)}});
    EXPECT_EQ(one("holds").at("holds").as_array().size(), 2U);  // one event for one commit
    now = at(201);
    teller.on_committed({HoldRow{"provider:perf", true, "key", "ann", at(3), std::nullopt}});
    EXPECT_EQ(one("holds").at("holds").as_array().size(), 2U);
    teller.on_committed({HoldRow{"job:load", false, "", "ann", at(4), std::nullopt},
                         HoldRow{"provider:perf", false, "", "ann", at(4), std::nullopt}});
    EXPECT_TRUE(one("holds").at("holds").as_array().empty());
}

TEST_F(EventTellerTest, Holds_ThatTheStoreKnew_AreAmongThem) {
    Snapshot snapshot;
    snapshot.holds.push_back(HoldRow{"", true, "incident", "bob", at(2), std::nullopt});
    teller.on_recovered(snapshot);
    teller.on_committed({HoldRow{"job:load", true, "quiet", "ann", at(3), std::nullopt}});
    EXPECT_EQ(one("holds").at("holds").as_array().size(), 2U);
}

TEST_F(EventTellerTest, Job_IsToldWhenItsDisablementChangesAndAtNoOtherTime) {
    JobStateRow job = testing::job_state_row("load", at(1));
    teller.on_committed({job});  // at each occurrence
    EXPECT_THAT(names(), IsEmpty());
    job.disabled = true;
    job.reason = "quiet";
    job.actor = "ann";
    teller.on_committed({job});
    EXPECT_EQ(text_of(one("job"), "reason"), "quiet");
    job.watermark = at(2);
    teller.on_committed({job});
    EXPECT_THAT(names(), IsEmpty());
    job.until = at(300);
    teller.on_committed({job});
    EXPECT_FALSE(one("job").at("until").is_null());
    job.disabled = false;
    teller.on_committed({job});
    EXPECT_FALSE(one("job").at("disabled").as_bool());
    teller.on_committed({job});
    EXPECT_THAT(names(), IsEmpty());
}

TEST_F(EventTellerTest, Overdue_IsFollowedByRecoveredWhenTheRunEnds) {
    RunRow run = run_row(1, "load", RunState::stopping);
    teller.on_committed({run});
    teller.on_overdue({run.id, run.job, run.provider, run.state, at(40), std::chrono::seconds{60}});
    EXPECT_EQ(one("overdue").at("run").as_object().at("late").to_number<double>(), 60.0);
    teller.on_committed({run});  // it goes on
    EXPECT_THAT(names(), IsEmpty());
    run.state = RunState::stopped;
    run.obligation = Obligation::discharged;
    run.updated = at(130);
    teller.on_committed({run});
    EXPECT_EQ(one("recovered").at("run").as_object().at("late").to_number<double>(), 90.0);
    teller.on_committed({run});
    EXPECT_THAT(names(), IsEmpty());
}

TEST_F(EventTellerTest, Run_ThatWasNeverOverdue_DoesNotRecover) {
    RunRow run = run_row(1, "load", RunState::stopped);
    run.obligation = Obligation::discharged;
    teller.on_committed({run});
    EXPECT_THAT(names(), IsEmpty());
}

TEST_F(EventTellerTest, Store_IsToldDownAndUp) {
    teller.on_store(false);
    EXPECT_FALSE(one("store").at("up").as_bool());
    teller.on_store(true);
    EXPECT_TRUE(one("store").at("up").as_bool());
}

TEST_F(EventTellerTest, Foreign_IsToldWhenFoundAndWhenItHasEndedNotInBetween) {
    ForeignRow foreign{"key", "perf", "load", at(1), at(1), RemoteState::running, std::nullopt, false};
    teller.on_committed({foreign});
    EXPECT_FALSE(one("foreign").at("ended").as_bool());
    foreign.last_seen = at(2);
    teller.on_committed({foreign});
    EXPECT_THAT(names(), IsEmpty());
    foreign.ended = true;
    teller.on_committed({foreign});
    EXPECT_TRUE(one("foreign").at("ended").as_bool());
}

TEST_F(EventTellerTest, Config_NamesJobsUnlessThereAreMany) {
    ConfigChange change;
    change.added = {"a"};
    change.removed = {"b"};
    teller.tell_config(7, change);
    auto data = one("config");
    EXPECT_EQ(data.at("generation").to_number<int>(), 7);
    EXPECT_EQ(data.at("added").as_array().size(), 1U);
    change.changed.assign(EventTeller::kNamesMax, "c");
    teller.tell_config(8, change);
    data = one("config");
    EXPECT_TRUE(data.at("many").as_bool());
    EXPECT_FALSE(data.contains("changed"));
}

TEST_F(EventTellerTest, Second_TellsStatusAndProvidersOnlyWhenTheyHaveChanged) {
    EngineStatus status;
    status.live_runs = 1;
    int asked = 0;
    const auto providers = [&asked] { return json::array{json::value{++asked}}; };
    teller.tell_of_second(status, providers);
    EXPECT_THAT(names(), ElementsAre("status"));
    teller.tell_of_second(status, providers);
    EXPECT_THAT(names(), IsEmpty());

    const RunRow run = run_row(1);
    const auto call = [&](const char* name, Outcome outcome) {
        teller.on_committed({call_row(run, name, Action::query, outcome)});
        teller.tell_of_second(status, providers);
    };
    call("call-1", Outcome::accepted);  // the first of this provider
    EXPECT_THAT(names(), ElementsAre("providers"));
    call("call-2", Outcome::accepted);
    EXPECT_THAT(names(), IsEmpty());
    call("call-3", Outcome::throttled);
    EXPECT_THAT(names(), ElementsAre("providers"));
    call("call-4", Outcome::throttled);  // each that does not go well
    EXPECT_THAT(names(), ElementsAre("providers"));
    call("call-5", Outcome::accepted);
    EXPECT_THAT(names(), ElementsAre("providers"));
    EXPECT_EQ(asked, 4);  // they are written out for an event only

    status.live_runs = 2;
    teller.tell_of_second(status, providers);
    EXPECT_THAT(names(), ElementsAre("status"));
}

}  // namespace
}  // namespace taktd::control
