// SPDX-License-Identifier: Apache-2.0
#include "providers/tencent_cfg/twin_templates.hpp"

#include <stdexcept>

namespace taktd::tencent_cfg_twin {
namespace {

namespace json = boost::json;

/// Whether a number that may be left out is among the few that the models know.
Result<std::optional<std::int64_t>, VendorError> choice(const Parameters& in, const std::string& name,
                                                        std::int64_t highest, const std::string& path) {
    auto number = in.integer_if(name);
    if (number && *number && (**number < 1 || **number > highest)) return unexpected{wrong_value(path + name)};
    return number;
}

Result<std::vector<std::string>, VendorError> texts_of(const json::array& list, const std::string& name) {
    std::vector<std::string> texts;
    for (const auto& item : list) {
        if (!item.is_string()) return unexpected{wrong_type(name)};
        texts.emplace_back(item.get_string());
    }
    return texts;
}

std::optional<VendorError> check_actions(const Parameters& group, const std::string& path) {
    const auto actions = group.list("TaskGroupActionsConfig", false);
    if (!actions) return actions.error();
    for (const auto& each : *actions) {
        if (!each.is_object()) return wrong_type(path + "TaskGroupActionsConfig");
        const Parameters action{each.get_object(), path + "TaskGroupActionsConfig."};
        if (auto extra = action.only(
                {"TaskGroupActionOrder", "TaskGroupActionGeneralConfiguration", "TaskGroupActionCustomConfiguration"}))
            return extra;
        if (const auto order = action.integer_if("TaskGroupActionOrder"); !order) return order.error();
        for (const char* name : {"TaskGroupActionGeneralConfiguration", "TaskGroupActionCustomConfiguration"}) {
            const auto text = action.text(name);
            if (!text) return text.error();
            json::error_code error;  // "must be passed in after JSON serialization"
            if (*text) json::parse(**text, error);
            if (error) return wrong_value(path + "TaskGroupActionsConfig." + name);
        }
    }
    return std::nullopt;
}

/// The instances of one group.
Result<std::vector<std::string>, VendorError> read_group(const json::value& value) {
    const std::string path = "TaskConfig.TaskGroupsConfig.";
    if (!value.is_object()) return unexpected{wrong_type("TaskConfig.TaskGroupsConfig")};
    const Parameters group{value.get_object(), path};
    if (auto extra = group.only({"TaskGroupInstances", "TaskGroupTitle", "TaskGroupDescription", "TaskGroupMode",
                                 "TaskGroupActionsConfig"}))
        return unexpected{std::move(*extra)};
    for (const char* name : {"TaskGroupTitle", "TaskGroupDescription"}) {
        if (const auto text = group.text(name); !text) return unexpected{text.error()};
    }
    if (const auto mode = choice(group, "TaskGroupMode", 2, path); !mode) return unexpected{mode.error()};
    if (auto wrong = check_actions(group, path)) return unexpected{std::move(*wrong)};
    const auto instances = group.list("TaskGroupInstances", true);
    if (!instances) return unexpected{instances.error()};
    return texts_of(*instances, path + "TaskGroupInstances");
}

std::optional<VendorError> read_tags(const Parameters& config, Settings& settings) {
    const auto tags = config.list("Tags", false);
    if (!tags) return tags.error();
    for (const auto& each : *tags) {
        if (!each.is_object()) return wrong_type("TaskConfig.Tags");
        const Parameters tag{each.get_object(), "TaskConfig.Tags."};
        if (auto extra = tag.only({"TagKey", "TagValue"})) return extra;
        const auto key = tag.text("TagKey"), value = tag.text("TagValue");
        if (!key) return key.error();
        if (!value) return value.error();
        if (!*key) return missing("TaskConfig.Tags.TagKey");
        if (!*value) return missing("TaskConfig.Tags.TagValue");
        settings.tags.emplace_back(**key, **value);
    }
    return std::nullopt;
}

Result<Settings, VendorError> read_config(const Parameters& config) {
    const std::string path = "TaskConfig.";
    if (auto extra = config.only({"TaskGroupsConfig", "TaskTitle", "TaskDescription", "TaskMode", "TaskPauseDuration",
                                  "Tags", "PolicyDealType"}))
        return unexpected{std::move(*extra)};
    Settings settings;
    const auto groups = config.list("TaskGroupsConfig", true);
    if (!groups) return unexpected{groups.error()};
    for (const auto& each : *groups) {
        auto instances = read_group(each);
        if (!instances) return unexpected{instances.error()};
        settings.groups.push_back(std::move(*instances));
    }
    const auto title = config.text("TaskTitle"), description = config.text("TaskDescription");
    if (!title) return unexpected{title.error()};
    if (!description) return unexpected{description.error()};
    settings.title = *title;
    settings.description = description->value_or("");
    const auto mode = choice(config, "TaskMode", 2, path);
    if (!mode) return unexpected{mode.error()};
    settings.mode = mode->value_or(settings.mode);
    const auto pause = choice(config, "TaskPauseDuration", INT64_MAX, path);
    if (!pause) return unexpected{pause.error()};
    settings.pause_minutes = pause->value_or(settings.pause_minutes);
    const auto policy = choice(config, "PolicyDealType", 2, path);
    if (!policy) return unexpected{policy.error()};
    settings.policy_deal_type = *policy;
    if (auto wrong = read_tags(config, settings)) return unexpected{std::move(*wrong)};
    return settings;
}

}  // namespace

void Templates::define(const TwinTemplate& definition) {
    const auto id = Parameters::as_integer(json::value(definition.template_id));
    if (!id) throw std::invalid_argument{"a CFG template's id is an integer, not '" + definition.template_id + "'"};
    templates_[*id] = definition;
}

Result<TaskOrder, VendorError> Templates::read(const Parameters& parameters) const {
    if (auto extra = parameters.only({"TemplateId", "TaskConfig"})) return unexpected{std::move(*extra)};
    const auto id = parameters.integer("TemplateId");
    if (!id) return unexpected{id.error()};
    const auto* config = parameters.find("TaskConfig");
    if (config == nullptr) return unexpected{missing("TaskConfig")};
    if (!config->is_object()) return unexpected{wrong_type("TaskConfig")};
    auto settings = read_config(Parameters{config->get_object(), "TaskConfig."});
    if (!settings) return unexpected{settings.error()};
    const auto found = templates_.find(*id);
    if (found == templates_.end()) {
        return unexpected{
            VendorError{"InvalidParameterValue", "The template `" + std::to_string(*id) + "` does not exist."}};
    }
    const auto& expected = found->second.groups;
    if (expected && settings->groups.size() != *expected) return unexpected{wrong_value("TaskConfig.TaskGroupsConfig")};
    return TaskOrder{&found->second, std::move(*settings)};
}

}  // namespace taktd::tencent_cfg_twin
