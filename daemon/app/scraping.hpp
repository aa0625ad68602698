// SPDX-License-Identifier: Apache-2.0
// What the metrics are made with, and a scrape of them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/app/config_in_force.hpp"
#include "daemon/app/life.hpp"
#include "daemon/control/event_hub.hpp"
#include "daemon/metrics/metrics.hpp"
#include "daemon/notify/notifier.hpp"
#include "daemon/runtime/engine_loop.hpp"

namespace taktd {

std::shared_ptr<metrics::Metrics> create_metrics();

/// What a scrape shows of the daemon beside what the metrics know.
struct Scraped {
    const EngineLoop& loop;
    const ConfigInForce& config;
    const Life& life;
    const control::EventHub& events;
    std::optional<bool> is_reload_good;  ///< of the last config that was read
    const notify::Notifier& notifier;
};
/// One copy of what is known, taken on the loop; what comes out writes it, anywhere.
std::function<std::string()> scrape_of(const Scraped& daemon, std::shared_ptr<metrics::Metrics> metrics);

}  // namespace taktd
