// SPDX-License-Identifier: Apache-2.0
// The page of one job: what the config and the store say of it, its next ten windows, its last runs.

import { runAddress } from "./address.js";
import { byId, element, setButtons, setFacts, setText, showText } from "./elements.js";
import { clock, clockAway, length, quoted, secondsOf } from "./format.js";
import { makePage } from "./pages.js";
import * as session from "./session.js";

const kWindowsShown = 10, kRunsShown = 20, kPlanSeconds = 30 * 86400;

/// Its context: `now`; `acts(job)`, the job's buttons as [text, what it does].
export const jobPage = makePage("job", {
  focus: "back",
  parts: ["facts", "starts", "stop", "windows", "runs", "actions"],
  begin(job) {
    setText(byId("job-title"), job);
    setText(byId("job-command"), `taktctl why ${quoted(job)}`);
  },
  async fill(name, { now, acts }, isShown) {
    const path = encodeURIComponent(name), until = encodeURIComponent(new Date((now + kPlanSeconds) * 1000).toISOString());
    const [{ job }, { windows }, { runs }] = await Promise.all([
      session.ask("GET", `jobs/${path}`),
      session.ask("GET", `plan?job=${path}&until=${until}&limit=${kWindowsShown}`),
      session.ask("GET", `runs?job=${path}&limit=${kRunsShown}&fields=brief`),
    ]);
    if (!isShown()) return;
    drawJob(job, now, acts(job));
    drawWindows(windows, now);
    drawRuns(runs, now);
  },
});

function drawJob(job, now, actions) {
  setButtons(byId("job-actions"), actions);
  byId("job-starts").replaceChildren(...(job.starts.length > 0 ? job.starts : ["Only manually."]).map((each) => element("li", "", each)));
  byId("job-stop").replaceChildren(element("li", "", job.stop));
  const until = job.disabled_until === null ? "until it is enabled" : `until ${clock(job.disabled_until, now)}`;
  const disabled = job.disabled ? `${until}, by ${job.disabled_by ?? "nobody known"}: ${job.disabled_reason ?? ""}` : null;
  const labels = Object.entries(job.labels).map(([name, value]) => `${name}=${value}`).join(", ");
  setFacts(byId("job-facts"), [
    ["description", job.description], ["provider", job.provider], ["task", job.task_key], ["owner", job.owner],
    ["runbook", job.runbook], ["labels", labels], ["in the config", job.enabled ? null : "enabled: false"],
    ["disabled", disabled], ["next start", clockAway(job.next_start, now)],
  ]);
}

function drawWindows(windows, now) {
  byId("job-windows").replaceChildren(...windows.map((window) => {
    const row = element("li", window.skip === null ? "" : "skips");
    const lasts = length(secondsOf(window.stop_due) - secondsOf(window.start_due));
    setText(row, `${clock(window.start_due, now)} to ${clock(window.stop_due, now)}, ${lasts}` +
      (window.skip === null ? "" : `: will be skipped, ${window.skip}`));
    return row;
  }));
  showText(byId("no-windows"), windows.length > 0 ? "" : "No start is to come in the next 30 days.");
}

function drawRuns(runs, now) {
  byId("job-runs").replaceChildren(...runs.map((run) => {
    const row = element("li", run.state), link = element("a", "", run.overdue ? "OVERDUE" : run.state);
    link.href = runAddress(run.id);
    row.append(element("span", "at", clock(run.start_due, now)), " ", link, " ", element("span", "why", run.reason ?? ""));
    return row;
  }));
  showText(byId("no-job-runs"), runs.length > 0 ? "" : "It has not run yet.");
}
