// SPDX-License-Identifier: Apache-2.0
#include "daemon/notify/notice.hpp"

#include <algorithm>
#include <array>

#include "daemon/core/rules/ends.hpp"
#include "daemon/runtime/kept_text.hpp"

namespace taktd::notify {
namespace {

/// Skipped by a decision of somebody's (a hold, a disabled job, an overlap that the config allows for) is no news.
bool is_news(Reason reason) {
    constexpr std::array kNews{Reason::misfire, Reason::window_too_short, Reason::no_baseline, Reason::wrong_task,
                               Reason::task_busy};
    return std::ranges::find(kNews, reason) != kNews.end();
}

std::optional<NoticeType> type_of(const TransitionRow& transition) {
    switch (transition.to) {
        case RunState::failed: return NoticeType::run_failed;
        case RunState::unconfirmed: return NoticeType::run_unconfirmed;
        case RunState::stopped: return NoticeType::run_stopped;
        case RunState::completed: return NoticeType::run_completed;
        case RunState::skipped:
            return is_news(transition.reason) ? std::optional{NoticeType::run_skipped} : std::nullopt;
        case RunState::running:
            // Resumed, or seen again: it had started before.
            return transition.from == RunState::starting || transition.from == RunState::unconfirmed
                       ? std::optional{NoticeType::run_started}
                       : std::nullopt;
        default: return std::nullopt;
    }
}

std::string answer_of(const CallResult& result) {
    std::string text = result.http_status == 0 ? std::string{} : std::to_string(result.http_status);
    const std::string& code = result.vendor_code.empty() ? result.vendor_message : result.vendor_code;
    if (!code.empty()) text += (text.empty() ? "" : " ") + code;
    return kept_text(text.empty() ? std::string{name_of(result.outcome)} : text, NoticeMaker::kTextBytesMax);
}

}  // namespace

void NoticeMaker::note(const Snapshot& snapshot) {
    for (const RecoveredRun& live : snapshot.live) note(live.run);
}

void NoticeMaker::note(const RunRow& run) {
    Known& known = known_[run.id];
    known.job = run.job;
    known.provider = run.provider;
    RunFacts& facts = known.facts;
    facts.id = run.id;
    facts.state = run.state;
    facts.reason = run.reason;
    facts.obligation = run.obligation;
    facts.start_due = run.start_due;
    facts.should_end = should_end_at(run);
}

std::vector<Notice> NoticeMaker::notices_of(const std::vector<Row>& rows) {
    std::vector<Notice> notices;
    std::vector<const RunRow*> runs;
    for (const Row& row : rows) {
        if (const auto* run = std::get_if<RunRow>(&row)) {
            note(*run);
            runs.push_back(run);
        }
    }
    for (const Row& row : rows) {
        if (const auto* transition = std::get_if<TransitionRow>(&row)) {
            take(*transition, notices);
        } else if (const auto* call = std::get_if<CallRow>(&row)) {
            take(*call, notices);
        } else if (const auto* hold = std::get_if<HoldRow>(&row)) {
            take(*hold, notices);
        } else if (const auto* foreign = std::get_if<ForeignRow>(&row)) {
            take(*foreign, notices);
        } else if (const auto* gap = std::get_if<GapRow>(&row)) {
            take(*gap, notices);
        }
    }
    for (const RunRow* run : runs) {
        const auto found = known_.find(run->id);
        if (found == known_.end() || run->obligation == Obligation::open) continue;
        Known& known = found->second;
        if (known.told_overdue > 0) {
            known.facts.is_overdue = false;
            notices.push_back({.type = NoticeType::run_recovered,
                               .at = run->updated,
                               .job = run->job,
                               .provider = run->provider,
                               .run = known.facts,
                               .late = run->updated - known.facts.should_end});
            known.told_overdue = 0;
        }
        if (is_terminal(run->state)) known_.erase(found);
    }
    return notices;
}

bool NoticeMaker::is_unconfirmed(RunId run) const {
    const auto known = known_.find(run);
    return known != known_.end() && known->second.facts.state == RunState::unconfirmed;
}

Notice NoticeMaker::overdue(const OverdueWatch::Overdue& stop, WallTime now) {
    Notice notice{
        .type = NoticeType::run_overdue, .at = now, .job = stop.job, .provider = stop.provider, .late = stop.late};
    Known& known = known_[stop.run];
    known.job = stop.job;
    known.provider = stop.provider;
    known.facts.id = stop.run;
    known.facts.state = stop.state;
    known.facts.should_end = stop.stop_due;
    known.facts.is_overdue = true;
    notice.run = known.facts;
    notice.repeat = known.told_overdue++;
    return notice;
}

void NoticeMaker::take(const TransitionRow& transition, std::vector<Notice>& notices) const {
    const auto type = type_of(transition);
    const auto known = known_.find(transition.run);
    if (!type || known == known_.end()) return;
    Notice& notice = notices.emplace_back(Notice{.type = *type,
                                                 .at = transition.at,
                                                 .job = known->second.job,
                                                 .provider = known->second.provider,
                                                 .run = known->second.facts,
                                                 .text = kept_text(transition.detail, kTextBytesMax),
                                                 .actor = transition.actor});
    notice.run->state = transition.to;
    notice.run->reason = transition.reason;
    if (*type == NoticeType::run_unconfirmed) notice.wait = kUnconfirmedPatience;
}

void NoticeMaker::take(const CallRow& call, std::vector<Notice>& notices) {
    if (!call.result) return;
    if (call.action == Action::stop && call.run) {
        if (const auto known = known_.find(*call.run); known != known_.end()) {
            ++known->second.facts.stop_attempts;
            known->second.facts.last_answer = answer_of(*call.result);
        }
    }
    const bool is_unauthorized = call.result->outcome == Outcome::unauthorized;
    if (is_unauthorized == unauthorized_.contains(call.provider)) return;
    // What says nothing about our key does not end the episode.
    if (!is_unauthorized && call.result->outcome != Outcome::accepted) return;
    if (is_unauthorized) {
        unauthorized_.insert(call.provider);
    } else {
        unauthorized_.erase(call.provider);
    }
    notices.push_back({.type = is_unauthorized ? NoticeType::provider_unauthorized : NoticeType::provider_recovered,
                       .at = call.result->ended,
                       .provider = call.provider,
                       .text = is_unauthorized ? answer_of(*call.result) : std::string{}});
}

void NoticeMaker::take(const HoldRow& hold, std::vector<Notice>& notices) {
    const NoticeType type = hold.engaged       ? NoticeType::hold_engaged
                            : hold.has_expired ? NoticeType::hold_expired
                                               : NoticeType::hold_released;
    Notice notice{.type = type,
                  .at = hold.since,
                  .text = kept_text(hold.reason, kTextBytesMax),
                  .actor = hold.actor,
                  .scope = hold.scope_text(),
                  .until = hold.engaged ? hold.until : std::nullopt};
    // A target that listens to one provider or to some jobs hears of the holds on these.
    constexpr std::string_view kProvider = "provider:", kJob = "job:";
    if (hold.scope.starts_with(kProvider)) notice.provider = hold.scope.substr(kProvider.size());
    if (hold.scope.starts_with(kJob)) notice.job = hold.scope.substr(kJob.size());
    notices.push_back(std::move(notice));
}

/// That it goes on is no news.
void NoticeMaker::take(const ForeignRow& foreign, std::vector<Notice>& notices) {
    if (!foreign.ended && foreign.first_seen != foreign.last_seen) return;
    notices.push_back({.type = foreign.ended ? NoticeType::foreign_ended : NoticeType::foreign_seen,
                       .at = foreign.last_seen,
                       .job = foreign.job,
                       .provider = foreign.provider,
                       .text = foreign.task_key});
}

void NoticeMaker::take(const GapRow& gap, std::vector<Notice>& notices) {
    notices.push_back({.type = NoticeType::occurrences_missed,
                       .at = gap.recorded,
                       .job = gap.job,
                       .count = gap.count,
                       .first = gap.first,
                       .last = gap.last});
}

}  // namespace taktd::notify
