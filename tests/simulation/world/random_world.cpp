// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/world/random_world.hpp"

#include <utility>

namespace taktd::sim {

using namespace std::chrono_literals;

namespace {

constexpr Duration kDay = 24h;
// A crash after one step in so many: with rows in flight, and without.
constexpr int kStepsPerCrash = 300, kIdleStepsPerCrash = 1500;
// So often somebody meddles while rows are in flight, a moment that no one hits who comes at random.
constexpr int kStepsPerMeddling = 400;

}  // namespace

RandomWorld::RandomWorld(std::uint64_t seed, bool traced)
    : World{seed, traced},
      chance_{stage_.chance},
      check_chance_{~seed},
      is_sparse_{chance_.one_in(3)},
      scenario_{chance_, is_sparse_} {
    vendor_.draw_task = [this](const SimVendor::Task& of, bool is_stranger) { return draw_task(of, is_stranger); };
    vendor_.draw_rail = [this](const ProviderSpec& provider) {
        if (!provider.traits.can_heal || chance_.one_in(4)) return GuardRail::none;
        return chance_.one_in(4) ? GuardRail::pause : GuardRail::roll_back;
    };
    vendor_.draw_unlisted = [this] {
        return stage_.healed || !chance_.one_in(4) ? Duration{} : chance_.between(1s, 4min);
    };
    vendor_.may_deny = [this](const RunId& owner) { return checks_.is_untroubled(owner); };
    keeps_events_ = seed % 16 == 0;
}

// How much of `settle` the oldest look at its task takes.
Duration RandomWorld::lag_of(const CallSpec& spec) const {
    if (spec.task_ids.empty()) return {};
    const auto task = vendor_.tasks.find(task_key_of(*spec.provider, spec.task_ids.front()));
    return task == vendor_.tasks.end() || !task->second.has_replicas ? Duration{} : 3 * task->second.lag;
}

const std::string& RandomWorld::run() {
    stage_.clocks.origin = scenario_.draw_origin();
    if (chance_.one_in(4)) vendor_.own_limit = RateLimit{1s, 3};  // the vendor is stricter than the config says
    scenario_.draw(stage_.clocks.true_wall());
    begin_process(false);
    stage_.later(span(60s, 6h), [this] { disturb(); });
    live_until(is_sparse_ ? chance_.between(2 * kDay, 9 * kDay) : chance_.between(5min, 25min));
    if (stage_.failure.empty()) heal();
    live_until(stage_.clocks.t + (is_sparse_ ? chance_.between(6h, 30h) : chance_.between(2min, 12min)));
    if (stage_.failure.empty()) let_go();
    // A run whose job said `on_removal: finish` goes on to its own end.
    live_until(std::max(stage_.clocks.t, checks_.last_deadline()) + (is_sparse_ ? 3h : Duration{30min}));
    if (stage_.failure.empty()) checks_.hold_end();
    if (stage_.failure.empty() && engine_->status().calls_in_flight != 0) stage_.fail("a call is in flight at the end");
    replay();
    stage_.figures.lived = stage_.clocks.t;
    return stage_.failure;
}

TwinTask RandomWorld::draw_task(const SimVendor::Task& of, bool is_stranger) {
    TwinTask task;
    task.task_id = of.id;
    if (is_stranger) {
        task.ends_itself_after = chance_.between(130s, 200s);
        return task;
    }
    if (chance_.one_in(4)) {
        task.ends_itself_after = chance_.between(5s, is_sparse_ ? 3h : Duration{200s});
        stage_.figures.count(Fault::ends_itself);
    }
    if (chance_.one_in(3)) task.waits_for = chance_.between(1s, 9s);
    if (!stage_.healed && chance_.one_in(8)) {
        stage_.figures.count(Fault::begins_late);
        task.waits_for = chance_.between(2min, is_sparse_ ? 25min : Duration{5min});
    }
    if (chance_.one_in(2)) task.stopping_takes = chance_.between(500ms, 8s);
    task.fails = chance_.one_in(3);
    if (!stage_.healed && chance_.one_in(40)) task.reruns = false;
    if (of.provider->traits.can_heal) draw_drill(of, task);
    draw_moods(of, task);
    return task;
}

// No end undoes a fault. A guard rail that rolls back does, in its time and if its recovery actions work.
void RandomWorld::draw_drill(const SimVendor::Task& of, TwinTask& task) {
    task.faults = chance_.below(4);
    if (task.faults == 0) return;
    task.recovery_takes = chance_.between(100ms, 12s);
    if (of.rail != GuardRail::roll_back) stage_.figures.count(Fault::unhealed);
    if (stage_.healed) return;
    if (chance_.one_in(6)) {
        stage_.figures.count(Fault::heals_slowly);
        task.recovery_takes = chance_.between(1min, 10min);
    }
    if (chance_.one_in(6)) {
        stage_.figures.count(Fault::recovery_fails);
        task.recovery_fails = true;
    }
    if (chance_.one_in(8)) {
        stage_.figures.count(Fault::turns_manual);
        task.turns_manual = true;
    }
}

bool RandomWorld::key_is_good(const std::string& account) {
    const auto until = bad_key_until_.find(account);
    return until == bad_key_until_.end() || stage_.clocks.t >= until->second;
}

Duration RandomWorld::commit_takes() {
    const bool slow = !stage_.healed && chance_.one_in(slow_store_ ? 3 : 60);
    if (slow) stage_.figures.count(Fault::commit_slow);
    const Duration takes = slow ? chance_.between(100ms, 3s) : chance_.between(100us, 5ms);
    if (const auto how = std::exchange(next_commit_, std::nullopt))
        later_in_process(stage_.clocks.t + takes / 2, [this, how] { fail_commit(*how); });
    return takes;
}

void RandomWorld::die(Fault fault) {
    if (!engine_) return;
    stage_.figures.count(fault);
    is_back_soon_ = fault != Fault::crash;
    crash(draw_found());
}

void RandomWorld::step_is_done() {
    if (stage_.healed) return;
    if (!store_.pending.empty() && chance_.one_in(kStepsPerMeddling)) {
        const bool is_editor = chance_.one_in(3);
        later_in_process(stage_.clocks.t, [this, is_editor] { is_editor ? disturb_config() : operate(); });
    }
    if (chance_.one_in(store_.pending.empty() ? kIdleStepsPerCrash : kStepsPerCrash)) die(Fault::crash_between_steps);
}

void RandomWorld::process_is_gone(bool clean) {
    const bool is_long = !std::exchange(is_back_soon_, false) && chance_.one_in(3);
    Duration down = clean ? chance_.between(10ms, 10s) : chance_.between(10ms, 5s);
    if (is_long && !stage_.healed) down = span(8min, 5h);
    if (!clean && !stage_.healed && chance_.one_in(4)) {
        stage_.figures.count(Fault::reboot);
        down += 10s;
        reboot(chance_.between(5s, 60s) - down);
        if (chance_.one_in(3)) step_wall(chance_.between(is_sparse_ ? -5h : -30min, is_sparse_ ? 5h : 30min));
    }
    stage_.later(stage_.clocks.t + down, [this, clean] {
        if (!engine_) begin_process(clean);
    });
}

void RandomWorld::process_is_there() {
    check_store();
    if (!stage_.healed && chance_.one_in(6)) return die(Fault::crash_after_recovered);
    if (!stage_.healed && chance_.one_in(4)) {
        return later_in_process(stage_.clocks.t + chance_.between(0ms, 300ms), [this] {
            if (stage_.healed) return reload();
            die(Fault::crash_in_recovery);
        });
    }
    later_in_process(stage_.clocks.t + chance_.between(1ms, 500ms), [this] { reload(); });
}

void RandomWorld::reload() {
    checks_.plans = scenario_.plans;
    if (!is_awake()) return;
    if (load(scenario_.config())) return scenario_.keep();
    scenario_.put_back();
    load(scenario_.config());
}

// --- the network

Passage RandomWorld::forged(Passage::Fate fate, HttpResponse answer) const {
    Passage passage;
    passage.fate = fate;
    passage.answer = std::move(answer);
    return passage;
}

Passage RandomWorld::passage_of(const Send& send) {
    static constexpr int kServerErrors[] = {500, 501, 502, 503, 504, 200};
    static constexpr int kGaveUp[] = {408, 499};  // of a proxy that waited for the vendor no longer
    static constexpr int kRefusals[] = {400, 404, 413, 422};
    const CallSpec& spec = *send.spec;
    for (const auto& id : spec.task_ids) asked_[task_key_of(*spec.provider, id)] = stage_.clocks.t;
    using Fate = Passage::Fate;
    Passage passage;
    const auto injected = [&](Fault kind) { stage_.figures.count(kind); };
    const auto asked_wait = [&](int one_in) {
        std::optional<Duration> wait;
        if (chance_.one_in(one_in)) wait = chance_.seconds_between(1s, chance_.one_in(8) ? 10min : Duration{10s});
        return wait;
    };
    constexpr int kNothing = 99, kLate = 4;
    const auto draw = [&] { return spec.action == Action::resume && chance_.one_in(3) ? kLate : chance_.below(30); };
    switch (stage_.healed ? kNothing : draw()) {
        case 0:
            injected(Fault::not_sent);
            passage.fate = Fate::not_sent;
            break;
        case 1:
            injected(Fault::request_lost);
            passage.fate = Fate::lost;
            break;
        case 2:
        case 3:
            injected(Fault::answer_lost);
            passage.fate = Fate::answer_lost;
            break;
        case 4:
            injected(Fault::late_effect);
            passage.fate = Fate::late_effect;
            passage.late = chance_.between(0s, spec.provider->settle - kBeforeSettle - lag_of(spec));
            break;
        case 5:
            injected(Fault::answered_twice);
            passage.fate = Fate::answered_twice;
            break;
        case 6: {
            injected(Fault::throttled);
            const auto wait = asked_wait(2);
            passage = forged(Fate::forged, forged_throttling(spec.provider->type, wait, chance_.one_in(2)));
            break;
        }
        case 7:
            injected(Fault::server_error);
            passage = forged(Fate::forged, forged_failure(chance_.one_of(kServerErrors), asked_wait(4)));
            break;
        case 8:
            injected(Fault::server_error_after);
            passage = forged(Fate::forged_after, forged_failure(chance_.one_of(kServerErrors), asked_wait(4)));
            break;
        case 9:
            injected(Fault::half_answer);
            passage.fate = Fate::half_answer;
            break;
        case 10:
            injected(Fault::refused);
            passage = forged(Fate::forged, forged_failure(chance_.one_of(kRefusals)));
            break;
        case 11:
            if (spec.action != Action::start) break;
            injected(Fault::never_starts);
            passage = forged(Fate::forged, forged_success(spec, chance_.one_in(2) ? "4711" : ""));
            break;
        case 12:
            // A start, and whatever looks at one task, goes on a connection of its own (net: HttpExchange).
            if (spec.action != Action::stop && !spec.batched) break;
            injected(Fault::shifted_answer);
            passage.fate = Fate::shifted;
            break;
        case 13:
            injected(Fault::gave_up_after);
            passage = forged(Fate::forged_after, forged_surrender(spec.provider->type, chance_.one_of(kGaveUp)));
            break;
        default: break;
    }
    passage.there = chance_.between(1ms, 60ms);
    passage.back = chance_.between(1ms, 60ms);
    if (!stage_.healed && chance_.one_in(20)) {
        injected(Fault::answer_delayed);
        passage.back = chance_.between(1s, 9s);
    }
    return passage;
}

}  // namespace taktd::sim
