// A scrape: one copy of what the daemon knows, taken on the loop, and what writes it out elsewhere.
#include "daemon/app/scraping.hpp"

#include "daemon/app/daemon.hpp"
#include "daemon/control/routes.hpp"
#include "daemon/version.hpp"

namespace taktd {
namespace {

metrics::ProviderFacts facts_of(const AccountStatus& account) {
    const Waiting& waiting = account.waiting;
    return {.tokens = account.tokens,
            .waiting = {waiting.stop, waiting.pause_resume, waiting.settle, waiting.start, waiting.poll},
            .in_flight = account.in_flight,
            .is_open = !account.closed,
            .skew = account.skew};
}

}  // namespace

std::shared_ptr<metrics::Metrics> create_metrics() {
    auto made = std::make_shared<metrics::Metrics>(metrics::Build{kTaktdVersion, __VERSION__});
    for (const auto& route : control::routes()) made->announce_route(route.method, route.pattern);
    return made;
}

void Daemon::note_request(std::string_view method, std::string_view pattern, int status, Duration took) {
    metrics_->on_request(method, pattern, status, took);
}

std::function<std::string()> Daemon::scrape() {
    const Now now = read_time();
    auto facts = std::make_shared<metrics::Facts>(metrics_->facts(now.wall));
    facts->process_started = now.wall - (now.boot - process_start());
    facts->blocks = {.hold = facts->holds.everything > 0,
                     .store = !loop_->is_store_up() || loop_->is_store_damaged(),
                     .clock = !loop_->engine().is_clock_trusted(now),
                     .config = stops_only_,
                     .stopping = is_ending_};
    const EngineStatus status = loop_->status();
    facts->uncommitted_rows = status.uncommitted_rows;
    if (status.next_start) facts->next_start = status.next_start->at;
    for (const auto& [name, provider] : settings_.config->providers)
        facts->providers[name] = facts_of(loop_->engine().status_of_account(*provider, now));
    facts->store_path = settings_.store_path;
    facts->config = settings_.config;
    facts->is_reload_good = is_reload_good_;
    facts->reloaded = loaded_;
    return [metrics = metrics_, facts = std::move(facts)] { return metrics->write(*facts); };
}

}  // namespace taktd
