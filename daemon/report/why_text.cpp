// SPDX-License-Identifier: Apache-2.0
#include "daemon/report/why_text.hpp"

#include <algorithm>
#include <array>

#include "daemon/core/rules/ends.hpp"
#include "daemon/core/rules/outcomes.hpp"
#include "daemon/log/escape.hpp"
#include "daemon/report/clock_note.hpp"
#include "daemon/report/run_text.hpp"
#include "daemon/report/time_text.hpp"
#include "daemon/report/why_words.hpp"

namespace taktd::report {
namespace {

std::string with_note(std::string sentence, const std::string& note) {
    if (note.empty()) return sentence;
    return sentence.empty() ? note : sentence + ": " + note;
}

std::string why_run_was_not_started(const Why& why, const Zone& zone) {
    const RunRow& run = why.run->run;
    const std::string& note = why.run->transitions.back().detail;
    const auto at = [&](WallTime t) { return short_text(t, run.start_due, zone); };
    std::string text = with_note(words_of_refusal(run.reason), note);
    const TransitionRow& last = why.run->transitions.back();
    if (run.reason == Reason::operator_request && !last.actor.empty()) text += " (by " + last.actor + ")";
    const Duration late = run.created - run.start_due;
    if (late < std::chrono::seconds{1} || run.origin == Origin::manual) return text;
    // Else it would be a catch-up, or the job has been there before.
    const bool is_new = run.origin == Origin::schedule && !(why.oldest && *why.oldest < run.start_due);
    return text + "; " +
           (is_new ? "it had already passed when the job was first loaded, at " + at(run.created)
                   : "the daemon came to it only at " + at(run.created) + ", " + rough_text(late) +
                         " late: it had been down, or the clock was set");
}

std::string why_counted(const GapRow& gap) {
    switch (gap.reason) {
        case Reason::disabled: return "the job was disabled, and they passed before the daemon came to them";
        case Reason::removed: return "they had passed when the daemon came to them, and the job had left the config";
        default: break;
    }
    return "they had passed when the daemon came to them: it had been down, or the clock was set. The newest 100 of "
           "a job get rows of their own, older ones are counted";
}

std::string why_unknown(const Why& why, const Zone& zone) {
    if (why.watermark && *why.watermark > why.now + kAheadUntold)
        return "the clock was ahead once: the job's schedule counts as dealt with up to " +
               local_text(*why.watermark, zone) + ", and nothing starts before. The way out: taktctl clock";
    const bool is_young = why.retention && why.at >= why.now - *why.retention;
    std::string text = "no record: the job, or the schedule that it has now, was loaded after that time";
    if (!is_young) text += ", or its run was pruned";
    if (why.retention) text += " (finished runs are kept for " + to_text(*why.retention) + ")";
    if (why.oldest) return text + ". The job's oldest run that is kept was due " + local_text(*why.oldest, zone);
    return text + ". The store has no run of the job";
}

std::string why_expected(const Why& why) {
    if (!why.forecast) return why.no_forecast;
    const RunRow& run = why.forecast->row;
    if (run.state != RunState::skipped && run.state != RunState::failed)
        return "as things are now: every rule lets it start";
    return "as things are now: " + (why.forecast->note.empty() ? words_of_refusal(run.reason) : why.forecast->note);
}

class Teller {
public:
    Teller(const Why& why, const Context& context) : why_{why}, context_{context}, zone_{*context.zone} {}

    std::string tell() {
        fact("job", paint(why_.job, Colour::bold));
        fact(label(), both_times(why_.at));
        fact("disposition", disposition());
        fact("because", log::escape_text(because(why_, zone_)));
        if (why_.run) run_facts();
        if (why_.gap) gap_facts();
        if (why_.forecast) forecast_facts();
        beside();
        rules();
        if (why_.run) text_ += "\ntaktctl show " + short_id(why_.run->run.id) + " shows the whole story.\n";
        return text_;
    }

private:
    void fact(const std::string& name, const std::string& value) {
        if (value.empty()) return;
        constexpr std::size_t kNameWidth = 13;
        text_ +=
            coloured(name, Colour::dim, context_.colour) + std::string(kNameWidth - name.size(), ' ') + value + "\n";
    }
    std::string paint(std::string_view text, Colour colour) const {
        return coloured(log::escape_text(text), colour, context_.colour);
    }
    std::string at(WallTime t) const { return short_text(t, why_.at, zone_); }
    std::string both_times(WallTime t) const { return local_text_with_day(t, zone_) + " (" + to_rfc3339(t) + ")"; }

    std::string label() const {
        if (why_.disposition == Disposition::none) return "asked for";
        return why_.run && !why_.run->run.occurrence ? "manual" : "occurrence";
    }

    std::string disposition() const {
        switch (why_.disposition) {
            case Disposition::started: return started();
            case Disposition::skipped:
            case Disposition::failed:
            case Disposition::cancelled:
                return paint(state_text(why_.run->run.state, why_.run->run.reason), colour_of(why_.run->run.state));
            case Disposition::due: return paint("none yet: the start waits", Colour::yellow);
            case Disposition::counted:
                return paint("counted", Colour::dim) + ", one of " + std::to_string(why_.gap->count) +
                       " missed occurrences that share a row (" + std::string{name_of(why_.gap->reason)} + ")";
            case Disposition::pending:
                return paint("none yet", Colour::yellow) + ": it came due " + rough_text(why_.now - why_.at) +
                       " ago, and the daemon has not come to it";
            case Disposition::expected: return expected();
            case Disposition::none: return "none: the job has no start at this time";
            case Disposition::unknown: return paint("unknown", Colour::yellow);
        }
        return {};
    }

    std::string started() const {
        const RunRow& run = why_.run->run;
        const Duration late = started_at(*why_.run).value_or(run.start_due) - run.start_due;
        return paint("started", Colour::green) +
               (late > Duration::zero() ? ", " + rough_text(late) + " after it was due; " : "; ") +
               (is_terminal(run.state) ? "" : "now ") + paint(state_text(run.state, run.reason), colour_of(run.state));
    }

    std::string expected() const {
        const std::string in = "in " + rough_text(why_.now < why_.at ? why_.at - why_.now : Duration{});
        if (!why_.forecast) return "to come " + in;
        const RunRow& run = why_.forecast->row;
        const bool is_skipped = run.state == RunState::skipped || run.state == RunState::failed;
        return "to come " + in + ": will " +
               (is_skipped ? paint("be " + state_text(run.state, run.reason), Colour::yellow)
                           : paint("start", Colour::green));
    }

    void run_facts() {
        const RunRow& run = why_.run->run;
        if (run.origin == Origin::manual && run.request_key) fact("key", log::escape_text(*run.request_key));
        if (why_.disposition == Disposition::due) fact("waits", "since " + at(run.created) + waits_for());
        if (why_.disposition != Disposition::started) return;
        fact("start", start_line());
        if (run.baseline) {
            fact("baseline", log::escape_text(baseline_text(*run.baseline, run.start_due, zone_)));
        } else {
            fact("baseline", "none: the provider says baseline: false");
        }
        std::string stop = run.plan.ends_itself ? "when the task is done, at the latest at " + at(run.max_end)
                                                : "due " + at(run.stop_due);
        if (!run.plan.ends_itself && run.max_end < run.stop_due) stop += ", max_duration ends it at " + at(run.max_end);
        fact("stop", stop);
        end_facts();
    }

    std::string waits_for() const {
        const TransitionRow& last = why_.run->transitions.back();
        return last.detail.empty() ? "" : "; the last try: " + log::escape_text(last.detail);
    }

    std::string start_line() const {
        const RunRow& run = why_.run->run;
        std::string line = "due " + at(run.start_due);
        const CallRow* call = last_call(Action::start);
        if (call == nullptr) return line;
        if (call->record.sent) line += ", sent " + at(*call->record.sent);
        if (call->attempt > 1) line += " (attempt " + std::to_string(call->attempt) + ")";
        return line + ": " + (call->result ? std::string{name_of(call->result->outcome)} : "not answered");
    }

    const CallRow* last_call(Action action) const {
        const CallRow* found = nullptr;
        for (const CallRow& call : why_.run->calls) {
            if (call.action == action) found = &call;
        }
        return found;
    }

    void end_facts() {
        const RunRow& run = why_.run->run;
        const auto& moves = why_.run->transitions;
        const auto stopping = std::ranges::find(moves, RunState::stopping, &TransitionRow::to);
        if (stopping != moves.end()) {
            fact("stop wanted",
                 log::escape_text(at(stopping->at) + ", " + words_of_stop(stopping->reason) + on_behalf(*stopping)));
        }
        if (const CallRow* heal = last_call(Action::heal); heal != nullptr) {
            fact("guard rail", "set off to undo faults, " + at(heal->record.sent.value_or(heal->intent)) + ": " +
                                   (heal->result ? std::string{name_of(heal->result->outcome)} : "not answered"));
        }
        const auto stops = std::ranges::count(why_.run->calls, Action::stop, &CallRow::action);
        if (const CallRow* stop = last_call(Action::stop); stop != nullptr) {
            fact("stops sent", std::to_string(stops) + ", the last at " + at(stop->record.sent.value_or(stop->intent)) +
                                   ": " +
                                   (stop->result ? std::string{name_of(stop->result->outcome)} : "not answered"));
        }
        if (is_terminal(run.state)) {
            const TransitionRow& end = moves.back();
            std::string words = words_of_end(run.state, run.reason, stopping != moves.end(), may_be_ours());
            if (run.reason == Reason::discharged) words += on_behalf(end);
            fact("ended", log::escape_text(at(end.at) + ", " + words));
            if (!run.residue.empty())
                fact("left behind", coloured(log::escape_text("faults may still be in place: " + run.residue),
                                             Colour::red, context_.colour));
        } else if (is_overdue(run, why_.now)) {
            const Duration since = why_.now - should_end_at(run);
            fact("now", coloured("overdue", Colour::red, context_.colour) + ": it should have been stopped " +
                            rough_text(since) + " ago; taktd goes on until the task is seen to have ended");
            fact("seen", log::escape_text(words_of_last_look(run.remote_state)));
            fact("way out", "if you know that it has ended: taktctl discharge " + short_id(run.id) + " --reason ...");
        } else if (run.state == RunState::unconfirmed) {
            fact("now", log::escape_text(with_note("whether the start took effect is not known yet; the task is asked",
                                                   moves.back().detail)));
        }
    }

    /// A stop that was sent may have ended the task, unless its answer says that it did nothing.
    bool may_be_ours() const {
        return std::ranges::any_of(why_.run->calls, [](const CallRow& call) {
            return call.action == Action::stop && (!call.result || !had_no_effect(call.result->outcome));
        });
    }

    static std::string on_behalf(const TransitionRow& t) {
        const bool by_person = !t.actor.empty() && t.actor != "taktd";
        return (by_person ? ", by " + t.actor : "") + (t.detail.empty() ? "" : ": " + t.detail);
    }

    void gap_facts() {
        const GapRow& gap = *why_.gap;
        fact("gap", local_text(gap.first, zone_) + " to " + local_text(gap.last, zone_) + ", written down at " +
                        local_text(gap.recorded, zone_));
        if (why_.disposition != Disposition::counted)
            fact("", "in which " + std::to_string(gap.count) + " missed occurrences are counted (" +
                         std::string{name_of(gap.reason)} + "); by the schedule of now this instant is none of them");
    }

    void forecast_facts() {
        const ForecastRun& run = *why_.forecast;
        if (run.start_sent) fact("start", "due " + at(run.row.start_due) + ", to be sent " + at(*run.start_sent));
        if (run.row.state == RunState::skipped || run.row.state == RunState::failed) return;
        fact("stop", "due " + at(end_of(run.row)));
    }

    void beside() {
        const auto tell = [&](const std::string& name, const std::optional<Neighbour>& n) {
            if (n) fact(name, both_times(n->at) + (n->word.empty() ? "" : ": " + n->word));
        };
        tell("before", why_.before);
        tell("after", why_.after);
        if (why_.was_removed) fact("job", "it has left the config");
        if (why_.others.empty()) return;
        std::string text;
        constexpr std::size_t kShown = 5;
        for (std::size_t i = 0; i < std::min(why_.others.size(), kShown); ++i)
            text += (i == 0 ? "" : ", ") + at(why_.others[i]);
        if (why_.others.size() > kShown) text += " ...";
        fact("also", std::to_string(why_.others.size()) + " more in this minute: " + text +
                         "; give the seconds for one of them");
    }

    void rules() {
        const auto rules = rules_of(why_, zone_);
        if (rules.empty()) return;
        text_ += why_.forecast ? "\nThe rules, in order:\n" : "\nThe rules, in the order in which they were asked:\n";
        constexpr std::size_t kRuleWidth = 44;
        for (const WhyRule& rule : rules) {
            std::string line = rule.rule + " ";
            if (line.size() < kRuleWidth) line += std::string(kRuleWidth - line.size(), '.');
            line = (rule.decided ? "> " : "  ") + line + " " + log::escape_text(rule.facts);
            if (rule.decided) line += "  <- decided";
            text_ += coloured(line, rule.decided ? Colour::yellow : Colour::none, context_.colour) + "\n";
        }
    }

    const Why& why_;
    const Context& context_;
    const Zone& zone_;
    std::string text_;
};

}  // namespace

std::string_view name_of(Disposition disposition) {
    constexpr std::array kNames{"started", "skipped", "failed",   "cancelled", "due",
                                "counted", "pending", "expected", "none",      "unknown"};
    return kNames.at(static_cast<std::size_t>(disposition));
}

std::string state_text(RunState state, Reason reason) {
    std::string text{name_of(state)};
    if (reason != Reason::none) text += " (" + std::string{name_of(reason)} + ")";
    return text;
}

Disposition disposition_of(const RunHistory& history) {
    const auto was = [&](RunState state) {
        return std::ranges::find(history.transitions, state, &TransitionRow::to) != history.transitions.end();
    };
    switch (history.run.state) {
        case RunState::due: return Disposition::due;
        case RunState::skipped: return Disposition::skipped;
        case RunState::cancelled: return Disposition::cancelled;
        case RunState::failed:
            if (!was(RunState::running) && !was(RunState::unconfirmed)) return Disposition::failed;
            break;
        default: break;
    }
    return Disposition::started;
}

std::optional<WallTime> started_at(const RunHistory& history) {
    std::optional<WallTime> at;
    for (const TransitionRow& t : history.transitions) {
        if (t.to == RunState::starting) at = t.at;
    }
    for (const CallRow& call : history.calls) {
        if (at && call.action == Action::start && call.record.sent) at = call.record.sent;
    }
    return at;
}

std::string because(const Why& why, const Zone& zone) {
    switch (why.disposition) {
        case Disposition::skipped:
        case Disposition::failed:
        case Disposition::cancelled: return why_run_was_not_started(why, zone);
        case Disposition::counted: return why_counted(*why.gap);
        case Disposition::expected:
        case Disposition::pending: return why_expected(why);
        case Disposition::unknown: return why_unknown(why, zone);
        default: return "";
    }
}

std::string why_text(const Why& why, const Context& context) { return Teller{why, context}.tell(); }

}  // namespace taktd::report
