// SPDX-License-Identifier: Apache-2.0
// `taktctl plan`: what the config would start and stop between two instants. The reckoning is in planning.cpp.
#include <algorithm>
#include <filesystem>

#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/config_access.hpp"
#include "daemon/ctl/commands/daemon_client.hpp"
#include "daemon/ctl/commands/source.hpp"
#include "daemon/report/clock_note.hpp"
#include "daemon/report/inquiry.hpp"
#include "daemon/report/json_output.hpp"
#include "daemon/report/time_text.hpp"
#include "daemon/report/window_table.hpp"
#include "daemon/settings/source/suggest.hpp"
#include "daemon/store/sqlite/reader.hpp"
#include "daemon/store/sqlite/store_place.hpp"
#include "daemon/zones/zone_loader.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

std::string unknown_job(const std::string& name, const Config& config) {
    std::vector<std::string> names;
    for (const auto& [known, job] : config.jobs) names.push_back(known);
    return "the config has no job '" + name + "'" + did_you_mean(name, names);
}

/// Nothing in the stretch that was asked for; then the next thing that happens is worth knowing.
std::string nothing_starts(const Config& config, const PlanRequest& request, WallTime now, const Zone& zone) {
    std::string text =
        "Nothing starts from " + local_text(request.from, zone) + " to " + local_text(request.until, zone) + ".\n";
    std::optional<WallTime> next;
    std::string job_of_next;
    for (const auto& [name, job] : config.jobs) {
        if (!job->enabled || (!request.job.empty() && name != request.job)) continue;
        const auto due = next_due(job->schedule, request.until - Duration{1});
        if (!due || (next && *next <= *due)) continue;
        next = due;
        job_of_next = name;
    }
    const bool waits_for_clock = request.past && request.past->snapshot.newest > now + kAheadUntold;
    if (waits_for_clock)
        text += "The store's newest instant is " + local_text(request.past->snapshot.newest, zone) +
                ", which is ahead of the clock: nothing starts before it.\n";
    if (next && !waits_for_clock)
        text += "The next start is that of " + job_of_next + " at " + local_text(*next, zone) + ".\n";
    return text;
}

/// What runs, is held or disabled now is part of the plan, if there is a store; says what keeps it from being read.
std::string take_up_store(PlanRequest& request, const Options& options, const Settings& settings,
                          const Context& context, bool answers) {
    const std::string path = options.db.empty() ? settings.store_path : options.db;
    const auto place = locate_store(path);
    if (options.db.empty() && place && !place->is_there) return "";
    auto reader = Reader::open(path);
    if (!reader) return "taktctl: planned without the store: " + reader.error() + "\n";
    try {
        request.past = past_of(reader->snapshot(), load_zone);
        request.past_at = context.now;
        return (answers ? "" : store_note(*reader, context)) + note_line(clock_note(*reader, context));
    } catch (const std::exception& error) {
        return "taktctl: planned without the store: " + std::string{error.what()} + "\n";
    }
}

PlannedWindow window_in(const json::object& object) {
    auto job = std::make_shared<Job>();
    job->name = text_in(object, "job");
    PlannedWindow planned{
        .job = std::move(job), .window = {}, .zone = load_zone(text_in(object, "time_zone")), .skip = {}, .notes = {}};
    if (planned.zone == nullptr) planned.zone = Zone::utc();
    planned.window.start_due = instant_in(object, "start_due").value_or(WallTime{});
    planned.window.stop_due = instant_in(object, "stop_due").value_or(WallTime{});
    planned.skip = parse_name<Reason>(text_in(object, "skip")).value_or(Reason::none);
    for (const json::value& note : object.at("notes").as_array()) planned.notes.emplace_back(note.as_string());
    return planned;
}

/// Whether --config names another config than the one that the daemon has in force: then that one is planned.
bool names_another_config(const Options& options, const json::object& status) {
    if (options.config.empty()) return false;
    std::error_code unknown;
    return !std::filesystem::equivalent(options.config, text_in(status.at("config").as_object(), "file"), unknown);
}

/// What a living daemon plans, from now on. Nothing: none answers, the stretch has begun, another config or a store is
/// named, or nothing starts, which is told with what the config says is next.
std::optional<Answer> from_daemon(const Options& options, const PlanRequest& request, const Context& context,
                                  bool& answers) {
    if (!options.db.empty() || request.from < context.now) return std::nullopt;
    const auto status = reach_daemon(options, {.path = "/api/v1/status"});
    answers = status.is_there;
    if (!status.said || names_another_config(options, *status.said)) return std::nullopt;
    std::string path = "/api/v1/plan?limit=1000&from=" + escaped(to_rfc3339(request.from)) +
                       "&until=" + escaped(to_rfc3339(request.until));
    if (!request.job.empty()) path += "&job=" + escaped(request.job);
    std::vector<PlannedWindow> windows;
    std::string after;
    std::optional<WallTime> cut_at;
    do {
        auto reached = reach_daemon(options, {.path = path + (after.empty() ? "" : "&after=" + escaped(after))});
        if (!reached.is_there) return std::nullopt;
        if (!reached.said) return reached.said.error();
        for (const json::value& each : reached.said->at("windows").as_array())
            windows.push_back(window_in(each.as_object()));
        after = text_in(*reached.said, "next");
        cut_at = instant_in(*reached.said, "cut_at");
    } while (!after.empty() && windows.size() < request.windows_max);
    if (windows.empty() && !options.json) return std::nullopt;
    if (windows.size() >= request.windows_max && !after.empty()) {
        windows.resize(request.windows_max);
        cut_at = windows.back().window.start_due;
    }
    Answer answer;
    if (cut_at)
        answer.err = "taktctl: this is the plan up to " + local_text(*cut_at, *context.zone) +
                     "; there are too many windows for more, ask for a shorter stretch\n";
    Table table = window_table();
    for (const PlannedWindow& window : windows) add_window(table, window);
    answer.out = options.json ? plan_json(windows) : table.to_text(context.colour, context.width);
    return answer;
}

}  // namespace

Answer plan(const Options& options, const PlanOptions& command, const Context& context) {
    PlanRequest request;
    const auto from = parse_instant(command.from, context.now, *context.zone);
    if (!from) return failure("--from: " + from.error(), kUsage);
    request.from = *from;
    request.until = *from + std::chrono::hours{24};
    if (!command.until.empty()) {
        const auto until = parse_instant(command.until, context.now, *context.zone);
        if (!until) return failure("--until: " + until.error(), kUsage);
        if (*until <= *from) return failure("--until must be later than --from", kUsage);
        request.until = *until;
    }
    request.job = command.job;
    bool answers = true;
    if (auto answer = from_daemon(options, request, context, answers)) return std::move(*answer);

    const auto settings = require_config(options.config_path());
    if (!settings) return settings.error();
    const Config& config = *settings->config;
    if (!request.job.empty() && !config.jobs.contains(request.job)) return failure(unknown_job(request.job, config));

    ZonePtr default_zone = load_zone(settings->time_zone);
    if (default_zone == nullptr) default_zone = Zone::utc();
    Answer answer;
    if (request.from >= context.now) answer.err = take_up_store(request, options, *settings, context, answers);
    if (!options.db.empty() && !request.past && !answer.err.empty())
        return failure(answer.err.substr(answer.err.find(": ") + 2));
    const Plan made = make_plan(config, request, default_zone);
    if (made.cut_at) {
        answer.err += "taktctl: this is the plan up to " + local_text(*made.cut_at, *context.zone) +
                      "; there are too many windows for more, ask for a shorter stretch\n";
    }
    if (request.from < context.now)
        answer.err +=
            "taktctl: the part before now is calculated from the config, not remembered; for what happened: taktctl "
            "runs --since " +
            command.from + "\n";
    if (options.json) {
        answer.out = plan_json(made.windows);
    } else if (made.windows.empty()) {
        answer.out = nothing_starts(config, request, context.now, *context.zone);
    } else {
        Table table = window_table();
        for (const auto& window : made.windows) add_window(table, window);
        answer.out = table.to_text(context.colour, context.width);
    }
    return answer;
}

}  // namespace taktd::ctl
