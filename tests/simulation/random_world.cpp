#include "tests/simulation/random_world.hpp"

namespace taktd::sim {

using namespace std::chrono_literals;

namespace {

constexpr Duration kDay = 24h;

}  // namespace

RandomWorld::RandomWorld(std::uint64_t seed, bool traced)
    : World{seed, traced}, chance_{stage_.chance}, is_sparse_{chance_.one_in(3)}, scenario_{chance_, is_sparse_} {
    vendor_.draw_task = [this](const std::string& id, bool is_stranger) { return draw_task(id, is_stranger); };
    keeps_events_ = seed % 16 == 0;
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

TwinTask RandomWorld::draw_task(const std::string& id, bool is_stranger) {
    TwinTask task;
    task.task_id = id;
    if (is_stranger) {
        task.ends_itself_after = chance_.between(130s, 200s);
        return task;
    }
    if (chance_.one_in(4)) {
        task.ends_itself_after = chance_.between(5s, is_sparse_ ? 3h : Duration{200s});
        stage_.figures.count("a task that ends by itself");
    }
    if (chance_.one_in(3)) task.waits_for = chance_.between(1s, 9s);
    if (!stage_.healed && chance_.one_in(8)) {
        stage_.figures.count("a start that begins minutes later");
        task.waits_for = chance_.between(2min, is_sparse_ ? 25min : Duration{5min});
    }
    if (chance_.one_in(2)) task.stopping_takes = chance_.between(500ms, 8s);
    task.fails = chance_.one_in(3);
    if (!stage_.healed && chance_.one_in(40)) task.reruns = false;
    return task;
}

bool RandomWorld::key_is_good(const std::string& account) {
    const auto until = bad_key_until_.find(account);
    return until == bad_key_until_.end() || stage_.clocks.t >= until->second;
}

Duration RandomWorld::commit_takes() {
    const bool slow = !stage_.healed && chance_.one_in(slow_store_ ? 3 : 60);
    if (slow) stage_.figures.count("a slow commit");
    return slow ? chance_.between(100ms, 3s) : chance_.between(100us, 5ms);
}

void RandomWorld::process_is_gone(bool clean) {
    const bool is_long = chance_.one_in(3);
    Duration down = clean ? chance_.between(10ms, 10s) : chance_.between(10ms, 5s);
    if (is_long && !stage_.healed) down = span(8min, 5h);
    if (!clean && !stage_.healed && chance_.one_in(4)) {
        stage_.figures.count("a reboot");
        down += 10s;
        reboot(chance_.between(5s, 60s) - down);
        if (chance_.one_in(3)) step_wall(chance_.between(is_sparse_ ? -5h : -30min, is_sparse_ ? 5h : 30min));
    }
    stage_.later(stage_.clocks.t + down, [this, clean] {
        if (!engine_) begin_process(clean);
    });
}

void RandomWorld::process_is_there() {
    if (!stage_.healed && chance_.one_in(4)) {
        return later_in_process(stage_.clocks.t + chance_.between(0ms, 300ms), [this] {
            if (stage_.healed) return reload();
            stage_.figures.count("a crash during recovery");
            crash(static_cast<std::size_t>(chance_.below(static_cast<int>(store_.pending.size()) + 1)));
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
    static constexpr int kRefusals[] = {400, 404, 413, 422};
    const CallSpec& spec = *send.spec;
    for (const auto& id : spec.task_ids) asked_[task_key_of(*spec.provider, id)] = stage_.clocks.t;
    using Fate = Passage::Fate;
    Passage passage;
    const auto injected = [&](std::string_view kind) { stage_.figures.count(kind); };
    switch (stage_.healed ? 99 : chance_.below(30)) {
        case 0:
            injected("a request that was not sent");
            passage.fate = Fate::not_sent;
            break;
        case 1:
            injected("a lost request");
            passage.fate = Fate::lost;
            break;
        case 2:
        case 3:
            injected("accepted, and the answer lost");
            passage.fate = Fate::answer_lost;
            break;
        case 4:
            injected("an effect after the timeout");
            passage.fate = Fate::late_effect;
            passage.late = chance_.between(0s, spec.provider->settle / 4);
            break;
        case 5:
            injected("an answer that comes twice");
            passage.fate = Fate::answered_twice;
            break;
        case 6: {
            injected("a throttled call");
            std::optional<Duration> wait;
            if (chance_.one_in(2)) wait = chance_.seconds_between(1s, chance_.one_in(8) ? 10min : Duration{10s});
            passage = forged(Fate::forged, forged_throttling(spec.provider->type, wait, chance_.one_in(2)));
            break;
        }
        case 7:
            injected("a 5xx");
            passage = forged(Fate::forged, forged_failure(chance_.one_of(kServerErrors)));
            break;
        case 8:
            injected("a 5xx or garbage after the effect");
            passage = forged(Fate::forged_after, forged_failure(chance_.one_of(kServerErrors)));
            break;
        case 9:
            injected("half an answer");
            passage.fate = Fate::half_answer;
            break;
        case 10:
            injected("a refusal");
            passage = forged(Fate::forged, forged_failure(chance_.one_of(kRefusals)));
            break;
        case 11:
            if (spec.action != Action::start) break;
            injected("accepted, and never starts");
            passage = forged(Fate::forged, forged_success(spec, chance_.one_in(2) ? "4711" : ""));
            break;
        default: break;
    }
    passage.there = chance_.between(1ms, 60ms);
    passage.back = chance_.between(1ms, 60ms);
    if (!stage_.healed && chance_.one_in(20)) {
        injected("a delayed answer");
        passage.back = chance_.between(1s, 9s);
    }
    return passage;
}

}  // namespace taktd::sim
