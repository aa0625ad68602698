// SPDX-License-Identifier: Apache-2.0
// The list of runs, newest first.

import { jobAddress, runAddress } from "./address.js";
import { byId, element, setClass, setRows, setText } from "./elements.js";
import { clock, length, secondsOf } from "./format.js";
import { kRowsShown, makeList, offer, setCell } from "./lists.js";
import * as session from "./session.js";

const kUnits = { m: 60, h: 3600, d: 86400 };

/// Its context: `now`, `providers`.
export const runList = makeList("runs", "run-list", {
  place: "before",
  async fill(filters, { now, providers }, isShown) {
    offer(byId("run-list-form").elements.provider, (providers ?? []).map(({ provider }) => provider));
    const { runs, next } = await session.ask("GET", `runs?${session.questionOf(parametersOf(filters, now))}`);
    if (!isShown()) return null;
    setRows(byId("run-list-rows"), runs, (run) => run.id, makeRow, (row, run) => setRow(row, run, now));
    return { number: runs.length, next, none: "No run is like this." };
  },
});

/// "live" and "overdue" are no states of a run: the API has words of their own for them. "24h" is reckoned from now.
export function parametersOf({ state = "", since = "", ...others }, now) {
  const words = state.split(",").filter((word) => word !== ""), [, number, unit] = /^(\d+)([mhd])$/.exec(since) ?? [];
  return {
    ...others, state: words.filter((word) => word !== "live" && word !== "overdue").join(","),
    live: words.includes("live") && "true", overdue: words.includes("overdue") && "true",
    since: unit ? new Date((now - number * kUnits[unit]) * 1000).toISOString() : since,
    fields: "brief", limit: kRowsShown,
  };
}

function makeRow() {
  const row = element("tr");
  for (let cell = 0; cell < 6; ++cell) row.append(element("td"));
  row.cells[1].append(element("a"));
  row.cells[3].append(element("a"));
  return row;
}

function setRow(row, run, now) {
  setClass(row, run.overdue ? "overdue" : run.state);
  setCell(row, 0, clock(run.start_due, now, true), "at");
  const open = row.cells[1].firstChild, job = row.cells[3].firstChild;
  setText(open, run.overdue ? "OVERDUE" : run.state);
  open.href = runAddress(run.id);
  open.title = `run ${run.id}`;
  row.cells[1].className = "state";
  setCell(row, 2, run.reason ?? "", "why");
  setText(job, run.job);
  job.href = jobAddress(run.job);
  setCell(row, 4, run.provider, "wide");
  setCell(row, 5, lengthOf(run, now), "left");
}

function lengthOf(run, now) {
  if (run.started === null) return "";
  if (run.ended !== null) return length(secondsOf(run.ended) - secondsOf(run.started));
  return run.overdue ? `${length(now - secondsOf(run.stop_due))} late` : `${length(secondsOf(run.stop_due) - now)} left`;
}
