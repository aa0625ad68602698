// SPDX-License-Identifier: Apache-2.0
// A config file. Whatever stands in it is refused with places and words, or loads; what loads means something: its
// schedules go forward, and its starts and stops can be put into requests.
#include <algorithm>

#include "daemon/settings/settings.hpp"
#include "providers/registry.hpp"
#include "tests/fuzz/decoding.hpp"
#include "tests/fuzz/property.hpp"
#include "tests/fuzz/zones.hpp"

namespace {

using namespace taktd;
using fuzz::require;

constexpr const char* kEnvCanary = "CANARY5d1f";
constexpr WallTime kNow{std::chrono::seconds{1'795'312'800}};  // 2026-11-22T02:00:00Z

LoadContext make_context() {
    LoadContext context;
    context.adapters = adapter_schemas();
    context.find_zone = fuzz::find_zone;
    context.zone_names = fuzz::zone_names;
    context.get_env = [](const std::string& name) -> std::optional<std::string> {
        if (name == "REGION") return "cn-north-4";
        if (name == "SECRET") return kEnvCanary;
        return std::nullopt;
    };
    return context;
}

void check_diagnostics(const LoadResult& result, const std::string& input) {
    const bool is_plain = std::ranges::all_of(input, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
    const auto lines = static_cast<int>(std::ranges::count(input, '\n')) + 1;
    for (const auto& diagnostic : result.diagnostics) {
        require(diagnostic.line >= 0 && diagnostic.line <= lines, "a finding stands on a line of the file", input);
        require(diagnostic.column >= 0, "a finding stands in a column", input);
        require(!diagnostic.message.empty(), "a finding says something", input);
        // Bytes that a terminal would take amiss are shown otherwise.
        require(!is_plain || input.find(diagnostic.source_line) != std::string::npos, "the line shown is the file's",
                diagnostic.source_line);
        const std::string text = diagnostic.to_text();
        require(text.starts_with("taktd.yaml"), "a finding names its file", text);
        if (input.find(kEnvCanary) == std::string::npos)
            require(text.find(kEnvCanary) == std::string::npos, "no finding shows the environment", text);
    }
}

void check_schedule(const Job& job) {
    WallTime t = kNow;
    for (int i = 0; i < 4; ++i) {
        const auto due = next_due(job.schedule, t);
        if (!due) return;
        require(*due > t, "a schedule goes forward", job.name);
        t = *due;
    }
}

/// What the loader lets pass the adapter can say.
void check_requests(const Job& job) {
    const auto adapter = find_provider(job.provider->type)->create_adapter();
    for (const Action action : {Action::start, Action::stop, Action::query}) {
        CallSpec call;
        call.action = action;
        call.provider = job.provider;
        call.task_ids = {job.task.task_id};
        call.parameters_json = action == Action::start ? job.task.start_json : job.task.stop_json;
        const auto request = adapter->encode(call, fuzz::make_credentials(adapter->schema()), kNow);
        require(request.has_value(), "what loads can be sent: " + (request ? "" : request.error()), job.name);
    }
}

void check_config(const Config& config) {
    for (const auto& [name, provider] : config.providers) {
        require(provider && provider->name == name, "a provider bears its name", name);
        require(!provider->account.empty() && !provider->endpoint.empty(), "a provider has an account", name);
        require(provider->rate_limit.interval > Duration::zero() && provider->rate_limit.burst >= 2,
                "a limiter has room for a stop", name);
        require(provider->timeout > Duration::zero() && provider->poll_interval > Duration::zero(), "time passes",
                name);
    }
    for (const auto& [name, job] : config.jobs) {
        require(job && job->name == name && job->provider, "a job has a provider", name);
        require(config.providers.contains(job->provider->name), "a job's provider is there", name);
        require(job->task_key == task_key_of(*job->provider, job->task.task_id), "a job has its task's key", name);
        check_schedule(*job);
        check_requests(*job);
    }
}

std::string all_text(const LoadResult& result) {
    std::string text;
    for (const auto& diagnostic : result.diagnostics) text += diagnostic.to_text() + "\n";
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const LoadContext context = make_context();
    const std::string input{reinterpret_cast<const char*>(data), size};
    const LoadResult result = load_settings_text(input, "taktd.yaml", context);
    require(result.settings.has_value() != result.has_errors(), "a file loads or has an error", input);
    check_diagnostics(result, input);
    require(all_text(load_settings_text(input, "taktd.yaml", context)) == all_text(result),
            "the same file reads the same", input);
    if (!result.settings) return 0;
    require(result.settings->config != nullptr, "settings have a config", input);
    require(result.settings->retention > Duration::zero(), "rows are kept for a while", input);
    require(!result.settings->store_path.empty(), "there is a store", input);
    check_config(*result.settings->config);
    return 0;
}
