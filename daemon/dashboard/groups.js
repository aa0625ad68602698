// SPDX-License-Identifier: Apache-2.0
// The timeline's lanes under headings: by provider, or by the value of one label. taktd's order stays: the group with what
// matters most comes first, and within it the lane.

import { count } from "./format.js";
import { isOverdue, liveRunsOf } from "./lanes.js";

export const kByProvider = "provider", kByLabel = "label:";

/// What lanes can be grouped by: [value, text].
export function choicesOf(lanes) {
  const labels = new Set(lanes.flatMap((lane) => Object.keys(lane.labels)));
  return [["", "not grouped"], [kByProvider, "by provider"], ...[...labels].sort().map((name) => [kByLabel + name, `by ${name}`])];
}

function groupNameOf(lane, by) {
  if (by === kByProvider) return lane.provider ?? "no provider";
  const name = by.slice(kByLabel.length);
  return lane.labels[name] ?? `without ${name}`;
}

/// Lanes, and before each group its heading: { heading, lanes, isClosed }. `closed`: headings whose lanes are not shown.
export function rowsOf(lanes, by, closed) {
  if (by === "") return lanes;
  const groups = new Map();
  for (const lane of lanes) {
    const heading = groupNameOf(lane, by);
    if (!groups.has(heading)) groups.set(heading, { heading, lanes: [], isClosed: closed.has(heading) });
    groups.get(heading).lanes.push(lane);
  }
  return [...groups.values()].flatMap((group) => group.isClosed ? [group] : [group, ...group.lanes]);
}

export const isHeading = (row) => row.heading !== undefined;
export const keyOf = (row) => isHeading(row) ? `group:${row.heading}` : `job:${row.job}`;

/// Beside a heading: how much of it wants attention.
export function noteOfGroup(group) {
  const live = group.lanes.filter((lane) => liveRunsOf(lane).length > 0).length, late = group.lanes.filter(isOverdue).length;
  const said = [count(group.lanes.length, "job")];
  if (late > 0) said.push(`${late} overdue`);
  if (live > late) said.push(`${live - late} live`);
  return said.join(", ");
}
