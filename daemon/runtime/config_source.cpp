// SPDX-License-Identifier: Apache-2.0
// The settings loader does the work; this joins it with the system around it and with what the secrets reveal.
#include "daemon/runtime/config_source.hpp"

#include <cstdlib>

#include "daemon/settings/source/file_access.hpp"
#include "daemon/zones/zone_loader.hpp"

namespace taktd {

LoadContext load_context(std::vector<AdapterSchema> schemas) {
    LoadContext context;
    context.adapters = std::move(schemas);
    context.find_zone = load_zone;
    context.zone_names = zone_names;
    context.read_main = read_regular_file;
    context.get_env = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        if (value == nullptr) return std::nullopt;
        return std::string{value};
    };
    return context;
}

ConfigReading read_config(const std::string& path, const LoadContext& context, const AdapterTable& adapters,
                          const std::function<void(const Secret&)>& on_secret) {
    ConfigReading reading;
    reading.credentials = CredentialCache{on_secret};
    auto loaded = load_settings(path, context);
    reading.store_path = loaded.store_path;
    for (const auto& diagnostic : loaded.diagnostics) {
        const bool is_error = diagnostic.severity == Diagnostic::Severity::error;
        (is_error ? reading.errors : reading.warnings).push_back(diagnostic.to_text());
    }
    if (!loaded.settings || !reading.errors.empty()) return reading;
    auto accounts = resolve_accounts(loaded.settings->config, adapters, reading.credentials);
    reading.unreadable = std::move(accounts.unreadable);
    for (auto& error : accounts.errors) reading.errors.push_back(path + ": error: " + error);
    if (!reading.errors.empty()) return reading;
    loaded.settings->config = std::move(accounts.config);
    if (loaded.settings->http) {
        auto front = read_http_front(*loaded.settings->http, on_secret);
        if (front) {
            reading.http = std::move(*front);
        } else {
            reading.http_problem = front.error();
        }
    }
    reading.notify = read_notify_front(loaded.settings->notify, on_secret);
    if (auto zone = load_zone(loaded.settings->time_zone)) reading.zone = std::move(zone);
    reading.settings = std::move(loaded.settings);
    return reading;
}

}  // namespace taktd
