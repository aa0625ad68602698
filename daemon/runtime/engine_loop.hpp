// SPDX-License-Identifier: Apache-2.0
// The shell around the engine: events go in one at a time, effects are performed in order (append, cut, send, reply,
// wake). Everything here runs on the event loop's one thread; the store calls back on its own and is posted over. The
// story goes on in dispatcher.hpp (calls) and committed_log.hpp (what the log says).
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "daemon/core/engine/engine.hpp"
#include "daemon/runtime/committed_log.hpp"
#include "daemon/runtime/crash_points.hpp"
#include "daemon/runtime/dispatcher.hpp"
#include "daemon/runtime/follower.hpp"
#include "daemon/runtime/overdue_watch.hpp"
#include "daemon/runtime/timer.hpp"
#include "daemon/store/store.hpp"

namespace taktd {

class EngineLoop {
public:
    struct Parts {
        Store& store;
        HttpClient& client;
        const AdapterTable& adapters;
        CredentialCache& credentials;
        std::uint64_t seed = 0;
    };

    EngineLoop(asio::any_io_executor executor, Parts parts);
    ~EngineLoop();

    /// First of all: re-arms what the store knows (the store's writer runs from here on).
    void recover(Snapshot snapshot, std::string boot_id);
    /// The rest of what the store knows, before the first load().
    void remember(Past past);
    void load(ConfigPtr config) { take(ConfigLoaded{std::move(config)}); }
    /// Any other event: commands, ShutdownRequested.
    void take(Event event);

    const Engine& engine() const { return engine_; }
    EngineStatus status() const { return engine_.status(); }
    bool is_store_up() const { return engine_.is_store_up(); }
    bool is_store_damaged() const { return engine_.is_store_damaged(); }
    /// Nothing that was decided waits for the disk.
    bool is_durable() const { return committing_.empty(); }
    std::size_t calls_in_flight() const { return dispatcher_.in_flight(); }

    /// Called after every step.
    void on_change(std::function<void()> observer) { on_change_ = std::move(observer); }
    /// Called with each step's rows before they are handed to the store; what it adds is committed with them.
    void on_rows(std::function<void(std::vector<Row>&)> observer) { on_rows_ = std::move(observer); }
    /// Rows that are no decision of the engine's, in a transaction behind all before them; followers are told of them
    /// as of a step's. Not after close().
    void append_beside(std::vector<Row> rows);
    /// Told of each step when it is durable, after the engine and in the order of following. Outlives this.
    void follow(Follower& follower) { followers_.push_back(&follower); }
    void on_reply(std::function<void(const Reply&)> handler) { on_reply_ = std::move(handler); }

    /// The end, when no step shall follow but the answers of what is in flight: cuts every call and drops the timers.
    void close();

private:
    struct Committing {
        std::uint64_t number = 0;  ///< the store's; the engine counts its own steps
        std::optional<StepId> step;
        SharedRows rows;
    };

    StoreEvents store_events();
    void perform(Effects effects);
    void append(Append append);
    void commit(std::optional<StepId> step, std::vector<Row> rows);
    void on_durable(std::uint64_t number);
    void on_store(bool is_up);
    void on_checked(const std::string& damage);
    void on_clock_set(Duration step);
    void speak_of_overdue();
    void speak_of_clock() const;
    void arm(const WakeAt& wake);
    void arm_overdue();

    asio::any_io_executor executor_;
    Store& store_;
    Engine engine_;
    Dispatcher dispatcher_;
    BootTimer boot_timer_;
    WallTimer wall_timer_, overdue_timer_;
    OverdueWatch overdue_;

    std::deque<Event> events_;
    bool stepping_ = false, wake_posted_ = false, closed_ = false;
    std::deque<Committing> committing_;
    std::uint64_t newest_number_ = 0;
    CommittedLog log_;
    std::vector<Follower*> followers_{&log_};
    std::function<void()> on_change_ = [] {};
    std::function<void(std::vector<Row>&)> on_rows_ = [](std::vector<Row>&) {};
    std::function<void(const Reply&)> on_reply_ = [](const Reply&) {};
    std::shared_ptr<EngineLoop*> self_;  ///< what the store's callbacks hold: null once this is gone
};

}  // namespace taktd
