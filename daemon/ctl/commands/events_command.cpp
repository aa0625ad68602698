// SPDX-License-Identifier: Apache-2.0
// `taktctl events`: what happens, as it happens. A transition is told exactly once, also where the stream could not be
// resumed: what it lost is read from the store. What else is lost is said to be.
#include <deque>
#include <set>

#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/daemon_client.hpp"
#include "daemon/ctl/commands/event_lines.hpp"
#include "daemon/ctl/commands/source.hpp"
#include "daemon/ctl/feed/event_feed.hpp"
#include "daemon/net/clock.hpp"
#include "daemon/report/json_values.hpp"
#include "daemon/report/time_text.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

constexpr const char* kUsualTypes = "transition,call,overdue,recovered,holds,job,config,store,foreign";
constexpr int kHistoryMax = 1'000'000;
constexpr auto kMargin =
    std::chrono::minutes{2};  // transitions of several runs may be told out of their instants' order

/// The last transitions that were told, so that none is told twice.
class ToldOnes {
public:
    bool is_new(const json::object& transition) {
        std::string key = text_in(transition, "run_id") + "/" + json::serialize(transition.at("seq"));
        if (!known_.insert(key).second) return false;
        order_.push_back(std::move(key));
        if (order_.size() <= kKept) return true;
        known_.erase(order_.front());
        order_.pop_front();
        return true;
    }

private:
    static constexpr std::size_t kKept = 100'000;

    std::set<std::string> known_;
    std::deque<std::string> order_;
};

class Follower {
public:
    Follower(const Options& options, const EventsOptions& command, const Context& context)
        : options_{options}, command_{command}, context_{context} {}

    Answer run() {
        if (auto refusal = prepare()) return std::move(*refusal);
        std::string query = "?types=" + types_;
        if (!job_.empty()) query += "&job=" + escaped(job_);
        if (!command_.provider.empty()) query += "&provider=" + escaped(command_.provider);
        EventFeed feed{control_socket(options_), query, outside_};
        for (;;) {
            const FeedNews news = feed.next();
            if (auto answer = hear(news)) return std::move(*answer);
        }
    }

private:
    using Kind = FeedNews::Kind;

    /// What cannot be followed is said before anything is.
    std::optional<Answer> prepare() {
        if (!command_.since.empty()) {
            const auto since = parse_instant(command_.since, context_.now, *context_.zone);
            if (!since) return failure("--since: " + since.error(), kUsage);
            since_ = *since;
        }
        types_ = command_.types.empty() ? kUsualTypes : command_.types;
        has_transitions_ = ("," + types_ + ",").find(",transition,") != std::string::npos;
        if (since_ && !has_transitions_) return failure("--since lists transitions, which --types leaves out", kUsage);
        job_ = command_.job;
        if (command_.run.empty()) {
            const auto said = ask_daemon(options_, {.path = "/api/v1/status"});
            if (!said) return said.error();
            return std::nullopt;
        }
        auto run = ask_of_run(options_, command_.run, context_);
        if (!run) return run.error();
        run_ = text_in(*run, "id");
        job_ = text_in(*run, "job");
        return std::nullopt;
    }

    std::optional<Answer> hear(const FeedNews& news) {
        switch (news.kind) {
            case Kind::event: return tell(news.event);
            case Kind::listening:
                if (was_lost_) Outside::note("taktd answers again");
                if (since_ && !std::exchange(has_told_history_, true)) return tell_history(*since_);
                return std::nullopt;
            case Kind::gap: return bridge();
            case Kind::lost:
                was_lost_ = true;
                Outside::note(news.why + "; trying again (^C ends)");
                return std::nullopt;
            case Kind::refused: return failure(news.why);
            case Kind::interrupted: return Answer{.exit_code = outside_.exit_of_signal(), .out = {}, .err = {}};
            case Kind::reader_gone: return Answer{};
            case Kind::timed_out: return std::nullopt;
        }
        return std::nullopt;
    }

    std::optional<Answer> tell(const ToldEvent& event) {
        boost::system::error_code error;
        const json::value parsed = json::parse(event.data, error);
        const json::object* data = error ? nullptr : parsed.if_object();
        if (data == nullptr) return failure("an event cannot be read; is taktd another version?");
        if (event.name == "reset" || event.name == "bye") {
            if (options_.json) {
                if (auto end = write(event.id, event.name, *data)) return end;
            }
            if (event.name == "reset") return bridge();
            const bool is_slow = text_in(*data, "why") == "slow";
            Outside::note(is_slow ? "taktd ended the stream: its events were not read fast enough"
                                  : "taktd is stopping");
            return std::nullopt;
        }
        if (!run_.empty() && run_of_event(*data) != run_) return std::nullopt;
        if (event.name == "transition" && !told_.is_new(*data)) return std::nullopt;
        return write(event.id, event.name, *data);
    }

    /// The stream has lost what came before; the store has kept the transitions.
    std::optional<Answer> bridge() {
        const std::string from = clock_text_ms(heard_, *context_.zone);
        if (!has_transitions_) {
            Outside::note("the stream could not be resumed: events since " + from + " are not shown");
            return std::nullopt;
        }
        Outside::note("the stream could not be resumed: transitions since " + from +
                      " are told from the store, other events of that time are not");
        return tell_history(std::max(heard_ - kMargin, since_.value_or(context_.now)));
    }

    std::optional<Answer> tell_history(WallTime since) {
        auto source = open_source(options_, context_);
        if (!source) return std::nullopt;  // it has gone again, and comes with another reset
        TransitionFilter filter;
        if (!job_.empty()) filter.job = job_;
        filter.since = since;
        filter.is_oldest_first = true;
        filter.limit = kHistoryMax;
        const auto found = (*source)->transitions(filter);
        if (!found) return failure("past events cannot be shown: " + found.error().err);
        for (const ToldTransition& each : found->items) {
            if (!command_.provider.empty() && each.provider != command_.provider) continue;
            const json::object data = of_told_transition(each);
            if (!run_.empty() && run_of_event(data) != run_) continue;
            if (!told_.is_new(data)) continue;
            if (auto end = write("", "transition", data)) return end;
        }
        return std::nullopt;
    }

    std::optional<Answer> write(const std::string& id, const std::string& name, const json::object& data) {
        Context context = context_;
        context.now = read_clocks().wall;
        heard_ = context.now;
        const std::string text = options_.json ? event_document(name, id, data) : lines_.line_of(name, data, context);
        switch (outside_.write(text)) {
            case Outside::Woken::interrupted:
                return Answer{.exit_code = outside_.exit_of_signal(), .out = {}, .err = {}};
            case Outside::Woken::reader_gone: return Answer{};
            default: return std::nullopt;
        }
    }

    const Options& options_;
    const EventsOptions& command_;
    const Context& context_;
    Outside outside_;
    std::string types_, job_, run_;
    std::optional<WallTime> since_;
    bool has_transitions_ = true, has_told_history_ = false, was_lost_ = false;
    WallTime heard_ = context_.now;
    ToldOnes told_;
    EventLines lines_;
};

}  // namespace

Answer events(const Options& options, const EventsOptions& command, const Context& context) {
    return Follower{options, command, context}.run();
}

}  // namespace taktd::ctl
