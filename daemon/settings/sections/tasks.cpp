// SPDX-License-Identifier: Apache-2.0
// start = task with defaults; stop = the same, then `stop.task`, then the stop's own parameters; on_abort = stop, then
// `on_abort` with its defaults. A value given again replaces the whole value: `network_info: {}` under `stop.task`
// sends it empty. A task is either one that exists, or each run makes its own from a template.
#include "daemon/settings/sections/tasks.hpp"

#include <algorithm>

#include "daemon/settings/values/parameters.hpp"

namespace taktd {
namespace {

std::vector<Parameter> all_but_the_id(const AdapterSchema& schema) {
    std::vector<Parameter> others;
    std::copy_if(schema.task.begin(), schema.task.end(), std::back_inserter(others),
                 [&](const Parameter& p) { return p.name != schema.task_id_parameter; });
    return others;
}

/// The id as the core knows it: the digits of a number, the characters of a text.
std::string plain_text(const std::string& json) {
    return json.size() >= 2 && json.front() == '"' ? json.substr(1, json.size() - 2) : json;
}

class TaskReader {
public:
    TaskReader(const TaskSource& source, Findings& findings)
        : source_{source},
          schema_{source.schema},
          findings_{findings},
          section_{*source.task.value, "'task' of " + schema_.type, findings} {}

    /// What start and stop both send.
    JsonMembers read(TaskReading& reading) {
        if (!section_.is_usable()) return {};
        const Field template_id = schema_.prepare.empty() ? Field{} : section_.take(schema_.prepare.front().name);
        const Field task_id = section_.take(schema_.task_id_parameter);
        choose(task_id, template_id);
        JsonMembers members = read_parameters(
            section_, template_id ? all_but_the_id(schema_) : task_parameters(task_id), source_.completion, findings_);
        read_prepare(template_id, task_id, reading.spec);
        read_own_words(template_id, reading);
        section_.refuse_rest();
        const auto id = std::ranges::find(members, schema_.task_id_parameter, &JsonMembers::value_type::first);
        if (id != members.end()) reading.spec.task_id = plain_text(id->second);
        return members;
    }

private:
    std::string id_name() const { return "'" + schema_.task_id_parameter + "'"; }
    std::string template_name() const { return "'" + schema_.prepare.front().name + "'"; }

    void choose(const Field& task_id, const Field& template_id) {
        if (schema_.prepare.empty()) return;
        if (task_id && template_id) {
            findings_.error(std::max(task_id.key->at, template_id.key->at),
                            "'task' takes either " + id_name() + " or " + template_name() + "; remove one");
        }
        if (task_id || template_id || source_.completion == Completion::part) return;
        findings_.error(section_.at(), "'task' of " + schema_.type + " needs " + id_name() + ", or " + template_name() +
                                           " for a new task with each run");
    }

    /// Of an adapter with templates the id is missed above, in better words.
    std::vector<Parameter> task_parameters(const Field& task_id) const {
        return schema_.prepare.empty() || task_id ? schema_.task : all_but_the_id(schema_);
    }

    void read_prepare(const Field& template_id, const Field& task_id, TaskSpec& spec) {
        if (template_id) {
            JsonObject prepare;
            set_all(prepare, read_parameters(section_, schema_.prepare, source_.completion, findings_));
            spec.prepare_json = prepare.text();
            return;
        }
        for (const Parameter& p : schema_.prepare) {
            const Field field = section_.take(p.name);
            if (!field) continue;
            // A part may leave the choice to those who use it.
            if (task_id || source_.completion != Completion::part) {
                findings_.error(field.key->at, "'" + p.name + "' goes with " + template_name() + " only; remove it");
            } else {
                read_parameter(p, field, source_.completion, findings_);
            }
        }
    }

    /// A task made from a template is new and bears the title that it was given.
    void refuse_with_template(const Field& field, const Field& template_id) {
        if (!template_id) return;
        findings_.error(field.key->at, "'" + field.name() + "' goes with " + id_name() + " only; remove it");
    }

    void read_own_words(const Field& template_id, TaskReading& reading) {
        if (!schema_.recurring_task_warning.empty()) {
            if (const Field f = section_.take(kRerunKey)) {
                refuse_with_template(f, template_id);
                reading.is_rerun = read_bool(f, findings_).value_or(false);
            }
        }
        if (!schema_.shows_task_name) return;
        const Field f = section_.take(kExpectNameKey);
        if (!f) return;
        refuse_with_template(f, template_id);
        reading.spec.expect_name = read_text(f, findings_).value_or(std::string{});
        if (source_.provider == nullptr || source_.provider->baseline) return;
        findings_.error(f.key->at, "'expect_name' needs the baseline, which shows the name, but provider '" +
                                       source_.provider->name + "' says 'baseline: false'; remove one");
    }

    const TaskSource& source_;
    const AdapterSchema& schema_;
    Findings& findings_;
    Section section_;
};

/// `stop.task`: what the stop request says differently. It may not name another task.
JsonMembers read_stop_task(const Field& field, const AdapterSchema& schema, Findings& findings) {
    Section section{*field.value, "'stop.task' of " + schema.type, findings};
    if (!section.is_usable()) return {};
    for (const std::string& name :
         {schema.task_id_parameter, schema.prepare.empty() ? std::string{} : schema.prepare.front().name}) {
        if (name.empty()) continue;
        if (const Field id = section.take(name)) {
            findings.error(id.key->at, "'" + id.name() +
                                           "' is not allowed under 'stop.task': a run is stopped where it was started");
        }
    }
    JsonMembers members = read_parameters(section, all_but_the_id(schema), Completion::as_given, findings);
    section.refuse_rest();
    return members;
}

JsonMembers read_on_abort(const Field& field, const TaskSource& source, Findings& findings) {
    YamlNode nothing;
    Section section{field ? *field.value : nothing, "'on_abort'", findings};
    if (!section.is_usable()) return {};
    JsonMembers members = read_parameters(section, source.schema.on_abort, source.completion, findings);
    section.refuse_rest();
    return members;
}

}  // namespace

TaskReading read_task(const TaskSource& source, Findings& findings) {
    TaskReading reading;
    JsonObject start_json, stop_json;
    if (source.task) {
        const JsonMembers members = TaskReader{source, findings}.read(reading);
        set_all(start_json, members);
        set_all(stop_json, members);
    }
    Section* stop = source.stop;
    if (stop != nullptr) {
        if (const Field f = stop->take("task")) set_all(stop_json, read_stop_task(f, source.schema, findings));
        set_all(stop_json, read_parameters(*stop, source.schema.stop, source.completion, findings));
    }
    JsonObject on_abort_json = stop_json;
    if (stop != nullptr && !source.schema.on_abort.empty()) {
        set_all(on_abort_json, read_on_abort(stop->take("on_abort"), source, findings));
    }
    if (stop != nullptr) stop->refuse_rest();
    reading.spec.start_json = start_json.text();
    reading.spec.stop_json = stop_json.text();
    reading.spec.on_abort_json = on_abort_json.text();
    return reading;
}

}  // namespace taktd
