// SPDX-License-Identifier: Apache-2.0
// Each part twice: as a template, defaults or a job that uses one may hold it, and whole.
#include "daemon/ctl/schema/schema_adapter.hpp"

#include <string>

#include "daemon/ctl/schema/schema_values.hpp"
#include "daemon/report/time_text.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

namespace json = boost::json;

const std::vector<std::string> kEnds = {"after", "at", "cron", "when_done"};

json::object required(json::array names) { return {{"required", std::move(names)}}; }

json::object credential_set(const std::vector<std::string>& names) {
    json::object properties;
    json::array needed;
    for (const std::string& written : names) {
        const bool optional = written.ends_with('?');
        const std::string name = optional ? written.substr(0, written.size() - 1) : written;
        properties[name] = json::object{
            {"description", "Reference to the account's " + name + (optional ? ", if there is one." : ".")},
            {"allOf", json::array{reference_to("secret")}}};
        if (!optional) needed.emplace_back(name);
    }
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", std::move(needed)},
            {"additionalProperties", false}};
}

/// "access_key, secret_key and optional security_token; or token".
std::string sets_text(const AdapterSchema& adapter) {
    std::string text;
    for (const auto& set : adapter.credential_sets) {
        text += text.empty() ? "" : "; or ";
        for (std::size_t i = 0; i < set.size(); ++i) {
            const bool optional = set[i].ends_with('?');
            const std::string name = optional ? set[i].substr(0, set[i].size() - 1) : set[i];
            const bool is_last = i + 1 == set.size();
            text += i == 0 ? "" : is_last ? " and " : ", ";
            text += (optional ? "optional `" : "`") + name + "`";
        }
    }
    return text;
}

json::object credentials(const AdapterSchema& adapter) {
    json::array sets;
    for (const auto& set : adapter.credential_sets) sets.emplace_back(credential_set(set));
    json::object schema{{"description", "References: " + sets_text(adapter) + "."}};
    schema["anyOf"] = std::move(sets);
    return schema;
}

json::object provider(const AdapterSchema& adapter) {
    json::object properties;
    for (const ConfigKey& key : config_keys().provider) properties[key.name] = true;
    properties["credentials"] = credentials(adapter);
    properties["rate_limit"] = json::object{{"description", "The most requests that the account may get."},
                                            {"default", json::object{{"rate", rate_text(adapter.default_rate_limit)},
                                                                     {"burst", adapter.default_rate_limit.burst}}}};
    properties["endpoint"] =
        json::object{{"description", "Where requests go."}, {"default", adapter.endpoint_template}};
    json::array needed;
    for (const Parameter& p : adapter.provider) {
        properties[p.name] = p.kind == Parameter::Kind::text ? expandable_text(p) : schema_of(p);
        if (p.required) needed.emplace_back(p.name);
    }
    json::object schema{{"description", adapter.help},
                        {"properties", std::move(properties)},
                        {"required", std::move(needed)},
                        {"additionalProperties", false}};
    if (adapter.endpoint_template.find("{region}") != std::string::npos)
        schema["anyOf"] = json::array{required({"region"}), required({"endpoint"})};
    return schema;
}

/// The parameters that every task of the adapter has, and the keys that taktd adds.
json::object common_task_properties(const AdapterSchema& adapter) {
    json::object properties = properties_of(adapter.task);
    for (const ConfigKey& key : config_keys().task) {
        if (key.name == "expect_name" && !adapter.shows_task_name) continue;
        if (key.name == "rerun" && adapter.recurring_task_warning.empty()) continue;
        properties[key.name] = schema_of(key);
    }
    return properties;
}

/// If `name` is there, none of `others` is.
json::object without(const json::array& others) {
    json::object refused;
    for (const json::value& other : others) refused[other.as_string()] = false;
    return {{"properties", std::move(refused)}};
}

json::object task(const AdapterSchema& adapter) {
    json::object properties = common_task_properties(adapter);
    for (const Parameter& p : adapter.prepare) properties[p.name] = schema_of(p);
    if (!adapter.prepare.empty()) {
        const std::string& id = adapter.task_id_parameter;
        const std::string& from = adapter.prepare.front().name;
        properties[id].as_object()["x-default"] = "required, or `" + from + "`";
        properties[from].as_object()["x-default"] = "required, or `" + id + "`";
    }
    json::object schema = closed_object(std::move(properties));
    if (!adapter.prepare.empty()) {
        json::array prepared;
        for (const Parameter& p : adapter.prepare) prepared.emplace_back(p.name);
        // A task that each run makes for itself is new and bears the title that it was given.
        schema["dependencies"] =
            json::object{{adapter.task_id_parameter, without(prepared)},
                         {adapter.prepare.front().name, without({adapter.task_id_parameter, "expect_name", "rerun"})}};
    }
    return schema;
}

json::object whole_task(const AdapterSchema& adapter) {
    json::array always, fixed, prepared;
    for (const Parameter& p : adapter.task) {
        if (p.required && p.name != adapter.task_id_parameter) always.emplace_back(p.name);
    }
    fixed.emplace_back(adapter.task_id_parameter);
    for (const Parameter& p : adapter.prepare) {
        if (p.required) prepared.emplace_back(p.name);
    }
    json::object schema = all_of(adapter.type + ".task");
    schema["type"] = "object";
    if (adapter.prepare.empty()) always.emplace_back(adapter.task_id_parameter);
    if (!always.empty()) schema["required"] = std::move(always);
    if (!adapter.prepare.empty())
        schema["anyOf"] = json::array{required(std::move(fixed)), required(std::move(prepared))};
    return schema;
}

/// `stop.task`: no other task, nothing required.
json::object stop_task(const AdapterSchema& adapter) {
    json::object properties;
    for (const Parameter& p : adapter.task) {
        if (p.name == adapter.task_id_parameter) continue;
        json::object schema = schema_of(p);
        schema.erase("default");  // both are the task's
        schema.erase("x-default");
        properties[p.name] = std::move(schema);
    }
    return closed_object(std::move(properties));
}

json::object stop(const AdapterSchema& adapter) {
    json::object properties = properties_of(config_keys().stop);
    properties["when_done"].as_object()["enum"] = json::array{true, "true", "True", "TRUE"};
    json::object task = stop_task(adapter);
    task["description"] = properties["task"].at("description");
    properties["task"] = std::move(task);
    if (adapter.traits.can_heal) {
        for (auto& [name, schema] : properties_of(config_keys().healing)) properties[name] = schema;
    }
    for (const Parameter& p : adapter.stop) properties[p.name] = schema_of(p);
    if (!adapter.on_abort.empty()) {
        json::object on_abort = closed_object(properties_of(adapter.on_abort));
        on_abort["description"] = "What every end but the scheduled one says.";
        properties["on_abort"] = std::move(on_abort);
    }
    json::object schema = closed_object(std::move(properties));
    schema["type"] = "object";
    json::object dependencies;
    for (const std::string& end : kEnds) {
        json::array others;
        for (const std::string& other : kEnds) {
            if (other != end) others.emplace_back(other);
        }
        dependencies[end] = without(others);
    }
    schema["dependencies"] = std::move(dependencies);
    // What the vendor wants with every end has no place beside the word alone.
    return {{"anyOf", json::array{json::object{{"const", "when_done"}}, std::move(schema)}}};
}

json::object whole_stop(const AdapterSchema& adapter) {
    json::array ends, needed;
    for (const std::string& end : kEnds) ends.emplace_back(required({json::string{end}}));
    for (const Parameter& p : adapter.stop) {
        if (p.required) needed.emplace_back(p.name);
    }
    const bool word_will_do = needed.empty();
    json::object mapping{{"type", "object"}, {"required", std::move(needed)}, {"anyOf", std::move(ends)}};
    json::object schema = all_of(adapter.type + ".stop");
    if (word_will_do) {
        schema["anyOf"] = json::array{json::object{{"const", "when_done"}}, std::move(mapping)};
    } else {
        schema["allOf"].as_array().emplace_back(std::move(mapping));
    }
    return schema;
}

}  // namespace

void add_adapter_definitions(json::object& definitions, const AdapterSchema& adapter) {
    definitions[adapter.type + ".provider"] = provider(adapter);
    definitions[adapter.type + ".task"] = task(adapter);
    definitions[adapter.type + ".whole_task"] = whole_task(adapter);
    definitions[adapter.type + ".stop"] = stop(adapter);
    definitions[adapter.type + ".whole_stop"] = whole_stop(adapter);
}

}  // namespace taktd::ctl
