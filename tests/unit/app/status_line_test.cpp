// SPDX-License-Identifier: Apache-2.0
// What `systemctl status` says: what is wrong first.
#include "daemon/app/status_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace taktd {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr WallTime kNow{std::chrono::seconds{1'790'000'000}};

ConfigPtr with_providers(const std::vector<std::string>& names) {
    auto config = std::make_shared<Config>();
    for (const auto& name : names) config->providers[name] = std::make_shared<const ProviderSpec>();
    return config;
}

Row answered(const std::string& provider, Outcome outcome) {
    CallRow call;
    call.provider = provider;
    call.result.emplace();
    call.result->outcome = outcome;
    return call;
}

TEST(StatusLine, Runs_AreCounted) {
    StatusLine line;
    EngineStatus status;
    status.states[RunState::running] = 3;
    status.owed_stops = 4;
    EXPECT_EQ(line.text(status, kNow, false), "3 running, 4 owed stops, 0 jobs, nothing is planned");
}

TEST(StatusLine, Store_ComesBeforeEverythingElse) {
    StatusLine line;
    EngineStatus status;
    line.on_overdue({.run = RunId{}, .job = "load", .provider = "perf", .stop_due = kNow});
    status.store_up = false;
    EXPECT_THAT(line.text(status, kNow, false),
                StartsWith("THE STORE CANNOT BE WRITTEN: nothing starts, stops go out; STOP OVERDUE: load; 0 running"));
    status.store_up = true;
    status.store_damaged = true;
    EXPECT_THAT(line.text(status, kNow, true),
                testing::AllOf(StartsWith("THE STORE IS DAMAGED"), HasSubstr("config refused; only owed stops: 0")));
}

TEST(StatusLine, OverdueStop_IsToldUntilItIsDischarged) {
    StatusLine line;
    RunRow run;
    run.job = "load";
    run.obligation = Obligation::open;
    line.on_overdue({.run = run.id, .job = "load", .provider = "perf", .stop_due = kNow});
    line.on_committed({run});
    EXPECT_THAT(line.text({}, kNow, false), StartsWith("STOP OVERDUE: load; "));
    run.obligation = Obligation::discharged;
    line.on_committed({run});
    EXPECT_THAT(line.text({}, kNow, false), Not(HasSubstr("OVERDUE")));
}

TEST(StatusLine, Holds_AreToldUntilTheyEnd) {
    StatusLine line;
    HoldRow everything, job;
    everything.until = kNow + std::chrono::hours{1};
    job.scope = "job:load";
    Snapshot snapshot;
    snapshot.holds = {everything};
    line.on_recovered(snapshot);
    line.on_committed({job});
    EXPECT_THAT(line.text({}, kNow, false), StartsWith("held: everything, job:load; "));
    EXPECT_THAT(line.text({}, kNow + std::chrono::hours{1}, false), StartsWith("held: job:load; "));
    job.engaged = false;
    line.on_committed({job});
    EXPECT_THAT(line.text({}, kNow + std::chrono::hours{1}, false), Not(HasSubstr("held")));
}

TEST(StatusLine, ProvidersThatRefuseOurCredentials_AreNamed_AndNoMoreThanThree) {
    StatusLine line;
    line.take(with_providers({"a", "b", "c", "d"}));
    for (const char* name : {"a", "b", "c", "d"}) line.on_committed({answered(name, Outcome::unauthorized)});
    EXPECT_THAT(line.text({}, kNow, false), StartsWith("credentials refused: a, b, c and 1 more; "));
    line.on_committed({answered("a", Outcome::accepted)});
    EXPECT_THAT(line.text({}, kNow, false), StartsWith("credentials refused: b, c, d; "));
    line.take(with_providers({"d"}));
    EXPECT_THAT(line.text({}, kNow, false), StartsWith("credentials refused: d; "));
}

TEST(StatusLine, RefusedReload_IsToldUntilOneIsAccepted) {
    StatusLine line;
    line.refuse();
    EXPECT_THAT(line.text({}, kNow, false), StartsWith("the last reload was refused; "));
    line.take(with_providers({}));
    EXPECT_THAT(line.text({}, kNow, false), StartsWith("0 running"));
}

TEST(StatusLine, NextStart_IsNamed) {
    StatusLine line;
    EngineStatus status;
    status.next_start = {"nightly", kNow, Reason::none};
    EXPECT_THAT(line.text(status, kNow, false), testing::EndsWith(", next start " + to_rfc3339(kNow) + " nightly"));
}

}  // namespace
}  // namespace taktd
