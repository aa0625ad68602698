// SPDX-License-Identifier: Apache-2.0
#include "daemon/ctl/commands/event_lines.hpp"

#include "daemon/core/model/model.hpp"
#include "daemon/log/escape.hpp"
#include "daemon/report/run_text.hpp"
#include "daemon/report/table.hpp"
#include "daemon/report/time_text.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

using log::escape_text;

std::string escaped_in(const json::object& data, std::string_view member) { return escape_text(text_in(data, member)); }

bool is_true(const json::object& data, const char* member) {
    const json::value* value = data.if_contains(member);
    return value != nullptr && value->is_bool() && value->get_bool();
}

std::string number_text(const json::object& data, const char* member) {
    const json::value* value = data.if_contains(member);
    return value != nullptr && value->is_number() ? std::to_string(value->to_number<std::int64_t>()) : "";
}

std::string late_text(const json::object& run) {
    const json::value* late = run.if_contains("late");
    if (late == nullptr || !late->is_number()) return "";
    return to_text(std::chrono::seconds{static_cast<std::int64_t>(late->to_number<double>())});
}

const json::object* object_in(const json::object& data, const char* member) {
    const json::value* value = data.if_contains(member);
    return value == nullptr ? nullptr : value->if_object();
}

std::string transition_text(const json::object& data, bool colour) {
    const std::string from = text_in(data, "from_state"), to = text_in(data, "to_state");
    const auto state = parse_name<RunState>(to);
    std::string text = from.empty() ? "" : from + " -> ";
    text += coloured(to, state ? colour_of(*state) : Colour::none, colour);
    if (const std::string reason = text_in(data, "reason"); !reason.empty()) text += " (" + reason + ")";
    if (const std::string actor = escaped_in(data, "actor"); !actor.empty() && actor != "taktd") text += " by " + actor;
    if (const json::object* detail = object_in(data, "detail")) text += ": " + escaped_in(*detail, "note");
    return text;
}

std::string call_text(const json::object& data, bool colour) {
    const auto outcome = parse_name<Outcome>(text_in(data, "outcome"));
    std::string text = text_in(data, "action") + " #" + number_text(data, "attempt") + ": ";
    text += coloured(text_in(data, "outcome"), outcome ? colour_of(*outcome) : Colour::none, colour);
    if (const std::string status = number_text(data, "http_status"); !status.empty()) text += ", HTTP " + status;
    for (const char* part : {"vendor_code", "vendor_message"})
        if (const std::string said = escaped_in(data, part); !said.empty()) text += " " + said;
    return text;
}

std::string holds_text(const json::object& data) {
    const json::value* holds = data.if_contains("holds");
    if (holds == nullptr || !holds->is_array() || holds->get_array().empty()) return "no hold is engaged";
    std::string text = "held:";
    for (const json::value& each : holds->get_array()) {
        const json::object* hold = each.if_object();
        if (hold == nullptr) continue;
        const std::string scope = escaped_in(*hold, "scope");
        text += (text.ends_with(':') ? " " : "; ") + (scope.empty() ? "everything" : scope) + ", by " +
                escaped_in(*hold, "actor") + ": " + escaped_in(*hold, "reason");
    }
    return text;
}

std::string config_text(const json::object& data) {
    std::string text = "config generation " + number_text(data, "generation");
    if (is_true(data, "many")) return text + ": many jobs changed";
    for (const char* kind : {"added", "changed", "removed"}) {
        const json::value* jobs = data.if_contains(kind);
        if (jobs == nullptr || !jobs->is_array() || jobs->get_array().empty()) continue;
        text += std::string{"; "} + kind;
        for (const json::value& job : jobs->get_array())
            if (job.is_string()) text += " " + escape_text(std::string{job.get_string()});
    }
    return text;
}

std::string providers_text(const json::object& data) {
    std::string text = "providers:";
    const json::value* providers = data.if_contains("providers");
    if (providers == nullptr || !providers->is_array()) return text;
    for (const json::value& each : providers->get_array()) {
        const json::object* provider = each.if_object();
        if (provider == nullptr) continue;
        text += " " + escaped_in(*provider, "provider") + (is_true(*provider, "closed") ? " refuses our key" : "") +
                (text_in(*provider, "throttled_until").empty() ? "" : " throttled") + ",";
    }
    text.pop_back();
    return text;
}

std::string other_text(std::string_view name, const json::object& data, bool colour) {
    const json::object* run = object_in(data, "run");
    if (name == "overdue" && run != nullptr) return coloured("OVERDUE by " + late_text(*run), Colour::red, colour);
    if (name == "recovered" && run != nullptr) return "is not overdue any more, after " + late_text(*run);
    if (name == "holds") return holds_text(data);
    if (name == "job" && is_true(data, "disabled"))
        return "is disabled by " + escaped_in(data, "actor") + ": " + escaped_in(data, "reason");
    if (name == "job") return "is enabled";
    if (name == "config") return config_text(data);
    if (name == "store") return is_true(data, "up") ? "the store can be written" : "the store CANNOT BE WRITTEN";
    if (name == "foreign")
        return "task " + escaped_in(data, "task_key") +
               (is_true(data, "ended") ? " no longer runs without us" : " runs without us");
    if (name == "providers") return providers_text(data);
    if (name == "status")
        return number_text(data, "live_runs") + " live runs, " + number_text(data, "owed_stops") + " owed stops, " +
               number_text(data, "overdue") + " overdue";
    return "";
}

}  // namespace

std::string event_document(std::string_view name, const std::string& id, const json::object& data) {
    const json::value told_id = id.empty() ? json::value(nullptr) : json::value(json::string{id});
    return json::serialize(json::object{{"event", std::string{name}}, {"id", told_id}, {"data", data}}) + "\n";
}

std::string run_of_event(const json::object& data) {
    if (const std::string id = text_in(data, "run_id"); !id.empty()) return id;
    const json::object* run = object_in(data, "run");
    return run == nullptr ? "" : text_in(*run, "id");
}

std::string EventLines::line_of(std::string_view name, const json::object& data, const Context& context) {
    std::string text;
    std::optional<WallTime> instant;
    if (name == "transition") {
        text = transition_text(data, context.colour);
        instant = instant_in(data, "at");
    } else if (name == "call" || name == "query") {
        text = call_text(data, context.colour);
        instant = instant_in(data, "done");
    } else {
        text = other_text(name, data, context.colour);
    }
    if (text.empty()) return text;
    const json::object* run = object_in(data, "run");
    std::string job = escaped_in(data, "job");
    if (job.empty() && run != nullptr) job = escaped_in(*run, "job");
    const std::string id = run_of_event(data);
    std::string line = at(instant.value_or(context.now), context);
    if (!job.empty()) line += coloured(job, Colour::bold, context.colour) + "  ";
    if (!id.empty()) line += short_id_in({{"id", id}}) + "  ";
    return line + text + "\n";
}

/// The day stands on a line of its own where it changes.
std::string EventLines::at(WallTime instant, const Context& context) {
    constexpr std::size_t kDayLength = 10;
    const std::string day = local_text(instant, *context.zone).substr(0, kDayLength);
    std::string text = day == day_ ? "" : coloured(day, Colour::dim, context.colour) + "\n";
    day_ = day;
    return text + coloured(clock_text_ms(instant, *context.zone), Colour::dim, context.colour) + "  ";
}

}  // namespace taktd::ctl
