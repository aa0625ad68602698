// SPDX-License-Identifier: Apache-2.0
// Events wait in a queue while a step is performed, so an effect that answers within itself cannot overtake its step.
#include "daemon/runtime/engine_loop.hpp"

#include <boost/asio/post.hpp>

#include "daemon/core/calendar/cron.hpp"
#include "daemon/runtime/step_facts.hpp"

namespace taktd {

namespace {

void tell_of_damage(const Snapshot& snapshot) {
    if (snapshot.found_damaged)
        log::error("an earlier check found the store damaged: nothing is started until one has passed, stops go out");
    for (const auto& damage : snapshot.damage)
        log::error("a part of the store cannot be read: nothing is started, and what can be read is stopped in time",
                   {{"cause", damage}, {"remedy", "restore it from a backup, or: taktctl salvage --db FILE --to NEW"}});
}

}  // namespace

EngineLoop::EngineLoop(asio::any_io_executor executor, Parts parts)
    : executor_{executor},
      store_{parts.store},
      engine_{parts.seed},
      dispatcher_{executor,
                  {.client = parts.client,
                   .adapters = parts.adapters,
                   .credentials = parts.credentials,
                   .on_answered = [this](Answered answered) { take(std::move(answered)); }}},
      boot_timer_{executor, [this] { take(Wake{}); }},
      wall_timer_{executor, [this] { take(Wake{}); }, [this](Duration step) { on_clock_set(step); }},
      overdue_timer_{executor, [this] { speak_of_overdue(); }, [this](Duration) { speak_of_overdue(); }},
      self_{std::make_shared<EngineLoop*>(this)} {}

EngineLoop::~EngineLoop() { *self_ = nullptr; }

void EngineLoop::recover(Snapshot snapshot, std::string boot_id) {
    tell_of_damage(snapshot);
    for (const auto& live : snapshot.live) overdue_.note(live.run);
    for (Follower* const follower : followers_) follower->on_recovered(snapshot);
    arm_overdue();
    store_.start(store_events());
    speak_of_clock();
    // Obligations alone: jobs and their schedules come with remember().
    take(Recovered{{std::move(snapshot), {}}, std::move(boot_id)});
    pass(CrashPoint::recovery_half_done);
}

void EngineLoop::remember(Past past) {
    tell_of_damage(past.snapshot);
    for (Follower* const follower : followers_) follower->on_recovered(past.snapshot);
    take(Remembered{std::move(past)});
}

void EngineLoop::on_store(bool is_up) {
    take(is_up ? Event{StoreUp{}} : Event{StoreDown{}});
    for (Follower* const follower : followers_) follower->on_store(is_up);
}

void EngineLoop::on_checked(const std::string& damage) {
    if (damage.empty()) {
        log::info("the store has been checked and is in good order");
    } else {
        log::error("the store is damaged: nothing is started any more, stops go out",
                   {{"cause", damage}, {"remedy", "restore it from a backup, or: taktctl salvage --db FILE --to NEW"}});
    }
    take(StoreChecked{!damage.empty()});
}

StoreEvents EngineLoop::store_events() {
    // Called on the store's thread; `self` is only looked at on the loop's.
    const auto on_loop = [executor = executor_, self = self_](auto handle) {
        asio::post(executor, [self, handle] {
            if (*self != nullptr) handle(**self);
        });
    };
    StoreEvents events;
    events.durable = [on_loop](std::uint64_t number) {
        on_loop([number](EngineLoop& loop) { loop.on_durable(number); });
    };
    events.committed = [on_loop](const StoreCommit& commit) {
        on_loop([commit](EngineLoop& loop) {
            for (Follower* const follower : loop.followers_) follower->on_store_commit(commit);
        });
    };
    events.down = [on_loop](const std::string& why) {
        on_loop([why](EngineLoop& loop) {
            log::error("the store cannot be written; no start is made until it can", {{"cause", why}});
            loop.on_store(false);
        });
    };
    events.up = [on_loop] {
        on_loop([](EngineLoop& loop) {
            log::info("the store can be written again, and nothing was lost");
            loop.on_store(true);
        });
    };
    events.checked = [on_loop](const std::string& damage) {
        on_loop([damage](EngineLoop& loop) { loop.on_checked(damage); });
    };
    return events;
}

void EngineLoop::take(Event event) {
    events_.push_back(std::move(event));
    if (stepping_) return;  // steps are serial: an effect that answers at once waits for its turn
    stepping_ = true;
    while (!events_.empty()) {
        const Event next = std::move(events_.front());
        events_.pop_front();
        const Now now = read_time();
        perform(engine_.step(next, now));
        const Duration took = read_time().boot - now.boot;
        for (Follower* const follower : followers_) follower->on_step(took);
    }
    stepping_ = false;
    on_change_();
}

void EngineLoop::perform(Effects effects) {
    if (effects.append) append(std::move(*effects.append));
    for (const auto& cut : effects.cuts) dispatcher_.cut(cut.call);
    // After close() a send is left undone, as if the process had ended just before: its intent is durable.
    if (!closed_)
        for (auto& send : effects.sends) dispatcher_.send(std::move(send));
    for (const auto& reply : effects.replies) on_reply_(reply);
    if (!closed_) arm(effects.wake);
}

void EngineLoop::append(Append append) {
    for (auto& row : append.rows) {
        if (auto* call = std::get_if<CallRow>(&row)) dispatcher_.describe(*call);
        if (const auto* run = std::get_if<RunRow>(&row)) overdue_.note(*run);
    }
    on_rows_(append.rows);
    arm_overdue();
    commit(append.step, std::move(append.rows));
}

void EngineLoop::append_beside(std::vector<Row> rows) {
    if (!closed_ && !rows.empty()) commit(std::nullopt, std::move(rows));
}

void EngineLoop::commit(std::optional<StepId> step, std::vector<Row> rows) {
    committing_.push_back({++newest_number_, step, std::make_shared<const std::vector<Row>>(std::move(rows))});
    store_.append(newest_number_, committing_.back().rows);
}

void EngineLoop::on_durable(std::uint64_t number) {
    std::vector<SharedRows> committed;
    std::optional<StepId> step;
    for (; !committing_.empty() && committing_.front().number <= number; committing_.pop_front()) {
        for (const CrashPoint point : crash_points_of(*committing_.front().rows)) pass(point);
        if (committing_.front().step) step = committing_.front().step;
        committed.push_back(std::move(committing_.front().rows));
    }
    if (step) take(Durable{*step});  // first what waits for the disk, then talk about it
    for (const auto& rows : committed)
        for (Follower* const follower : followers_) follower->on_committed(*rows);
}

void EngineLoop::on_clock_set(Duration step) {
    // Waking from a suspend also counts as a set clock, by nothing; only a real step is worth a line.
    constexpr Duration kWorthALine = std::chrono::milliseconds{10};
    if (std::chrono::abs(step) >= kWorthALine)
        log::warning("the wall clock was set",
                     {{"step", (step < Duration{} ? "-" : "+") + to_text(std::chrono::abs(step))}});
    // Nothing comes twice, so schedules stand still until the clock has caught up.
    constexpr Duration kStandsStill = std::chrono::hours{1};
    if (step <= -kStandsStill)
        log::error(
            "the wall clock went back: what came due before the step does not come again, so little or nothing is "
            "started until it has caught up; if it was ahead and is right now, see taktctl clock --help");
    speak_of_clock();
    take(Wake{});
}

void EngineLoop::speak_of_clock() const {
    constexpr WallTime kSchedulesEnd = std::chrono::sys_days{std::chrono::year{Cron::kLastYear + 1} / 1 / 1};
    const WallTime wall = read_time().wall;
    if (wall >= kSchedulesEnd)
        log::error(
            "the wall clock is beyond the year 2199, where schedules end: nothing is started by schedule, stops go out",
            {{"clock", to_rfc3339(wall)}});
}

void EngineLoop::speak_of_overdue() {
    for (const auto& overdue : overdue_.take_overdue(read_time().wall))
        for (Follower* const follower : followers_) follower->on_overdue(overdue);
    arm_overdue();
}

void EngineLoop::arm(const WakeAt& wake) {
    boot_timer_.arm(wake.boot);
    wall_timer_.arm(wake.wall);
    if (!wake.at_once || wake_posted_) return;
    wake_posted_ = true;
    asio::post(executor_, [self = self_] {
        if (*self == nullptr) return;
        (*self)->wake_posted_ = false;
        if (!(*self)->closed_) (*self)->take(Wake{});
    });
}

void EngineLoop::arm_overdue() {
    if (!closed_) overdue_timer_.arm(overdue_.next());
}

void EngineLoop::close() {
    closed_ = true;
    boot_timer_.close();
    wall_timer_.close();
    overdue_timer_.close();
    dispatcher_.cut_all();
}

}  // namespace taktd
