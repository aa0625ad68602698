// SPDX-License-Identifier: Apache-2.0
// Comments stand in one column as far as the lines allow it, so that the eye can run down either.
#include "daemon/ctl/commands/check_output.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "daemon/log/escape.hpp"
#include "daemon/report/table.hpp"
#include "daemon/store/json/text.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

namespace json = boost::json;

/// A longer line has its comment right behind it.
constexpr std::size_t kCommentColumnMax = 72;

json::value text(std::string_view value) { return json::string{storable_text(std::string{value})}; }
json::value text_or_null(std::string_view value) { return value.empty() ? json::value(nullptr) : text(value); }

std::string origin_text(const ResolvedKey& key) {
    if (key.line > 0) return log::escape_text(key.file) + ":" + std::to_string(key.line);
    return key.note.empty() ? "default" : "default: " + key.note;
}

json::value of_diagnostic(const Diagnostic& d) {
    return json::object{{"file", text(d.file)},
                        {"line", d.line > 0 ? json::value(d.line) : nullptr},
                        {"column", d.line > 0 ? json::value(d.column) : nullptr},
                        {"message", text(d.message)}};
}

std::string names_of(const SurveyedTask& task) {
    std::string names;
    for (const std::string& job : task.jobs) names += (names.empty() ? "" : ", ") + job;
    return names;
}

}  // namespace

std::string resolved_text(const std::string& job, const std::vector<ResolvedKey>& keys) {
    std::size_t column = 0;
    for (const ResolvedKey& key : keys) {
        const std::size_t width = cells_of(key.yaml) + 4;
        if (width <= kCommentColumnMax) column = std::max(column, width);
    }
    std::string shown = "jobs:\n  " + job + ":\n";
    for (const ResolvedKey& key : keys) {
        const std::size_t width = cells_of(key.yaml) + 4;
        shown += "    " + key.yaml + std::string(width < column ? column - width : 0, ' ') + "  # " + origin_text(key) +
                 "\n";
    }
    return shown;
}

std::string resolved_json(const std::string& job, const std::vector<ResolvedKey>& keys,
                          const std::vector<Diagnostic>& diagnostics) {
    json::array errors, warnings, resolved;
    for (const Diagnostic& d : diagnostics) {
        (d.severity == Diagnostic::Severity::error ? errors : warnings).push_back(of_diagnostic(d));
    }
    for (const ResolvedKey& key : keys) {
        resolved.push_back(json::object{{"key", text(key.path)},
                                        {"value", text_or_null(key.value)},
                                        {"file", text_or_null(key.file)},
                                        {"line", key.line > 0 ? json::value(key.line) : nullptr},
                                        {"default", key.line == 0}});
    }
    const json::object document{{"errors", std::move(errors)},
                                {"warnings", std::move(warnings)},
                                {"job", text(job)},
                                {"keys", std::move(resolved)}};
    return json::serialize(document) + "\n";
}

std::string survey_text(const std::vector<SurveyedTask>& tasks, bool colour) {
    if (tasks.empty()) return "No task to read: every run makes its own.\n";
    Table table{{{"PROVIDER"},
                 {"TASK"},
                 {"NAME"},
                 {"STATE"},
                 {.header = "MODE", .may_vanish = true},
                 {"JOBS"},
                 {.header = "PROBLEM", .may_vanish = true}}};
    for (const SurveyedTask& task : tasks) {
        const bool is_active = activity_of(task.seen.remote) == Activity::active;
        table.add({task.provider->name,
                   task.task.task_id,
                   log::escape_text(task.seen.name),
                   {std::string{name_of(task.seen.remote)}, is_active ? Colour::yellow : Colour::none},
                   {task.seen.mode, task.seen.mode == "manual" ? Colour::yellow : Colour::none},
                   names_of(task),
                   {log::escape_text(task.problem), Colour::red}});
    }
    return table.to_text(colour);
}

std::string with_survey_json(const std::string& check, const std::vector<SurveyedTask>& tasks) {
    json::object document = json::parse(check).as_object();
    json::array all;
    for (const SurveyedTask& task : tasks) {
        json::array jobs;
        for (const std::string& job : task.jobs) jobs.push_back(text(job));
        all.push_back(json::object{{"provider", text(task.provider->name)},
                                   {"task_key", text(task.task_key)},
                                   {"jobs", std::move(jobs)},
                                   {"name", text_or_null(task.seen.name)},
                                   {"remote_state", text(name_of(task.seen.remote))},
                                   {"mode", text_or_null(task.seen.mode)},
                                   {"problem", text_or_null(task.problem)}});
    }
    document["tasks"] = std::move(all);
    return json::serialize(document) + "\n";
}

}  // namespace taktd::ctl
