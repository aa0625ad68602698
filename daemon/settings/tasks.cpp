// start = task with defaults; stop = the same, then `stop.task`, then the stop's own parameters; on_abort = stop, then
// `on_abort` with its defaults. A value given again replaces the whole value: `network_info: {}` under `stop.task`
// sends it empty.
#include "daemon/settings/tasks.hpp"

#include <algorithm>

#include "daemon/settings/parameters.hpp"

namespace taktd {
namespace {

/// Parameters that a later version has under `task`: a new task made from a template for each run.
const std::vector<LaterKey> kLaterTaskKeys = {{"template_id", "write the 'task_id' of an existing task"},
                                              {"title"},
                                              {"mode"},
                                              {"pause_after"},
                                              {"groups"},
                                              {"expect_name"}};

void refuse_rest_of_task(Section& section) {
    section.refuse_later(kLaterTaskKeys);
    section.refuse_rest();
}

JsonMembers read_task_section(const Field& field, const AdapterSchema& schema, Findings& findings) {
    Section section{*field.value, "'task' of " + schema.type, findings};
    if (!section.is_usable()) return {};
    JsonMembers members = read_parameters(section, schema.task, Completion::full, findings);
    refuse_rest_of_task(section);
    return members;
}

/// `stop.task`: what the stop request says differently. It may not name another task.
JsonMembers read_stop_task(const Field& field, const AdapterSchema& schema, Findings& findings) {
    Section section{*field.value, "'stop.task' of " + schema.type, findings};
    if (!section.is_usable()) return {};
    if (const Field id = section.take(schema.task_id_parameter)) {
        findings.error(id.key->at,
                       "'" + id.name() + "' must not stand under 'stop.task': a run is stopped where it was started");
    }
    std::vector<Parameter> others;
    std::copy_if(schema.task.begin(), schema.task.end(), std::back_inserter(others),
                 [&](const Parameter& p) { return p.name != schema.task_id_parameter; });
    JsonMembers members = read_parameters(section, others, Completion::as_given, findings);
    refuse_rest_of_task(section);
    return members;
}

JsonMembers read_on_abort(const Field& field, const AdapterSchema& schema, Findings& findings) {
    YamlNode nothing;
    Section section{field ? *field.value : nothing, "'on_abort'", findings};
    if (!section.is_usable()) return {};
    JsonMembers members = read_parameters(section, schema.on_abort, Completion::full, findings);
    section.refuse_rest();
    return members;
}

/// The id as the core knows it: the digits of a number, the characters of a text.
std::string plain_text(const std::string& json) {
    return json.size() >= 2 && json.front() == '"' ? json.substr(1, json.size() - 2) : json;
}

}  // namespace

TaskSpec read_task(const Field& task, Section* stop, const AdapterSchema& schema, Findings& findings) {
    TaskSpec spec;
    JsonObject start_json, stop_json;
    if (task) {
        const JsonMembers members = read_task_section(task, schema, findings);
        set_all(start_json, members);
        set_all(stop_json, members);
        const auto id = std::find_if(members.begin(), members.end(),
                                     [&](const auto& m) { return m.first == schema.task_id_parameter; });
        if (id != members.end()) spec.task_id = plain_text(id->second);
    }
    if (stop != nullptr) {
        if (const Field f = stop->take("task")) set_all(stop_json, read_stop_task(f, schema, findings));
        set_all(stop_json, read_parameters(*stop, schema.stop, Completion::full, findings));
    }
    JsonObject on_abort_json = stop_json;
    if (stop != nullptr && !schema.on_abort.empty()) {
        set_all(on_abort_json, read_on_abort(stop->take("on_abort"), schema, findings));
    }
    if (stop != nullptr) stop->refuse_rest();
    spec.start_json = start_json.text();
    spec.stop_json = stop_json.text();
    spec.on_abort_json = on_abort_json.text();
    return spec;
}

}  // namespace taktd
