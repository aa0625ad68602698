// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/core/engine/policy_scenario.hpp"

#include <algorithm>

namespace taktd::test {
namespace {

constexpr std::size_t kWhen = 0, kEarlier = 1, kGate = 2, kBaseline = 3;
constexpr Duration kWindow = 3h;
constexpr const char* kName = "load";

}  // namespace

std::vector<Variant> variants_of(const Situation& situation) {
    const std::string& when = situation[kWhen];
    const std::string& earlier = situation[kEarlier];
    std::vector<Misfire> misfires{Misfire::skip, Misfire::run_late};
    if (when.ends_with(", skip")) misfires = {Misfire::skip};
    if (when.ends_with(", run_late")) misfires = {Misfire::run_late};
    std::vector<Overlap> overlaps{Overlap::skip, Overlap::queue, Overlap::stop_previous};
    if (earlier.find("skip") != std::string::npos) overlaps = {Overlap::skip};
    if (earlier.find("queue") != std::string::npos) overlaps = {Overlap::queue};
    if (earlier.find("stop_previous") != std::string::npos) overlaps = {Overlap::stop_previous};
    if (situation[kGate] != "free") {  // it does not come to that
        misfires = {misfires.back()};
        overlaps = {overlaps.back()};
    }
    std::vector<Variant> variants;
    for (const Misfire misfire : misfires) {
        for (const Overlap overlap : overlaps) variants.push_back({misfire, overlap});
    }
    return variants;
}

PolicyScenario::PolicyScenario(const Situation& situation, Variant variant) : situation_{situation}, variant_{variant} {
    bench_.now.wall = kTwo - 10min;
    bench_.provider.baseline = !is(kBaseline, "not needed");
    bench_.provider.poll_interval = 10min;
    bench_.vendor = [this](const Send& send) { return answer(send); };
}

std::size_t PolicyScenario::earlier_runs() const {
    if (is(kEarlier, "none")) return 0;
    return is(kEarlier, "two") ? 2 : 1;
}

void PolicyScenario::configure(Overlap overlap) {
    static const Job once = make_job(kName, "0 0 2 * * *", kWindow);
    static const Job twice = make_job(kName, "0 0 2,3 * * *", kWindow);
    static const Job canary = make_job("canary", "", 1h, "canary");
    Job job = is(kWhen, "newer one missed") ? twice : once;
    if (is(kWhen, "short window")) job.stop = StopAfter{30s};
    if (is(kWhen, "no window")) job.stop = StopAfter{0s};
    if (is(kWhen, "short window")) job.min_window = 1min;
    job.max_duration = 24h;
    job.misfire = variant_.misfire;
    job.overlap = overlap;
    if (bench_.provider.baseline) job.task.expect_name = "ours";
    job.enabled = !(is_set_up_ && is(kGate, "disabled by config"));
    bench_.jobs = {job};
    if (is(kGate, "provider closed")) bench_.jobs.push_back(canary);
    bench_.load();
}

// By hand, so that they are there long before two o'clock, and for long.
void PolicyScenario::start_earlier_runs() {
    if (earlier_runs() > 0) configure(earlier_runs() == 2 ? Overlap::queue : variant_.overlap);
    for (std::size_t i = 0; i < earlier_runs(); ++i) {
        bench_.event(Command{i + 1, "ann", StartJob{kName, 20h, ""}});
        bench_.advance(1s);
    }
    is_stuck_ = variant_.overlap == Overlap::stop_previous;
    is_set_up_ = true;
    configure(variant_.overlap);
}

void PolicyScenario::close_gate() {
    if (is(kGate, "hold")) bench_.event(Command{10, "ann", SetHold{HoldRow{"", true, "incident", "", {}, {}}}});
    if (is(kGate, "disabled by operator"))
        bench_.event(Command{10, "ann", SetDisabled{kName, true, std::nullopt, "no more"}});
    if (is(kGate, "provider closed")) {
        is_closed_ = true;
        bench_.event(Command{10, "ann", StartJob{"canary", 1h, ""}});
        if (!bench_.provider.baseline) return;
        bench_.advance(1s);
    }
}

void PolicyScenario::come_due() {
    const bool is_late = is(kWhen, "late") || is(kWhen, "newer");
    if (is_late) {  // the host was suspended meanwhile
        Duration late = 30min;
        if (is(kWhen, "too late")) late = kWindow - 30s;
        if (is(kWhen, "newer")) late = 90min;
        const Duration asleep = kTwo + late - bench_.now.wall;
        bench_.now.wall += asleep;
        bench_.now.boot += asleep;
    } else if (is(kGate, "removed")) {
        bench_.advance_to(kTwo - 1s);
        bench_.now.wall += 1s;
        bench_.now.boot += 1s;
    } else {
        bench_.advance_to(kTwo);
    }
    if (is(kGate, "removed")) {
        bench_.jobs.clear();
        bench_.load();
    }
    bench_.event(Wake{});
}

void PolicyScenario::end_earlier_run() {
    if (is(kEarlier, "stays") || earlier_runs() == 0) return;
    is_stuck_ = false;
    for (auto& [id, task] : bench_.tasks) {
        if (task.state == RemoteState::stopping) task.state = RemoteState::stopped;
    }
    if (variant_.overlap != Overlap::stop_previous)
        bench_.event(Command{20, "ann", StopRun{bench_.order[0], "enough"}});
}

std::string PolicyScenario::outcome() {
    start_earlier_runs();
    bench_.advance_to(kTwo - 1min);
    close_gate();
    come_due();
    const auto is_open = [this] {
        return subject() != nullptr && (subject()->state == RunState::due || subject()->state == RunState::starting);
    };
    if (is_open()) bench_.advance(5s);
    if (is_open() && !is(kEarlier, "two, queue") && !is(kEarlier, "one, skip")) end_earlier_run();
    for (const Duration wait : {Duration{20s}, Duration{40s}, Duration{kWindow}}) {
        if (is_open()) bench_.advance(wait);
    }
    if (subject() == nullptr) return "(no run)";
    if (subject()->state == RunState::running) return "started";
    return std::string{name_of(subject()->state)} + ": " + std::string{name_of(subject()->reason)};
}

CallResult PolicyScenario::answer(const Send& send) {
    CallResult result;
    const std::string& task_id = send.spec->task_ids[0];
    const bool is_ours = std::ranges::any_of(bench_.runs, [&](const auto& entry) {
        return owes_stop(entry.second.state) && entry.second.plan.task.task_id == task_id;
    });
    if (is_closed_) {
        result = refused(Outcome::unauthorized);
    } else if (send.spec->action == Action::stop && is_stuck_) {
        bench_.tasks[task_id].state = RemoteState::stopping;
        result = accepted();
    } else if (send.spec->action == Action::query && !is_ours) {
        result = look(task_id);
    } else {
        result = bench_.obey(send);
    }
    return result;
}

CallResult PolicyScenario::look(const std::string& task_id) const {
    const bool shows = is_set_up_;
    if (shows && is(kBaseline, "unreadable")) return refused(Outcome::uncertain);
    const bool is_active = shows && situation_[kBaseline] == "active";
    CallResult result = saw(task_id, is_active ? RemoteState::running : RemoteState::stopped, "somebody's");
    result.observations[task_id].name = shows && is(kBaseline, "wrong name") ? "theirs" : "ours";
    return result;
}

const RunRow* PolicyScenario::subject() const {
    for (const auto& [id, row] : bench_.runs) {
        if (row.job == kName && row.occurrence == kTwo) return &row;
    }
    return nullptr;
}

std::size_t PolicyScenario::dispositions() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        bench_.runs, [](const auto& entry) { return entry.second.job == kName && entry.second.occurrence == kTwo; }));
}

bool PolicyScenario::is_explained() const {
    for (const auto& t : bench_.transitions) {
        if (t.run != subject()->id || t.to != RunState::skipped) continue;
        return t.facts && decide_start(*t.facts) == StartVerdict{StartVerdict::Kind::skip, t.reason};
    }
    return subject()->state == RunState::running;
}

std::string PolicyScenario::trace() const {
    std::string text;
    for (std::size_t i = 0; i < bench_.order.size(); ++i) {
        text += "\n  " + bench_.run(i).job + " " + to_rfc3339(bench_.run(i).start_due) + ": " + bench_.story(i) + " (" +
                bench_.note(i) + ")";
    }
    return text;
}

}  // namespace taktd::test
