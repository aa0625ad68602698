// SPDX-License-Identifier: Apache-2.0
// The page of one run: its facts, the rules that decided, its transitions, and each call with what was sent and answered.

import { byId, element, setButtons, setFacts, setText, showText } from "./elements.js";
import { clock, clockAway, shortId } from "./format.js";
import { drawLife } from "./life.js";
import { makePage } from "./pages.js";
import * as session from "./session.js";

const kCallsShown = 200;
const kOrigins = {
  manual: "It was started manually.",
  revived: "An earlier run had been seen to end, and its task was seen running again.",
};

/// Its context: `now`; `acts(run)`, the run's buttons as [text, what it does], none for a viewer; `isOverdue(id)`: taktd says so.
export const runPage = makePage("run", {
  focus: "back",
  parts: ["facts", "rules", "transitions", "calls", "actions", "life", "life-told"],
  begin(id) {
    setText(byId("run-title"), `Run ${shortId(id)}`);
    showText(byId("run-because"), "");
    setText(byId("run-command"), `taktctl show ${shortId(id)} --wire`);
  },
  async fill(id, { now, acts, isOverdue }, isShown) {
    const history = await session.ask("GET", `runs/${encodeURIComponent(id)}`);
    if (!isShown()) return;
    const { run } = history;
    draw(history, now, acts(run), isOverdue(id));
    drawLife(history, now, isOverdue(id));
    // Only of an occurrence rules have been asked.
    const { why } = run.occurrence === null ? { why: { because: kOrigins[run.origin] ?? "" } }
      : await session.ask("GET", `jobs/${encodeURIComponent(run.job)}/why?at=${encodeURIComponent(run.occurrence)}`);
    if (isShown()) drawRules(why);
  },
});

function draw({ run, transitions, calls }, now, actions, isOverdue) {
  setText(byId("run-title"), `${run.job}: ${isOverdue ? "overdue, " : ""}${run.state}`);
  setButtons(byId("run-actions"), actions);
  const when = (instant) => clockAway(instant, now);
  const facts = [
    ["run", run.id], ["provider", run.provider], ["task", run.task_key], ["origin", run.origin], ["reason", run.reason],
    ["start due", when(run.start_due)], ["stop due", when(run.stop_due)], ["latest end", when(run.max_end)],
    ["at the vendor", run.remote_state], ["vendor's run", run.vendor_run_id], ["waits for", run.waits_for],
    ["stops sent", run.stop_attempts ?? null], ["last stop call", lastStopOf(calls, now)], ["next stop", when(run.next_stop ?? null)], ["may run on there", run.residue],
    ["owed", run.obligation === "open" ? "its stop, by taktd" : null],
  ];
  setFacts(byId("run-facts"), facts);
  byId("run-transitions").replaceChildren(...transitions.map((each) => {
    const row = element("li", each.to_state);
    row.append(element("span", "at", clock(each.at, now, true)), element("span", "state", each.to_state),
               element("span", "why", [each.reason, each.actor].filter((part) => part).join(", ")));
    return row;
  }));
  drawCalls(calls, now);
}

/// When the newest was sent, and what came of it.
function lastStopOf(calls, now) {
  const call = calls.findLast(({ action }) => action === "stop");
  return call === undefined ? null : `${clock(call.sent ?? call.intent, now, true)}: ${answerOf(call)}`;
}

function answerOf({ outcome, http_status: status, vendor_code: code, vendor_message: message }) {
  const said = [status, code, message].filter((part) => part).join(" ");
  return `${outcome ?? "no answer yet"}${said === "" ? "" : `: ${said}`}`;
}

function drawRules(why) {
  byId("run-rules").replaceChildren(...(why.rules ?? []).map((rule) => {
    const row = element("li", rule.decided ? "decided" : "");
    row.append(element("strong", "", rule.rule), ` ${rule.facts}`);
    return row;
  }));
  showText(byId("run-because"), [why.because, why.forecast].filter((part) => part).join(" "));
}

/// Newest first; those that are open stay open.
function drawCalls(calls, now) {
  const list = byId("run-calls"), there = new Map([...list.children].map((row) => [row.dataset.id, row]));
  const rows = calls.slice(-kCallsShown).reverse().map((call) => {
    const old = there.get(call.id);
    if (old && old.dataset.outcome === String(call.outcome)) return old;
    const row = element("li"), details = element("details"), summary = element("summary");
    Object.assign(row.dataset, { id: call.id, outcome: String(call.outcome) });
    details.open = old?.firstChild.open ?? false;
    summary.append(element("span", "at", clock(call.sent ?? call.intent, now, true)), " ", element("strong", "", call.action),
                   ` ${answerOf(call)}`);
    details.append(summary, element("pre", "", `${call.method ?? ""} ${call.target ?? ""}\n${call.request_body ?? ""}`.trim() || "nothing was sent"),
                   element("pre", "", pretty(call.response_body) || "nothing was answered"));
    row.append(details);
    return row;
  });
  rows.forEach((row, place) => { if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null); });
  while (list.children.length > rows.length) list.lastChild.remove();
}

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
