// SPDX-License-Identifier: Apache-2.0
// The picture of a run's life on its page: its states as a bar, its calls below, and the lines at which it was to start and to
// stop. tellLife() says the same in words, for those who do not see it and for those who do.

import { byId, setText } from "./elements.js";
import { clock, count, hourAndMinute, length, offsetAt, secondsOf } from "./format.js";

const kEnded = new Set(["completed", "stopped", "failed", "skipped", "cancelled"]);
const kActions = ["prepare", "start", "pause", "resume", "query", "heal", "stop"];
const kSteps = [1, 5, 15, 60, 300, 900, 3600, 10800, 43200, 86400, 604800];
const kGutter = 62, kRight = 12, kBarTop = 22, kBarHeight = 22, kFirstCall = 56, kCallGap = 18, kTickGap = 90, kLetter = 7.5;

/// States with begin and end in seconds; the last one of a live run lasts until now.
function stretchesOf(transitions, now) {
  const inOrder = [...transitions].sort((a, b) => a.seq - b.seq);
  return inOrder.map((each, place) => ({
    state: each.to_state, reason: each.reason, begin: secondsOf(each.at),
    end: place + 1 < inOrder.length ? secondsOf(inOrder[place + 1].at) : kEnded.has(each.to_state) ? secondsOf(each.at) : now,
  }));
}

const sentAt = (call) => secondsOf(call.sent ?? call.intent);

export function drawLife({ run, transitions, calls }, now, isOverdue) {
  const stretches = stretchesOf(transitions, now), stopDue = secondsOf(run.stop_due), startDue = secondsOf(run.start_due);
  const at = [startDue, stopDue, ...stretches.flatMap(({ begin, end }) => [begin, end]), ...calls.map(sentAt)];
  const from = Math.min(...at), until = Math.max(...at, from + 1);
  const picture = byId("run-life"), width = Math.max(280, picture.clientWidth);
  const x = (seconds) => kGutter + (seconds - from) / (until - from) * (width - kGutter - kRight);
  const rows = kActions.filter((action) => calls.some((call) => call.action === action));
  const bottom = kFirstCall + rows.length * kCallGap, parts = [];
  for (const tick of ticksOf(from, until, width)) {
    parts.push(line("life-grid", x(tick), kBarTop, bottom), label("life-faint", x(tick), bottom + 14, tickText(tick, until - from), "middle"));
  }
  for (const { state, begin, end } of stretches) {
    if (kEnded.has(state)) parts.push(box(`life-end life-${state}`, x(begin) - 2, kBarTop - 3, 4, kBarHeight + 6));
    else parts.push(...barOf(state, x(begin), x(end)));
  }
  if (isOverdue) parts.push(...barOf("overdue", x(Math.min(now, stopDue)), x(now)));
  rows.forEach((action, place) => {
    const y = kFirstCall + place * kCallGap;
    parts.push(label("life-faint", kGutter - 8, y + 10, action, "end"));
    for (const call of calls) if (call.action === action) parts.push(box(callClass(call), x(sentAt(call)) - 1.5, y, 3, 12));
  });
  parts.push(...dueLine("start due", x(startDue), bottom, "end"),
             ...dueLine("stop due", x(stopDue), bottom, x(stopDue) + kGutter < width ? "start" : "end"));
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

/// The words of the start stand left of its line and those of the stop right of it, so that a short window has room for both.
function dueLine(text, at, bottom, anchor) {
  return [line("life-due", at, kBarTop - 6, bottom), label("life-due-name", at + (anchor === "end" ? 3 : -3), 11, text, anchor)];
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
  const said = [`Start due ${clock(run.start_due, now, true)}, stop due ${clock(run.stop_due, now, true)}.`];
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
  const end = stretches.at(-1);
  const looks = kEnded.has(end?.state) ? calls.filter((call) => call.action === "query" && sentAt(call) > end.begin).length : 0;
  if (looks > 0) said.push(`${count(looks, "look")} after its end.`);
  if (isOverdue) said.push(`Overdue by ${length(now - secondsOf(run.stop_due))}: it may still be running.`);
  return said.join(" ");
}
