// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/rules/policies.hpp"

#include <algorithm>
#include <array>

namespace taktd {
namespace {

using Kind = StartVerdict::Kind;
using MaybeVerdict = std::optional<StartVerdict>;

StartVerdict skip(Reason reason) { return {Kind::skip, reason}; }
MaybeVerdict skip_if(bool objects, Reason reason) { return objects ? MaybeVerdict{skip(reason)} : std::nullopt; }

MaybeVerdict in_time(const StartFacts& f) {
    if (!f.is_newest_missed) return skip(Reason::misfire);
    if (f.window.stop_due <= f.window.start_due) return skip(Reason::window_too_short);  // DST may leave nothing of it
    if (f.now <= latest_start(f)) return std::nullopt;
    if (f.waited && f.earlier_live > 0) return skip(Reason::overlap);
    if (f.looked_in_vain || f.prepared_in_vain) return skip(Reason::no_baseline);
    if (f.waited) return skip(Reason::overlap);  // too little was left when the earlier run had ended
    // Under run_late, and for a manual start, there is no grace; a window that is nearly over is still not worth a
    // start.
    const bool knows_grace = !f.by_hand && f.misfire == Misfire::skip;
    const bool missed = knows_grace && f.now > f.window.start_due + f.window.start_grace;
    return skip(missed ? Reason::misfire : Reason::window_too_short);
}

// The wall clock was set back after the run had come due. A run that starts before its instant would outlast its
// window.
MaybeVerdict its_instant_has_come(const StartFacts& f) {
    const bool is_early = !f.by_hand && f.now < f.window.start_due;
    return is_early ? MaybeVerdict{{Kind::wait, Reason::none}} : std::nullopt;
}

MaybeVerdict without_overlap(const StartFacts& f) {
    if (f.earlier_live == 0) return std::nullopt;
    switch (f.overlap) {
        case Overlap::skip: return skip(Reason::overlap);
        case Overlap::queue:
            if (f.earlier_live > 1) return skip(Reason::overlap);  // one runs, one waits
            return StartVerdict{Kind::wait, Reason::none};
        case Overlap::stop_previous: break;
    }
    return StartVerdict{Kind::end_previous, Reason::none};
}

MaybeVerdict has_task(const StartFacts& f) {
    return f.needs_task ? MaybeVerdict{{Kind::prepare, Reason::none}} : std::nullopt;
}

MaybeVerdict task_is_idle(const StartFacts& f) {
    switch (f.baseline) {
        case BaselineState::active: return skip(Reason::task_busy);
        case BaselineState::active_early:
        case BaselineState::none: return StartVerdict{Kind::look, Reason::none};
        case BaselineState::inactive:
        case BaselineState::not_needed: break;
    }
    return std::nullopt;
}

using ToText = std::function<std::string(WallTime)>;

std::string overlap_text(const StartFacts& f, const ToText&) {
    if (f.earlier_live == 0) return "no earlier run of this job is unfinished";
    const std::string policy = f.overlap == Overlap::skip    ? "skip"
                               : f.overlap == Overlap::queue ? "queue (one waits)"
                                                             : "stop_previous";
    return std::to_string(f.earlier_live) + " earlier run(s) of this job were not finished; overlap: " + policy;
}

std::string in_time_text(const StartFacts& f, const ToText& at) {
    if (!f.is_newest_missed) return "missed, and a later missed occurrence of the job came after it";
    std::string text = "decided at " + at(f.now) + ", due " + at(f.window.start_due) + ", latest start " +
                       at(latest_start(f)) + " (misfire: " + (f.misfire == Misfire::skip ? "skip" : "run_late");
    if (f.by_hand) text += ", started manually";
    text += ", start_grace " + taktd::to_text(f.window.start_grace) + ", stop " + at(f.window.stop_due) +
            ", min_window " + taktd::to_text(f.window.min_window) + ")";
    if (f.waited) text += "; it waited for an earlier run of the job";
    if (f.looked_in_vain) text += "; the task's state could not be read";
    if (f.prepared_in_vain) text += "; its task could not be made from the template";
    return text;
}

std::string baseline_text(const StartFacts& f, const ToText&) {
    switch (f.baseline) {
        case BaselineState::not_needed: return "not asked: the provider says baseline: false";
        case BaselineState::none: return "not known yet";
        case BaselineState::inactive: return "idle";
        case BaselineState::active_early: return "active shortly before the start was due: asked again";
        case BaselineState::active: return "active: somebody else's run";
    }
    return {};
}

struct Rule {
    std::string_view name;
    MaybeVerdict (*ask)(const StartFacts&);
    std::string (*tell)(const StartFacts&, const ToText&);
};

template <bool StartFacts::*kFlag>
std::string yes_or_no(const StartFacts& f, const ToText&) {
    return f.*kFlag ? "no" : "yes";
}

constexpr std::array kRules{
    Rule{"the job is in the config", [](const StartFacts& f) { return skip_if(f.removed, Reason::removed); },
         yes_or_no<&StartFacts::removed>},
    Rule{"the job is enabled", [](const StartFacts& f) { return skip_if(f.disabled, Reason::disabled); },
         yes_or_no<&StartFacts::disabled>},
    Rule{"no hold is engaged", [](const StartFacts& f) { return skip_if(f.held, Reason::hold); },
         yes_or_no<&StartFacts::held>},
    Rule{"it is not too late", in_time, in_time_text},
    Rule{"its instant has come", its_instant_has_come,
         [](const StartFacts& f, const ToText& at) {
             return its_instant_has_come(f) ? "the clock was set back to " + at(f.now) : std::string{"yes"};
         }},
    Rule{"the provider accepts our credentials",
         [](const StartFacts& f) { return skip_if(f.provider_closed, Reason::provider_unauthorized); },
         yes_or_no<&StartFacts::provider_closed>},
    Rule{"no earlier run of the job is in the way", without_overlap, overlap_text},
    Rule{"the run has a task", has_task,
         [](const StartFacts& f, const ToText&) {
             return std::string{f.needs_task ? "not yet: made from the template" : "yes"};
         }},
    Rule{"no other run of ours has the task",
         [](const StartFacts& f) { return skip_if(f.task_is_taken, Reason::task_busy); },
         yes_or_no<&StartFacts::task_is_taken>},
    Rule{"the task is idle", task_is_idle, baseline_text},
    Rule{"the task has the expected name",
         [](const StartFacts& f) { return skip_if(f.is_wrong_task, Reason::wrong_task); },
         yes_or_no<&StartFacts::is_wrong_task>},
};

}  // namespace

WallTime latest_start(const Window& window, Misfire misfire) {
    const WallTime by_window = std::min(window.stop_due, window.max_end) - window.min_window;
    if (misfire == Misfire::run_late) return by_window;
    return std::min(window.start_due + window.start_grace, by_window);
}

WallTime latest_start(const StartFacts& facts) {
    return latest_start(facts.window, facts.by_hand ? Misfire::run_late : facts.misfire);
}

StartVerdict decide_start(const StartFacts& facts) {
    for (const Rule& rule : kRules) {
        if (const auto verdict = rule.ask(facts)) return *verdict;
    }
    return {};
}

std::vector<RuleFinding> explain_start(const StartFacts& facts, const ToText& to_text) {
    std::vector<RuleFinding> found;
    for (const Rule& rule : kRules) {
        found.push_back({rule.name, rule.ask(facts), rule.tell(facts, to_text)});
        if (found.back().verdict) break;
    }
    return found;
}

}  // namespace taktd
