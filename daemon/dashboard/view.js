// SPDX-License-Identifier: Apache-2.0
// Draws what taktd has said. Nothing here asks; nothing is kept but the elements themselves.

import { jobAddress, listAddress, runAddress } from "./address.js";
import { byId, element, setClass, setRows, setText, showText } from "./elements.js";
import { clock, count, fullClock, length, scopeName, secondsOf, shortId } from "./format.js";

const kRunsShown = 50, kOverdueNamed = 5;

/// `known`: status, providers, transitions, troubled, planned, each null until it has been told; `now`: taktd's time in seconds;
/// `age`: seconds since taktd was last heard. `acts`: stopRun(run), release(hold), retryProvider(provider).
export function draw(known, now, age, acts) {
  const { status } = known;
  drawLink(known, now, age);
  if (status === null) return;
  setText(byId("who"), `${status.actor}, ${status.role ?? status.via}`);
  byId("actions").hidden = status.role !== "operator";
  drawOverdue(status, known.toldAt, now);
  drawOutage(status);
  drawHolds(status, now, acts);
  drawCounts(status);
  drawRuns(status, known.toldAt, now, acts);
  drawNext(status, known.planned ?? [], now);
  if (known.troubled !== null) drawTroubled(known.troubled, now);
  if (known.providers !== null) drawProviders(known.providers, status, known.toldAt, now, acts);
  drawTransitions(known.transitions, now);
}

function drawLink({ isStale, staleWhy }, now, age) {
  setText(byId("link"), isStale ? "stale" : "live");
  setClass(byId("link"), isStale ? "link lost" : "link");
  setText(byId("clock"), fullClock(now));
  showText(byId("stale"), isStale
    ? `This is ${length(age)} old. ${staleWhy || "taktd is not heard."} The page goes on asking; what runs goes on under taktd.` : "");
}

/// How late a run is now that was so late when the status was told.
const lateness = (run, toldAt, now) => (run.late ?? 0) + Math.max(0, now - toldAt);

function drawOverdue(status, toldAt, now) {
  const late = status.overdue_runs ?? [];
  document.title = late.length > 0 ? `(${late.length} overdue) taktd` : "taktd";
  byId("overdue").hidden = late.length === 0;
  setText(byId("overdue-count"), `${count(late.length, "run is", "runs are")} overdue:`);
  setRows(byId("overdue-runs"), late.slice(0, kOverdueNamed), (run) => run.id, () => {
    const row = element("li");
    row.append(element("a"));
    return row;
  }, (row, run) => {
    row.firstChild.href = runAddress(run.id);
    setText(row.firstChild, `${run.job} +${length(lateness(run, toldAt, now))}`);
  });
  setText(byId("overdue-said"), `${late.length > kOverdueNamed ? `and ${late.length - kOverdueNamed} more. ` : ""}` +
    `${late.length === 1 ? "It" : "They"} may still be running. taktd goes on asking.`);
}

function drawOutage({ store, config }) {
  const said = [];
  if (!store.up) said.push("The store cannot be written: nothing starts, stops go out.");
  if (store.damaged) said.push("The store is damaged: nothing starts, stops go out.");
  if (store.problem) said.push(`The store cannot be read: ${store.problem}. Runs and holds are those of before.`);
  if (config.stops_only) said.push("The config has errors: taktd only stops what runs.");
  showText(byId("outage"), said.join(" "));
}

function drawHolds(status, now, acts) {
  setRows(byId("holds"), status.holds ?? [], (hold) => hold.scope, () => {
    const row = element("li", "banner hold");
    row.append(element("span"));
    return row;
  }, (row, hold) => {
    const until = hold.until === null ? "until it is released"
      : `until ${clock(hold.until, now)} (in ${length(secondsOf(hold.until) - now)})`;
    setText(row.firstChild, `Hold on ${scopeName(hold.scope)}. ${hold.actor}: ${hold.reason}. ` +
      `Nothing starts there, stops go out. Since ${clock(hold.since, now)}, ${until}.`);
    setButton(row, status, "Release...", `Release the hold on ${scopeName(hold.scope)}`, () => acts.release(row.hold));
    row.hold = hold;
  });
}

/// At the row's end, for operators alone.
function setButton(row, status, text, label, act) {
  const there = row.querySelector("button");
  if (status.role !== "operator") {
    there?.remove();
  } else if (!there) {
    const button = element("button", "", text);
    button.type = "button";
    button.setAttribute("aria-label", label);
    button.addEventListener("click", act);
    row.append(button);
  }
}

function drawCounts(status) {
  const states = (name) => listAddress("runs", { state: name });
  const counts = [
    [status.overdue ?? "?", "overdue", status.overdue > 0 ? "overdue" : "", states("overdue")],
    [status.live_runs, "live", "", states("live")],
  ];
  for (const state of ["unconfirmed", "paused", "stopping"])
    if (status.states[state] > 0) counts.push([status.states[state], state, "", states(state)]);
  counts.push([status.jobs, "jobs", "", listAddress("jobs")]);
  if (status.disabled > 0) counts.push([status.disabled, "disabled", "", listAddress("jobs", { disabled: "true" })]);
  setRows(byId("counts"), counts, ([, name]) => name, () => {
    const row = element("li"), link = element("a");
    link.append(element("strong"), " ", element("span"));
    row.append(link);
    return row;
  }, (row, [number, name, className, address]) => {
    const link = row.firstChild;
    setClass(row, className);
    link.href = address;
    setText(link.children[0], String(number));
    setText(link.children[1], name);
  });
}

function drawRuns(status, toldAt, now, acts) {
  const runs = [...(status.overdue_runs ?? []), ...(status.runs ?? [])];
  setText(byId("runs-title"), `Running now: ${runs.length}`);
  setRows(byId("runs"), runs.slice(0, kRunsShown), (run) => run.id, () => {
    const row = element("li");
    row.append(element("span", "state"), element("a", "job"), element("progress"), element("span", "left"),
               element("span", "ends"));
    return row;
  }, (row, run) => {
    const [state, job, progress, left, ends] = row.children;
    row.run = run;
    setClass(row, `run ${run.overdue ? "overdue" : run.state}`);
    setText(state, run.overdue ? "OVERDUE" : run.state);
    setText(job, `${run.job} \u00b7 ${run.provider}`);
    job.href = runAddress(run.id);
    job.title = `${run.job} at ${run.provider}, run ${run.id}`;
    const begin = secondsOf(run.started ?? run.start_due), end = secondsOf(run.stop_due);
    progress.max = Math.max(1, end - begin);
    progress.value = run.overdue ? progress.max : Math.min(progress.max, Math.max(0, now - begin));
    progress.setAttribute("aria-label", `Time of ${run.job} that has passed`);
    setText(left, leftOf(run, end, toldAt, now));
    setText(ends, `stop due ${clock(run.stop_due, now)}`);
    setButton(row, status, "Stop...", `Stop ${run.job}`, () => acts.stopRun(row.run));
  });
  showText(byId("no-runs"), runs.length === 0 ? "Nothing runs." : "");
  showText(byId("more-runs"), runs.length > kRunsShown ? `${runs.length - kRunsShown} more` : "");
}

function leftOf(run, end, toldAt, now) {
  if (run.overdue) return `${length(lateness(run, toldAt, now))} late`;
  if (now >= end) return `stop due +${length(now - end)}`;
  if (run.state === "unconfirmed") return "may run";
  return `${length(end - now)} left`;
}

/// The status knows at once what holds and disabled jobs will do to them; the plan, which is older, what else will be in the way by
/// then.
function nextStarts({ next_starts: starts }, planned) {
  const isSame = (window, { job, start_due: due }) => window.job === job && Math.abs(secondsOf(window.start_due) - secondsOf(due)) < 1;
  const elseOf = (start) => planned.find((window) => isSame(window, start) && !["hold", "disabled"].includes(window.skip))?.skip ?? null;
  return starts.map((start) => ({ ...start, skip: start.skip ?? elseOf(start) }));
}

function drawNext(status, planned, now) {
  const starts = nextStarts(status, planned), { next_stop: stop } = status, waitFor = (seconds) => seconds > 0 ? `in ${length(seconds)}` : "now";
  setRows(byId("next"), starts, ({ job, start_due: due }) => `${job} ${due}`, () => {
    const row = element("li");
    row.append(element("span", "at"), element("a", "job"), element("span", "why"));
    return row;
  }, (row, { job, start_due: due, skip }) => {
    const [at, name, why] = row.children, wait = waitFor(secondsOf(due) - now);
    setText(at, clock(due, now));
    setText(name, job);
    name.href = jobAddress(job);
    setText(why, skip === null ? `starts ${wait}` : `${wait}, will be skipped: ${skip}`);
    setClass(why, skip === null ? "why" : "skips");
  });
  byId("no-next").hidden = starts.length > 0;
  showText(byId("next-stop"), stop === null ? "" : `Next stop: ${stop.job} ${waitFor(secondsOf(stop.stop_due) - now)}.`);
}

function drawTroubled(runs, now) {
  setRows(byId("troubled"), runs, (run) => run.id, () => {
    const row = element("li");
    row.append(element("span", "at"), element("span", "state"), element("a", "job"), element("span", "why"));
    return row;
  }, (row, run) => {
    const [at, state, job, why] = row.children;
    setClass(row, run.state);
    setText(at, clock(run.start_due, now));
    setText(state, run.state);
    setText(job, run.job);
    job.href = runAddress(run.id);
    setText(why, run.reason ?? "");
  });
  byId("no-troubled").hidden = runs.length > 0;
}

function drawProviders(providers, status, toldAt, now, acts) {
  setRows(byId("providers"), providers, (provider) => provider.provider, () => {
    const row = element("li", "provider");
    row.append(element("strong"), element("span", "kind"), element("span", "badge"), element("progress"), element("span", "waits"),
               element("span", "error"));
    return row;
  }, (row, provider) => {
    const [name, kind, badge, tokens, waits, error] = row.children;
    setText(name, provider.provider);
    setText(kind, `${provider.type}, ${Number(provider.rate.toPrecision(3))}/s`);
    const trouble = troubleOf(provider, toldAt, now);
    setText(badge, trouble || "ok");
    setClass(badge, trouble ? "badge trouble" : "badge");
    tokens.max = provider.burst;
    tokens.value = provider.tokens;
    tokens.setAttribute("aria-label", `Permits of ${provider.provider}`);
    tokens.title = `${Math.floor(provider.tokens)} of ${count(provider.burst, "permit")}`;
    const queued = Object.entries(provider.queued).filter(([, number]) => number > 0)
      .map(([kindOf, number]) => `${number} ${kindOf.replace("_", "/")}`);
    setText(waits, `${Math.floor(provider.tokens)} of ${count(provider.burst, "permit")}; ` +
      `${queued.length > 0 ? `waiting: ${queued.join(", ")}` : "nothing waits"}; ${provider.in_flight} in flight`);
    showText(error, errorOf(provider.last_error, now));
    row.provider = provider;
    if (provider.closed)
      setButton(row, status, "Try it now...", `Try ${provider.provider} now`, () => acts.retryProvider(row.provider));
    else row.querySelector("button")?.remove();
  });
}

function troubleOf(provider, toldAt, now) {
  if (provider.closed) {
    const probe = provider.next_probe_in;
    return `refuses our key${probe === null ? "" : `, tried in ${length(probe - Math.max(0, now - toldAt))}`}`;
  }
  if (provider.throttled_until === null) return "";
  const left = secondsOf(provider.throttled_until) - now;
  return left > 0 ? `throttled, ${length(left)}` : "";
}

function errorOf(error, now) {
  if (error === null) return "";
  const said = [error.http_status, error.vendor_code, error.vendor_message].filter((part) => part !== null && part !== 0);
  return `Last error ${length(now - secondsOf(error.at))} ago: ${error.action} ${error.outcome}` +
    (said.length > 0 ? `: ${said.join(" ")}` : "");
}

function drawTransitions(transitions, now) {
  setRows(byId("transitions"), transitions, (each) => `${each.run_id} ${each.seq}`, () => {
    const row = element("li");
    row.append(element("span", "at"), element("span", "state"), element("a", "job"), element("span", "why"));
    return row;
  }, (row, each) => {
    const [at, state, job, why] = row.children;
    setClass(row, each.to_state);
    setText(at, clock(each.at, now, true));
    setText(state, each.to_state);
    job.href = runAddress(each.run_id);
    setText(job, each.job ?? `run ${shortId(each.run_id)}`);
    setText(why, [each.reason, each.actor].filter((part) => part).join(", "));
  });
  byId("no-transitions").hidden = transitions.length > 0;
}

/// What a screen reader says of the step from one status to the next: of runs overdue and of holds alone.
export function newsBetween(before, after) {
  const news = [];
  const [was, is] = [before?.overdue_runs ?? [], after.overdue_runs ?? []].map((runs) => new Map(runs.map((run) => [run.id, run.job])));
  const fresh = [...is].filter(([id]) => !was.has(id)).map(([, job]) => job);
  if (fresh.length > 0) news.push(`Overdue: ${fresh.slice(0, 5).join(", ")}. ${count(is.size, "run is", "runs are")} overdue.`);
  if (is.size === 0 && was.size > 0) news.push("No run is overdue any more.");
  const [had, has] = [before?.holds ?? [], after.holds ?? []].map((holds) => new Map(holds.map((hold) => [hold.scope, hold])));
  for (const [scope, hold] of has) if (!had.has(scope)) news.push(`Hold on ${scopeName(scope)} by ${hold.actor}: ${hold.reason}.`);
  for (const scope of had.keys()) if (!has.has(scope)) news.push(`The hold on ${scopeName(scope)} is released.`);
  return news.join(" ");
}
