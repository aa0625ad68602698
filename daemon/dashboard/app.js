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
const kLanesMax = 1000;
const kStaleAfterMs = 12000;    // taktd proves its life every 5 s
const kTransitionsShown = 20;
const kTroubledShown = 8;
const kDay = 86400;

let known, aheadSeconds = 0, heardAt = 0;
let life = null;  // ends what belongs to a session
let pictureAt = 0, isPictureOld = true, wanted = "";  // the timeline: when it was loaded, and what was looked for
let isLoading = false, isChanged = false, loadedAt = 0, loadTimer = 0, drawTimer = 0;
let untold = [];  // transitions that the next drawing takes

const now = () => Date.now() / 1000 + aheadSeconds;

function forget() {
  known = { status: null, toldAt: 0, providers: null, troubled: null, transitions: [], isStale: false, staleWhy: "" };
  loadedAt = 0;
  untold = [];
  isChanged = false;
  isPictureOld = true;
  pictureAt = 0;
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
    const [{ providers }, { runs }, { transitions }] = await Promise.all([
      session.ask("GET", "providers"),
      session.ask("GET", `runs?state=failed,skipped&since=${since}&limit=${kTroubledShown}&fields=brief`),
      session.ask("GET", `transitions?limit=${kTransitionsShown}`),
    ]);
    if (mine !== life) return;
    Object.assign(known, { providers, troubled: runs });
    addTransitions(transitions);
    loadPage();
    await loadPicture(mine);
  } catch (problem) {
    if (!(problem instanceof session.Problem)) throw problem;
    if (mine === life) known.staleWhy = problem.message;
  } finally {
    if (mine === life) {
      isLoading = false;
      redraw();
      if (isChanged || isPictureOld) loadSoon();
    }
  }
}

/// The timeline is the largest answer: it is asked for less often than what is written in words.
async function loadPicture(mine) {
  const age = performance.now() - pictureAt;
  if (age < (isPictureOld ? kBetweenPicturesMs : kPictureMs) && pictureAt !== 0) return;
  await findLanes(mine);
}

async function findLanes(mine) {
  const asked = wanted;
  isPictureOld = false;
  pictureAt = performance.now();
  const at = (seconds) => new Date(Math.floor(now() + seconds) * 1000).toISOString();
  const question = { from: at(-timeline.kPastSeconds), until: at(timeline.kAheadSeconds), limit: kLanesMax, ...parametersOf(asked) };
  const isWanted = () => mine === life && asked === wanted;
  try {
    const answer = await session.ask("GET", `timeline?${session.questionOf(question)}`);
    if (isWanted()) timeline.show(answer);
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

/// What is typed is looked for at once; a failure shows at the next load, which asks for it again.
function find(words) {
  wanted = words;
  if (life === null) return;
  findLanes(life).catch((problem) => {
    if (!(problem instanceof session.Problem)) throw problem;
    isPictureOld = true;
    loadSoon();
  });
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
  const next = known.status?.next_start;
  const plannedSkip = next ? timeline.plannedSkip(next.job, secondsOf(next.start_due)) : undefined;
  draw({ ...known, plannedSkip }, now(), age, {
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
