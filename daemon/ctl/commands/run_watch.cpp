// SPDX-License-Identifier: Apache-2.0
#include "daemon/ctl/commands/run_watch.hpp"

#include <algorithm>
#include <utility>

#include "daemon/core/model/model.hpp"
#include "daemon/ctl/commands/event_lines.hpp"

namespace taktd::ctl {
namespace {

constexpr Duration kAnswerMax = std::chrono::seconds{5};

}  // namespace

RunWatch::RunWatch(const Options& options, const json::object& run, const std::string& types, bool tells_whole,
                   Outside& outside)
    : options_{options},
      id_{text_in(run, "id")},
      job_{text_in(run, "job")},
      tells_whole_{tells_whole},
      feed_{control_socket(options), "?types=" + types + "&job=" + escaped(job_), outside},
      state_{text_in(run, "state")} {}

bool RunWatch::has_ended() const {
    const auto state = parse_name<RunState>(state_);
    return taken_ >= missed_.size() && state && is_terminal(*state);
}

RunNews RunWatch::next(Outside::Clock::time_point deadline) {
    for (;;) {
        if (taken_ < missed_.size()) return std::move(missed_[taken_++]);
        missed_.clear();
        taken_ = 0;
        if (wants_answer_) {
            if (auto news = ask()) return std::move(*news);
            if (!missed_.empty()) continue;
        }
        // An answer that did not come is asked for again.
        const auto again = wants_answer_ ? Outside::Clock::now() + EventFeed::kPause : deadline;
        FeedNews heard = feed_.next(std::min(again, deadline));
        if (heard.kind == FeedNews::Kind::timed_out && Outside::Clock::now() < deadline) continue;
        if (auto news = hear(std::move(heard))) return std::move(*news);
    }
}

/// Nothing: it is told by and by, or there is no answer for now.
std::optional<RunNews> RunWatch::ask() {
    Reached reached =
        reach_daemon(options_, {.path = "/api/v1/runs/" + escaped(id_) + "?bodies=false", .timeout = kAnswerMax});
    if (!reached.said) {
        if (reached.said.error().exit_code == kUnreachable) return std::nullopt;
        return RunNews{.kind = Kind::refused, .answer = std::move(reached.said.error())};
    }
    const json::object& said = *reached.said;
    const json::value* run = said.if_contains("run");
    if (run == nullptr || !run->is_object() || !said.contains("transitions") || !said.contains("calls"))
        return RunNews{.kind = Kind::refused,
                       .answer = failure("the answer cannot be read; is taktd another version?")};
    wants_answer_ = false;
    add_what_is_new(said);
    const bool is_first = !std::exchange(knows_whole_, true);
    if (is_first && !tells_whole_) forget_what_was_told();
    state_ = text_in(run->get_object(), "state");
    reason_ = text_in(run->get_object(), "reason");
    if (!is_first || !tells_whole_) return std::nullopt;
    missed_.clear();
    return RunNews{.kind = Kind::whole, .data = said};
}

/// All up to the state that the run was in when the watch began. What it did until the first answer is news.
void RunWatch::forget_what_was_told() {
    const auto last = std::find_if(missed_.rbegin(), missed_.rend(), [this](const RunNews& news) {
        return news.event.name == "transition" && text_in(news.data, "to_state") == state_;
    });
    missed_.erase(missed_.begin(), last.base());
}

void RunWatch::add_what_is_new(const json::object& said) {
    for (const auto& [name, list, at] :
         {std::tuple{"transition", "transitions", "at"}, std::tuple{"call", "calls", "intent"}}) {
        for (const json::value& each : said.at(list).as_array()) {
            json::object data = each.as_object();
            if (!is_new(name, data)) continue;
            data["job"] = job_;
            missed_.push_back({.kind = Kind::event, .data = data, .event = {.name = name}, .why = text_in(data, at)});
        }
    }
    // Instants of one form are in the order of their texts.
    std::ranges::stable_sort(missed_, {}, &RunNews::why);
}

bool RunWatch::is_new(const std::string& name, const json::object& data) {
    if (name == "transition") {
        const json::value* seq = data.if_contains("seq");
        if (seq == nullptr || !seq->is_number()) return false;
        const std::int64_t before = told_seq_;
        told_seq_ = std::max(before, seq->to_number<std::int64_t>());
        return told_seq_ > before;
    }
    if (name != "call") return true;
    return !text_in(data, "outcome").empty() && text_in(data, "action") != "query" &&
           told_calls_.insert(text_in(data, "id")).second;
}

std::optional<RunNews> RunWatch::hear(FeedNews news) {
    switch (news.kind) {
        case FeedNews::Kind::listening:
        case FeedNews::Kind::gap:
            wants_answer_ = wants_answer_ || !knows_whole_ || news.kind == FeedNews::Kind::gap;
            if (std::exchange(was_lost_, false)) return RunNews{.kind = Kind::back};
            return std::nullopt;
        case FeedNews::Kind::lost: was_lost_ = true; return RunNews{.kind = Kind::lost, .why = std::move(news.why)};
        case FeedNews::Kind::refused: return RunNews{.kind = Kind::refused, .answer = failure(news.why)};
        case FeedNews::Kind::timed_out: return RunNews{.kind = Kind::timed_out};
        case FeedNews::Kind::interrupted: return RunNews{.kind = Kind::interrupted};
        case FeedNews::Kind::reader_gone: return RunNews{.kind = Kind::reader_gone};
        case FeedNews::Kind::event: break;
    }
    if (news.event.name == "reset") wants_answer_ = true;
    boost::system::error_code error;
    json::value parsed = json::parse(news.event.data, error);
    if (error || !parsed.is_object()) return std::nullopt;
    json::object& data = parsed.get_object();
    // What comes before the first answer is in it.
    if (!knows_whole_ || run_of_event(data) != id_ || !is_new(news.event.name, data)) return std::nullopt;
    if (news.event.name == "transition") {
        state_ = text_in(data, "to_state");
        reason_ = text_in(data, "reason");
    }
    return RunNews{.kind = Kind::event, .data = std::move(data), .event = std::move(news.event)};
}

}  // namespace taktd::ctl
