// SPDX-License-Identifier: Apache-2.0
// The dashboard. Signing in is session.js, what may be done actions.js, what is shown view.js, what happens stream.js.
// This file asks: once at the beginning, and again whenever an event says that something has changed.

import * as actions from "./actions.js";
import { jobAddress, listAddress, placeOf, runAddress } from "./address.js";
import { byId, setText, showText } from "./elements.js";
import { secondsOf } from "./format.js";
import { jobList } from "./job_list.js";
import { jobPage } from "./job_page.js";
import * as more from "./more_actions.js";
import { runList } from "./run_list.js";
import { runPage } from "./run_page.js";
import { parametersOf } from "./search.js";
import * as session from "./session.js";
import * as settings from "./settings.js";
import { followTogether } from "./stream.js";
import * as timeline from "./timeline.js";
import { draw, newsBetween } from "./view.js";

const kBetweenLoadsMs = 1000;   // however much happens
const kBetweenDrawsMs = 250;    // likewise
const kReloadMs = 10000;        // what no event tells: tokens, queues
const kBetweenPicturesMs = 3000, kPictureMs = 30000;
const kPicturesApart = 4;       // times as long as taktd takes for one: a plan of 100,000 jobs is work
const kPicturePatienceMs = 60000;
const kFirstLanes = 200, kLanesMax = 1000;
const kStaleAfterMs = 12000;    // taktd proves its life every 5 s
const kTransitionsShown = 20;
const kTroubledShown = 8;
const kPlannedAsked = 20;       // what the next starts are found among, whatever has begun meanwhile
const kDay = 86400;

let known, aheadSeconds = 0, heardAt = 0;
let life = null;  // ends what belongs to a session
// The timeline: when it was asked for, how long that took, and what was looked for.
let pictureAt = 0, pictureTook = 0, isPictureOld = true, isPictureComing = false, wanted = "";
let isLoading = false, isChanged = false, loadedAt = 0, loadTimer = 0, drawTimer = 0;
let untold = [];  // transitions that the next drawing takes

const now = () => Date.now() / 1000 + aheadSeconds;

function forget() {
  known = { status: null, toldAt: 0, providers: null, troubled: null, planned: null, transitions: [], isStale: false, staleWhy: "" };
  loadedAt = 0;
  untold = [];
  isChanged = false;
  isPictureOld = true;
  pictureAt = pictureTook = 0;
  timeline.forget();
}

function heard(instant) {
  heardAt = performance.now();
  if (instant && !Number.isNaN(secondsOf(instant))) aheadSeconds = secondsOf(instant) - Date.now() / 1000;
}

/// Newest first, each once, whichever way they came.
function addTransitions(told) {
  const all = new Map([...told, ...known.transitions].map((each) => [`${each.run_id} ${each.seq}`, each]));
  known.transitions = [...all.values()]
    .sort((a, b) => secondsOf(b.at) - secondsOf(a.at) || (a.run_id === b.run_id ? b.seq - a.seq : 0))
    .slice(0, kTransitionsShown);
}

/// Holds and runs are left out of a status while the store cannot be read: those of before are shown on.
function takeStatus(told) {
  const before = known.status;
  const status = before === null ? told : { ...told, ...Object.fromEntries(
    ["overdue", "overdue_runs", "runs", "holds", "disabled"].filter((name) => !(name in told)).map((name) => [name, before[name]])) };
  if ("overdue_runs" in told) known.toldAt = secondsOf(told.now);
  const news = newsBetween(before, status);
  if (news !== "") setText(byId("spoken"), news);
  known.status = status;
  settings.takeConfigZone(status.time_zone);
}

async function load() {
  const mine = life;
  isLoading = true;
  isChanged = false;
  loadedAt = performance.now();
  try {
    const since = encodeURIComponent(new Date((now() - kDay) * 1000).toISOString());
    const status = await session.ask("GET", "status");
    if (mine !== life) return;
    heard(status.now);
    // Behind the newest event that the first status knew: nothing is missed between the two, however long the picture takes.
    if (known.status === null) followTogether(status.event, mine.signal, { onEvent: takeEvent, onLife: heard });
    takeStatus(status);
    known.staleWhy = "";
    redraw();
    loadPicture(mine);
    const [{ providers }, { runs }, { transitions }] = await Promise.all([
      session.ask("GET", "providers"),
      session.ask("GET", `runs?state=failed,skipped&since=${since}&limit=${kTroubledShown}&fields=brief`),
      session.ask("GET", `transitions?limit=${kTransitionsShown}`),
    ]);
    if (mine !== life) return;
    Object.assign(known, { providers, troubled: runs });
    addTransitions(transitions);
    loadPage();
  } catch (problem) {
    if (!(problem instanceof session.Problem)) throw problem;
    if (mine === life) known.staleWhy = problem.message;
  } finally {
    if (mine === life) {
      isLoading = false;
      redraw();
      if (isChanged) loadSoon();
    }
  }
}

/// The timeline is the largest answer, and what taktd plans for it the most work: it is asked for less often than what is written in
/// words, which does not wait for it.
async function loadPicture(mine) {
  const isFirst = pictureAt === 0;
  const wait = Math.max(isPictureOld ? kBetweenPicturesMs : kPictureMs, kPicturesApart * pictureTook);
  if (isPictureComing || (!isFirst && performance.now() - pictureAt < wait)) return;
  isPictureComing = true;
  try {
    await (isFirst ? findLanes(mine) : loadLanes(mine, true));
    const { windows } = await session.ask("GET", `plan?limit=${kPlannedAsked}`, undefined, {}, kPicturePatienceMs);
    if (mine === life) known.planned = windows;
  } catch (problem) {
    failPicture(problem, mine);
  } finally {
    isPictureComing = false;
    redraw();
  }
}

function failPicture(problem, mine) {
  if (!(problem instanceof session.Problem)) throw problem;
  if (mine !== life) return;
  isPictureOld = true;
  timeline.fail(problem.message);
}

/// Other lanes are wanted, or the first ones: what has been and what runs comes at once, and behind it what is planned, for which
/// taktd may reckon for seconds.
async function findLanes(mine) {
  const asked = wanted;
  await loadLanes(mine, false);
  if (mine === life && asked === wanted) await loadLanes(mine, true);
}

async function loadLanes(mine, hasPlan) {
  const asked = wanted, begin = performance.now(), seconds = Math.floor(now());
  if (hasPlan) [pictureAt, isPictureOld] = [begin, false];
  const at = (second) => new Date(second * 1000).toISOString(), until = at(seconds + timeline.kAheadSeconds);
  const question = { from: at(seconds - timeline.kPastSeconds), until: hasPlan ? until : at(seconds - 1), limit: hasPlan ? kLanesMax : kFirstLanes };
  const isWanted = () => mine === life && asked === wanted;
  try {
    const path = `timeline?${session.questionOf({ ...question, ...parametersOf(asked) })}`;
    const answer = await session.ask("GET", path, undefined, {}, kPicturePatienceMs);
    if (hasPlan) pictureTook = performance.now() - begin;
    if (isWanted()) timeline.show({ ...answer, until });
  } catch (problem) {
    // A word that taktd does not know is no failure to load.
    if (problem.status !== 400) throw problem;
    if (isWanted()) timeline.refuse(problem.message);
  }
}

/// What the timeline is narrowed to stands in the address, whatever page is left and come back to.
function narrow({ q, group }) {
  history.replaceState(null, "", listAddress("", { q, group }));
  keepOverview();
  if (q !== wanted) find(q);
}

function keepOverview() {
  for (const id of ["to-overview", "run-back", "job-back"]) byId(id).href = location.hash || "#/";
}

/// What is typed is looked for at once; what fails is asked for again with the next picture.
function find(words) {
  wanted = words;
  const mine = life;
  if (mine !== null) findLanes(mine).catch((problem) => failPicture(problem, mine));
}

/// At most once a second, and never twice at a time.
function loadSoon() {
  isChanged = true;
  if (isLoading || loadTimer !== 0) return;
  loadTimer = setTimeout(() => {
    loadTimer = 0;
    if (life !== null && !isLoading) load();
  }, Math.max(0, loadedAt + kBetweenLoadsMs - performance.now()));
}

function redraw() {
  if (life === null) return;
  const age = (performance.now() - heardAt) / 1000;
  known.isStale = age * 1000 > kStaleAfterMs || (known.staleWhy !== "" && known.status !== null);
  timeline.draw();
  draw(known, now(), age, {
    stopRun: (run) => actions.stopRun(run, now()), release: actions.release,
    retryProvider: (provider) => more.retryProvider(provider),
  });
}

/// What comes within a moment is drawn once.
function drawSoon() {
  if (drawTimer !== 0) return;
  drawTimer = setTimeout(() => {
    drawTimer = 0;
    addTransitions(untold);
    untold = [];
    redraw();
  }, kBetweenDrawsMs);
}

function takeEvent(type, data) {
  if (type === "transition") {
    untold.push(data);
    if (untold.length > kTransitionsShown) untold.shift();
    drawSoon();
  }
  if (!["bye", "call", "providers", "status"].includes(type)) isPictureOld = true;
  if (type !== "bye") loadSoon();
}

async function begin() {
  life?.abort();
  life = new AbortController();
  const mine = life;
  forget();
  isLoading = false;
  heard(null);
  byId("login").hidden = true;
  byId("page").hidden = false;
  const beat = setInterval(() => {
    if (performance.now() - loadedAt > kReloadMs) loadSoon();
    if (known.status !== null) loadPicture(mine);
    redraw();
  }, 1000);
  mine.signal.addEventListener("abort", () => clearInterval(beat));
  while (known.status === null && mine === life) {
    await load();
    if (known.status === null && mine === life) {
      await new Promise((resume) => setTimeout(resume, 2000));
    }
  }
}

function showLogin(why) {
  life?.abort();
  life = null;
  actions.close();
  document.title = "taktd";
  byId("page").hidden = true;
  byId("login").hidden = false;
  showText(byId("login-problem"), why);
  byId("token").value = "";
  byId("token").focus();
}

/// `sign` signs in, or throws a Problem.
async function enter(sign) {
  try {
    await sign();
  } catch (problem) {
    if (!(problem instanceof session.Problem)) throw problem;
    showLogin(problem.message);
    return;
  }
  begin();
}

function arrive() {
  const code = session.takeLoginCode();
  if (code !== null) enter(() => session.signInByCode(code));
  else if (life === null && session.isSignedIn()) begin();
  else if (life === null) showLogin("");
  goTo();
}

const openRun = (id) => { location.hash = runAddress(id); };
const openJob = (job) => { location.hash = jobAddress(job); };

/// What the address names: a list, a run, a job, or else the overview.
function goTo() {
  const { kind, name, filters } = placeOf(location.hash);
  byId("overview").hidden = kind !== "overview";
  if (kind === "overview") {
    const [q, group] = ["q", "group"].map((part) => filters.get(part) ?? "");
    timeline.setNarrowing({ q, group });
    keepOverview();
    if (q !== wanted) find(q);
  }
  runList.show(kind === "runs" ? filters : null);
  jobList.show(kind === "jobs" ? filters : null);
  runPage.show(kind === "run" ? name : null);
  jobPage.show(kind === "job" ? name : null);
  for (const [id, kinds] of [["to-overview", ["overview"]], ["to-runs", ["runs", "run"]], ["to-jobs", ["jobs", "job"]]])
    byId(id).ariaCurrent = kinds.includes(kind) ? "page" : null;
  if (life === null) return;
  loadPage();
  redraw();
}

function loadPage() {
  const may = (acts) => (about) => known.status?.role === "operator" ? acts(about) : [];
  const isOverdue = (id) => (known.status?.overdue_runs ?? []).some((run) => run.id === id);
  const { providers } = known;
  runList.load({ now: now(), providers });
  jobList.load({ now: now(), providers });
  runPage.load({ now: now(), acts: may(actionsOn), isOverdue });
  jobPage.load({ now: now(), acts: may(actionsFor) });
}

function actionsFor({ job, disabled }) {
  return [
    ["Start...", () => actions.startJob(job)],
    ["Hold...", () => actions.hold(null, [], job)],
    disabled ? ["Enable...", () => more.enableJob(job)] : ["Disable...", () => more.disableJob(job)],
  ];
}

function actionsOn(run) {
  if (run.obligation !== "open") return [];
  const acts = [["Stop...", () => actions.stopRun(run, now())]];
  if (run.state === "running") acts.push(["Pause...", () => more.pauseRun(run)]);
  if (run.state === "paused") acts.push(["Resume...", () => more.resumeRun(run)]);
  acts.push(["Discharge...", () => more.dischargeRun(run)]);
  return acts;
}

const live = () => known.status?.live_runs ?? null;

session.onEnd(showLogin);
actions.prepare(loadSoon);
timeline.prepare(now, narrow, { openRun, openJob });
byId("login-form").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(() => session.signInByToken(byId("token").value.trim()));
});
byId("sign-out").addEventListener("click", async () => {
  await session.signOut();
  showLogin("");
});
byId("start").addEventListener("click", () => actions.startJob());
byId("hold").addEventListener("click", () => actions.hold(live(), (known.providers ?? []).map(({ provider }) => provider)));
byId("stop-all").addEventListener("click", () => actions.stopAll(live()));
byId("reload").addEventListener("click", () => more.reload());
const ifOperator = (act) => () => { if (known.status?.role === "operator") act(); };
settings.prepare({
  o: () => byId("to-overview").click(), r: () => byId("to-runs").click(), j: () => byId("to-jobs").click(),
  s: ifOperator(() => byId("start").click()), h: ifOperator(() => byId("hold").click()),
  "/": () => {
    byId("to-overview").click();
    goTo();  // the address is told of later than it changes
    byId("find").focus();
  },
}, () => {
  timeline.restyle();
  if (life !== null) loadPage();
  redraw();
});
addEventListener("hashchange", arrive);
arrive();
