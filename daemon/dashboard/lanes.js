// SPDX-License-Identifier: Apache-2.0
// The lanes of the timeline as values, made of what GET /api/v1/timeline answers, and each of their marks in words: what the
// picture shows is said by these. Times are seconds since 1970.

import { clock, count, length, secondsOf } from "./format.js";

const kEnded = new Set(["stopped", "completed", "failed", "skipped", "cancelled"]);

/// { from, until, lanes: [{ job, provider, labels, runs, windows }], isPart, isPlanned, spans }, in taktd's order: overdue, live, next
/// start. `isPlanned`: what is planned has been asked for, too.
export function lanesOf(answer) {
  const from = secondsOf(answer.from);
  const at = (second) => second === null ? null : from + second;
  const placesOf = (columns) => Object.fromEntries(columns.map((name, place) => [name, place]));
  const inRun = placesOf(answer.run_columns), inPlan = placesOf(answer.plan_columns);
  const runOf = (row) => ({
    id: row[inRun.id], state: row[inRun.state], reason: row[inRun.reason], start: at(row[inRun.start_due]), stop: at(row[inRun.stop_due]),
    started: at(row[inRun.started]), ended: at(row[inRun.ended]),
    isOverdue: row[inRun.overdue] === 1, isLive: !kEnded.has(row[inRun.state]), isPlanned: false,
  });
  const windowOf = (row) => ({ start: at(row[inPlan.start_due]), stop: at(row[inPlan.stop_due]), skip: row[inPlan.skip], isPlanned: true });
  const lanes = answer.lanes.map(({ job, provider, labels, runs, plan }) => ({
    job, provider, labels, windows: plan.map(windowOf),
    runs: runs.map(runOf).sort((a, b) => a.start - b.start),
  }));
  return { from, until: secondsOf(answer.until), lanes, isPart: answer.next !== null, isPlanned: answer.plan_made !== null, spans: spansOf(lanes) };
}

/// What counts as running at a time, as pairs of begin and end: `past` up to now, `ahead` from now on. What is skipped or was
/// never seen to run is in neither.
function spansOf(lanes) {
  const past = [], ahead = [];
  for (const lane of lanes) {
    for (const run of lane.runs) {
      if (run.started === null) continue;
      past.push(run.started, run.isLive ? Infinity : run.ended ?? run.started);
      if (run.isLive) ahead.push(run.started, run.stop);
    }
    for (const window of lane.windows) if (window.skip === null) ahead.push(window.start, window.stop);
  }
  return { past, ahead };
}

export const liveRunsOf = (lane) => lane.runs.filter((run) => run.isLive);
export const isOverdue = (lane) => lane.runs.some((run) => run.isOverdue);

/// Its runs and the windows that are still to come, by their begin.
export const marksOf = (lane, now) => [...lane.runs, ...lane.windows.filter((window) => window.start > now)];

/// From when until when a mark is drawn.
export function boundsOf(mark, now) {
  if (mark.isPlanned) return [mark.start, mark.stop];
  const begin = mark.started ?? mark.start;
  if (!mark.isLive) return [begin, mark.started === null ? begin : mark.ended ?? begin];
  return [begin, mark.isOverdue || mark.state === "stopping" ? Math.max(mark.stop, now) : mark.stop];
}

/// One mark, as a sentence.
export function describe(lane, mark, now) {
  const when = (at) => clock(at * 1000, now);
  if (mark.isPlanned) {
    const times = `${when(mark.start)} to ${when(mark.stop)}, ${length(mark.stop - mark.start)}`;
    return `${lane.job}: ${mark.skip === null ? "planned" : `will be skipped (${mark.skip})`}, ${times}.`;
  }
  const state = mark.isOverdue ? `OVERDUE by ${length(now - mark.stop)}, may still be running` : mark.state;
  const said = [`${lane.job}: ${state}${mark.reason && mark.reason !== mark.state ? ` (${mark.reason})` : ""}`];
  said.push(mark.started === null ? `start due ${when(mark.start)}` : `started ${when(mark.started)}`);
  if (mark.isLive) said.push(`stop due ${when(mark.stop)}`);
  else if (mark.started !== null && mark.ended !== null)
    said.push(`ended ${when(mark.ended)} after ${length(mark.ended - mark.started)}`);
  return `${said.join(", ")}.`;
}

/// Beside a lane's name: what matters most of it.
export function noteOf(lane, now) {
  const live = liveRunsOf(lane), late = live.find((run) => run.isOverdue);
  if (late) return `+${length(now - late.stop)}`;
  if (live.length > 0) {
    const [run] = live;
    return run.state === "running" && run.stop > now ? `${length(run.stop - now)} left` : run.state;
  }
  const next = lane.windows.find((window) => window.start > now);
  if (!next) return "";
  return `${next.skip === null ? "" : "skips "}${clock(next.start * 1000, now).slice(-5)}`;
}

/// A lane as a whole, for who does not see it.
export function wordsOf(lane, now, isPlanned) {
  const said = liveRunsOf(lane).map((run) => run.isOverdue ? `overdue by ${length(now - run.stop)}, may still be running`
    : `${run.state}, stop due ${clock(run.stop * 1000, now)}`);
  const next = lane.windows.find((window) => window.start > now);
  if (next) said.push(`next start ${clock(next.start * 1000, now)}${next.skip === null ? "" : `, will be skipped: ${next.skip}`}`);
  const ended = new Map();
  for (const run of lane.runs) if (!run.isLive) ended.set(run.state, (ended.get(run.state) ?? 0) + 1);
  for (const [state, number] of ended) said.push(`${count(number, "run")} ${state}`);
  return said.length > 0 ? said.join("; ") : `nothing in the past 6 hours${isPlanned ? " and the next 24" : ""}`;
}
