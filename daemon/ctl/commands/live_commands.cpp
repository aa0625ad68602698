// SPDX-License-Identifier: Apache-2.0
// The commands that act on a living daemon: each is one request, and says in a line what is true now.
#include <cstring>

#include "daemon/core/model/model.hpp"
#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/daemon_client.hpp"
#include "daemon/ctl/commands/live_runs.hpp"
#include "daemon/ctl/commands/terminal.hpp"
#include "daemon/ctl/commands/waiting.hpp"
#include "daemon/report/run_text.hpp"
#include "daemon/report/time_text.hpp"

namespace taktd::ctl {

using namespace report;
namespace {

using log::escape_text;

std::string document_of(const json::object& said) { return json::serialize(said) + "\n"; }

/// `in 15m`, `9m38s ago`
std::string beside(WallTime at, WallTime now) {
    const auto away = std::chrono::floor<std::chrono::seconds>(std::chrono::abs(at - now));
    return at >= now ? "in " + to_text(away) : to_text(away) + " ago";
}

std::string name_of_run(const json::object& run) {
    return "Run " + short_id_in(run) + " of " + escape_text(text_in(run, "job"));
}

/// What is true of a run now.
std::string sentence(const json::object& said, const Context& context) {
    if (!said.contains("run")) return escape_text(text_in(said, "detail")) + "\n";
    const json::object& run = said.at("run").as_object();
    const std::string state = text_in(run, "state"), reason = text_in(run, "reason");
    std::string text = name_of_run(run) + " is " + state + (reason.empty() ? "" : " (" + reason + ")");
    const auto stop_due = instant_in(run, "stop_due");
    const auto known = parse_name<RunState>(state);
    if (known && !is_terminal(*known) && *known != RunState::stopping && stop_due)
        text += "; it will be stopped at " + local_text(*stop_due, *context.zone) + " (" +
                beside(*stop_due, context.now) + ")";
    if (const std::string detail = text_in(said, "detail"); !detail.empty()) text += ": " + escape_text(detail);
    return text + ".\n";
}

Answer told(const Options& options, const Result<json::object, Answer>& said, const Context& context) {
    if (!said) return said.error();
    return {.exit_code = kDone, .out = options.json ? document_of(*said) : sentence(*said, context), .err = {}};
}

Result<json::object, Answer> act_on_run(const Options& options, const std::string& run, const std::string& action,
                                        json::object body, const Context& context) {
    const auto segment = segment_of_run(run, context);
    if (!segment) return unexpected{segment.error()};
    return ask_daemon(options,
                      {.method = "POST", .path = "/api/v1/runs/" + *segment + "/" + action, .body = std::move(body)});
}

Question post(std::string path, json::object body = {}) {
    return {.method = "POST", .path = std::move(path), .body = std::move(body)};
}

json::object with_reason(const std::string& reason) {
    return reason.empty() ? json::object{} : json::object{{"reason", reason}};
}

/// What a stop says: why, and how the drill came out.
json::object body_of(const StopOptions& command) {
    json::object body = with_reason(command.reason);
    if (command.is_expected || command.is_not_expected) body["expected"] = command.is_expected;
    if (!command.summary.empty()) body["summary"] = command.summary;
    return body;
}

Answer told_of_many(const Options& options, const Result<json::object, Answer>& said) {
    if (!said) return said.error();
    if (options.json) return {.exit_code = kDone, .out = document_of(*said), .err = {}};
    if (!said->contains("runs"))
        return {.exit_code = kDone, .out = escape_text(text_in(*said, "detail")) + "\n", .err = {}};
    const json::array& runs = said->at("runs").as_array();
    std::string text = runs.empty() ? "No other run had to be stopped; what is stopping already is asked for again"
                                    : std::to_string(runs.size()) + " stopping:";
    for (const json::value& run : runs) text += " " + short_id_in({{"id", run}});
    return {.exit_code = kDone, .out = text + ".\n", .err = {}};
}

}  // namespace

Answer start(const Options& options, const StartOptions& command, const Context& context) {
    const auto timeout = read_timeout(command.timeout);
    if (!timeout) return timeout.error();
    Question question = post("/api/v1/jobs/" + escaped(command.job) + "/start", with_reason(command.reason));
    if (!command.length.empty()) question.body["for"] = command.length;
    question.idempotency_key = command.key;
    const auto said = ask_daemon(options, question);
    if (!said || !command.is_waiting || !said->contains("run")) return told(options, said, context);
    Wait wait{.what = Wait::For::start, .is_left_when_interrupted = command.is_left, .timeout = *timeout};
    wait.begun = sentence(*said, context);
    return wait_for_run(options, context, said->at("run").as_object(), wait);
}

namespace {

Answer stop_one(const Options& options, const StopOptions& command, const Context& context) {
    const auto timeout = read_timeout(command.timeout);
    if (!timeout) return timeout.error();
    std::string run = command.run;
    json::object waited_for;
    if (command.is_waiting) {  // the run is named before it is stopped: afterwards JOB may be another one
        auto found = ask_of_run(options, command.run, context);
        if (!found) return found.error();
        waited_for = std::move(*found);
        run = text_in(waited_for, "id");
    }
    const auto said = act_on_run(options, run, "stop", body_of(command), context);
    if (said && command.is_waiting) {
        Wait wait{.what = Wait::For::stop, .timeout = *timeout};
        wait.begun = sentence(*said, context);
        return wait_for_run(options, context, waited_for, wait);
    }
    const bool is_of_job = said && said->contains("runs");  // whose runs the store could not name
    return is_of_job ? told_of_many(options, said) : told(options, said, context);
}

/// What a stop of many would end, and whether it is wanted. Nothing: go on.
std::optional<Answer> stop_is_not_wanted(const Options& options, const StopOptions& command, const Context& context) {
    if (command.yes) return std::nullopt;
    const auto shown = live_runs_in(options, {.provider = command.provider, .label = command.label}, context);
    if (!shown) return shown.error();
    if (shown->empty()) return Answer{.exit_code = kDone, .out = "Nothing runs there.\n", .err = {}};
    switch (ask_back(*shown, "Stop them?")) {
        case Consent::given: return std::nullopt;
        case Consent::refused: return failure("nothing is stopped");
        case Consent::nobody_to_ask: break;
    }
    Answer answer = failure("these would be stopped; give --yes to do it", kUsage);
    answer.out = *shown;
    return answer;
}

}  // namespace

Answer stop(const Options& options, const StopOptions& command, const Context& context) {
    const bool is_many = command.all || !command.provider.empty() || !command.job.empty() || !command.label.empty();
    if (command.run.empty() && !is_many)
        return failure("say what to stop: a run, a job, --job, --provider, --label or --all", kUsage);
    if (!command.run.empty() && is_many)
        return failure("give a run, or --job, --provider, --label or --all, not both", kUsage);
    if (!is_many) return stop_one(options, command, context);
    if (!command.job.empty()) {
        const std::string path = "/api/v1/jobs/" + escaped(command.job) + "/stop";
        return told_of_many(options, ask_daemon(options, post(path, body_of(command))));
    }
    if (command.reason.empty()) return failure("--reason must say why all of them are stopped", kUsage);
    if (auto answer = stop_is_not_wanted(options, command, context)) return std::move(*answer);
    json::object body = body_of(command);
    if (command.all)
        body["scope"] = "";
    else
        body["scope"] = command.label.empty() ? "provider:" + command.provider : "label:" + command.label;
    return told_of_many(options, ask_daemon(options, post("/api/v1/stop", std::move(body))));
}

Answer pause(const Options& options, const PauseOptions& command, const Context& context) {
    return told(options, act_on_run(options, command.run, "pause", with_reason(command.reason), context), context);
}

Answer resume(const Options& options, const ResumeOptions& command, const Context& context) {
    return told(options, act_on_run(options, command.run, "resume", with_reason(command.reason), context), context);
}

Answer disable(const Options& options, const DisableOptions& command, const Context& context) {
    Question question = post("/api/v1/jobs/" + escaped(command.job) + "/disable", with_reason(command.reason));
    if (!command.length.empty()) question.body["for"] = command.length;
    if (!command.until.empty()) {
        const auto until = parse_instant(command.until, context.now, *context.zone);
        if (!until) return failure("--until: " + until.error(), kUsage);
        question.body["until"] = to_rfc3339(*until);
    }
    const auto said = ask_daemon(options, question);
    if (!said) return said.error();
    if (options.json) return {.exit_code = kDone, .out = document_of(*said), .err = {}};
    const auto until = instant_in(said->at("job").as_object(), "disabled_until");
    const std::string end = until ? " until " + local_text(*until, *context.zone) : ", until it is enabled";
    return {.exit_code = kDone, .out = escape_text(command.job) + " is disabled" + end + ".\n", .err = {}};
}

Answer enable(const Options& options, const EnableOptions& command, const Context& context) {
    const auto said = ask_daemon(options, post("/api/v1/jobs/" + escaped(command.job) + "/enable"));
    if (!said) return said.error();
    if (options.json) return {.exit_code = kDone, .out = document_of(*said), .err = {}};
    const auto next = instant_in(said->at("job").as_object(), "next_start");
    const std::string when = next ? "; it starts next at " + local_text(*next, *context.zone) : "";
    return {.exit_code = kDone, .out = escape_text(command.job) + " is enabled" + when + ".\n", .err = {}};
}

Answer reload(const Options& options, const ReloadOptions& command, const Context&) {
    Question question = post("/api/v1/config/reload", {{"dry_run", command.is_rehearsal}});
    question.timeout = std::chrono::minutes{2};
    const auto said = ask_daemon(options, question);
    if (!said) return said.error();
    if (options.json) return {.exit_code = kDone, .out = document_of(*said), .err = {}};
    std::string text;
    bool is_refused = false;
    for (const char* kind : {"errors", "objections"}) {
        for (const json::value& line : said->at(kind).as_array()) {
            is_refused = true;
            text += std::string{line.as_string()} + (line.as_string().ends_with('\n') ? "" : "\n");
        }
    }
    const json::object& changes = said->at("changes").as_object();
    bool is_same = true;
    for (const char* kind : {"added", "changed", "removed"}) {
        for (const json::value& job : changes.at(kind).as_array()) {
            text += std::string{"  "} + kind + std::string(10 - std::strlen(kind), ' ') +
                    escape_text(std::string{job.as_string()}) + "\n";
            is_same = false;
        }
    }
    if (is_same && !is_refused) text += "No job changes.\n";
    text += command.is_rehearsal
                ? (is_refused ? "It would be refused (--dry-run).\n" : "Not applied (--dry-run).\n")
                : "Reloaded: generation " + std::to_string(said->at("generation").to_number<int>()) + ".\n";
    return {.exit_code = is_refused ? kFailed : kDone, .out = std::move(text), .err = {}};
}

}  // namespace taktd::ctl
