// SPDX-License-Identifier: Apache-2.0
// What holds for the schema of every provider: the loader, the JSON Schema and the documentation are made from it, so a
// slip here would be an error that no operator can fix.
#include <algorithm>
#include <set>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "providers/registry.hpp"

namespace taktd::contract {
namespace {

namespace json = boost::json;

bool is_snake_case(const std::string& name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

void expect_valid_default(const Parameter& parameter, const std::string& where) {
    json::error_code error;
    const auto value = json::parse(*parameter.default_json, error);
    ASSERT_FALSE(error) << where << ": " << *parameter.default_json;
    switch (parameter.kind) {
        case Parameter::Kind::integer:
            ASSERT_TRUE(value.is_int64()) << where;
            EXPECT_GE(value.get_int64(), parameter.min.value_or(value.get_int64())) << where;
            EXPECT_LE(value.get_int64(), parameter.max.value_or(value.get_int64())) << where;
            break;
        case Parameter::Kind::boolean: EXPECT_TRUE(value.is_bool()) << where; break;
        case Parameter::Kind::text: {
            ASSERT_TRUE(value.is_string()) << where;
            const std::string text{value.get_string()};
            const auto length = static_cast<std::int64_t>(text.size());
            EXPECT_GE(length, parameter.min.value_or(0)) << where;
            EXPECT_LE(length, parameter.max.value_or(length)) << where;
            EXPECT_TRUE(parameter.one_of.empty() || std::ranges::count(parameter.one_of, text) == 1) << where;
            if (parameter.placeholders) {
                EXPECT_EQ(unknown_placeholder(text), std::nullopt) << where;
            }
            EXPECT_NE(text.find(parameter.must_contain), std::string::npos) << where;
            break;
        }
        case Parameter::Kind::object: EXPECT_TRUE(value.is_object()) << where; break;
        case Parameter::Kind::list: EXPECT_TRUE(value.is_array()) << where; break;
        case Parameter::Kind::duration:
            ASSERT_TRUE(value.is_int64()) << where;  // whole seconds
            EXPECT_GE(value.get_int64(), parameter.min.value_or(0)) << where;
            EXPECT_LE(value.get_int64(), parameter.max.value_or(value.get_int64())) << where;
            break;
    }
}

void expect_sane(const std::vector<Parameter>& parameters, const std::string& where) {
    std::set<std::string> names;
    for (const auto& parameter : parameters) {
        const auto at = where + "." + parameter.name;
        EXPECT_TRUE(is_snake_case(parameter.name)) << at;
        EXPECT_TRUE(names.insert(parameter.name).second) << at << " stands there twice";
        EXPECT_FALSE(parameter.help.empty()) << at;
        EXPECT_LE(parameter.min.value_or(0),
                  parameter.max.value_or(std::max<std::int64_t>(0, parameter.min.value_or(0))))
            << at;
        EXPECT_FALSE(parameter.required && parameter.default_json) << at << " is required and has a default";
        EXPECT_TRUE(parameter.kind == Parameter::Kind::text || (parameter.one_of.empty() && !parameter.placeholders))
            << at;
        EXPECT_TRUE(parameter.must_contain.empty() || parameter.placeholders) << at;
        EXPECT_TRUE(parameter.kind == Parameter::Kind::object || !parameter.open) << at;
        if (parameter.kind == Parameter::Kind::list)
            EXPECT_EQ(parameter.members.size(), 1U) << at << " does not say what its items are";
        else
            EXPECT_TRUE(parameter.kind == Parameter::Kind::object || parameter.members.empty()) << at;
        if (parameter.default_json) expect_valid_default(parameter, at);
        expect_sane(parameter.members, at);
    }
}

TEST(SchemaContract, EveryProvider_IsNamedOnceAndFound) {
    std::set<std::string> types;
    for (const auto& entry : providers()) {
        EXPECT_TRUE(types.insert(entry.type).second) << entry.type;
        EXPECT_EQ(find_provider(entry.type), &entry);
        EXPECT_EQ(entry.create_adapter()->schema().type, entry.type);
    }
    EXPECT_EQ(find_provider("no-such-provider"), nullptr);
    EXPECT_EQ(adapter_schemas().size(), providers().size());
}

TEST(SchemaContract, Parameters_AreSane) {
    for (const auto& schema : adapter_schemas()) {
        EXPECT_FALSE(schema.help.empty()) << schema.type;
        expect_sane(schema.provider, schema.type);
        expect_sane(schema.task, schema.type + ".task");
        expect_sane(schema.prepare, schema.type + ".task of a template");
        expect_sane(schema.stop, schema.type + ".stop");
        expect_sane(schema.on_abort, schema.type + ".on_abort");
    }
}

TEST(SchemaContract, TaskAndScope_AreNamedByRequiredParameters) {
    for (const auto& schema : adapter_schemas()) {
        const auto task = std::ranges::find(schema.task, schema.task_id_parameter, &Parameter::name);
        ASSERT_NE(task, schema.task.end()) << schema.type;
        EXPECT_TRUE(task->required) << schema.type;
        if (schema.scope_parameter.empty()) continue;
        const auto scope = std::ranges::find(schema.provider, schema.scope_parameter, &Parameter::name);
        ASSERT_NE(scope, schema.provider.end()) << schema.type;
        EXPECT_TRUE(scope->required) << schema.type;
    }
}

TEST(SchemaContract, Template_IsNamedByItsFirstParameter_AndCollidesWithNoTask) {
    for (const auto& schema : adapter_schemas()) {
        if (schema.prepare.empty()) continue;
        EXPECT_TRUE(schema.prepare.front().required) << schema.type;
        bool names_run = false;
        for (const auto& parameter : schema.prepare) {
            const auto at = schema.type + "." + parameter.name;
            // Both stand under `task`, some of them together.
            EXPECT_EQ(std::ranges::count(schema.task, parameter.name, &Parameter::name), 0) << at;
            for (const std::string key : {"expect_name", "rerun"}) EXPECT_NE(parameter.name, key);
            names_run = names_run || (parameter.must_contain == "{run}" && parameter.default_json);
        }
        // Otherwise the task of a lost answer cannot be told from another run's.
        EXPECT_TRUE(names_run) << schema.type;
    }
}

TEST(SchemaContract, StopParameters_CollideWithNothing) {
    for (const auto& schema : adapter_schemas()) {
        for (const auto& parameter : schema.stop) {
            // Both end up in one JSON object, and `stop` has keys of its own.
            EXPECT_EQ(std::ranges::count(schema.task, parameter.name, &Parameter::name), 0)
                << schema.type << "." << parameter.name;
            for (const std::string key : {"after", "at", "cron", "when_done", "task", "on_abort"})
                EXPECT_NE(parameter.name, key);
        }
        for (const auto& parameter : schema.on_abort) {
            EXPECT_EQ(std::ranges::count(schema.stop, parameter.name, &Parameter::name), 1)
                << schema.type << "." << parameter.name;
        }
    }
}

TEST(SchemaContract, LimitsCredentialsAndEndpoint_AreSane) {
    for (const auto& schema : adapter_schemas()) {
        EXPECT_GT(schema.default_rate_limit.interval, Duration::zero()) << schema.type;
        EXPECT_GE(schema.default_rate_limit.burst, 2) << schema.type << ": the last token is kept for stops";
        if (schema.vendor_interval_min) {
            EXPECT_GE(schema.default_rate_limit.interval, *schema.vendor_interval_min) << schema.type;
        }
        EXPECT_GE(schema.traits.query_batch_max, 1) << schema.type;
        ASSERT_FALSE(schema.credential_sets.empty()) << schema.type;
        for (const auto& set : schema.credential_sets) {
            EXPECT_TRUE(std::ranges::any_of(set, [](const std::string& name) { return !name.ends_with('?'); }))
                << schema.type;
        }
        auto endpoint = schema.endpoint_template;
        if (const auto at = endpoint.find("{region}"); at != std::string::npos) endpoint.replace(at, 8, "region-1");
        const auto parsed = parse_endpoint(endpoint);
        ASSERT_TRUE(parsed) << endpoint;
        EXPECT_TRUE(parsed->tls) << endpoint;
    }
}

}  // namespace
}  // namespace taktd::contract
