// SPDX-License-Identifier: Apache-2.0
// The picture of a run's life on its page: its states as a bar, its calls and `settle` below, and the lines at which it was to
// start, to stop, and to have ended at the latest. tellLife() says the same in words, for those who do not see it and for those
// who do.

import { byId, setText } from "./elements.js";
import { clock, count, hourAndMinute, length, offsetAt, secondsOf } from "./format.js";

const kEnded = new Set(["completed", "stopped", "failed", "skipped", "cancelled"]);
const kMayAct = new Set(["accepted", "uncertain"]);
const kActions = ["prepare", "start", "pause", "resume", "query", "heal", "stop"];
const kSteps = [1, 5, 15, 60, 300, 900, 3600, 10800, 43200, 86400, 604800];
const kGutter = 62, kRight = 12, kNames = [11, 24], kBarTop = 34, kBarHeight = 22, kFirstCall = 68, kCallGap = 18, kTickGap = 90, kLetter = 7.5;

/// States with begin and end in seconds; the last one of a live run lasts until now.
function stretchesOf(transitions, now) {
  const inOrder = [...transitions].sort((a, b) => a.seq - b.seq);
  return inOrder.map((each, place) => ({
    state: each.to_state, reason: each.reason, begin: secondsOf(each.at),
    end: place + 1 < inOrder.length ? secondsOf(inOrder[place + 1].at) : kEnded.has(each.to_state) ? secondsOf(each.at) : now,
  }));
}

const sentAt = (call) => secondsOf(call.sent ?? call.intent);

/// For how long after a call an answer may still be about the time before it: after the last start, and after the last stop of a
/// run that has not ended. { action, begin, end }, in seconds.
function settlingOf({ run, calls }) {
  const settle = (run.stop_plan.provider?.settle_ns ?? 0) / 1e9;
  return (kEnded.has(run.state) ? ["start"] : ["start", "stop"]).flatMap((action) => {
    const done = calls.filter((call) => call.action === action && kMayAct.has(call.outcome)).map((call) => secondsOf(call.done));
    return settle > 0 && done.length > 0 ? [{ action, begin: Math.max(...done), end: Math.max(...done) + settle }] : [];
  });
}

/// Whichever of the two comes first ends the run.
function dueEndsOf(run) {
  const stop = secondsOf(run.stop_due), latest = secondsOf(run.max_end);
  return { stop, latest, due: Math.min(stop, latest), isOne: Math.abs(latest - stop) < 1 };
}

export function drawLife({ run, transitions, calls }, now, isOverdue) {
  const stretches = stretchesOf(transitions, now), startDue = secondsOf(run.start_due), ends = dueEndsOf(run);
  const at = [startDue, ends.stop, ...stretches.flatMap(({ begin, end }) => [begin, end]), ...calls.map(sentAt)];
  const from = Math.min(...at), last = Math.max(...at, from + 1);
  // A latest end that is far away would leave no room for the rest: it stands at the margin then, with an arrow.
  const isLatestFar = ends.latest - last > last - from, until = isLatestFar ? last : Math.max(last, ends.latest);
  const picture = byId("run-life"), width = Math.max(280, picture.clientWidth);
  const x = (seconds) => kGutter + (Math.min(seconds, until) - from) / (until - from) * (width - kGutter - kRight);
  const settling = settlingOf({ run, calls });
  const rows = kActions.filter((action) => calls.some((call) => call.action === action));
  const settleTop = kFirstCall + rows.length * kCallGap, bottom = settleTop + (settling.length > 0 ? kCallGap : 0), parts = [];
  for (const tick of ticksOf(from, until, width)) {
    parts.push(line("life-grid", x(tick), kBarTop, bottom), label("life-faint", x(tick), bottom + 14, tickText(tick, until - from), "middle"));
  }
  for (const { state, begin, end } of stretches) {
    if (kEnded.has(state)) parts.push(box(`life-end life-${state}`, x(begin) - 2, kBarTop - 3, 4, kBarHeight + 6));
    else parts.push(...barOf(state, x(begin), x(end)));
  }
  if (isOverdue) parts.push(...barOf("overdue", x(Math.min(now, ends.due)), x(now)));
  rows.forEach((action, place) => {
    const y = kFirstCall + place * kCallGap;
    parts.push(label("life-faint", kGutter - 8, y + 10, action, "end"));
    for (const call of calls) if (call.action === action) parts.push(box(callClass(call), x(sentAt(call)) - 1.5, y, 3, 12));
  });
  if (settling.length > 0) parts.push(label("life-faint", kGutter - 8, settleTop + 10, "settle", "end"));
  for (const { begin, end } of settling) parts.push(box("life-settle", x(begin), settleTop + 2, Math.max(2, x(end) - x(begin)), 8));
  const anchorOf = (seconds) => x(seconds) + 2 * kGutter < width ? "start" : "end";
  parts.push(...dueLine("start due", x(startDue), bottom, "end", 0),
             ...dueLine(ends.isOne ? "stop due, latest end" : "stop due", x(ends.stop), bottom, anchorOf(ends.stop), 0));
  if (isLatestFar) parts.push(label("life-latest", width - kRight, kNames[1], `latest end ${clock(run.max_end, now)} \u2192`, "end"));
  else if (!ends.isOne) parts.push(...dueLine("latest end", x(ends.latest), bottom, anchorOf(ends.latest), 1));
  picture.setAttribute("viewBox", `0 0 ${width} ${bottom + 20}`);
  picture.setAttribute("height", bottom + 20);
  picture.replaceChildren(...parts);
  setText(byId("run-life-told"), tellLife({ run, calls }, stretches, now, isOverdue));
}

function shape(tag, className, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  made.setAttribute("class", className);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

const box = (className, left, top, width, height) => shape("rect", className, { x: left, y: top, width, height });
const line = (className, at, top, bottom) => shape("line", className, { x1: at, x2: at, y1: top, y2: bottom });

function label(className, at, y, text, anchor) {
  const made = shape("text", className, { x: at, y, "text-anchor": anchor });
  made.textContent = text;
  return made;
}

function barOf(state, left, right) {
  const wide = Math.max(2, right - left), parts = [box(`life-bar life-${state}`, left, kBarTop, wide, kBarHeight)];
  if (wide > state.length * kLetter + 8) parts.push(label(`life-name life-${state}`, left + 5, kBarTop + 15, state, "start"));
  return parts;
}

/// Filled where the vendor took it, hollow where it did not, or nobody knows.
const callClass = ({ outcome }) => outcome === "accepted" ? "life-call" : "life-call life-refused";

/// The words of the start end at its line and those of the stop begin there, so that a short window has room for both; those of the
/// latest end have a line of their own (`row` 1).
function dueLine(text, at, bottom, anchor, row) {
  return [line(row === 0 ? "life-due" : "life-due life-latest", at, kNames[row] + 3, bottom),
          label("life-due-name", at + (anchor === "end" ? -3 : 3), kNames[row], text, anchor)];
}

function ticksOf(from, until, width) {
  const step = kSteps.find((each) => each / (until - from) * width >= kTickGap) ?? kSteps.at(-1), zone = offsetAt(from), ticks = [];
  for (let at = Math.ceil((from + zone) / step) * step - zone; at <= until; at += step) ticks.push(at);
  return ticks;
}

const tickText = (seconds, span) => span > 3 * 86400 ? clock(seconds * 1000, 0).slice(0, 6) : span > 600 ? hourAndMinute(seconds)
  : clock(seconds * 1000, seconds, true);

/// The life in sentences.
function tellLife({ run, calls }, stretches, now, isOverdue) {
  const when = (seconds) => clock(seconds * 1000, now, true);
  const ends = dueEndsOf(run), latest = `latest end ${when(ends.latest)}${ends.latest < ends.stop ? ", before its stop" : ""}`;
  const said = [`Start due ${when(secondsOf(run.start_due))}, ` +
    `${ends.isOne ? `stop due and latest end ${when(ends.stop)}` : `stop due ${when(ends.stop)}, ${latest}`}.`];
  const tellCalls = (action, word) => {
    const all = calls.filter((call) => call.action === action), refused = all.filter((call) => call.outcome !== "accepted").length;
    if (all.length === 0) return;
    const times = all.map(sentAt), first = Math.min(...times), last = Math.max(...times);
    said.push(`${count(all.length, word)} ${all.length === 1 ? `at ${when(first)}` : `from ${when(first)} to ${when(last)}`}` +
      `${refused > 0 ? `, ${refused === all.length ? "" : `${refused} `}not accepted` : ", accepted"}.`);
  };
  tellCalls("start", "start call");
  for (const { state, reason, begin, end } of stretches) {
    if (kEnded.has(state)) said.push(`Ended at ${when(begin)}: ${state}${reason ? ` (${reason})` : ""}.`);
    else if (state !== "due") said.push(`${state[0].toUpperCase()}${state.slice(1)} from ${when(begin)}, for ${length(end - begin)}.`);
  }
  tellCalls("stop", "stop call");
  for (const { action, begin, end } of settlingOf({ run, calls })) {
    said.push(`Until ${when(end)}, ${length(end - begin)} after the ${action} call (settle), an answer ${end > now ? "may be" : "could be"} ` +
      "about the time before it.");
  }
  const end = stretches.at(-1);
  const looks = kEnded.has(end?.state) ? calls.filter((call) => call.action === "query" && sentAt(call) > end.begin).length : 0;
  if (looks > 0) said.push(`${count(looks, "look")} after its end.`);
  if (isOverdue) said.push(`Overdue by ${length(now - ends.due)}: it may still be running.`);
  return said.join(" ");
}
