// SPDX-License-Identifier: Apache-2.0
// The list of jobs, by name.

import { jobAddress, runAddress } from "./address.js";
import { byId, element, setClass, setRows, setText } from "./elements.js";
import { clock } from "./format.js";
import { kRowsShown, makeList, offer, setCell } from "./lists.js";
import * as session from "./session.js";

/// Its context: `now`, `providers`.
export const jobList = makeList("jobs", "job-list", {
  place: "after",
  async fill(filters, { now, providers }, isShown) {
    offer(byId("job-list-form").elements.provider, (providers ?? []).map(({ provider }) => provider));
    const { jobs, next } = await session.ask("GET", `jobs?${session.questionOf({ ...filters, limit: kRowsShown })}`);
    if (!isShown()) return null;
    setRows(byId("job-list-rows"), jobs, ({ job }) => job, makeRow, (row, job) => setRow(row, job, now));
    return { number: jobs.length, next, none: "No job is like this." };
  },
});

function makeRow() {
  const row = element("tr");
  for (let cell = 0; cell < 5; ++cell) row.append(element("td"));
  row.cells[0].append(element("a"));
  row.cells[2].append(element("a"), element("span", "at"));
  return row;
}

function setRow(row, job, now) {
  const last = job.last_run;
  setClass(row, last?.overdue ? "overdue" : last?.state ?? "");
  setText(row.cells[0].firstChild, job.job);
  row.cells[0].firstChild.href = jobAddress(job.job);
  row.cells[0].title = job.description ?? "";
  setCell(row, 1, nextOf(job, now), "at");
  const [state, at] = row.cells[2].children;
  row.cells[2].className = "state";
  state.hidden = last === null;
  if (last !== null) state.href = runAddress(last.id);
  setText(state, last === null ? "" : last.overdue ? "OVERDUE" : last.state);
  setText(at, last === null ? "has not run" : ` ${clock(last.start_due, now)}`);
  setCell(row, 3, job.provider, "wide");
  setCell(row, 4, Object.entries(job.labels).map(([name, value]) => `${name}=${value}`).join(", "), "wide why");
}

function nextOf(job, now) {
  if (!job.enabled) return "not enabled";
  if (job.disabled) return "disabled";
  return job.next_start === null ? "none" : clock(job.next_start, now);
}
