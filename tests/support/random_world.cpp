// The world's time and process: what wakes whom, how a process begins, dies and comes back. Its store and network are
// in random_shell.cpp, what goes wrong on purpose in random_chaos.cpp.
#include "tests/support/random_world.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>

namespace taktd::test {

using namespace std::chrono_literals;

namespace {

const WallTime kBegin = std::chrono::sys_days{std::chrono::year{2026} / 12 / 5};

}  // namespace

std::uint64_t RandomWorld::current_seed = 0;

RandomWorld::RandomWorld(std::uint64_t seed) : seed_{seed}, chance_{seed * 7919 + 11}, vendor_{chance_} {
    current_seed = seed;
    boot_off_ = 1h;
    vendor_.later = [this](TrueTime at, std::function<void()> what) { later(at, std::move(what)); };
    vendor_.on_start_effect = [this](const std::string& owner) { check_start_effect(owner); };
    vendor_.on_running = [this](const std::string& owner) { check_running(owner); };
    vendor_.trace = [this](const std::string& text) { say(text); };
}

// --- time

Now RandomWorld::now() const { return {true_wall() + wall_off_, BootTime{t_ + boot_off_}}; }
WallTime RandomWorld::true_wall() const { return kBegin + t_; }
void RandomWorld::later(TrueTime at, std::function<void()> what) {
    agenda_.emplace(std::pair{std::max(at, t_), ++agenda_seq_}, std::move(what));
}

void RandomWorld::step_wall(Duration by) {
    wall_off_ += by;
    ++figures.wall_steps;
    say("the wall clock steps by " + to_text(by));
    if (engine_) deliver(Wake{});
}

void RandomWorld::live_until(TrueTime end) {
    while (failure_.empty()) {
        TrueTime next = end;
        if (!agenda_.empty()) next = std::min(next, agenda_.begin()->first.first);
        const Now at = now();
        bool wakes = false;
        if (engine_) {
            const auto consider = [&](TrueTime when) {
                when = std::max(when, t_);
                if (when < next || (when == next && (agenda_.empty() || agenda_.begin()->first.first > next))) {
                    next = when;
                    wakes = true;
                }
            };
            if (wake_.boot) consider(t_ + (*wake_.boot - at.boot));
            if (wake_.wall) consider(t_ + (*wake_.wall - at.wall));
            if (wake_.at_once) consider(t_);
        }
        if (next > t_) idle_steps_ = 0;
        if (next >= end && !wakes && (agenda_.empty() || agenda_.begin()->first.first >= end)) {
            t_ = end;
            return;
        }
        t_ = next;
        if (wakes) {
            if (++idle_steps_ > 3000)
                return fail("busy loop: the engine asks to be woken again and again at one instant");
            deliver(Wake{});
            continue;
        }
        const auto what = std::move(agenda_.begin()->second);
        agenda_.erase(agenda_.begin());
        what();
    }
}

// --- the process

void RandomWorld::deliver(const Event& event) {
    if (!engine_ || !failure_.empty()) return;
    ++figures.steps;
    try {
        perform(engine_->step(event, now()));
    } catch (const std::exception& error) {
        fail(std::string{"the step throws: "} + error.what());
    }
}

void RandomWorld::perform(Effects effects) {
    wake_ = effects.wake;
    if (effects.append) {
        for (const auto& row : effects.append->rows) check_appended(row);
        pending_.push_back(std::move(*effects.append));
        plan_commit();
    }
    for (const auto& call : effects.cuts) cut(call.call);
    for (const auto& s : effects.sends) send(s);
    for (const auto& reply : effects.replies) {
        say("reply " + std::to_string(reply.command) + (reply.ok ? " ok " : " no ") + reply.text);
        if (reply.ok && reply.run && !runs_.contains(*reply.run)) fail("a reply promises a run that is not durable");
    }
}

void RandomWorld::boot_process(bool clean) {
    ++generation_;
    engine_.emplace(seed_ * 1000 + static_cast<std::uint64_t>(generation_));
    configured_ = false;
    wake_ = {};
    const Snapshot found = snapshot(clean);
    known_holds_ = holds_;
    for (auto& [id, truth] : truth_) {
        const auto run = runs_.find(id);
        truth.ended = run == runs_.end() || is_terminal(run->second.state);  // what was lost never was
    }
    limiters_.clear();
    const Now at = now();
    for (const auto& live : found.live) {
        Truth& truth = truth_[live.run.id];
        if (!owes_stop(live.run.state) || truth.boot == boot_) continue;
        truth.boot = boot_;  // in another boot only the wall counts
        truth.deadline = t_ + std::max(truth.ends - at.wall, Duration::zero());
    }
    say("--- process " + std::to_string(generation_) + " in boot " + std::to_string(boot_) +
        (clean ? " after a clean stop" : "") + ", " + std::to_string(found.live.size()) + " live runs");
    Recovered recovered{found, "boot-" + std::to_string(boot_)};
    deliver(recovered);
    if (!healed_ && chance_.one_in(4))
        return later(t_ + chance_.between(0ms, 300ms), [this, g = generation_] {
            if (g == generation_) healed_ ? load_config() : crash();
        });
    later(t_ + chance_.between(1ms, 500ms), [this, g = generation_] {
        if (g == generation_ && engine_) load_config();
    });
}

void RandomWorld::crash() {
    if (!engine_) return;
    ++figures.crashes;
    engine_.reset();
    ++generation_;
    // What was being committed may be found or not: a prefix.
    const int found = chance_.below(static_cast<int>(pending_.size()) + 1);
    say("*** crash; of " + std::to_string(pending_.size()) + " steps in flight " + std::to_string(found) +
        " are found");
    for (int i = 0; i < found; ++i) {
        for (const auto& row : pending_[static_cast<std::size_t>(i)].rows) apply(row);
    }
    pending_.clear();
    waiting_stops_.clear();
    intents_.clear();
    flights_.clear();
    commit_planned_ = store_down_ = false;
    TrueTime back = t_ + chance_.between(10ms, chance_.one_in(3) ? Duration{8min} : Duration{5s});
    if (chance_.one_in(4)) {
        ++figures.reboots;
        ++boot_;
        back += 10s;
        boot_off_ = chance_.between(5s, 60s) - back;
        if (chance_.one_in(3)) wall_off_ += chance_.between(-30min, 30min);
        say("*** reboot");
    }
    later(back, [this] {
        if (!engine_) boot_process(false);
    });
}

void RandomWorld::stop_cleanly() {
    if (!engine_ || store_down_) return;
    say("a clean stop");
    deliver(ShutdownRequested{});
    while (!pending_.empty() && failure_.empty()) commit_up_to(pending_.back().step);
    if (!failure_.empty()) return;
    limiters_ = engine_->limiter_rows(now());
    engine_.reset();
    ++generation_;
    waiting_stops_.clear();
    intents_.clear();
    flights_.clear();
    commit_planned_ = false;
    later(t_ + chance_.between(10ms, 10s), [this] {
        if (!engine_) boot_process(true);
    });
}

void RandomWorld::load_config() {
    if (!engine_) return;
    auto config = std::make_shared<Config>();
    for (const auto& provider : providers_) config->providers.emplace(provider->name, provider);
    for (Job job : jobs_) {
        job.task_key = task_key_of(*job.provider, job.task.task_id);
        schedules_[job.schedule.fingerprint()] = job.schedule;
        config->jobs.emplace(job.name, std::make_shared<const Job>(job));
    }
    if (!engine_->objections(*config).empty()) return;
    ++figures.reloads;
    config_ = config;
    configured_ = true;
    std::string text;
    for (const auto& job : jobs_)
        text +=
            " " + job.name + "=" + job.provider->name + "/" + job.task.task_id + "[" + job.schedule.fingerprint() + "]";
    say("config:" + text);
    deliver(ConfigLoaded{config});
}

std::string RandomWorld::run() {
    const Duration intervals[] = {125ms, 333333334ns, 1s, 3s};
    const auto provider_of = [&](const std::string& name, bool cpts, const std::string& account, RateLimit limit) {
        auto provider = std::make_shared<ProviderSpec>();
        provider->name = name;
        provider->type = cpts ? "huawei-cpts" : "tencent-cfg";
        provider->endpoint = "https://" + provider->type + ".example";
        provider->account = account;
        provider->rate_limit = limit;
        provider->settle = chance_.one_in(2) ? 40s : 2min;
        provider->poll_interval = chance_.one_in(2) ? 15s : 4s;
        provider->baseline = !chance_.one_in(6);
        provider->traits = {!cpts, cpts ? 1 : 100, cpts, !cpts};
        return provider;
    };
    const RateLimit perf{intervals[chance_.below(4)], 2 + chance_.below(3)};
    const RateLimit cfg{intervals[chance_.below(4)], 2};
    providers_ = {provider_of("perf", true, "A", perf), provider_of("cfg", false, "B", cfg)};
    if (chance_.one_in(2)) {  // a second name for the same tasks, with the same account or another one
        auto twin = std::make_shared<ProviderSpec>(*providers_[0]);
        twin->name = "perf-again";
        if (chance_.one_in(2)) twin->account = "C";
        providers_.push_back(twin);
    }
    mutate_config();
    boot_process(false);
    later(chance_.between(1s, 60s), [this] { disturb(); });
    live_until(chance_.between(10min, 40min));
    if (failure_.empty()) heal();
    check_overdue();
    live_until(healed_at_ + 20min + chance_.between(0min, 10min));
    if (!failure_.empty()) return failure_;
    // The config lets go of every job; what still runs ends by itself or is stopped.
    for (auto& job : jobs_) job.on_removal = OnRemoval::stop;
    load_config();
    jobs_.clear();
    load_config();
    live_until(t_ + 25min);
    if (failure_.empty()) check_end();
    figures.lived = t_;
    return failure_;
}

void RandomWorld::say(const std::string& text) {
    char head[64];
    std::snprintf(head, sizeof head, "%9.3f ", std::chrono::duration<double>(t_).count());
    trace_.push_back(head + to_rfc3339(std::chrono::floor<std::chrono::milliseconds>(now().wall)).substr(11) + " " +
                     text);
    if (trace_.size() > 20000) trace_.pop_front();
}

std::string RandomWorld::trace_tail(std::size_t lines) const {
    std::string text;
    const std::size_t from = trace_.size() > lines ? trace_.size() - lines : 0;
    for (std::size_t i = from; i < trace_.size(); ++i) text += trace_[i] + "\n";
    return text;
}

}  // namespace taktd::test
