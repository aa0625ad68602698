// SPDX-License-Identifier: Apache-2.0
#include "daemon/core/engine/action_rows.hpp"

namespace taktd {
namespace {

/// The job of a run, also of one that this step has ended.
std::string job_of(const EngineState& engine, const RunId& id) {
    return engine.runs.contains(id) ? engine.runs.at(id).row.job : std::string{};
}

void tell(ActionRow& row, const EngineState&, const StartJob& body) {
    row.action = "start";
    row.target = body.job;
    row.reason = body.reason;
    if (body.run_for) row.until = row.at + *body.run_for;
}

void tell_run(ActionRow& row, const EngineState& engine, const char* action, const RunId& run,
              const std::string& reason) {
    row.action = action;
    row.target = job_of(engine, run);
    row.reason = reason;
    row.run = run;
}

void tell(ActionRow& row, const EngineState& engine, const StopRun& body) {
    tell_run(row, engine, "stop", body.run, body.reason);
}

void tell(ActionRow& row, const EngineState&, const StopMany& body) {
    row.action = "stop";
    row.target = body.scope.empty() ? "everything" : body.scope;
    row.reason = body.reason;
}

void tell(ActionRow& row, const EngineState& engine, const PauseRun& body) {
    tell_run(row, engine, "pause", body.run, body.reason);
}

void tell(ActionRow& row, const EngineState& engine, const ResumeRun& body) {
    tell_run(row, engine, "resume", body.run, body.reason);
}

void tell(ActionRow& row, const EngineState& engine, const DischargeRun& body) {
    tell_run(row, engine, "discharge", body.run, body.reason);
}

void tell(ActionRow& row, const EngineState&, const SetHold& body) {
    row.action = body.hold.engaged ? "hold" : "release";
    row.target = body.hold.scope_text();
    row.reason = body.hold.reason;
    row.until = body.hold.until;
    if (body.hold.engaged && body.stop) row.note = "and stop what runs there";
}

void tell(ActionRow& row, const EngineState&, const SetDisabled& body) {
    row.action = body.disabled ? "disable" : "enable";
    row.target = body.job;
    row.reason = body.reason;
    row.until = body.until;
}

void tell(ActionRow& row, const EngineState&, const RetryProvider& body) {
    row.action = "retry";
    row.target = body.provider;
}

void tell(ActionRow& row, const EngineState&, const NoteAction& body) {
    row.action = body.action;
    row.target = body.target;
    row.reason = body.reason;
    row.note = body.note;
    row.is_ok = body.is_ok;
}

}  // namespace

ActionRow action_of(const EngineState& engine, const Command& command, const std::optional<Reply>& said) {
    ActionRow row;
    row.at = engine.now.wall;
    row.command = command.id;
    row.actor = command.actor;
    row.via = command.via;
    std::visit([&](const auto& body) { tell(row, engine, body); }, command.body);
    if (!said) return row;
    if (said->run) row.run = said->run;
    if (!said->text.empty()) row.note = said->text;
    row.is_ok = row.is_ok && said->is_ok();
    return row;
}

}  // namespace taktd
