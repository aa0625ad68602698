// SPDX-License-Identifier: Apache-2.0
// The loop keeps the shell's contract: nothing is sent before its intent is durable, steps are serial, and what the
// store says reaches the engine.
#include "daemon/runtime/engine_loop.hpp"

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "tests/unit/runtime/fakes.hpp"

namespace taktd {
namespace {

using namespace std::chrono_literals;

class EngineLoopTest : public testing::Test {
protected:
    EngineLoopTest() {
        log::setup({.level = log::Level::debug, .sink = [this](std::string_view line) { lines.emplace_back(line); }});
        adapters.add("fake", std::make_unique<fakes::FakeAdapter>());
        loop = std::make_unique<EngineLoop>(
            io.get_executor(),
            EngineLoop::Parts{
                .store = store, .client = client, .adapters = adapters, .credentials = credentials, .seed = 1});
        Snapshot snapshot;
        snapshot.clean_stop = true;  // with a full bucket
        loop->recover(std::move(snapshot), "boot");
    }
    ~EngineLoopTest() override {
        asio::post(io, [this] { loop->close(); });
        io.restart();
        io.run();
        loop.reset();
        log::setup({});
    }

    /// One job without a baseline that is due in a moment and runs for an hour.
    ConfigPtr one_job() {
        auto provider = fakes::provider();
        provider->baseline = false;
        auto job = std::make_shared<Job>();
        job->name = "j";
        job->provider = provider;
        job->task.task_id = "7";
        job->task_key = task_key_of(*provider, "7");
        job->schedule.rules = {OnceRule{read_time().wall + 20ms}};
        job->stop = StopAfter{1h};
        auto config = std::make_shared<Config>();
        config->providers["p"] = provider;
        config->jobs["j"] = job;
        return config;
    }

    void run_until(const std::function<bool()>& condition) {
        const auto deadline = std::chrono::steady_clock::now() + 60s;
        io.restart();
        while (!condition()) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the condition did not come";
            io.run_one_for(100ms);
        }
    }
    bool has_intent(Action action) const {
        for (const auto& [step, rows] : store.appended)
            for (const auto& row : rows)
                if (const auto* call = std::get_if<CallRow>(&row))
                    if (call->action == action && !call->result) return true;
        return false;
    }
    bool has_state(RunState state) const {
        for (const auto& [step, rows] : store.appended)
            for (const auto& row : rows)
                if (const auto* transition = std::get_if<TransitionRow>(&row))
                    if (transition->to == state) return true;
        return false;
    }
    void commit_all() {
        if (!store.appended.empty()) store.events.durable(store.appended.back().first);
    }

    /// Everything but the start's intent is durable then.
    void run_until_intended() {
        run_until([&] {
            if (has_intent(Action::start)) return true;
            commit_all();
            return false;
        });
    }

    std::vector<std::string> lines;
    asio::io_context io{1};
    fakes::FakeClient client;
    fakes::FakeStore store;
    AdapterTable adapters;
    CredentialCache credentials{fakes::hide};
    std::unique_ptr<EngineLoop> loop;
};

TEST_F(EngineLoopTest, Start_LeavesAfterItsIntentIsDurableAndNotBefore) {
    loop->load(one_job());
    run_until_intended();
    // Whatever else the loop has to do now, without the commit the request stays.
    io.restart();
    while (io.poll_one() > 0) {}
    EXPECT_TRUE(client.seen.empty());

    commit_all();
    run_until([&] { return !client.seen.empty(); });
    EXPECT_EQ(client.seen[0].request.body, "start{}");
    run_until([&] { return has_state(RunState::running); });
}

TEST_F(EngineLoopTest, Intent_TellsItsRequest) {
    loop->load(one_job());
    run_until_intended();
    for (const auto& [step, rows] : store.appended)
        for (const auto& row : rows)
            if (const auto* call = std::get_if<CallRow>(&row)) {
                EXPECT_EQ(call->record.target, "/tasks/7");
            }
}

TEST_F(EngineLoopTest, Steps_ReachTheStoreInOrder) {
    store.commits_at_once = true;
    loop->load(one_job());
    run_until([&] { return has_state(RunState::running); });
    for (std::size_t i = 1; i < store.appended.size(); ++i)
        EXPECT_LT(store.appended[i - 1].first, store.appended[i].first);
}

TEST_F(EngineLoopTest, Log_HoldsOnlyWhatIsDurable) {
    loop->load(one_job());
    run_until([&] { return has_state(RunState::due); });
    const auto told = [&] {
        return std::any_of(lines.begin(), lines.end(),
                           [](const std::string& line) { return line.find("run due") != std::string::npos; });
    };
    EXPECT_FALSE(told());
    commit_all();
    run_until(told);
}

TEST_F(EngineLoopTest, Follower_StepNotDurable_IsNotTold) {
    struct Listener final : Follower {
        std::size_t rows = 0;
        std::vector<bool> store;
        void on_committed(const std::vector<Row>& committed) override { rows += committed.size(); }
        void on_store(bool is_up) override { store.push_back(is_up); }
    } listener;
    loop->follow(listener);
    loop->load(one_job());
    run_until([&] { return !store.appended.empty(); });
    EXPECT_EQ(listener.rows, 0u);
    store.events.down("the disk is full");
    std::size_t appended = 0;
    for (const auto& [step, rows] : store.appended) appended += rows.size();
    store.events.durable(store.appended.back().first);
    store.events.up();
    run_until([&] { return listener.store.size() == 2; });
    EXPECT_EQ(listener.rows, appended);
    EXPECT_EQ(listener.store, (std::vector{false, true}));
}

TEST_F(EngineLoopTest, StoreThatIsAway_StartsNothing) {
    loop->load(one_job());
    store.events.down("disk full");
    run_until([&] { return !loop->status().store_up; });
    const auto deadline = read_time().boot + 100ms;  // well past the due instant
    BootTimer later{io.get_executor(), [] {}};
    later.arm(deadline);
    run_until([&] { return read_time().boot >= deadline; });
    EXPECT_TRUE(client.seen.empty());
    EXPECT_FALSE(has_intent(Action::start));
    EXPECT_TRUE(std::any_of(lines.begin(), lines.end(),
                            [](const std::string& line) { return line.find("disk full") != std::string::npos; }));

    store.commits_at_once = true;
    store.events.up();
    run_until([&] { return has_state(RunState::running); });
    EXPECT_EQ(client.seen.size(), 1U);
}

TEST_F(EngineLoopTest, Closing_CutsWhatIsInFlightAndStillHearsItsEnd) {
    store.commits_at_once = true;
    client.hangs = true;
    client.next = fakes::failure(HttpFailure::Kind::cancelled, 10);
    loop->load(one_job());
    run_until([&] { return loop->calls_in_flight() == 1; });
    asio::post(io, [this] { loop->close(); });
    run_until([&] { return loop->calls_in_flight() == 0; });
    EXPECT_TRUE(has_state(RunState::unconfirmed)) << "bytes had left";
}

}  // namespace
}  // namespace taktd
