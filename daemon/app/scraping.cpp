// SPDX-License-Identifier: Apache-2.0
// A scrape: one copy of what the daemon knows, taken on the loop, and what writes it out elsewhere.
#include "daemon/app/scraping.hpp"

#include "daemon/app/process.hpp"
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

std::function<std::string()> scrape_of(const Scraped& daemon, std::shared_ptr<metrics::Metrics> metrics) {
    const Now now = read_time();
    const EngineLoop& loop = daemon.loop;
    auto facts = std::make_shared<metrics::Facts>(metrics->facts(now.wall));
    facts->process_started = now.wall - (now.boot - process_start());
    facts->blocks = {.hold = facts->holds.everything > 0,
                     .store = !loop.is_store_up() || loop.is_store_damaged(),
                     .clock = !loop.engine().is_clock_trusted(now),
                     .config = daemon.life.stops_only,
                     .stopping = daemon.life.is_ending};
    const EngineStatus status = loop.status();
    facts->uncommitted_rows = status.uncommitted_rows;
    if (status.next_start) facts->next_start = status.next_start->at;
    for (const auto& [name, provider] : daemon.config.jobs()->providers)
        facts->providers[name] = facts_of(loop.engine().status_of_account(*provider, now));
    facts->subscribers = daemon.events.listeners();
    facts->subscribers_dropped = daemon.events.dropped();
    facts->store_path = daemon.config.store_path();
    facts->config = daemon.config.jobs();
    for (const auto& [target, told] : daemon.notifier.counts())
        facts->notifications[target] = {told.delivered, told.retried, told.given_up, told.waiting,
                                        told.oldest ? std::max(now.wall - *told.oldest, Duration{}) : Duration{}};
    facts->is_reload_good = daemon.is_reload_good;
    facts->reloaded = daemon.config.loaded();
    return [metrics = std::move(metrics), facts = std::move(facts)] { return metrics->write(*facts); };
}

}  // namespace taktd
