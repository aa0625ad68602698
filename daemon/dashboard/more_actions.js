// SPDX-License-Identifier: Apache-2.0
// What is done to one run, job or provider besides stopping it: pause, resume, discharge, disable, enable, retry; and the
// reload of the config. The dialog that all share is in actions.js.

import { bodyOf, ifWritten, kReasonNeeded, kReasonOptional, open } from "./actions.js";
import { option, quoted, shortId } from "./format.js";
import { ask } from "./session.js";

const kJobsNamed = 20;

const told = (answer, sentence) => answer.unchanged ? `Nothing to change${answer.detail ? `: ${answer.detail}` : ""}.` : sentence;

function forRun(run, { verb, title, facts, button, fields, sentence }) {
  open({
    title, facts: [`Run ${shortId(run.id)} of ${run.job} at ${run.provider} is ${run.state}.`, ...facts], fields, button,
    command: ({ reason }) => `taktctl ${verb} ${shortId(run.id)}${option("reason", reason) || (fields[0].required ? " --reason ..." : "")}`,
    send: ({ reason }) => ask("POST", `runs/${encodeURIComponent(run.id)}/${verb}`, bodyOf({ reason })),
    said: (answer) => ifWritten(answer, told(answer, sentence)),
  });
}

export function pauseRun(run) {
  forRun(run, {
    verb: "pause", title: `Pause ${run.job}?`, button: "Pause this run", fields: [kReasonOptional],
    facts: ["The vendor is asked to pause it. Its stop stays due, and goes out then."],
    sentence: "The pause is ordered. The state changes when the vendor shows it.",
  });
}

export function resumeRun(run) {
  forRun(run, {
    verb: "resume", title: `Resume ${run.job}?`, button: "Resume this run", fields: [kReasonOptional],
    facts: ["It is sent once a look shows the task paused: one that has ended meanwhile is not started again."],
    sentence: "The resume is ordered. The state changes when the vendor shows it.",
  });
}

export function dischargeRun(run) {
  forRun(run, {
    verb: "discharge", title: `Discharge ${run.job}?`, button: "Discharge: taktd stops nothing", fields: [kReasonNeeded],
    facts: [
      "taktd owes no stop any more and never asks for one again. The task may go on running, and costing.",
      "Do this only when you have seen yourself that it has ended, or stop it yourself.",
    ],
    sentence: "The run is discharged: failed, and no stop is owed.",
  });
}

export function disableJob(job) {
  open({
    title: `Disable ${job}?`,
    facts: ["It is not started: starts that fall due are skipped. What runs goes on, and is stopped in time."],
    fields: [
      { name: "for", label: "For", choices: [["", "until it is enabled"], ["1h", "1 hour"], ["8h", "8 hours"], ["24h", "24 hours"], ["7d", "7 days"]] },
      kReasonNeeded,
    ],
    button: "Disable this job",
    command: (values) => `taktctl disable ${quoted(job)}${option("for", values.for)}${option("reason", values.reason) || " --reason ..."}`,
    send: (values) => ask("POST", `jobs/${encodeURIComponent(job)}/disable`, bodyOf(values)),
    said: (answer) => told(answer, "The job is disabled."),
  });
}

export function enableJob(job) {
  open({
    title: `Enable ${job}?`,
    facts: ["Starts that fall due from now on are made again. What was skipped stays skipped."],
    fields: [kReasonOptional],
    button: "Enable this job",
    command: ({ reason }) => `taktctl enable ${quoted(job)}${option("reason", reason)}`,
    send: (values) => ask("POST", `jobs/${encodeURIComponent(job)}/enable`, bodyOf(values)),
    said: (answer) => told(answer, "The job is enabled."),
  });
}

export function retryProvider(provider) {
  open({
    title: `Try ${provider.provider} now?`,
    facts: [
      `It refuses our key: its starts are skipped, and it is tried more and more slowly.`,
      "Its secrets are read again, and one request is made now.",
    ],
    fields: [],
    button: "Try it now",
    command: () => `taktctl providers retry ${quoted(provider.provider)}`,
    send: () => ask("POST", `providers/${encodeURIComponent(provider.provider)}/retry`, {}),
    said: (answer) => told(answer, "It is tried. The list of providers shows the result."),
  });
}

/// Two steps: what would change, then the change.
export async function reload() {
  const command = () => "taktctl reload";
  let found;
  try {
    found = await ask("POST", "config/reload", { dry_run: true });
  } catch (problem) {
    found = { errors: [problem.message, ...(problem.details ?? [])] };
  }
  const isGood = (found.errors ?? []).length === 0 && (found.objections ?? []).length === 0;
  open({
    title: "Reload the config?",
    facts: [
      ...(isGood ? changesIn(found.changes) : ["It would be refused, and all would stay as it is."]),
      ...(found.errors ?? []), ...(found.objections ?? []).map((each) => `Against it: ${each}`), ...(found.warnings ?? []),
    ],
    fields: [], button: "Reload", command,
    send: () => ask("POST", "config/reload", {}),
    said: (answer) => answer.applied ? `The config of generation ${answer.generation} is in force.` : "The config stays as it was.",
  });
}

function changesIn(changes) {
  const lines = Object.entries(changes).filter(([, jobs]) => jobs.length > 0).map(([kind, jobs]) => {
    const more = jobs.length > kJobsNamed ? `, and ${jobs.length - kJobsNamed} more` : "";
    return `${kind}: ${jobs.slice(0, kJobsNamed).join(", ")}${more}`;
  });
  return lines.length > 0 ? lines : ["No job would change."];
}
