// SPDX-License-Identifier: Apache-2.0
// The top of the files and the order of reading: bytes -> source texts -> YAML trees -> sections. Each part reports
// what it finds and goes on, so that one look shows everything; only if nothing was wrong are there Settings.
#include "daemon/settings/settings.hpp"

#include <algorithm>
#include <map>
#include <memory>

#include "daemon/settings/config_files.hpp"
#include "daemon/settings/control.hpp"
#include "daemon/settings/sections/duration_limits.hpp"
#include "daemon/settings/sections/jobs.hpp"
#include "daemon/settings/sections/providers.hpp"
#include "daemon/settings/source/file_access.hpp"
#include "daemon/settings/store_path.hpp"
#include "daemon/settings/values/fields.hpp"
#include "daemon/settings/values/values.hpp"

namespace taktd {
namespace {

/// The entries of the sections that may stand in several files, in the order of the files.
class Entries {
public:
    Entries(std::string what, Findings& findings) : what_{std::move(what)}, findings_{findings} {}

    void add(const Field& field) {
        const Section section{*field.value, "'" + field.name() + "'", findings_};
        if (!section.is_usable()) return;
        for (const Field& entry : section.rest()) {
            if (entry.name() == "<<") continue;
            const auto [first, is_new] = places_.try_emplace(entry.name(), entry.key->at);
            if (is_new) fields_.push_back(entry);
            if (is_new || first->second.file == entry.key->at.file) continue;  // one file's doubles are told already
            findings_.error(entry.key->at, what_ + " " + findings_.quoted(entry.key->at, entry.name()) +
                                               " is already in " + findings_.place_text(first->second) +
                                               "; remove or rename one");
        }
    }
    std::vector<Field> take() { return std::move(fields_); }

private:
    std::string what_;
    Findings& findings_;
    std::map<std::string_view, Position> places_;
    std::vector<Field> fields_;
};

class SettingsReader {
public:
    SettingsReader(const std::deque<ConfigFile>& files, const LoadContext& context, Findings& findings)
        : context_{context},
          findings_{findings},
          zones_{context, findings},
          section_{*files.front().document.root(), "the config", findings} {
        for (const ConfigFile& file : files) {
            if (!file.is_main()) included_.push_back(&file);
        }
    }

    Settings read(std::vector<ResolvedKey>& resolved) {
        Settings settings;
        read_version();
        const ZonePtr zone = read_zone(settings);
        section_.take("include");
        if (const Field f = section_.take("store")) read_store(f, settings);
        if (const Field f = section_.take("control")) read_control(f, settings, findings_);
        if (const Field f = section_.take("notify")) settings.notify = read_notify(f, findings_);
        gather(section_);
        section_.refuse_rest(true);
        for (const ConfigFile* file : included_) read_included(*file);

        const NamedProviders providers = read_providers(providers_.take(), context_, findings_);
        Config config;
        JobSurroundings surroundings{.providers = providers,
                                     .provider_names = {},
                                     .zone = zone,
                                     .zone_at = zone_at_,
                                     .zones = zones_,
                                     .findings = findings_};
        for (const auto& [name, provider] : providers) {
            surroundings.provider_names.push_back(name);
            if (provider.spec) config.providers.emplace(name, provider.spec);
        }
        const WrittenJobs written{.defaults = defaults_.take(), .templates = templates_.take(), .jobs = jobs_.take()};
        ReadJobs jobs = read_jobs(written, context_.resolve_job, surroundings);
        config.jobs = std::move(jobs.jobs);
        resolved = std::move(jobs.resolved);
        settings.config = std::make_shared<const Config>(std::move(config));
        settings.lists_jobs = lists_jobs_;
        return settings;
    }

private:
    void gather(Section& file) {
        if (const Field f = file.take("providers")) providers_.add(f);
        if (const Field f = file.take("defaults")) defaults_.add(f);
        if (const Field f = file.take("templates")) templates_.add(f);
        if (const Field f = file.take("jobs")) {
            jobs_.add(f);
            lists_jobs_ = lists_jobs_ || f.value->is_mapping();
        }
    }

    void read_included(const ConfigFile& file) {
        if (file.document.root() == nullptr) return;
        Section section{*file.document.root(), "an included file", findings_};
        if (!section.is_usable()) return;
        section.take("include");
        gather(section);
        for (const char* key : {"version", "time_zone", "store", "control", "notify"}) {
            section.refuse(key, std::string{"'"} + key + "' is allowed in the config's first file only, " +
                                    findings_.source(0).file() + "; remove it here");
        }
        section.refuse_rest(true);
    }

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
        zone_at_ = field.key->at;
        ZonePtr zone = zones_.read(field);
        if (zone) settings.time_zone = zone->name();
        return zone;
    }

    /// Empty if there is an error.
    std::string read_store_file(const Field& field) {
        const auto text = read_path(field, kPathBytesMax, findings_);
        if (!text) return {};
        auto path = resolve_store_path(*text, findings_.source(0).file());
        if (!path) findings_.error(field.at(), "'path' " + path.error());
        return path.value_or("");
    }

    void read_store(const Field& field, Settings& settings) {
        Section store{*field.value, "'store'", findings_};
        if (!store.is_usable()) return;
        if (const Field f = store.take("path")) settings.store_path = read_store_file(f);
        if (const Field f = store.take("retention")) {
            settings.retention = read_duration(f, limits::kRetention, findings_).value_or(settings.retention);
        }
        store.refuse_rest();
    }

    const LoadContext& context_;
    Findings& findings_;
    Zones zones_;
    Section section_;
    Position zone_at_;
    std::vector<const ConfigFile*> included_;
    Entries providers_{"provider", findings_}, defaults_{"the default of", findings_},
        templates_{"template", findings_}, jobs_{"job", findings_};
    bool lists_jobs_ = false;
};

LoadResult load(FileText text, const std::string& path, const LoadContext& context) {
    Findings findings;
    LoadResult result;
    auto& settings = result.settings;
    const std::deque<ConfigFile> files = read_config_files(std::move(text), path, context, findings);
    const YamlNode* root = files.front().document.root();
    if (root != nullptr && root->is_mapping()) {
        settings = SettingsReader{files, context, findings}.read(result.resolved);
    } else if (root != nullptr && root->kind != YamlNode::Kind::null) {
        findings.error(root->at,
                       "a config is a mapping of 'key: value', not " + kind_text(*root) + "; begin with 'version: 1'");
    } else if (!findings.has_errors()) {
        findings.error({}, "the config is empty; begin with 'version: 1'");
    }
    if (settings && !settings->store_path.empty()) result.store_path = settings->store_path;
    if (findings.has_errors()) {
        settings.reset();
        result.resolved.clear();
    }
    result.diagnostics = findings.take();
    for (const ConfigFile& file : files) result.files.push_back(file.path);
    return result;
}

}  // namespace

LoadResult load_settings_text(const std::string& text, const std::string& file, const LoadContext& context) {
    return load({.text = text.size() > kConfigBytesMax ? text.substr(0, kConfigBytesMax + 1) : text, .identity = file},
                file, context);
}

bool LoadResult::has_errors() const {
    return std::any_of(diagnostics.begin(), diagnostics.end(),
                       [](const Diagnostic& d) { return d.severity == Diagnostic::Severity::error; });
}

LoadResult load_settings(const std::string& path, const LoadContext& context) {
    auto text = context.read_main ? context.read_main(path, kConfigBytesMax) : read_main_file(path, kConfigBytesMax);
    if (text) {
        LoadContext with_files = context;
        if (!with_files.read_file) with_files.read_file = read_regular_file;
        if (!with_files.find_files) with_files.find_files = match_files;
        return load(std::move(*text), path, with_files);
    }
    LoadResult result;
    result.files = {path};
    Diagnostic& unreadable = result.diagnostics.emplace_back();
    unreadable.file = path;
    unreadable.message = "cannot be read: " + text.error();
    return result;
}

}  // namespace taktd
