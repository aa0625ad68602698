// SPDX-License-Identifier: Apache-2.0
// What an operator may do. Each action is a dialog that says what will happen, shows the command that does the same, and
// shows what taktd answered.

import { byId, element, setText, showText } from "./elements.js";
import { clock, count, length, option, quoted, scopeName, secondsOf, shortId } from "./format.js";
import { ask } from "./session.js";

const kJobsSuggested = 20;
const kTypingMs = 200;

/// Called after each answer, so that the page shows what has come of it.
let onAnswer = () => {};
let current = null;  // the plan of the dialog that is open
let isWaiting = false;

export function prepare(tellOfAnswer) {
  onAnswer = tellOfAnswer;
  byId("dialog-cancel").addEventListener("click", () => byId("dialog").close());
  byId("dialog-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (current !== null && !isWaiting) carryOut(current);
  });
  byId("dialog-form").addEventListener("input", () => showCommand());
  byId("dialog").addEventListener("close", () => { current = null; });
}

export function close() {
  if (byId("dialog").open) byId("dialog").close();
}

/// `plan`: title, facts, fields, button, command(values), send(values) and said(answer), which is the sentence for it.
export function open(plan) {
  current = plan;
  isWaiting = false;
  setText(byId("dialog-title"), plan.title);
  byId("dialog-facts").replaceChildren();
  for (const fact of plan.facts) byId("dialog-facts").append(element("p", "", fact));
  byId("dialog-fields").replaceChildren(...plan.fields.flatMap(fieldOf));
  setText(byId("dialog-do"), plan.button);
  byId("dialog-do").hidden = false;
  byId("dialog-do").disabled = false;
  setText(byId("dialog-cancel"), "Cancel");
  showText(byId("dialog-answer"), "");
  showText(byId("dialog-problem"), "");
  showCommand();
  byId("dialog").showModal();
  (byId("dialog-fields").querySelector("input, select") ?? byId("dialog-cancel")).focus();
}

function fieldOf(field) {
  const label = element("label", field.type === "checkbox" ? "check" : "", field.label);
  const input = element(field.choices ? "select" : "input");
  input.id = `field-${field.name}`;
  input.name = field.name;
  label.htmlFor = input.id;
  if (field.choices) {
    for (const [value, name] of field.choices) input.append(new Option(name, value));
    return [label, input];
  }
  input.type = field.type ?? "text";
  if (input.type === "checkbox") {
    label.prepend(input);
    return [label];
  }
  input.required = field.required ?? false;
  input.value = field.value ?? "";
  input.autocomplete = "off";
  input.spellcheck = false;
  if (!field.suggest) return [label, input];
  const list = element("datalist");
  list.id = `${input.id}-list`;
  input.setAttribute("list", list.id);
  field.suggest(input, list);
  return [label, input, list];
}

function valuesOf() {
  const values = {};
  for (const input of byId("dialog-fields").querySelectorAll("input, select"))
    values[input.name] = input.type === "checkbox" ? input.checked : input.value.trim();
  return values;
}

function showCommand() {
  if (current !== null) setText(byId("dialog-command"), current.command(valuesOf()));
}

async function carryOut(plan) {
  const values = valuesOf();
  const lacking = plan.fields.find((field) => field.required && !values[field.name]);
  if (lacking) {
    showText(byId("dialog-problem"), `${lacking.label}: this is needed.`);
    byId(`field-${lacking.name}`).focus();
    return;
  }
  isWaiting = true;
  byId("dialog-do").disabled = true;
  showText(byId("dialog-problem"), "");
  let said = "", problem = null;
  try {
    said = plan.said(await plan.send(values));
  } catch (error) {
    problem = error;
  }
  onAnswer();
  if (current !== plan) return;  // closed meanwhile, or another one is open
  isWaiting = false;
  byId("dialog-do").disabled = false;
  if (problem !== null) {
    const isUnknown = problem.status === 0;
    showText(byId("dialog-problem"), isUnknown ? `${problem.message} Whether it was carried out is not known.` : problem.message);
    byId("dialog-do").focus();
    return;
  }
  showText(byId("dialog-answer"), said);
  byId("dialog-do").hidden = true;
  setText(byId("dialog-cancel"), "Close");
  byId("dialog-cancel").focus();
}

/// Only members that say something: taktd refuses an empty length.
export function bodyOf(members) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== "" && value !== false));
}

export const kReasonNeeded = { name: "reason", required: true, label: "Reason (kept with your name)" };
export const kReasonOptional = { name: "reason", required: false, label: "Reason (optional; kept with your name)" };

/// What went out while the store could not be written has no run to tell of.
export const ifWritten = (answer, sentence) => answer.durable ? sentence : `Not yet written down: ${answer.detail ?? "the stop goes out"}.`;

/// `run` in brief, or as its page has it: that knows whether it was seen running, not since when.
export function stopRun(run, now) {
  const since = run.started ? `started ${clock(run.started, now)}` : run.seen_active ? "seen running" : "not seen running yet";
  const isAsked = run.state === "stopping" || run.overdue;
  open({
    title: `Stop ${run.job}?`,
    facts: [
      `Run ${shortId(run.id)} at ${run.provider}: ${run.state}, ${since}, stop due ${clock(run.stop_due, now)}.`,
      isAsked ? "taktd is asking already; this asks again at once."
        : "The stop goes out now, and again and again until the task is seen to have ended.",
    ],
    fields: [kReasonOptional],
    button: "Stop this run",
    command: ({ reason }) => `taktctl stop ${shortId(run.id)}${option("reason", reason)}`,
    send: ({ reason }) => ask("POST", `runs/${encodeURIComponent(run.id)}/stop`, bodyOf({ reason })),
    said: (answer) => ifWritten(answer, answer.unchanged
      ? `Nothing to change${answer.detail ? `: ${answer.detail}` : ""}. The run is ${answer.run?.state}.`
      : `The stop is ordered. The run is ${answer.run?.state}.`),
  });
}

export function stopAll(live) {
  open({
    title: "Stop all runs?",
    facts: [
      live === null ? "Every live run is stopped, whatever the schedule says."
        : `${count(live, "live run")} ${live === 1 ? "is" : "are"} stopped now, at all providers.`,
      "Later starts go on by schedule. To keep them from starting, choose Hold and also stop what runs.",
    ],
    fields: [kReasonNeeded],
    button: "Stop all runs",
    command: ({ reason }) => `taktctl stop --all --yes${option("reason", reason) || " --reason ..."}`,
    send: ({ reason }) => ask("POST", "stop", { scope: "", reason }),
    said: (answer) => ifWritten(answer, `The stop of ${count(answer.count, "run")} is ordered.`),
  });
}

/// On everything, on one of the providers, or on the job alone that is named.
export function hold(live, providers, job = null) {
  const scopes = job !== null ? [[`job:${job}`, `job ${job}`]]
    : [["", "everything"], ...providers.map((provider) => [`provider:${provider}`, `provider ${provider}`])];
  open({
    title: job === null ? "Hold starts?" : `Hold ${job}?`,
    facts: [
      "Nothing starts there while the hold lasts: starts that fall due are skipped. Stops still go out.",
      live === null ? "What runs goes on, unless it is stopped here too."
        : `${count(live, "live run")} ${live === 1 ? "goes" : "go"} on, unless stopped here too.`,
    ],
    fields: [
      { name: "scope", label: "Hold", choices: scopes },
      { name: "for", label: "For", choices: [
        ["1h", "1 hour"], ["2h", "2 hours"], ["8h", "8 hours"], ["24h", "24 hours"], ["", "until it is released"]] },
      { name: "stop", label: "Also stop what runs there", type: "checkbox" },
      kReasonNeeded,
    ],
    button: "Hold",
    command: (values) => `taktctl hold${scopeOption(values.scope)}${option("for", values.for)}${values.stop ? " --stop --yes" : ""}` +
      (option("reason", values.reason) || " --reason ..."),
    send: ({ scope, ...values }) => ask("POST", "holds", { scope, ...bodyOf(values) }),
    // An answer without holds: the stop went out before anything could be written.
    said: (answer) => ifWritten(answer, answer.unchanged ? "This hold was engaged already."
      : `The hold is engaged. The stop of ${count(answer.runs?.length ?? 0, "run")} is ordered.`),
  });
}

function scopeOption(scope) {
  const [kind, name] = scope.includes(":") ? scope.split(/:(.*)/s) : ["", ""];
  return option(kind, name);
}

export function release(held) {
  open({
    title: `Release the hold on ${scopeName(held.scope)}?`,
    facts: [
      `${held.actor} engaged it: ${held.reason}`,
      "Starts that fall due from now on are made again, unless another hold covers them. What was skipped stays skipped.",
    ],
    fields: [],
    button: "Release",
    command: () => `taktctl release${scopeOption(held.scope)}`,
    send: () => ask("POST", "holds/release", { scope: held.scope }),
    said: (answer) => answer.unchanged ? "There was no such hold any more." : "The hold is released.",
  });
}

/// `job`: the one that the field begins with.
export function startJob(job = "") {
  let key = newKey();
  open({
    title: "Start a job now?",
    facts: [
      "It starts whatever its schedule says, and is stopped in time as any run is.",
      "Holds, overlaps and the other policies apply; if one of them forbids the start, it is named here.",
    ],
    fields: [
      { name: "job", label: "Job", required: true, value: job, suggest: suggestJobs },
      { name: "for", label: "For (such as 15m; empty: as its stop says)" },
      kReasonOptional,
    ],
    button: "Start",
    command: (values) =>
      `taktctl start ${values.job ? quoted(values.job) : "JOB"}${option("for", values.for)}${option("reason", values.reason)}`,
    send: async ({ job, ...values }) => {
      try {
        return await ask("POST", `jobs/${encodeURIComponent(job)}/start`, bodyOf(values), { "Idempotency-Key": key });
      } catch (problem) {
        // Asked again after a lost answer it is the same start; after a refusal it is a new one.
        if (problem.status !== 0) key = newKey();
        throw problem;
      }
    },
    said: ({ run }) => `Run ${shortId(run.id)} is ${run.state}. Its stop is due ${clock(run.stop_due, secondsOf(run.created))}, ` +
      `after ${length(secondsOf(run.stop_due) - secondsOf(run.start_due))}.`,
  });
}

/// crypto.randomUUID is missing where the page came by plain HTTP from another machine.
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `page-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function suggestJobs(input, list) {
  let timer = 0;
  const load = async () => {
    try {
      const { jobs } = await ask("GET", `jobs?limit=${kJobsSuggested}&q=${encodeURIComponent(input.value.trim())}`);
      list.replaceChildren(...jobs.map(({ job }) => new Option(job, job)));
    } catch {
      list.replaceChildren();  // names can be typed without help, too
    }
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(load, kTypingMs);
  });
  load();
}
