// SPDX-License-Identifier: Apache-2.0
// Keys come in the order of config_keys and of the adapter's schema, so that two jobs are easily compared.
#include "daemon/settings/sections/resolved.hpp"

#include <algorithm>

#include "daemon/settings/sections/config_keys.hpp"
#include "daemon/settings/sections/merge.hpp"
#include "daemon/settings/sections/schedules.hpp"
#include "daemon/settings/sections/tasks.hpp"
#include "daemon/settings/values/fields.hpp"
#include "daemon/settings/values/values.hpp"
#include "daemon/settings/yaml/yaml_text.hpp"

namespace taktd {
namespace {

struct Origin {
    std::string file{};
    int line = 0;
    std::string note{};
};

struct Entry {
    std::string key, value;
    Origin origin;
};

class JobWriter {
public:
    explicit JobWriter(const ResolvedSource& source) : source_{source}, job_{source.job}, schema_{source.schema} {}

    std::vector<ResolvedKey> write() {
        for (const ConfigKey& key : config_keys().job) {
            const std::string name{key.name};
            const Field field = find(source_.merged, name);
            if (name == "task") {
                write_task(field);
            } else if (name == "start") {
                write_start(field);
            } else if (name == "stop") {
                write_stop(field);
            } else if (name == "retry") {
                write_retry(field);
            } else if (name != "use" && field) {
                write_value("", name, field);
            } else if (name != "use") {
                write_default(key);
            }
        }
        return std::move(keys_);
    }

private:
    static Field find(const YamlNode& mapping, std::string_view key) {
        for (std::size_t i = 0; mapping.is_mapping() && i + 1 < mapping.children.size(); i += 2) {
            if (mapping.children[i]->text == key) return {.key = mapping.children[i], .value = mapping.children[i + 1]};
        }
        return {};
    }

    Origin origin_of(Position at) const {
        if (at.line < 0) return {};
        return {.file = source_.findings.source(at.file).file(), .line = at.line + 1};
    }
    Origin origin_of(const Field& field) const { return origin_of(field.key->at); }
    Origin zone_origin() const {
        const Field own = find(source_.merged, "time_zone");
        return own ? origin_of(own) : origin_of(source_.zone_at);
    }

    /// `path` is where the mapping stands in the job ("stop."), which also says how far it is indented.
    void line(const std::string& path, const Entry& entry, const std::string& bullet = "  ") {
        const auto depth = static_cast<std::size_t>(std::ranges::count(path, '.') + std::ranges::count(path, '['));
        std::string indent(2 * depth, ' ');
        if (bullet != "  ") indent.replace(indent.size() - 2, 2, bullet);
        ResolvedKey& added = keys_.emplace_back();
        added.path = path + entry.key;
        added.yaml = indent + entry.key + ":" + (entry.value.empty() ? "" : " " + entry.value);
        added.value = entry.value;
        added.file = entry.origin.file;
        added.line = entry.origin.line;
        added.note = entry.origin.note;
    }

    void write_value(const std::string& path, const std::string& name, const Field& field) {
        const YamlNode& value = *field.value;
        if (!value.is_mapping() || value.children.empty())
            return line(path, {name, value.is_mapping() ? "{}" : yaml_flow(value), origin_of(field)});
        line(path, {name, "", origin_of(field)});
        for (std::size_t i = 0; i + 1 < value.children.size(); i += 2) {
            write_value(path + name + ".", yaml_flow(*value.children[i]),
                        {.key = value.children[i], .value = value.children[i + 1]});
        }
    }

    void write_default(const ConfigKey& key) {
        const std::string name{key.name};
        if (name == "time_zone") return line("", {name, job_.zone->name(), zone_origin()});
        if (!key.default_json.empty()) return line("", {name, yaml_of_json(key.default_json), {}});
        if (key.default_words.empty()) return;
        const auto window = constant_window();
        if (!window) {
            ResolvedKey& open = keys_.emplace_back();
            open.path = name;
            open.yaml = "# " + name + ": " + std::string{key.default_words};
            open.note = key.default_words;
            return;
        }
        const Duration length = name == "start_grace"  ? window->start_grace
                                : name == "min_window" ? window->min_window
                                                       : window->max_end - window->start_due;
        line("", {name, to_text(length), {.note = std::string{key.default_words}}});
    }

    /// The window, if it has the same length every time.
    std::optional<Window> constant_window() const {
        if (std::holds_alternative<StopCron>(job_.stop)) return std::nullopt;
        const std::vector<Window> windows = sample_windows(job_);
        return windows.empty() ? window_of(job_, WallTime{}) : windows.front();
    }

    void write_retry(const Field& field) {
        line("", {"retry", "", field ? origin_of(field) : Origin{}});
        for (const ConfigKey& key : config_keys().retry) {
            const Field given = field ? find(*field.value, key.name) : Field{};
            const std::string name{key.name};
            if (given) {
                write_value("retry.", name, given);
            } else {
                line("retry.", {name, yaml_of_json(key.default_json), {}});
            }
        }
    }

    void write_parameters(const std::string& path, const YamlNode& mapping, const std::vector<Parameter>& parameters,
                          std::string_view but = {}) {
        for (const Parameter& p : parameters) {
            if (p.name == but) continue;
            if (const Field given = find(mapping, p.name)) {
                write_value(path, p.name, given);
            } else if (p.default_json) {
                line(path, {p.name, default_of(p), {}});
            }
        }
    }

    /// As a config would say it: the JSON of a duration holds seconds.
    static std::string default_of(const Parameter& p) {
        const auto seconds = p.kind == Parameter::Kind::duration ? parse_integer(*p.default_json)
                                                                 : Result<std::int64_t>{unexpected<std::string>{""}};
        return seconds ? to_text(std::chrono::seconds{*seconds}) : yaml_of_json(*p.default_json);
    }

    void write_task(const Field& field) {
        line("", {"task", "", origin_of(field)});
        const bool makes_its_own = job_.task.is_from_template();
        if (makes_its_own) write_parameters("task.", *field.value, schema_.prepare);
        write_parameters("task.", *field.value, schema_.task, makes_its_own ? schema_.task_id_parameter : "");
        for (const char* name : {kExpectNameKey, kRerunKey}) {
            if (const Field given = find(*field.value, name)) write_value("task.", name, given);
        }
    }

    std::vector<Entry> entries_of(const StartRule& rule, const YamlNode& node, const Origin& origin) const {
        const Field zone = find(node, "time_zone");
        const auto place = [&](std::string_view key) {
            const Field f = find(node, key);
            return f ? origin_of(f) : node.is_mapping() ? Origin{} : origin;
        };
        const auto with_zone = [&](std::vector<Entry> entries, const ZonePtr& named) {
            entries.push_back({"time_zone", named->name(), zone ? origin_of(zone) : zone_origin()});
            return entries;
        };
        if (const auto* cron = std::get_if<CronRule>(&rule)) {
            return with_zone({{"cron", yaml_quoted(cron->text), place("cron")}}, cron->zone);
        }
        if (const auto* once = std::get_if<OnceRule>(&rule)) {
            const ZonePtr shown = job_.zone;
            return {{"at", yaml_quoted(time_with_offset(once->at, *shown)), place("at")}};
        }
        const auto& every = std::get<EveryRule>(rule);
        return with_zone({{"every", to_text(every.period), place("every")},
                          {"from", yaml_quoted(time_with_offset(every.from_instant, *every.zone)), place("from")}},
                         every.zone);
    }

    void write_start(const Field& field) {
        if (is_manual_start(*field.value)) return line("", {"start", "manual", origin_of(field)});
        line("", {"start", "", origin_of(field)});
        const bool is_list = field.value->is_sequence();
        std::size_t number = 0, rule = 0;
        for (const YamlNode* node : is_list ? field.value->children : std::vector<const YamlNode*>{field.value}) {
            const std::string path = is_list ? "start[" + std::to_string(number++) + "]." : "start.";
            const Origin origin = is_list ? origin_of(node->at) : origin_of(field);
            if (is_manual_start(*node)) {
                ResolvedKey& manual = keys_.emplace_back();
                manual.path = path.substr(0, path.size() - 1);
                manual.yaml = "  - manual";
                manual.value = "manual";
                manual.file = origin.file;
                manual.line = origin.line;
                continue;
            }
            bool is_first = is_list;
            for (const Entry& entry : entries_of(job_.schedule.rules[rule], *node, origin)) {
                line(path, entry, is_first ? "- " : "  ");
                is_first = false;
            }
            ++rule;
        }
    }

    void write_healing(const YamlNode& stop) {
        if (!schema_.traits.can_heal) return;
        for (const ConfigKey& key : config_keys().healing) {
            const std::string name{key.name};
            const Field given = find(stop, name);
            if (given) {
                write_value("stop.", name, given);
            } else {
                line("stop.", {name, yaml_of_json(key.default_json), {}});
            }
        }
    }

    void write_stop(const Field& field) {
        line("", {"stop", "", origin_of(field)});
        const YamlNode& stop = *field.value;
        if (is_when_done(stop)) line("stop.", {"when_done", "true", origin_of(field)});
        for (const char* end : {"after", "cron", "when_done"}) {
            if (const Field given = find(stop, end)) write_value("stop.", end, given);
        }
        if (const Field at = find(stop, "at")) {
            const auto instant = time_with_offset(std::get<StopAt>(job_.stop).at, *job_.zone);
            line("stop.", {"at", yaml_quoted(instant), origin_of(at)});
        }
        write_healing(stop);
        write_parameters("stop.", stop, schema_.stop);
        if (const Field task = find(stop, "task")) write_value("stop.", "task", task);
        if (schema_.on_abort.empty()) return;
        const Field abort = find(stop, "on_abort");
        line("stop.", {"on_abort", "", abort ? origin_of(abort) : Origin{}});
        write_parameters("stop.on_abort.", abort ? *abort.value : YamlNode{}, schema_.on_abort);
    }

    const ResolvedSource& source_;
    const Job& job_;
    const AdapterSchema& schema_;
    std::vector<ResolvedKey> keys_;
};

}  // namespace

std::vector<ResolvedKey> resolve_job(const ResolvedSource& source) { return JobWriter{source}.write(); }

}  // namespace taktd
