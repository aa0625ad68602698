// SPDX-License-Identifier: Apache-2.0
// A provider's series are found once and kept by number, so that counting a row costs no label.
#include "daemon/metrics/metrics.hpp"

#include <algorithm>
#include <span>
#include <sstream>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "daemon/metrics/exposition.hpp"
#include "daemon/metrics/live_book.hpp"

namespace taktd::metrics {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Histogram;
using Bounds = Histogram::BucketBoundaries;

// In seconds.
const Bounds kFine{0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
const Bounds kCoarse{1, 2, 5, 10, 15, 30, 60, 120, 180, 300, 600, 1800, 3600};
const Bounds kCall{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
const Bounds kStep{0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05};
const Bounds kRows{1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000};

constexpr std::size_t kActions = static_cast<std::size_t>(Action::heal) + 1;
constexpr std::size_t kOutcomes = static_cast<std::size_t>(Outcome::not_sent) + 1;
constexpr std::string_view kNoRoute = "other";

double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }
/// What has begun early, by a clock that was set, is not late.
double lateness(WallTime when, WallTime due) { return std::max(0.0, seconds(when - due)); }

std::string reason_text(Reason reason) {
    return reason == Reason::none ? std::string{"none"} : std::string{name_of(reason)};
}

using enum Reason;
constexpr std::array kSkips{
    misfire,          overlap,   task_busy, no_baseline, hold, disabled, removed, provider_unauthorized,
    window_too_short, wrong_task};
constexpr std::array kFailures{refused, retries_over, start_unconfirmed, no_effect, remote_failed, discharged};
constexpr std::array kStops{schedule, max_duration, operator_request, removed, superseded, remote, revived};
constexpr std::array kCancels{schedule, max_duration, operator_request, removed};
constexpr std::array kCompletions{none};

struct Ends {
    RunState state;
    std::span<const Reason> reasons;
};
/// What can come of a run. A start that was refused before and is then skipped has failed.
constexpr std::array kEnds{Ends{RunState::completed, kCompletions}, Ends{RunState::stopped, kStops},
                           Ends{RunState::failed, kFailures},       Ends{RunState::failed, kSkips},
                           Ends{RunState::skipped, kSkips},         Ends{RunState::cancelled, kCancels}};

bool is_known(std::string_view method) {
    constexpr std::array kMethods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    return std::ranges::find(kMethods, method) != kMethods.end();
}

}  // namespace

struct Metrics::Series {
    struct OfProvider {
        std::array<std::array<Counter*, kOutcomes>, kActions> calls{};
        std::array<Histogram*, kActions> durations{};
        std::array<Histogram*, kCallClasses> permit_waits{};
        Histogram *start_lateness = nullptr, *stop_lateness = nullptr, *stop_settle = nullptr;
    };

    Family<Counter>& counters(const char* name, const char* help) {
        return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
    }
    Family<Histogram>& histograms(const char* name, const char* help) {
        return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
    }
    Counter& ended_of(const std::string& provider, RunState state, Reason reason) {
        return ended.Add(
            {{"provider", provider}, {"state", std::string{name_of(state)}}, {"reason", reason_text(reason)}});
    }
    OfProvider& of(const std::string& provider);

    prometheus::Registry registry;
    Family<Counter>& ended = counters("taktd_runs_ended_total", "Runs that ended or were never started.");
    Counter& missed =
        counters("taktd_missed_occurrences_total", "Occurrences that were missed and share one row.").Add({});
    Family<Histogram>& start_lateness =
        histograms("taktd_start_lateness_seconds", "From a start's instant to the first byte of its first request.");
    Family<Histogram>& stop_lateness =
        histograms("taktd_stop_lateness_seconds", "From a stop's instant to the first byte of its first request.");
    Family<Histogram>& stop_settle =
        histograms("taktd_stop_settle_seconds", "From a stop's instant until the task was seen to have ended.");
    Family<Counter>& calls = counters("taktd_calls_total", "Requests to providers that have ended.");
    Family<Histogram>& durations =
        histograms("taktd_call_duration_seconds", "From a request's first byte to the end of its answer.");
    Family<Histogram>& permit_waits =
        histograms("taktd_limiter_wait_seconds", "How long requests waited for a permit of the rate limit.");
    Histogram& commit_duration =
        histograms("taktd_store_commit_duration_seconds", "How long a commit of the store took.").Add({}, kFine);
    Histogram& commit_rows =
        histograms("taktd_store_commit_rows", "How many rows were in a commit of the store.").Add({}, kRows);
    Histogram& steps =
        histograms("taktd_step_duration_seconds", "How long the event loop took for one step and its effects.")
            .Add({}, kStep);
    Family<Counter>& requests = counters("taktd_api_requests_total", "Requests to the API that were answered.");
    Histogram& request_duration =
        histograms("taktd_api_request_duration_seconds", "How long an answer of the API took.").Add({}, kFine);
    std::map<std::string, OfProvider> providers;
    LiveBook book;
};

Metrics::Series::OfProvider& Metrics::Series::of(const std::string& provider) {
    const auto [place, is_new] = providers.try_emplace(provider);
    OfProvider& its = place->second;
    if (!is_new) return its;
    for (std::size_t i = 0; i < kActions; ++i) {
        const std::string action{name_of(static_cast<Action>(i))};
        for (std::size_t k = 0; k < kOutcomes; ++k)
            its.calls[i][k] = &calls.Add({{"provider", provider},
                                          {"action", action},
                                          {"outcome", std::string{name_of(static_cast<Outcome>(k))}}});
        its.durations[i] = &durations.Add({{"provider", provider}, {"action", action}}, kCall);
    }
    for (std::size_t i = 0; i < kCallClasses; ++i) {
        const std::string call_class{name_of(static_cast<CallClass>(i))};
        its.permit_waits.at(i) = &permit_waits.Add({{"provider", provider}, {"class", call_class}}, kFine);
    }
    its.start_lateness = &start_lateness.Add({{"provider", provider}}, kFine);
    its.stop_lateness = &stop_lateness.Add({{"provider", provider}}, kFine);
    its.stop_settle = &stop_settle.Add({{"provider", provider}}, kCoarse);
    for (const Ends& end : kEnds)
        for (const Reason reason : end.reasons) ended_of(provider, end.state, reason);
    return its;
}

Metrics::Metrics(const Build& build) : series_{std::make_unique<Series>()} {
    prometheus::BuildGauge()
        .Name("taktd_build_info")
        .Help("1; the labels say which taktd this is.")
        .Register(series_->registry)
        .Add({{"version", build.version}, {"compiler", build.compiler}})
        .Set(1);
    announce_route("GET", kNoRoute);
}
Metrics::~Metrics() = default;

void Metrics::on_config(const Config& config) {
    for (const auto& [name, provider] : config.providers) series_->of(name);
}

void Metrics::on_recovered(const Snapshot& snapshot) {
    LiveBook& book = series_->book;
    for (const auto& live : snapshot.live) {
        book.note(live.run);
        LiveBook::Run& run = *book.find(live.run.id);
        for (const CallRow& call : live.calls) {
            run.has_sent_start |= call.action == Action::start;
            run.has_sent_stop |= call.action == Action::stop;
        }
    }
    for (const auto& hold : snapshot.holds) book.note(hold);
    for (const auto& foreign : snapshot.foreign) book.note(foreign);
    for (const auto& job : snapshot.jobs) book.note(job);
}

void Metrics::on_committed(const std::vector<Row>& rows) {
    LiveBook& book = series_->book;
    // A run is written whole whenever it changes, so a transition finds its run in the same step.
    for (const auto& row : rows)
        if (const auto* run = std::get_if<RunRow>(&row)) book.note(*run);
    for (const auto& row : rows) {
        if (const auto* transition = std::get_if<TransitionRow>(&row))
            count(*transition);
        else if (const auto* call = std::get_if<CallRow>(&row))
            count(*call);
        else if (const auto* gap = std::get_if<GapRow>(&row))
            series_->missed.Increment(static_cast<double>(gap->count));
        else if (const auto* hold = std::get_if<HoldRow>(&row))
            book.note(*hold);
        else if (const auto* foreign = std::get_if<ForeignRow>(&row))
            book.note(*foreign);
        else if (const auto* job = std::get_if<JobStateRow>(&row))
            book.note(*job);
    }
    for (const auto& row : rows)
        if (const auto* run = std::get_if<RunRow>(&row); run != nullptr && is_terminal(run->state))
            book.forget(run->id);
}

void Metrics::count(const TransitionRow& transition) {
    const LiveBook::Run* const run = series_->book.find(transition.run);
    if (run == nullptr || !is_terminal(transition.to)) return;
    Series::OfProvider& its = series_->of(run->provider);
    series_->ended_of(run->provider, transition.to, transition.reason).Increment();
    // A stop that a person has taken over was not seen to have worked.
    if (transition.from == RunState::stopping && transition.reason != Reason::discharged && run->should_end)
        its.stop_settle->Observe(lateness(transition.at, *run->should_end));
}

void Metrics::count(const CallRow& call) {
    if (!call.result) return;
    Series::OfProvider& its = series_->of(call.provider);
    const auto action = static_cast<std::size_t>(call.action);
    its.calls.at(action).at(static_cast<std::size_t>(call.result->outcome))->Increment();
    if (call.permit)
        its.permit_waits.at(static_cast<std::size_t>(call.permit->call_class))->Observe(seconds(call.permit->waited));
    const CallRecord& record = call.record;
    if (record.sent_boot) its.durations.at(action)->Observe(seconds(call.result->ended_boot - *record.sent_boot));
    LiveBook::Run* const run = call.run ? series_->book.find(*call.run) : nullptr;
    if (run == nullptr || !record.sent) return;
    // Only the first request of each kind: what follows it is late because of the vendor's answers.
    if (call.action == Action::start && !std::exchange(run->has_sent_start, true) && run->origin != Origin::catch_up)
        its.start_lateness->Observe(lateness(*record.sent, run->start_due));
    if (call.action == Action::stop && !std::exchange(run->has_sent_stop, true) && run->should_end)
        its.stop_lateness->Observe(lateness(*record.sent, *run->should_end));
}

void Metrics::on_store_commit(const StoreCommit& commit) {
    series_->commit_duration.Observe(seconds(commit.took));
    series_->commit_rows.Observe(static_cast<double>(commit.rows));
}

void Metrics::on_step(Duration took) { series_->steps.Observe(seconds(took)); }

void Metrics::announce_route(std::string_view method, std::string_view pattern) {
    series_->requests.Add({{"route", std::string{pattern}}, {"method", std::string{method}}, {"status", "200"}});
}

void Metrics::on_request(std::string_view method, std::string_view pattern, int status, Duration took) {
    series_->requests
        .Add({{"route", std::string{pattern.empty() ? kNoRoute : pattern}},
              {"method", std::string{is_known(method) ? method : kNoRoute}},
              {"status", std::to_string(status)}})
        .Increment();
    series_->request_duration.Observe(seconds(took));
}

Facts Metrics::facts(WallTime now) {
    Facts facts;
    facts.now = now;
    facts.is_store_up = is_store_up_;
    series_->book.show(facts);
    return facts;
}

std::string Metrics::write(const Facts& facts) const {
    auto families = series_->registry.Collect();
    for (auto& family : families_of(facts)) families.push_back(std::move(family));
    std::ostringstream text;
    prometheus::TextSerializer{}.Serialize(text, families);
    return std::move(text).str();
}

}  // namespace taktd::metrics
