// SPDX-License-Identifier: Apache-2.0
#include "daemon/ctl/commands/config_access.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <unistd.h>

#include "daemon/settings/store_path.hpp"
#include "daemon/store/sqlite/store_place.hpp"
#include "daemon/zones/zone_loader.hpp"
#include "providers/registry.hpp"

namespace taktd::ctl {

LoadResult load_config(const std::string& path, const std::string& resolve_job) {
    LoadContext context;
    context.resolve_job = resolve_job;
    context.adapters = adapter_schemas();
    context.find_zone = load_zone;
    context.zone_names = zone_names;
    context.get_env = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        if (value == nullptr) return std::nullopt;
        return std::string{value};
    };
    return load_settings(path, context);
}

std::string diagnostics_text(const std::vector<Diagnostic>& diagnostics) {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics) text += diagnostic.to_text() + "\n";
    return text;
}

Result<Settings, Answer> require_config(const std::string& path) {
    LoadResult loaded = load_config(path);
    if (loaded.settings) return std::move(*loaded.settings);
    std::erase_if(loaded.diagnostics, [](const Diagnostic& d) { return d.severity != Diagnostic::Severity::error; });
    return unexpected{Answer{.exit_code = kFailed, .out = {}, .err = diagnostics_text(loaded.diagnostics)}};
}

Result<Reader, Answer> open_reader(const Options& options) {
    std::string path = options.db;
    if (path.empty()) {
        const std::string config = options.config_path();
        if (options.config.empty() && ::access(config.c_str(), R_OK) != 0) {
            return unexpected{failure(config + ", which would name the store, cannot be read (" + std::strerror(errno) +
                                          "); name the store with --db FILE, or the config with --config FILE",
                                      kUnreachable)};
        }
        auto settings = require_config(config);
        if (!settings) {
            Answer refused = std::move(settings.error());
            refused.err += "taktctl: the config does not say where the store is; name it with --db FILE\n";
            return unexpected{std::move(refused)};
        }
        path = settings->store_path;
    }
    auto reader = Reader::open(path);
    if (!reader) return unexpected{failure(reader.error(), Reader::is_unfinished(path) ? kUnreachable : kFailed)};
    return std::move(*reader);
}

Result<std::unique_ptr<Queries>, Answer> open_queries(const Options& options) {
    auto reader = open_reader(options);
    if (!reader) return unexpected{std::move(reader.error())};
    return std::make_unique<Reader>(std::move(*reader));
}

Result<std::string, Answer> find_store(const Options& options, std::string& warning) {
    if (!options.db.empty()) return options.db;
    auto path = read_store_path(options.config_path());
    if (path) return std::move(*path);
    const std::string by_default = Settings{}.store_path;
    const auto place = locate_store(by_default);
    if (!place) return unexpected{failure(path.error() + "\n" + place.error())};
    if (!place->is_there)
        return unexpected{failure(path.error() + "\nname the store with --db FILE, or the config with --config FILE")};
    warning = "the config does not say where the store is (" + path.error() + "); " + by_default + " is taken";
    return by_default;
}

Answer refused_offline(const StoreRefusal& refusal, const std::string& store_path) {
    if (!refusal.is_held) return failure(refusal.why);
    return failure(
        "a daemon holds the store " + store_path + "; leave --db out to ask it through its socket, or stop it first",
        kUnreachable);
}

}  // namespace taktd::ctl
