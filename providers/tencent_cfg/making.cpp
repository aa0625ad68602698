// SPDX-License-Identifier: Apache-2.0
#include "providers/tencent_cfg/making.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "providers/json_values.hpp"
#include "providers/tencent_cfg/values.hpp"

namespace taktd::tencent_cfg {
namespace {

namespace json = boost::json;

// Values of the vendor's TaskMode, TaskGroupMode and PolicyDealType.
constexpr int kSequential = 1, kStaged = 2;
constexpr int kRollBack = 1, kPause = 2;

constexpr std::int64_t kPageMax = 100;
constexpr std::int64_t kSecondsPerMinute = 60;
constexpr std::size_t kTitleMax = 1024;  // characters
constexpr std::size_t kTextMax = 65'536;
constexpr auto kDefaultTitle = "taktd {job} {run}";

/// The title of this call's task. It must name the run: a title that two runs share would give one run the other's
/// task.
Result<std::string> title_of(const CallSpec& call, const json::value* parameters) {
    auto text = text_of(member(parameters, "title"), kTitleMax);
    if (text.empty()) text = kDefaultTitle;
    auto title = clean_text(expand(text, call.placeholders), kTitleMax);
    const auto run = call.placeholders.find("run");
    const bool has_run = run != call.placeholders.end() && !run->second.empty();
    if (!has_run || title.find(run->second) == std::string::npos)
        return unexpected{std::string{"title must contain {run}"}};
    return title;
}

/// Copies a text that was given; an absent one is left to the template.
void put_text(json::object& into, const char* vendors_name, const json::value* given) {
    if (given != nullptr && !given->is_null()) into[vendors_name] = text_of(given, kTextMax);
}

/// Likewise one with placeholders.
void put_text(json::object& into, const char* vendors_name, const json::value* given,
              const Placeholders& placeholders) {
    if (given != nullptr && !given->is_null())
        into[vendors_name] = clean_text(expand(text_of(given, kTextMax), placeholders));
}

std::vector<const json::value*> items_of(const json::value* list) {
    std::vector<const json::value*> items;
    if (list != nullptr && list->is_array()) {
        for (const auto& item : list->get_array()) items.push_back(&item);
    }
    return items;
}

/// The parameters of one action of a group. The vendor wants each configuration as JSON inside a text.
json::object action_of(const json::value* given) {
    json::object action;
    if (const auto order = integer_of(member(given, "order"))) action["TaskGroupActionOrder"] = *order;
    put_text(action, "TaskGroupActionGeneralConfiguration", member(given, "general_configuration"));
    put_text(action, "TaskGroupActionCustomConfiguration", member(given, "custom_configuration"));
    return action;
}

json::object group_of(const json::value* given, const Placeholders& placeholders) {
    json::object group;
    json::array instances;
    for (const auto* instance : items_of(member(given, "instances")))
        instances.emplace_back(text_of(instance, kTextMax));
    group["TaskGroupInstances"] = std::move(instances);
    put_text(group, "TaskGroupTitle", member(given, "title"), placeholders);
    put_text(group, "TaskGroupDescription", member(given, "description"), placeholders);
    const auto mode = text_of(member(given, "mode"));
    if (!mode.empty()) group["TaskGroupMode"] = mode == "staged" ? kStaged : kSequential;
    json::array actions;
    for (const auto* action : items_of(member(given, "actions"))) actions.emplace_back(action_of(action));
    if (!actions.empty()) group["TaskGroupActionsConfig"] = std::move(actions);
    return group;
}

json::array tags_of(const json::value* given) {
    json::array tags;
    for (const auto* tag : items_of(given)) {
        tags.push_back({{"TagKey", text_of(member(tag, "key"))}, {"TagValue", text_of(member(tag, "value"))}});
    }
    return tags;
}

json::object task_config(const CallSpec& call, const json::value* parameters, const std::string& title) {
    json::object config;
    json::array groups;
    for (const auto* group : items_of(member(parameters, "groups")))
        groups.emplace_back(group_of(group, call.placeholders));
    config["TaskGroupsConfig"] = std::move(groups);
    config["TaskTitle"] = title;
    const auto description = expand(text_of(member(parameters, "description")), call.placeholders);
    if (!description.empty()) config["TaskDescription"] = clean_text(description);
    config["TaskMode"] = text_of(member(parameters, "mode")) == "manual" ? kManual : kAutomatic;
    if (const auto seconds = integer_of(member(parameters, "pause_after"))) {
        // Rounded up: it never pauses before its time.
        config["TaskPauseDuration"] = *seconds / kSecondsPerMinute + (*seconds % kSecondsPerMinute > 0 ? 1 : 0);
    }
    auto tags = tags_of(member(parameters, "tags"));
    if (!tags.empty()) config["Tags"] = std::move(tags);
    const auto deal = text_of(member(parameters, "policy_deal_type"));
    if (!deal.empty()) config["PolicyDealType"] = deal == "pause" ? kPause : kRollBack;
    return config;
}

/// No id is ever zero or negative; such a filler would name no task that could be stopped.
std::optional<std::int64_t> task_id_in(const json::value* object) {
    const auto id = integer_of(member(object, "TaskId"));
    if (!id || *id <= 0) return std::nullopt;
    return id;
}

}  // namespace

Result<json::object> creation_body(const CallSpec& call, const json::value* parameters) {
    const auto template_id = integer_of(member(parameters, "template_id"));
    if (!template_id) return unexpected{std::string{"template_id must be an integer"}};
    const auto title = title_of(call, parameters);
    if (!title) return unexpected{title.error()};
    json::object body;
    body["TemplateId"] = *template_id;
    body["TaskConfig"] = task_config(call, parameters, *title);
    return body;
}

Result<json::object> search_body(const CallSpec& call, const json::value* parameters) {
    const auto title = title_of(call, parameters);
    if (!title) return unexpected{title.error()};
    return json::object{{"TaskTitle", *title}, {"Limit", kPageMax}, {"Offset", 0}};
}

bool read_created(const json::value* response, CallResult& result) {
    const auto id = task_id_in(response);
    if (!id || result.request_id.empty()) return false;
    result.vendor_task_id = std::to_string(*id);
    return true;
}

bool read_found(const CallSpec& call, const json::value* response, CallResult& result) {
    const auto* list = member(response, "TaskList");
    if (list == nullptr || (!list->is_array() && !list->is_null()) || result.request_id.empty()) return false;
    const auto parsed = parse_json(call.parameters_json);
    const auto title = title_of(call, parsed ? &*parsed : nullptr);
    if (!title) return false;
    std::int64_t newest = 0;
    for (const auto* task : items_of(list)) {
        const auto id = task_id_in(task);
        if (id && text_of(member(task, "TaskTitle"), kTitleMax) == *title) newest = std::max(newest, *id);
    }
    if (newest > 0) result.vendor_task_id = std::to_string(newest);
    return true;
}

}  // namespace taktd::tencent_cfg
