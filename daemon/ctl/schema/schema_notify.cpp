// SPDX-License-Identifier: Apache-2.0
// Which keys a target takes depends on its kind: one condition for each.
#include "daemon/ctl/schema/schema_notify.hpp"

#include <string_view>
#include <vector>

#include "daemon/core/model/notice.hpp"
#include "daemon/ctl/schema/schema_values.hpp"

namespace taktd::ctl {
namespace {

namespace json = boost::json;

json::object list_of(json::object item, int max) {
    return {{"type", "array"}, {"minItems", 1}, {"maxItems", max}, {"items", std::move(item)}};
}

json::object events_schema() {
    json::array words;
    for (const std::string_view group : notice_groups()) words.emplace_back(group);
    for (const NoticeType type : notice_types_of("all")) words.emplace_back(name_of(type));
    return list_of({{"enum", std::move(words)}}, static_cast<int>(kNoticeTypes));
}

json::object address_schema() { return {{"anyOf", json::array{reference_to("secret"), reference_to("web_address")}}}; }

struct TargetKind {
    std::string_view name;
    std::vector<std::string_view> keys;  ///< that this kind takes beside those of all
    std::vector<std::string_view> required;
    bool hides_url = false;
};

json::object condition_of(const TargetKind& kind) {
    json::object refused, then;
    for (const std::string_view key : {"url", "secret", "token", "topic", "mention", "argv"}) {
        if (std::ranges::find(kind.keys, key) == kind.keys.end()) refused[key] = false;
    }
    if (kind.hides_url) refused["url"] = reference_to("secret");
    if (kind.name != "webhook" && std::ranges::find(kind.keys, "secret") != kind.keys.end())
        refused["secret"] = reference_to("secret");
    then["properties"] = std::move(refused);
    json::array required;
    for (const std::string_view key : kind.required) required.emplace_back(key);
    then["required"] = std::move(required);
    const json::object is_kind{{"properties", json::object{{"kind", json::object{{"const", kind.name}}}}},
                               {"required", json::array{"kind"}}};
    return {{"if", is_kind}, {"then", std::move(then)}};
}

}  // namespace

json::object notify_target_definition() {
    const std::vector<TargetKind> kinds{
        {"webhook", {"url", "secret"}, {"url", "secret"}},
        {"dingtalk", {"url", "secret", "mention"}, {"url"}, true},
        {"feishu", {"url", "secret", "mention"}, {"url"}, true},
        {"wecom", {"url", "mention"}, {"url"}, true},
        {"slack", {"url", "mention"}, {"url"}, true},
        {"ntfy", {"url", "token", "topic"}, {"url", "topic"}},
        {"command", {"argv"}, {"argv"}},
    };
    json::object properties = properties_of(config_keys().notify_target);
    compose(properties, "url", address_schema());
    compose(properties, "secret", {{"anyOf", json::array{reference_to("secret"), list_of(reference_to("secret"), 2)}}});
    compose(properties, "token", all_of("secret"));
    compose(properties, "topic",
            pattern_schema("^[A-Za-z0-9_-]{1,64}$", "Write 1 to 64 of letters, digits, '_' and '-'."));
    compose(properties, "mention", list_of(reference_to("text"), 20));
    json::object argv = list_of(reference_to("text"), 32);
    compose(properties, "argv", std::move(argv));
    compose(properties, "providers", list_of(reference_to("text"), 32));
    compose(properties, "labels",
            {{"type", json::array{"object", "null"}}, {"additionalProperties", reference_to("text")}});
    compose(properties, "events", events_schema());
    json::object schema = closed_object(std::move(properties));
    schema["type"] = "object";
    schema["required"] = json::array{"kind"};
    json::array conditions;
    for (const TargetKind& kind : kinds) conditions.push_back(condition_of(kind));
    schema["allOf"] = std::move(conditions);
    return schema;
}

json::object notify_schema() {
    json::object defaults = properties_of(config_keys().notify_defaults);
    compose(defaults, "events", events_schema());
    json::object properties = properties_of(config_keys().notify);
    compose(properties, "defaults", closed_object(std::move(defaults)));
    compose(properties, "targets",
            {{"type", json::array{"object", "null"}},
             {"maxProperties", 16},
             {"patternProperties", json::object{{"^[a-z0-9][a-z0-9_-]{0,62}$", reference_to("notify_target")}}},
             {"additionalProperties", false}});
    return closed_object(std::move(properties));
}

}  // namespace taktd::ctl
