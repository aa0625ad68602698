// SPDX-License-Identifier: Apache-2.0
// The rules of a start, read aloud from the facts that were kept with the decision; of a start that was made, from what
// its run says.
#include <algorithm>

#include "daemon/report/run_text.hpp"
#include "daemon/report/time_text.hpp"
#include "daemon/report/why_text.hpp"
#include "daemon/report/why_words.hpp"

namespace taktd::report {
namespace {

using Kind = StartVerdict::Kind;

std::shared_ptr<const StartFacts> facts_of(const Why& why) {
    if (why.forecast) return why.forecast->facts;
    if (!why.run) return nullptr;
    for (auto t = why.run->transitions.rbegin(); t != why.run->transitions.rend(); ++t) {
        if (t->facts) return t->facts;
    }
    return nullptr;
}

const RunRow* run_of(const Why& why) {
    if (why.run) return &why.run->run;
    return why.forecast ? &why.forecast->row : nullptr;
}

std::vector<WhyRule> told(const StartFacts& facts, const RunRow& run, const std::string& note, const Zone& zone) {
    std::vector<WhyRule> rules;
    const auto at = [&](WallTime t) { return short_text(t, run.start_due, zone); };
    const auto findings = explain_start(facts, at);
    for (const RuleFinding& finding : findings)
        rules.push_back({std::string{finding.rule}, finding.facts, finding.verdict.has_value()});
    if (!is_terminal(run.state)) return rules;
    const auto& last = findings.back().verdict;
    if (last && last->kind == Kind::skip && last->reason == run.reason) return rules;
    // What ended it was no rule about its start: an end that came first.
    rules.back().decided = false;
    const std::string words = words_of_refusal(run.reason);
    rules.push_back({"nothing ended it before its start", "no: " + (note.empty() ? words : note), true});
    return rules;
}

/// Every rule has let it pass; what they looked at is in the run.
std::vector<WhyRule> told_of_start(const RunHistory& history, WallTime decided, const Zone& zone) {
    const RunRow& run = history.run;
    const auto at = [&](WallTime t) { return short_text(t, run.start_due, zone); };
    StartFacts facts;
    facts.window = {run.start_due, run.stop_due, run.max_end, run.stop_due - run.start_due, {}};
    facts.now = decided;
    facts.by_hand = true;
    facts.baseline = run.baseline ? BaselineState::inactive : BaselineState::not_needed;
    std::vector<WhyRule> rules;
    for (const RuleFinding& finding : explain_start(facts, at))
        rules.push_back({std::string{finding.rule}, finding.facts});
    const auto rule = [&](std::string_view name) {
        return std::ranges::find_if(rules, [&](const WhyRule& r) { return r.rule == name; });
    };
    if (const auto found = rule("it is not too late"); found != rules.end()) {
        const Duration late = decided - run.start_due;
        found->facts = "decided at " + at(decided) +
                       (late > Duration::zero() ? ", " + rough_text(late) + " after it was due" : ", in time") +
                       "; its stop was due at " + at(run.stop_due);
    }
    if (const auto found = rule("the task is idle"); found != rules.end() && run.baseline)
        found->facts = baseline_text(*run.baseline, run.start_due, zone);
    return rules;
}

/// Of a run that never had a task of its own to start: the vendor has refused to make it.
std::vector<WhyRule> told_of_template(const RunHistory& history, const Zone& zone) {
    std::vector<WhyRule> rules = told_of_start(history, history.transitions.back().at, zone);
    const auto made =
        std::ranges::find_if(rules, [](const WhyRule& rule) { return rule.rule == "the run has a task"; });
    rules.erase(made, rules.end());
    const std::string& note = history.transitions.back().detail;
    rules.push_back({"the run has a task", "no: " + (note.empty() ? "it was refused" : note), true});
    return rules;
}

}  // namespace

std::vector<WhyRule> rules_of(const Why& why, const Zone& zone) {
    const RunRow* run = run_of(why);
    if (run == nullptr) return {};
    if (const auto facts = facts_of(why)) {
        const std::string& note = why.run ? why.run->transitions.back().detail : why.forecast->note;
        return told(*facts, *run, note, zone);
    }
    if (!why.run) return {};
    std::optional<WallTime> decided;
    for (const TransitionRow& t : why.run->transitions) {
        if (t.to == RunState::starting) decided = t.at;
    }
    if (!decided) {
        const bool is_refused = why.run->run.state == RunState::failed && why.run->run.plan.task.is_from_template();
        return is_refused ? told_of_template(*why.run, zone) : std::vector<WhyRule>{};
    }
    auto rules = told_of_start(*why.run, *decided, zone);
    if (why.disposition == Disposition::failed) {
        const std::string& note = why.run->transitions.back().detail;
        rules.push_back({"the provider takes the start", "no" + (note.empty() ? "" : ": " + note), true});
    }
    return rules;
}

}  // namespace taktd::report
