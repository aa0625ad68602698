// The top of the file and the order of reading: bytes -> source text -> YAML tree -> sections. Each part reports what
// it finds and goes on, so that one look shows everything; only if nothing was wrong are there Settings.
#include "daemon/settings/settings.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "daemon/settings/credentials.hpp"
#include "daemon/settings/jobs.hpp"
#include "daemon/settings/providers.hpp"
#include "daemon/settings/values.hpp"

namespace taktd {
namespace {

constexpr std::size_t kSocketPathBytesMax = 107;  // sun_path
constexpr std::size_t kPathBytesMax = 4095;

class SettingsReader {
public:
    SettingsReader(const YamlNode& root, const LoadContext& context, Findings& findings)
        : context_{context}, findings_{findings}, zones_{context, findings}, section_{root, "the config", findings} {}

    Settings read() {
        Settings settings;
        Config config;
        read_version();
        const ZonePtr zone = read_zone(settings);
        if (const Field f = section_.take("store")) read_store(f, settings);
        if (const Field f = section_.take("control")) read_control(f, settings);
        NamedProviders providers;
        if (const Field f = section_.take("providers")) providers = read_providers(f, context_, findings_);
        if (const Field f = section_.take("jobs")) config.jobs = read_jobs(f, providers, zone, zones_, findings_);
        section_.refuse_later({{"include", "write everything into this file"},
                               {"defaults", "write the keys into each job"},
                               {"templates", "write the jobs out"}});
        section_.refuse_rest(true);
        for (const auto& [name, provider] : providers) {
            if (provider.spec) config.providers.emplace(name, provider.spec);
        }
        settings.config = std::make_shared<const Config>(std::move(config));
        return settings;
    }

private:
    void read_version() {
        const Field field = section_.need("version", "'version: 1'");
        if (!field) return;
        const auto version = field.value->is_scalar() ? parse_integer(field.value->text) : Result<std::int64_t>{0};
        if (version && *version == 1) return;
        findings_.error(field.at(), "'version' must be 1: this taktd reads no other");
    }

    ZonePtr read_zone(Settings& settings) {
        const Field field = section_.take("time_zone");
        if (!field) return Zone::utc();
        ZonePtr zone = zones_.read(field);
        if (zone) settings.time_zone = zone->name();
        return zone;
    }

    std::optional<std::string> read_path(const Field& field, std::size_t bytes_max) {
        auto path = read_text(field, findings_);
        const bool fits = path && path->size() <= bytes_max && path->find_first_of("\n\t") == std::string::npos;
        if (path && !fits) {
            findings_.error(field.at(), "'" + field.name() + "' must be a path of at most " +
                                            std::to_string(bytes_max) + " bytes on one line");
        }
        return fits ? path : std::nullopt;
    }

    void read_store(const Field& field, Settings& settings) {
        Section store{*field.value, "'store'", findings_};
        if (!store.is_usable()) return;
        if (const Field f = store.take("path")) settings.store_path = read_path(f, kPathBytesMax).value_or("");
        if (const Field f = store.take("retention")) {
            settings.retention = read_duration(f, std::chrono::seconds{1}, findings_).value_or(settings.retention);
        }
        store.refuse_rest();
    }

    void read_control(const Field& field, Settings& settings) {
        Section control{*field.value, "'control'", findings_};
        if (!control.is_usable()) return;
        if (const Field f = control.take("socket"))
            settings.control_socket = read_path(f, kSocketPathBytesMax).value_or("");
        control.refuse_later({{"http", "use the socket"}});
        control.refuse_rest();
    }

    const LoadContext& context_;
    Findings& findings_;
    Zones zones_;
    Section section_;
};

/// The whole file, or one byte more than is allowed, or what the system says.
Result<std::string> read_file(const std::string& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "rbe"), &std::fclose};
    if (!file) return unexpected{std::generic_category().message(errno)};
    std::string text;
    constexpr std::size_t kChunk = 1 << 16;
    while (text.size() <= kConfigBytesMax) {
        const std::size_t before = text.size();
        text.resize(before + kChunk);
        const std::size_t got = std::fread(text.data() + before, 1, kChunk, file.get());
        text.resize(before + got);
        if (got < kChunk) break;
    }
    if (std::ferror(file.get()) != 0) return unexpected{std::generic_category().message(errno)};
    return text;
}

}  // namespace

LoadResult load_settings_text(const std::string& text, const std::string& file, const LoadContext& context) {
    const SourceText source{file, text.size() > kConfigBytesMax ? text.substr(0, kConfigBytesMax + 1) : text,
                            credential_names(context.adapters)};
    Findings findings{source};
    LoadResult result;
    auto& settings = result.settings;
    if (const auto fault = source.fault()) {
        findings.error(fault->at, fault->message);
    } else {
        const YamlDocument document = YamlDocument::parse(findings);
        if (document.root() != nullptr && document.root()->is_mapping()) {
            settings = SettingsReader{*document.root(), context, findings}.read();
        } else if (document.root() != nullptr && document.root()->kind != YamlNode::Kind::null) {
            findings.error(document.root()->at, "a config is a mapping of 'key: value', not " +
                                                    kind_text(*document.root()) + "; begin with 'version: 1'");
        } else if (!findings.has_errors()) {
            findings.error({}, "the config is empty; begin with 'version: 1'");
        }
    }
    if (settings && !settings->store_path.empty()) result.store_path = settings->store_path;
    if (findings.has_errors()) settings.reset();
    result.diagnostics = findings.take();
    return result;
}

LoadResult load_settings(const std::string& path, const LoadContext& context) {
    const auto text = read_file(path);
    if (text) return load_settings_text(*text, path, context);
    LoadResult result;
    Diagnostic& unreadable = result.diagnostics.emplace_back();
    unreadable.file = path;
    unreadable.message = "cannot be read: " + text.error();
    return result;
}

}  // namespace taktd
