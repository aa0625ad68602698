// SPDX-License-Identifier: Apache-2.0
// Paints the timeline: the lanes in sight onto one canvas, the hours and how much runs at a time onto another. What is
// painted is told in words by lanes.js. The colours are those of style.css.

import { isHeading } from "./groups.js";
import { boundsOf, isOverdue, marksOf } from "./lanes.js";
import { hourAndMinute, length, offsetAt, weekday } from "./format.js";

export const kLaneHeight = 28;
export const kAxisHeight = 64;

const kBarTop = 6, kBarHeight = 16, kStripHeight = 30, kTickGap = 64;
const kSteps = [60, 300, 900, 1800, 3600, 10800, 21600, 43200];
const kFont = "12px system-ui, sans-serif", kBold = "700 12px system-ui, sans-serif";
// Where the system forces its colours upon the elements, a canvas must take them by itself.
const kForced = {
  text: "CanvasText", faint: "CanvasText", line: "GrayText", card: "Canvas", ground: "Canvas", live: "LinkText", "live-soft": "Canvas",
  warn: "CanvasText", "warn-line": "CanvasText", "warn-soft": "Canvas", ended: "CanvasText", failed: "CanvasText",
  overdue: "CanvasText", "overdue-soft": "Canvas", "on-overdue": "Canvas", focus: "Highlight",
};

let colours = {};

/// To be called when the theme changes.
export function readColours() {
  const style = getComputedStyle(document.documentElement);
  colours = matchMedia("(forced-colors: active)").matches ? kForced : Object.fromEntries(Object.keys(kForced).map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

/// The canvas's context, cleared, in CSS pixels.
function begin(canvas, width, height) {
  const scale = devicePixelRatio, [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== wide || canvas.height !== high) {
    Object.assign(canvas, { width: wide, height: high });
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const c = canvas.getContext("2d");
  c.setTransform(scale, 0, 0, scale, 0, 0);
  c.clearRect(0, 0, width, height);
  c.font = kFont;
  c.textBaseline = "middle";
  return c;
}

const placeIn = (sight) => (at) => (at - sight.from) / sight.span * sight.width;

function ticksOf(sight) {
  const step = kSteps.find((each) => each / sight.span * sight.width >= kTickGap) ?? kSteps.at(-1);
  const zone = offsetAt(sight.from);
  const ticks = [];
  for (let at = Math.ceil((sight.from + zone) / step) * step - zone; at < sight.from + sight.span; at += step) ticks.push(at);
  return ticks;
}

/// `sight`: from, span, width, height, top (how far it is scrolled), chosen ({ lane, mark } or null).
export function paintLanes(canvas, rows, sight, now) {
  const c = begin(canvas, sight.width, sight.height), x = placeIn(sight);
  c.fillStyle = colours.ground;
  c.fillRect(0, 0, Math.max(0, Math.min(sight.width, x(now))), sight.height);
  c.fillStyle = colours.line;
  for (const at of ticksOf(sight)) c.fillRect(Math.round(x(at)), 0, 1, sight.height);
  const first = Math.floor(sight.top / kLaneHeight);
  const last = Math.min(rows.length, Math.ceil((sight.top + sight.height) / kLaneHeight));
  for (let place = first; place < last; ++place) {
    const lane = rows[place], y = place * kLaneHeight - sight.top;
    if (isHeading(lane)) {
      c.fillStyle = lane.isClosed && lane.lanes.some(isOverdue) ? colours["overdue-soft"] : colours.ground;
      c.fillRect(0, y, sight.width, kLaneHeight);
      continue;
    }
    if (isOverdue(lane)) {
      c.fillStyle = colours["overdue-soft"];
      c.fillRect(0, y, sight.width, kLaneHeight);
    }
    c.fillStyle = colours.line;
    c.fillRect(0, y + kLaneHeight - 1, sight.width, 1);
    paintLane(c, lane, y + kBarTop, sight, now);
  }
  c.fillStyle = colours.focus;
  if (x(now) >= 0 && x(now) <= sight.width) c.fillRect(x(now) - 1, 0, 2, sight.height);
}

function paintLane(c, lane, y, sight, now) {
  const x = placeIn(sight);
  const after = [];  // what is live comes last, above all else
  let covered = -1;  // up to here a mark of a pixel would not be seen
  for (const mark of marksOf(lane, now)) {
    const [begins, ends] = boundsOf(mark, now).map(x);
    if (ends < -8 || begins > sight.width + 8) continue;
    if (mark.isLive) {
      after.push(mark);
      continue;
    }
    const isLoud = mark.state === "failed";
    if (ends <= covered && !isLoud) continue;
    covered = Math.max(covered, begins + 1);
    if (mark.isPlanned) paintPlanned(c, begins, ends, y, mark.skip !== null);
    else paintEnded(c, mark.state, begins, ends, y);
  }
  for (const run of after) paintLive(c, run, y, sight, now);
  if (sight.chosen !== null && sight.chosen.lane.job === lane.job) {
    const [begins, ends] = boundsOf(sight.chosen.mark, now).map(x);
    c.strokeStyle = colours.focus;
    c.lineWidth = 2;
    c.strokeRect(begins - 5, y - 3, Math.max(10, ends - begins + 10), kBarHeight + 6);
  }
}

/// An outline: nothing is there yet. Struck through where it will be skipped.
function paintPlanned(c, begins, ends, y, isSkipped) {
  const width = Math.max(2, ends - begins), colour = isSkipped ? colours.faint : colours.live;
  c.strokeStyle = c.fillStyle = colour;
  c.lineWidth = 1;
  if (width < 5) {
    c.fillRect(begins, y + (isSkipped ? 6 : 3), width, kBarHeight - (isSkipped ? 12 : 6));
    return;
  }
  c.fillStyle = colours.card;
  c.fillRect(begins, y + 2, width, kBarHeight - 4);
  c.setLineDash(isSkipped ? [3, 3] : []);
  c.strokeRect(begins + .5, y + 2.5, width - 1, kBarHeight - 5);
  c.setLineDash([]);
  if (!isSkipped) return;
  c.beginPath();
  c.moveTo(begins, y + kBarHeight / 2);
  c.lineTo(begins + width, y + kBarHeight / 2);
  c.stroke();
}

function paintEnded(c, state, begins, ends, y) {
  const middle = y + kBarHeight / 2, width = Math.max(3, ends - begins);
  if (state === "skipped" || state === "cancelled") {
    c.beginPath();
    for (const [dx, dy] of [[0, -5], [5, 0], [0, 5], [-5, 0]]) c.lineTo(begins + dx, middle + dy);
    c.closePath();
    c.fillStyle = colours.card;
    c.strokeStyle = colours.faint;
    c.lineWidth = 1.5;
    c.fill();
    c.stroke();
    return;
  }
  c.fillStyle = state === "failed" ? colours.failed : colours.ended;
  c.fillRect(begins, y + 2, width, kBarHeight - 4);
  if (state !== "failed") return;
  c.strokeStyle = colours.failed;
  c.lineWidth = 2;
  c.beginPath();
  for (const slope of [-1, 1]) {
    c.moveTo(begins - 5, middle - 7 * slope);
    c.lineTo(begins + 5, middle + 7 * slope);
  }
  c.stroke();
}

function paintLive(c, run, y, sight, now) {
  const x = placeIn(sight), [begins, ends] = boundsOf(run, now).map(x);
  const due = x(run.stop), present = x(now), width = Math.max(5, ends - begins);
  if (run.isOverdue) {
    c.fillStyle = colours.live;
    c.fillRect(begins, y + 1, Math.max(2, due - begins), kBarHeight - 2);
    const text = `OVERDUE ${length(now - run.stop)}`;
    c.font = kBold;
    const wide = Math.max(ends - due, 4) + c.measureText(text).width + 14;
    c.fillStyle = colours.overdue;
    c.fillRect(due, y - 2, wide, kBarHeight + 4);
    c.fillStyle = colours["on-overdue"];
    c.fillText(text, due + wide - c.measureText(text).width - 7, y + kBarHeight / 2 + 1);
    c.font = kFont;
    return;
  }
  const isSure = ["running", "paused", "stopping"].includes(run.state);
  c.fillStyle = isSure ? colours["live-soft"] : colours["warn-soft"];
  c.strokeStyle = isSure ? colours.live : colours["warn-line"];
  c.lineWidth = 1.5;
  c.fillRect(begins, y + 1, width, kBarHeight - 2);
  if (run.state === "running") {
    c.fillStyle = colours.live;
    c.fillRect(begins, y + 1, Math.max(2, Math.min(present, ends) - begins), kBarHeight - 2);
  } else {
    paintStripes(c, begins, width, y);
  }
  c.strokeRect(begins, y + 1, width, kBarHeight - 2);
  const text = run.state === "running" && run.stop > now ? `${length(run.stop - now)} left` : run.state;
  // Beside the bar; where that is out of sight, in what is left of it.
  const wide = c.measureText(text).width, isBeside = begins + width + wide + 9 < sight.width;
  const left = isBeside ? begins + width + 3 : Math.max(begins, Math.min(present, sight.width - wide - 9)) + 3;
  c.fillStyle = isBeside ? colours.card : colours["live-soft"];
  c.fillRect(left, y + 2, wide + 6, kBarHeight - 4);
  c.fillStyle = colours.text;
  c.fillText(text, left + 3, y + kBarHeight / 2 + 1);
}

/// What is under way: stopping, paused, unconfirmed.
function paintStripes(c, begins, width, y) {
  c.save();
  c.beginPath();
  c.rect(begins, y + 1, width, kBarHeight - 2);
  c.clip();
  c.lineWidth = 3;
  c.beginPath();
  for (let at = begins - kBarHeight; at < begins + width; at += 9) {
    c.moveTo(at, y + kBarHeight);
    c.lineTo(at + kBarHeight, y);
  }
  c.stroke();
  c.restore();
  c.lineWidth = 1.5;
}

/// How many run at a time, and the hours.
export function paintAxis(canvas, spans, sight, now) {
  const c = begin(canvas, sight.width, kAxisHeight), x = placeIn(sight);
  paintStrip(c, spans, sight, now);
  for (const at of ticksOf(sight)) {
    const isDay = (at + offsetAt(at)) % 86400 === 0;
    c.fillStyle = colours.line;
    c.fillRect(Math.round(x(at)), kStripHeight + 2, 1, kAxisHeight);
    c.fillStyle = isDay ? colours.text : colours.faint;
    c.fillText(isDay ? weekday(at) : hourAndMinute(at), x(at) + 4, kAxisHeight - 10);
  }
  if (x(now) < 0 || x(now) > sight.width) return;
  c.font = kBold;
  const text = `now ${hourAndMinute(now)}`;
  const width = c.measureText(text).width + 10, left = Math.min(Math.max(0, x(now) - width / 2), sight.width - width);
  c.fillStyle = colours.focus;
  c.fillRect(left, kStripHeight - 2, width, 18);
  c.fillRect(x(now) - 1, 0, 2, kAxisHeight);
  c.fillStyle = colours.card;
  c.fillText(text, left + 5, kStripHeight + 8);
}

function paintStrip(c, spans, sight, now) {
  const bins = Math.max(1, Math.floor(sight.width / 3)), changes = [new Float64Array(bins + 1), new Float64Array(bins + 1)];
  const add = (into, begin, end) => {
    const first = Math.floor((begin - sight.from) / sight.span * bins), last = Math.floor((end - sight.from) / sight.span * bins);
    if (last < 0 || first >= bins || end < begin) return;
    into[Math.max(0, first)] += 1;
    into[Math.min(bins, last + 1)] -= 1;
  };
  for (let at = 0; at < spans.past.length; at += 2) add(changes[0], spans.past[at], Math.min(now, spans.past[at + 1]));
  for (let at = 0; at < spans.ahead.length; at += 2) add(changes[1], Math.max(now, spans.ahead[at]), spans.ahead[at + 1]);
  const [past, planned] = changes.map((each) => {
    let sum = 0;
    return each.map((change) => { sum += change; return sum; });
  });
  let most = 1;
  for (let bin = 0; bin < bins; ++bin) most = Math.max(most, past[bin] + planned[bin]);
  const unit = (kStripHeight - 14) / most;  // below the words
  for (let bin = 0; bin < bins; ++bin) {
    c.fillStyle = colours.ended;
    c.fillRect(bin * 3, kStripHeight - past[bin] * unit, 3, past[bin] * unit);
    c.fillStyle = colours.live;
    c.fillRect(bin * 3, kStripHeight - (past[bin] + planned[bin]) * unit, 2, planned[bin] * unit);
  }
  c.fillStyle = colours.faint;
  c.fillText(`up to ${most} at a time`, 4, 8);
}
