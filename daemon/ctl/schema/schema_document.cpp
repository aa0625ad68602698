// SPDX-License-Identifier: Apache-2.0
// Jobs are the hard part: whether one is complete is seen after merging only. So a job may hold any part of one, and
// where nothing can complete it (no `use`, no default, no included file) it must be whole.
#include "daemon/ctl/schema/schema_document.hpp"

#include <algorithm>

#include "daemon/core/model/model.hpp"
#include "daemon/ctl/schema/schema_adapter.hpp"
#include "daemon/ctl/schema/schema_notify.hpp"
#include "daemon/ctl/schema/schema_values.hpp"
#include "daemon/report/json_output.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

namespace json = boost::json;

constexpr int kStartRulesMax = 100, kLabelsMax = 100;
constexpr std::string_view kName = "^[a-z0-9][a-z0-9_-]{0,62}$";
constexpr std::string_view kCode = "^[!-~]{1,200}$";

/// A mapping whose keys are names.
json::object by_name(json::object entry) {
    return {{"type", json::array{"object", "null"}},
            {"patternProperties", json::object{{kName, std::move(entry)}}},
            {"additionalProperties", false}};
}

json::object one_or_many_files() {
    return {{"type", "array"}, {"items", json::object{{"type", "string"}, {"minLength", 1}}}};
}

json::object provider_definition(const std::vector<AdapterSchema>& adapters) {
    json::object properties = properties_of(config_keys().provider);
    json::array types, by_type;
    for (const AdapterSchema& adapter : adapters) {
        types.emplace_back(adapter.type);
        const json::object is_type{{"properties", json::object{{"type", json::object{{"const", adapter.type}}}}},
                                   {"required", json::array{"type"}}};
        by_type.emplace_back(json::object{{"if", is_type}, {"then", reference_to(adapter.type + ".provider")}});
    }
    compose(properties, "type", {{"enum", std::move(types)}});
    compose(properties, "region",
            {{"anyOf",
              json::array{pattern_schema("^[A-Za-z0-9-]{1,64}$", "Write letters, digits and '-', e.g. ap-southeast-3."),
                          json::object{{"type", "number"}}, reference_to("text_with_variables")}}});
    compose(properties, "endpoint",
            {{"anyOf", json::array{reference_to("endpoint"), reference_to("text_with_variables")}}});
    compose(properties, "credentials", {{"type", "object"}});
    compose(properties, "rate_limit", closed_object(properties_of(config_keys().rate_limit)));
    json::array classes;
    for (const Outcome o : {Outcome::throttled, Outcome::refused_retryable, Outcome::refused_final, Outcome::conflict,
                            Outcome::clock_skew, Outcome::unauthorized, Outcome::uncertain})
        classes.emplace_back(name_of(o));
    compose(properties, "outcomes",
            {{"type", json::array{"object", "null"}},
             {"patternProperties", json::object{{kCode, json::object{{"enum", std::move(classes)}}}}},
             {"additionalProperties", false}});
    json::object code = pattern_schema(kCode, "A vendor's code has 1 to 200 visible characters.");
    compose(properties, "success_codes",
            {{"type", "array"},
             {"items", json::object{{"anyOf", json::array{std::move(code), json::object{{"type", "number"}}}}}}});
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", json::array{"type", "credentials"}},
            {"allOf", std::move(by_type)}};
}

/// `names` are the keys of one form, the one that makes it first.
json::object start_rule_of(const std::vector<std::string_view>& names, bool is_whole) {
    json::object properties;
    for (const ConfigKey& key : config_keys().start) {
        if (std::ranges::find(names, key.name) != names.end()) properties[key.name] = schema_of(key);
    }
    json::object schema{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (is_whole) schema["required"] = json::array{names.front()};
    return schema;
}

json::array start_rules(bool is_whole) {
    return {json::object{{"description", "Started manually only."}, {"const", "manual"}}, reference_to("cron"),
            start_rule_of({"cron", "time_zone"}, is_whole), start_rule_of({"at", "time_zone"}, is_whole),
            start_rule_of({"every", "from", "time_zone"}, is_whole)};
}

json::object start_definition(bool is_whole) {
    json::array rules = start_rules(is_whole);
    rules.emplace_back(json::object{{"description", "Several rules; equal instants are one start."},
                                    {"type", "array"},
                                    {"items", json::object{{"anyOf", start_rules(true)}}},
                                    {"minItems", 1},
                                    {"maxItems", kStartRulesMax}});
    return {{"title", "rule, or a list of rules"}, {"anyOf", std::move(rules)}};
}

/// A job, or the part of one that stands beside a template or defaults; `task` and `stop` are of one adapter,
/// whichever.
json::object job_definition(const std::vector<AdapterSchema>& adapters) {
    json::object properties = properties_of(config_keys().job);
    compose(properties, "labels",
            {{"type", json::array{"object", "null"}},
             {"propertyNames", reference_to("text")},
             {"additionalProperties", reference_to("text")},
             {"maxProperties", kLabelsMax}});
    compose(properties, "start", all_of("start"));
    compose(properties, "retry", closed_object(properties_of(config_keys().retry)));
    json::array any;
    for (const AdapterSchema& adapter : adapters) {
        any.emplace_back(json::object{{"title", "a job of " + adapter.type},
                                      {"properties", json::object{{"task", reference_to(adapter.type + ".task")},
                                                                  {"stop", reference_to(adapter.type + ".stop")}}}});
    }
    json::object schema = closed_object(std::move(properties));
    schema["anyOf"] = std::move(any);
    return schema;
}

/// A job that neither a template nor defaults complete.
json::object whole_job_definition(const std::vector<AdapterSchema>& adapters) {
    json::array any;
    for (const AdapterSchema& adapter : adapters) {
        any.emplace_back(
            json::object{{"title", "a whole job of " + adapter.type},
                         {"properties", json::object{{"task", reference_to(adapter.type + ".whole_task")},
                                                     {"stop", reference_to(adapter.type + ".whole_stop")}}}});
    }
    return {{"required", json::array{"task", "stop"}}, {"anyOf", std::move(any)}};
}

json::object without_use() {
    json::object schema = all_of("job");
    schema["properties"] = json::object{{"use", false}};
    return schema;
}

/// `then` holds for every job without `use`, unless files that are included, or defaults that have one of `keys`, may
/// complete it.
json::object unless_completed(const json::array& keys, json::object then) {
    json::array completions{json::object{{"required", json::array{"include"}}}};
    for (const json::value& key : keys) {
        json::object has_key{{"type", "object"}, {"required", json::array{key}}};
        completions.emplace_back(json::object{{"properties", json::object{{"defaults", std::move(has_key)}}},
                                              {"required", json::array{"defaults"}}});
    }
    const json::object has_template{{"type", "object"}, {"required", json::array{"use"}}};
    json::object job{{"if", has_template}, {"else", std::move(then)}};
    json::object jobs{{"jobs", json::object{{"additionalProperties", std::move(job)}}}};
    return {{"if", json::object{{"anyOf", std::move(completions)}}},
            {"else", json::object{{"properties", std::move(jobs)}}}};
}

json::array completeness() {
    json::array rules;
    for (const char* key : {"provider", "task", "start", "stop"}) {
        rules.emplace_back(unless_completed({key}, {{"type", "object"}, {"required", json::array{key}}}));
    }
    rules.emplace_back(
        unless_completed({"start"}, {{"properties", json::object{{"start", reference_to("whole_start")}}}}));
    rules.emplace_back(unless_completed({"task", "stop"}, reference_to("whole_job")));
    const auto has = [](const char* end) { return json::object{{"type", "object"}, {"required", json::array{end}}}; };
    json::object open_stop{{"anyOf", json::array{json::object{{"const", "when_done"}}, has("cron"), has("when_done")}}};
    const json::object open_end{{"properties", json::object{{"stop", std::move(open_stop)}}},
                                {"required", json::array{"stop"}}};
    rules.emplace_back(
        unless_completed({"max_duration", "stop"},
                         {{"if", open_end}, {"then", json::object{{"required", json::array{"max_duration"}}}}}));
    return rules;
}

/// What a file may hold that others include.
json::object shared_properties() {
    json::object properties;
    for (const ConfigKey& key : config_keys().top) {
        const bool shared = key.name == "include" || key.name == "providers" || key.name == "defaults" ||
                            key.name == "templates" || key.name == "jobs";
        if (shared) properties[key.name] = schema_of(key);
    }
    compose(properties, "include", one_or_many_files());
    compose(properties, "providers", by_name(reference_to("provider")));
    compose(properties, "defaults", all_of("part_of_job"));
    compose(properties, "templates", by_name(reference_to("part_of_job")));
    compose(properties, "jobs", by_name(reference_to("job")));
    return properties;
}

json::object control_properties() {
    json::object tokens = properties_of(config_keys().tokens);
    for (const ConfigKey& key : config_keys().tokens) compose(tokens, key.name, all_of("secret"));
    json::object tokens_schema = closed_object(std::move(tokens));
    tokens_schema["type"] = "object";
    json::object tls = properties_of(config_keys().tls);
    compose(tls, "key", all_of("secret"));
    json::object tls_schema = closed_object(std::move(tls));
    tls_schema["type"] = "object";
    tls_schema["required"] = json::array{"certificate", "key"};
    json::object http = properties_of(config_keys().http);
    compose(http, "listen", all_of("listen_address"));
    compose(http, "tokens", std::move(tokens_schema));
    compose(http, "hosts", {{"type", "array"}, {"maxItems", 32}, {"items", reference_to("host")}});
    compose(http, "tls", std::move(tls_schema));
    json::object http_schema = closed_object(std::move(http));
    http_schema["type"] = "object";
    http_schema["required"] = json::array{"listen"};
    json::object properties = properties_of(config_keys().control);
    compose(properties, "http", std::move(http_schema));
    return properties;
}

json::object top_properties() {
    json::object properties = properties_of(config_keys().top);
    for (auto& [name, schema] : shared_properties()) properties[name] = schema;
    compose(properties, "version", {{"enum", json::array{1, "1"}}});
    compose(properties, "store", closed_object(properties_of(config_keys().store)));
    compose(properties, "control", closed_object(control_properties()));
    compose(properties, "notify", notify_schema());
    return properties;
}

json::object file_schema(json::object properties) {
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"patternProperties", json::object{{"^x-", true}}},
            {"additionalProperties", false}};
}

json::object definitions(const std::vector<AdapterSchema>& adapters) {
    json::object all = value_definitions();
    json::object included = file_schema(shared_properties());
    included["type"] = json::array{"object", "null"};
    all["included_file"] = std::move(included);
    all["notify_target"] = notify_target_definition();
    all["provider"] = provider_definition(adapters);
    all["job"] = job_definition(adapters);
    all["whole_job"] = whole_job_definition(adapters);
    all["part_of_job"] = without_use();
    all["start"] = start_definition(false);
    all["whole_start"] = start_definition(true);
    for (const AdapterSchema& adapter : adapters) add_adapter_definitions(all, adapter);
    return all;
}

}  // namespace

std::string schema_document(const std::vector<AdapterSchema>& adapters) {
    json::object document{{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "A config of taktd"}};
    for (auto& [name, value] : file_schema(top_properties())) document[name] = std::move(value);
    document["required"] = json::array{"version"};
    document["allOf"] = completeness();
    document["definitions"] = definitions(adapters);
    return indented_json(json::serialize(document)).value_or("") + "\n";
}

}  // namespace taktd::ctl
