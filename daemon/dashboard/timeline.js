// SPDX-License-Identifier: Apache-2.0
// The timeline: a lane for each job, 6 hours back and 24 ahead. Names are elements, which are found, focused and read aloud;
// bars are painted on one canvas, for the lanes in sight only, so that 1,000 lanes cost what 20 do. lanes.js has what the
// lanes are, paint.js how they look.

import { byId, element, setClass, setRows, setText, showText } from "./elements.js";
import { count } from "./format.js";
import { choicesOf, isHeading, keyOf, noteOfGroup, rowsOf } from "./groups.js";
import { boundsOf, describe, isOverdue, lanesOf, liveRunsOf, marksOf, noteOf, wordsOf } from "./lanes.js";
import { kLaneHeight, paintAxis, paintLanes, readColours } from "./paint.js";

export const kPastSeconds = 6 * 3600, kAheadSeconds = 24 * 3600;
const kSpanMin = 600, kSpanMax = kPastSeconds + kAheadSeconds;
const kShareOfPast = kPastSeconds / kSpanMax;  // left of the now-line while the picture follows it
const kTypingMs = 200, kDragPixels = 4, kHitPixels = 7;

const kNothing = { from: 0, until: 0, lanes: [], isPart: false, isPlanned: true, spans: { past: [], ahead: [] } };

let picture = kNothing;
let rows = [];  // the lanes, and the headings of their groups
const closed = new Set();  // headings whose lanes are not shown
const sight = { from: 0, span: kSpanMax, width: 1, height: 1, top: 0, chosen: null };
let isFollowing = true, focusedRow = null, presentNow = () => 0, isDue = false;
let refusal = "", failure = "";
let named = { rows: null, state: [] };  // what the names were drawn for

/// `tellNow()` is taktd's time; `narrow({ q, group })` is called when other lanes are wanted; `opens`: what opens a run by its
/// id, and a job by its name.
export function prepare(tellNow, narrow, opens) {
  presentNow = tellNow;
  readColours();
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", restyle);
  new ResizeObserver(draw).observe(byId("lanes"));
  byId("lanes").addEventListener("scroll", draw, { passive: true });
  byId("zoom").addEventListener("click", (event) => press(event.target.closest("button")?.value));
  let timer = 0;
  byId("find").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => narrow(narrowing()), kTypingMs);
  });
  byId("group").addEventListener("change", () => {
    closed.clear();
    arrange();
    narrow(narrowing());
  });
  listenToPointer(opens.openRun);
  byId("lanes").addEventListener("keydown", (event) => takeKey(event, opens.openRun));
  byId("lane-names").addEventListener("click", (event) => {
    const row = rows.find((each) => keyOf(each) === event.target.closest("li")?.dataset.key);
    if (!row) return;
    if (isHeading(row)) setClosed(row, !row.isClosed);
    else opens.openJob(row.job);
  });
  byId("lane-names").addEventListener("focusin", (event) => {
    const { key } = event.target.closest("li").dataset;
    if (key === focusedRow) return;
    focusedRow = key;
    choose(null);
  });
}

const narrowing = () => ({ q: byId("find").value.trim(), group: byId("group").value });

/// As the address has it.
export function setNarrowing({ q, group }) {
  if (byId("find").value.trim() !== q) byId("find").value = q;
  if (byId("group").value === group) return;
  offerGroups([[group, group.replace(/^(label:)?/, "by ")]]);
  byId("group").value = group;
  closed.clear();
  arrange();
}

function offerGroups(choices) {
  const known = new Set([...byId("group").options].map((option) => option.value));
  for (const [value, text] of choices) if (!known.has(value)) byId("group").append(new Option(text, value));
}

function arrange() {
  rows = rowsOf(picture.lanes, byId("group").value, closed);
  draw();
}

function setClosed(group, isClosed) {
  if (isClosed) closed.add(group.heading);
  else closed.delete(group.heading);
  arrange();
}

/// The theme or the zone is another one.
export function restyle() {
  readColours();
  named.rows = null;
  draw();
}

export function show(answer) {
  picture = lanesOf(answer);
  refusal = failure = "";
  offerGroups(choicesOf(picture.lanes));
  const { chosen } = sight;
  if (chosen !== null) {
    const lane = picture.lanes.find((each) => each.job === chosen.lane.job);
    const mark = lane?.[chosen.mark.isPlanned ? "windows" : "runs"].find((each) => each.start === chosen.mark.start);
    sight.chosen = mark ? { lane, mark } : null;
  }
  arrange();
}

/// It could not be loaded; what is there stays.
export function fail(why) {
  failure = `${picture === kNothing ? "The timeline could not be loaded" : "The timeline is that of before"}: ${why}`;
  draw();
}

/// What is typed cannot be looked for.
export function refuse(why) {
  picture = { ...picture, lanes: [], isPart: false, isPlanned: true, spans: { past: [], ahead: [] } };
  refusal = why;
  arrange();
}

export function forget() {
  picture = kNothing;
  rows = [];
  refusal = failure = "";
  closed.clear();
  Object.assign(sight, { span: kSpanMax, chosen: null });
  isFollowing = true;
}

/// Once for each frame, however often it is called.
export function draw() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    drawNow();
  });
}

function drawNow() {
  const scroller = byId("lanes"), now = presentNow();
  if (scroller.clientWidth === 0) return;  // not shown
  const names = byId("lane-names").offsetWidth;
  byId("lanes-tall").style.height = `${Math.max(1, rows.length) * kLaneHeight}px`;
  Object.assign(sight, { width: scroller.clientWidth - names, height: scroller.clientHeight, top: scroller.scrollTop });
  if (isFollowing) sight.from = now - sight.span * kShareOfPast;
  byId("bars").style.marginLeft = byId("axis").style.marginLeft = `${names}px`;
  paintAxis(byId("axis"), picture.spans, sight, now);
  paintLanes(byId("bars"), rows, sight, now);
  // Names tell seconds, and do not depend on what is in sight from left to right.
  const state = [sight.top, sight.height, Math.floor(now), focusedRow];
  if (rows !== named.rows || state.some((each, place) => each !== named.state[place])) {
    named = { rows, state };
    drawNames(now);
  }
  drawTold(now);
  drawTitle();
  for (const button of byId("zoom").querySelectorAll("[data-span]"))
    button.ariaPressed = String(isFollowing && Number(button.dataset.span) === sight.span);
}

function drawTitle() {
  const words = byId("find").value.trim(), { lanes } = picture;
  const none = refusal || (words === "" ? "There is no job." : `No job is found by '${words}'.`);
  showText(byId("no-lanes"), failure || (lanes.length > 0 || picture === kNothing ? "" : none));
  const said = [count(lanes.length, "job")];
  if (picture.isPart) said.push("the first ones; find the rest");
  if (!picture.isPlanned) said.push("what is planned is still to come");
  setText(byId("timeline-title"), picture === kNothing && refusal === "" ? "Timeline" : `Timeline: ${said.join(", ")}`);
}

/// Elements for the lanes in sight alone, and for the one that has the focus.
function drawNames(now) {
  const focused = Math.max(0, rows.findIndex((row) => keyOf(row) === focusedRow));
  const first = Math.floor(sight.top / kLaneHeight), last = Math.ceil((sight.top + sight.height) / kLaneHeight);
  const shown = [];
  for (let place = 0; place < rows.length; ++place)
    if ((place >= first && place < last) || place === focused) shown.push({ lane: rows[place], place });
  setRows(byId("lane-names"), shown, ({ lane }) => keyOf(lane), ({ lane }) => {
    const row = element("li"), button = element("button", "lane");
    button.type = "button";
    button.append(element("span", "name"), element("span", "note"), element("span", "spoken"));
    row.title = lane.job ?? lane.heading;
    row.append(button);
    return row;
  }, (row, { lane, place }) => {
    const [name, note, words] = row.firstChild.children;
    row.style.top = `${place * kLaneHeight}px`;
    row.ariaSetSize = String(rows.length);
    row.ariaPosInSet = String(place + 1);
    row.firstChild.tabIndex = place === focused ? 0 : -1;
    if (isHeading(lane)) {
      setClass(row, `heading${lane.isClosed && lane.lanes.some(isOverdue) ? " overdue" : ""}`);
      row.firstChild.ariaExpanded = String(!lane.isClosed);
      setText(name, lane.heading);
      setText(note, noteOfGroup(lane));
      return;
    }
    setClass(row, isOverdue(lane) ? "overdue" : liveRunsOf(lane)[0]?.state ?? "");
    setText(name, lane.job);
    setText(note, noteOf(lane, now));
    setText(words, `. ${wordsOf(lane, now, picture.isPlanned)}`);
  });
}

/// The chosen mark in words, below the picture; it is spoken when it is another one.
function drawTold(now) {
  const { chosen } = sight;
  setText(byId("mark"), chosen === null ? "Point at a mark, or choose a lane and a mark with the arrow keys: it is described here."
    : describe(chosen.lane, chosen.mark, now));
}

function choose(chosen) {
  sight.chosen = chosen;
  if (chosen !== null && document.activeElement?.closest("#lanes")) setText(byId("mark-spoken"), describe(chosen.lane, chosen.mark, presentNow()));
  draw();
}

// What may be seen: no further than what has been loaded.
function lookAt(from, span) {
  isFollowing = false;
  sight.span = Math.min(kSpanMax, Math.max(kSpanMin, span));
  sight.from = Math.min(picture.until - sight.span, Math.max(picture.from, from));
  draw();
}

function zoom(factor, about) {
  if (isFollowing && about === undefined) {
    sight.span = Math.min(kSpanMax, Math.max(kSpanMin, sight.span * factor));
    draw();
    return;
  }
  const anchor = about ?? sight.from + sight.span / 2, share = (anchor - sight.from) / sight.span;
  const span = Math.min(kSpanMax, Math.max(kSpanMin, sight.span * factor));
  lookAt(anchor - share * span, span);
}

const pan = (share) => lookAt(sight.from + share * sight.span, sight.span);

function follow(span) {
  isFollowing = true;
  sight.span = span;
  draw();
}

function press(value) {
  if (value === "in") zoom(.5);
  else if (value === "out") zoom(2);
  else if (value === "back") pan(-.5);
  else if (value === "on") pan(.5);
  else if (value === "now") follow(sight.span);
  else if (value) follow(Number(value) * 3600);
}

function markAt(event) {
  const box = byId("bars").getBoundingClientRect(), now = presentNow();
  const lane = rows[Math.floor((event.clientY - box.top + sight.top) / kLaneHeight)];
  if (!lane || isHeading(lane)) return null;
  const perPixel = sight.span / sight.width, at = sight.from + (event.clientX - box.left) * perPixel;
  let best = null, least = kHitPixels * perPixel;
  for (const mark of marksOf(lane, now)) {
    const [begins, ends] = boundsOf(mark, now);
    const away = Math.max(0, begins - at, at - ends);
    if (away < least || (away === least && !mark.isPlanned)) [best, least] = [mark, away];
  }
  return best === null ? null : { lane, mark: best };
}

function listenToPointer(open) {
  const bars = byId("bars");
  let pressed = null;
  bars.addEventListener("pointerdown", (event) => {
    pressed = { x: event.clientX, from: sight.from, isDrag: false };
    bars.setPointerCapture(event.pointerId);
  });
  bars.addEventListener("pointermove", (event) => {
    if (pressed === null) {
      const found = markAt(event);
      if (found?.mark !== sight.chosen?.mark) choose(found);
      return;
    }
    const moved = event.clientX - pressed.x;
    pressed.isDrag ||= Math.abs(moved) > kDragPixels;
    if (pressed.isDrag) lookAt(pressed.from - moved / sight.width * sight.span, sight.span);
  });
  bars.addEventListener("pointerup", (event) => {
    const found = pressed?.isDrag === false ? markAt(event) : null;
    pressed = null;
    if (found === null) return;
    choose(found);
    if (!found.mark.isPlanned) open(found.mark.id);
  });
  bars.addEventListener("pointercancel", () => { pressed = null; });
  byId("lanes").addEventListener("wheel", (event) => {
    const isZoom = event.ctrlKey || event.metaKey, isPan = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!isZoom && !isPan) return;
    event.preventDefault();
    const at = (event.clientX - bars.getBoundingClientRect().left) / sight.width;
    if (isZoom) zoom(Math.exp(event.deltaY * .003), sight.from + at * sight.span);
    else pan((event.deltaX || event.deltaY) / sight.width);
  }, { passive: false });
}

/// Up and down go from lane to lane, left and right from mark to mark or close and open a group, plus and minus zoom, Enter opens
/// the chosen run.
function takeKey(event, open) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const place = Math.max(0, rows.findIndex((row) => keyOf(row) === focusedRow)), sideways = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const page = Math.max(1, Math.floor(sight.height / kLaneHeight) - 1);
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -rows.length, End: rows.length }[event.key];
  if (rows.length === 0) return;
  if (step !== undefined) focusRow(Math.min(rows.length - 1, Math.max(0, place + step)));
  else if (sideways !== undefined && isHeading(rows[place])) setClosed(rows[place], sideways < 0);
  else if (sideways !== undefined) chooseBeside(rows[place], sideways);
  else if (event.key === "+") zoom(.5);
  else if (event.key === "-") zoom(2);
  else if (event.key === "Enter" && sight.chosen !== null && !sight.chosen.mark.isPlanned) open(sight.chosen.mark.id);
  else return;
  event.preventDefault();
}

function focusRow(place) {
  const scroller = byId("lanes"), top = place * kLaneHeight;
  focusedRow = keyOf(rows[place]);
  sight.chosen = null;
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  if (top + kLaneHeight > scroller.scrollTop + sight.height) scroller.scrollTop = top + kLaneHeight - sight.height;
  drawNow();
  byId("lane-names").querySelector("[tabindex='0']").focus();
}

/// From the mark that is chosen, or from now, to the next one; the picture moves where it is out of sight.
function chooseBeside(lane, step) {
  const now = presentNow(), marks = marksOf(lane, now);
  if (marks.length === 0) return;
  let place = sight.chosen === null ? -1 : marks.indexOf(sight.chosen.mark);
  if (place >= 0) place = Math.min(marks.length - 1, Math.max(0, place + step));
  else place = Math.max(0, marks.findLastIndex((mark) => mark.start <= now));
  const [begins] = boundsOf(marks[place], now);
  if (begins < sight.from || begins > sight.from + sight.span) lookAt(begins - sight.span / 2, sight.span);
  choose({ lane, mark: marks[place] });
}
