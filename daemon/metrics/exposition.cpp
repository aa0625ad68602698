// SPDX-License-Identifier: Apache-2.0
#include "daemon/metrics/exposition.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <prometheus/metric_family.h>

#include "daemon/log/log.hpp"
#include "daemon/metrics/process_facts.hpp"

namespace taktd::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }
double seconds(WallTime t) { return seconds(t.time_since_epoch()); }

class Families {
public:
    void begin(std::string name, std::string help, MetricType type = MetricType::Gauge) {
        families_.push_back({std::move(name), std::move(help), type, {}});
    }
    void add(double value, Labels labels = {}) {
        ClientMetric metric;
        metric.label = std::move(labels);
        (families_.back().type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
        families_.back().metric.push_back(std::move(metric));
    }
    void one(std::string name, std::string help, double value, MetricType type = MetricType::Gauge) {
        begin(std::move(name), std::move(help), type);
        add(value);
    }
    /// A provider without an entry has 0; one that has left the config and has an entry is shown all the same.
    void by_provider(const Facts& facts, std::string name, std::string help,
                     const std::map<std::string, std::size_t>& counts) {
        begin(std::move(name), std::move(help));
        std::map<std::string, std::size_t> shown = counts;
        if (facts.config)
            for (const auto& [provider, spec] : facts.config->providers) shown.try_emplace(provider, 0);
        for (const auto& [provider, count] : shown) add(static_cast<double>(count), {{"provider", provider}});
    }
    std::vector<MetricFamily> take() {
        std::erase_if(families_, [](const MetricFamily& family) { return family.metric.empty(); });
        return std::move(families_);
    }

private:
    std::vector<MetricFamily> families_;
};

void add_runs(Families& all, const Facts& facts) {
    all.begin("taktd_runs", "Runs that are not finished.");
    for (std::size_t i = 0; i < kLiveStates; ++i)
        all.add(static_cast<double>(facts.states[i]), {{"state", std::string{name_of(static_cast<RunState>(i))}}});
    all.by_provider(facts, "taktd_obligations", "Stops that are owed.", facts.owed);
    all.by_provider(facts, "taktd_obligations_overdue", "Stops that are overdue: their runs should have ended.",
                    facts.overdue);
    // Two runs of one job are one series: the older one's.
    all.begin("taktd_obligation_overdue_seconds",
              "How long ago a run should have ended; only while its stop is overdue, the first hundred.");
    std::set<std::pair<std::string, std::string>> told;
    for (const OverdueStop& stop : facts.overdue_stops)
        if (told.emplace(stop.provider, stop.job).second)
            all.add(seconds(facts.now - stop.since), {{"provider", stop.provider}, {"job", stop.job}});
    all.by_provider(facts, "taktd_foreign_runs", "Configured tasks that run without an obligation of ours.",
                    facts.foreign);
    all.begin("taktd_next_start_timestamp_seconds", "When the next start of a schedule is due.");
    if (facts.next_start) all.add(seconds(*facts.next_start));
    all.begin("taktd_next_stop_timestamp_seconds", "When the next stop is due.");
    if (facts.next_stop) all.add(seconds(*facts.next_stop));
}

void add_notifications(Families& all, const Facts& facts) {
    all.begin("taktd_notifications_total", "Tries to tell a target of `notify`, by what came of them.",
              MetricType::Counter);
    for (const auto& [target, told] : facts.notifications) {
        all.add(static_cast<double>(told.delivered), {{"target", target}, {"result", "delivered"}});
        all.add(static_cast<double>(told.retried), {{"target", target}, {"result", "retried"}});
        all.add(static_cast<double>(told.given_up), {{"target", target}, {"result", "given_up"}});
    }
    all.begin("taktd_notifications_waiting", "Notifications that a target has not taken yet.");
    for (const auto& [target, told] : facts.notifications)
        all.add(static_cast<double>(told.waiting), {{"target", target}});
    all.begin("taktd_notification_oldest_seconds", "Age of the oldest notification that waits; 0: none does.");
    for (const auto& [target, told] : facts.notifications) all.add(seconds(told.oldest), {{"target", target}});
}

void add_providers(Families& all, const Facts& facts) {
    const auto each = [&](std::string name, std::string help, auto value_of) {
        all.begin(std::move(name), std::move(help));
        for (const auto& [provider, about] : facts.providers) all.add(value_of(about), {{"provider", provider}});
    };
    each("taktd_calls_in_flight", "Requests that wait for an answer.",
         [](const ProviderFacts& about) { return static_cast<double>(about.in_flight); });
    each("taktd_limiter_tokens", "Permits of the rate limit: requests that may go at once.",
         [](const ProviderFacts& about) { return about.tokens; });
    each("taktd_provider_open", "1, or 0 while the provider refuses our credentials.",
         [](const ProviderFacts& about) { return about.is_open ? 1.0 : 0.0; });
    each("taktd_provider_clock_skew_seconds", "The provider's clock minus ours, as its refusals have shown it.",
         [](const ProviderFacts& about) { return seconds(about.skew); });
    all.begin("taktd_limiter_waiting", "Requests that wait for a permit of the rate limit.");
    for (const auto& [provider, about] : facts.providers)
        for (std::size_t i = 0; i < about.waiting.size(); ++i)
            all.add(static_cast<double>(about.waiting[i]),
                    {{"provider", provider}, {"class", std::string{name_of(static_cast<CallClass>(i))}}});
}

void add_gate(Families& all, const Facts& facts) {
    all.begin("taktd_holds", "Holds that are engaged and have not expired.");
    all.add(static_cast<double>(facts.holds.everything), {{"scope", "everything"}});
    all.add(static_cast<double>(facts.holds.provider), {{"scope", "provider"}});
    all.add(static_cast<double>(facts.holds.job), {{"scope", "job"}});
    all.begin("taktd_starts_blocked", "1 while nothing at all is started for this reason.");
    all.add(facts.blocks.hold, {{"reason", "hold"}});
    all.add(facts.blocks.store, {{"reason", "store"}});
    all.add(facts.blocks.clock, {{"reason", "clock"}});
    all.add(facts.blocks.config, {{"reason", "config"}});
    all.add(facts.blocks.stopping, {{"reason", "stopping"}});
}

void add_config(Families& all, const Facts& facts) {
    if (facts.config) {
        const auto& jobs = facts.config->jobs;
        const auto enabled = std::ranges::count_if(jobs, [&](const auto& entry) {
            return entry.second->enabled && !facts.disabled_jobs.contains(entry.first);
        });
        all.begin("taktd_jobs", "Jobs of the config; those that an operator has disabled count as false.");
        all.add(static_cast<double>(enabled), {{"enabled", "true"}});
        all.add(static_cast<double>(std::ssize(jobs) - enabled), {{"enabled", "false"}});
    }
    if (facts.is_reload_good)
        all.one("taktd_config_last_reload_successful", "0 if the config was refused when it was last read.",
                *facts.is_reload_good);
    if (facts.reloaded)
        all.one("taktd_config_last_reload_timestamp_seconds", "When a config last took over.",
                seconds(*facts.reloaded));
}

void add_store(Families& all, const Facts& facts) {
    all.one("taktd_store_up", "0 while the store cannot be written.", facts.is_store_up);
    all.one("taktd_store_uncommitted_rows", "Rows that are decided and not on the disk yet.",
            static_cast<double>(facts.uncommitted_rows));
    all.begin("taktd_store_size_bytes", "How large the store's files are.");
    for (const auto& [file, suffix] : {std::pair{"database", ""}, std::pair{"log", "-wal"}}) {
        std::error_code error;
        const auto size = std::filesystem::file_size(facts.store_path + suffix, error);
        all.add(error ? 0.0 : static_cast<double>(size), {{"file", file}});
    }
}

void add_api(Families& all, const Facts& facts) {
    all.one("taktd_api_subscribers", "Event streams that are open.", static_cast<double>(facts.subscribers));
    all.one("taktd_api_subscribers_dropped_total", "Event streams that were ended because their reader was too slow.",
            static_cast<double>(facts.subscribers_dropped), MetricType::Counter);
}

void add_process(Families& all, const Facts& facts) {
    const ProcessFacts process = read_process_facts();
    all.one("process_cpu_seconds_total", "User and system CPU time spent.", process.cpu_seconds, MetricType::Counter);
    all.one("process_resident_memory_bytes", "Resident memory.", process.resident_bytes);
    all.one("process_open_fds", "Open file descriptors.", process.open_fds);
    all.one("process_max_fds", "File descriptors that may be open.", process.max_fds);
    all.one("process_start_time_seconds", "When the process was started.", seconds(facts.process_started));
    all.begin("taktd_log_lines_total", "Lines of the log, with those that were suppressed.", MetricType::Counter);
    const auto lines = log::lines_by_level();
    const std::array names{"debug", "info", "warning", "error"};
    for (std::size_t i = 0; i < names.size(); ++i) all.add(static_cast<double>(lines.at(i)), {{"level", names.at(i)}});
}

}  // namespace

std::vector<MetricFamily> families_of(const Facts& facts) {
    Families all;
    add_runs(all, facts);
    add_notifications(all, facts);
    add_providers(all, facts);
    add_gate(all, facts);
    add_config(all, facts);
    add_store(all, facts);
    add_api(all, facts);
    add_process(all, facts);
    return all.take();
}

}  // namespace taktd::metrics
