// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/small_scope.hpp"

#include <algorithm>
#include <utility>

namespace taktd::sim {

using namespace std::chrono_literals;

namespace {

const WallTime kOrigin = std::chrono::sys_days{std::chrono::year{2026} / 12 / 5};
constexpr Duration kFirstStart = 12s, kWindow = 20s, kAfterwards = 20s;
constexpr Duration kSettle = 6s, kAlmostSettled = 5s;

}  // namespace

std::vector<Scope> small_scopes() {
    const std::string cpts = "huawei-cpts", cfg = "tencent-cfg";
    // The longest first, for they are shared out among threads.
    return {
        {"two runs of one CFG task, short menu, up to 3 faults", {cfg, cfg}, true, 60s, false, 3},
        {"a CPTS run and a CFG run at once, short menu, up to 3 faults", {cpts, cfg}, false, 0s, false, 3},
        {"two runs of one CPTS task, short menu, up to 3 faults", {cpts, cpts}, true, 60s, false, 3},
        {"a CPTS run and a CFG run at once, full menu, up to 2 faults", {cpts, cfg}, false, 0s, true, 2},
        {"two CPTS runs that want one task at once, short menu, up to 3 faults", {cpts, cpts}, true, 10s, false, 3},
        {"one CFG run, short menu, up to 3 faults", {cfg}, false, 0s, false, 3},
        {"one CPTS run, short menu, up to 3 faults", {cpts}, false, 0s, false, 3},
        {"one CFG run, full menu, up to 2 faults", {cfg}, false, 0s, true, 2},
        {"one CPTS run, full menu, up to 2 faults", {cpts}, false, 0s, true, 2},
    };
}

Choices::Choices(const std::string& text) {
    for (const char digit : text) path_.push_back({digit - '0', digit - '0' + 1});
}

int Choices::choose(int alternatives) {
    if (faults_left_ == 0) return 0;
    if (at_ == path_.size()) path_.push_back({0, alternatives});
    const int taken = path_[at_++].taken;
    if (taken > 0) --faults_left_;
    return taken;
}

bool Choices::advance() {
    while (!path_.empty()) {
        Choice& last = path_.back();
        if (++last.taken < last.alternatives) return true;
        path_.pop_back();
    }
    return false;
}

std::string Choices::text() const {
    std::string text;
    for (const Choice& choice : path_) text += std::to_string(choice.taken);
    return text;
}

SmallWorld::SmallWorld(const Scope& scope, Choices& choices, bool traced)
    : World{1, traced}, scope_{scope}, choices_{choices} {
    choices_.restart(scope.faults_max);
    stage_.clocks.origin = kOrigin;
    vendor_.draw_task = [](const SimVendor::Task& of, bool) {
        TwinTask task;
        task.task_id = of.id;
        task.waits_for = 500ms;
        task.stopping_takes = 1s;
        return task;
    };
}

ConfigPtr SmallWorld::make_config() {
    auto config = std::make_shared<Config>();
    for (std::size_t i = 0; i < scope_.types.size(); ++i) {
        const bool cpts = scope_.types[i] == "huawei-cpts";
        auto provider = std::make_shared<ProviderSpec>();
        provider->name = cpts ? "perf" : "chaos";
        provider->type = scope_.types[i];
        provider->endpoint = cpts ? "https://cpts.example" : "https://cfg.example";
        provider->scope = cpts ? "p1" : "";
        provider->account = "A";
        provider->rate_limit = {100ms, 2};
        provider->timeout = 2s;
        provider->poll_interval = 10s;
        provider->settle = kSettle;
        provider->foreign = Foreign::ignore;
        provider->traits = find_provider(provider->type)->create_adapter()->schema().traits;
        config->providers.try_emplace(provider->name, provider);

        Job job;
        job.name = "job-" + std::to_string(i);
        job.provider = config->providers.at(provider->name);
        job.task.task_id = scope_.same_task ? "1" : std::to_string(i + 1);
        job.task.start_json = job.task.stop_json = job.task.on_abort_json =
            cpts ? R"({"test_suite_id":1})" : R"({"is_expect":true,"summary":"done"})";
        job.task_key = task_key_of(*job.provider, job.task.task_id);
        const WallTime start = kOrigin + kFirstStart + static_cast<int>(i) * scope_.apart;
        job.schedule.rules.emplace_back(OnceRule{start});
        job.stop = StopAfter{kWindow};
        job.start_grace = 5s;
        DueRule rule;
        rule.kind = DueRule::Kind::once;
        rule.from = start;
        checks_.plans[job.schedule.fingerprint()] = {rule};
        horizon_ = start + kWindow + kAfterwards - kOrigin;
        config->jobs.emplace(job.name, std::make_shared<const Job>(job));
    }
    return config;
}

const std::string& SmallWorld::run() {
    full_config_ = make_config();
    begin_process(false);
    live_until(horizon_);
    if (stage_.failure.empty()) checks_.health_returns();
    store_comes_up();
    if (stage_.clocks.wall_off != Duration{}) step_wall(-stage_.clocks.wall_off);
    for (int i = 0; i < 40 && stage_.failure.empty() && !(engine_ && store_.live.empty()); ++i) {
        live_until(stage_.clocks.t + 15s);
        checks_.hold_healthy();
    }
    if (stage_.failure.empty() && engine_) load(std::make_shared<const Config>());
    live_until(stage_.clocks.t + 5s);
    if (stage_.failure.empty()) checks_.hold_end();
    stage_.figures.lived = stage_.clocks.t;
    return stage_.failure;
}

// What is lost on its way to a query or back is the same to all.
Passage SmallWorld::passage_of(const Send& send) {
    Passage passage;
    if (!may_choose()) return passage;
    using Fate = Passage::Fate;
    const bool has_effect = send.spec->action != Action::query;
    std::vector<Fate> menu{Fate::answered, Fate::lost};
    if (has_effect) menu.push_back(Fate::answer_lost);
    if (scope_.full_menu) {
        menu.push_back(Fate::not_sent);
        menu.push_back(Fate::forged_after);
        if (has_effect) menu.push_back(Fate::late_effect);
        if (has_effect) menu.push_back(Fate::forged);
    }
    passage.fate = menu[static_cast<std::size_t>(choices_.choose(static_cast<int>(menu.size())))];
    if (passage.fate == Fate::late_effect) passage.late = kAlmostSettled;
    if (passage.fate == Fate::forged_after) passage.answer = forged_failure(503);
    if (passage.fate == Fate::forged) passage.answer = forged_success(*send.spec, "");
    return passage;
}

void SmallWorld::step_is_done() {
    if (in_choice_ || !may_choose()) return;
    in_choice_ = true;
    std::vector<std::function<void()>> menu{[] {}};
    // A crash finds the same world as long as nothing but the clock has moved, and the same rows if none are in flight.
    const bool leaves_more = std::exchange(crash_offered_at_, outside_changes_) != outside_changes_;
    const bool has_rows = std::ranges::any_of(
        store_.pending, [](const Append& append) { return std::ranges::any_of(append.rows, SimStore::keeps); });
    if (leaves_more) menu.emplace_back([this] { crash(0); });
    if (leaves_more && has_rows) menu.emplace_back([this] { crash(store_.pending.size()); });
    if (scope_.full_menu) {
        if (!store_.live.empty())
            menu.emplace_back([this] { deliver(Command{1, "operator", StopRun{*store_.live.begin(), "enough"}}); });
        menu.emplace_back([this] { step_wall(-1h); });
        if (!vendor_.all_active().empty()) {
            menu.emplace_back([this] {
                for (const auto* active : vendor_.all_active()) vendor_.by_hand(active->task_key, Action::stop);
            });
        }
        if (!store_.is_down) {
            menu.emplace_back([this] {
                store_goes_down(0);
                later_in_process(stage_.clocks.t + 5s, [this] { store_comes_up(); });
            });
        }
    }
    if (menu.size() > 1) menu[static_cast<std::size_t>(choices_.choose(static_cast<int>(menu.size())))]();
    in_choice_ = false;
}

void SmallWorld::process_is_gone(bool clean) {
    stage_.later(stage_.clocks.t + 1s, [this, clean] { begin_process(clean); });
}

void SmallWorld::process_is_there() {
    later_in_process(stage_.clocks.t + 1ms, [this] { load(full_config_); });
}

ScopeResult live_through(const Scope& scope) {
    ScopeResult result;
    Choices choices;
    do {
        SmallWorld world{scope, choices};
        const std::string failure = world.run();
        ++result.lives;
        result.figures.add(world.figures());
        if (!failure.empty()) {
            result.failure = failure;
            result.path = choices.text();
            return result;
        }
    } while (choices.advance());
    return result;
}

}  // namespace taktd::sim
