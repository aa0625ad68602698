// SPDX-License-Identifier: Apache-2.0
// The picture of a run's life and its words, of histories that take longer than a test may: what they show is in the page's module.
import assert from "node:assert/strict";

import { check, noMessages } from "./driver.mjs";

const kMinute = 60, kNow = Date.UTC(2026, 11, 1, 12) / 1000;
const at = (minutes) => new Date((kNow + minutes * kMinute) * 1000).toISOString();

/// A run that started an hour ago; `latest` is in minutes from now.
function historyOf({ state, latest, calls = [] }) {
  const transition = (seq, to, minutes) => ({ seq, to_state: to, at: at(minutes), reason: null });
  return {
    run: { state, start_due: at(-60), stop_due: at(30), max_end: at(latest), stop_plan: { provider: { settle_ns: 120e9 } } },
    transitions: [transition(1, "starting", -60), transition(2, "running", -59), ...state === "running" ? [] : [transition(3, state, -1)]],
    calls: [{ action: "start", outcome: "accepted", intent: at(-60), sent: at(-60), done: at(-60) }, ...calls],
  };
}

/// What the run's page shows of it.
const drawn = (page, history) => page.evaluate(async ([told, now]) => {
  const { drawLife } = await import(new URL("assets/life.js", document.baseURI).href);
  drawLife(told, now, false);
  const texts = (selector) => [...document.querySelectorAll(`#run-life ${selector}`)].map((each) => each.textContent);
  const wide = [...document.querySelectorAll("#run-life .life-settle")].map((each) => Number(each.getAttribute("width")));
  return { told: document.getElementById("run-life-told").textContent, dues: texts(".life-due-name"), far: texts("text.life-latest"), wide };
}, [history, kNow]);

/// To be called on a run's page, which nothing changes meanwhile.
export async function checkLife(page) {
  await check("a life shows until when settle makes answers doubtful, and when it ends at the latest", async () => {
    const stopSent = { action: "stop", outcome: "uncertain", intent: at(-1), sent: at(-1), done: at(-1) };
    const soon = await drawn(page, historyOf({ state: "running", latest: 60 }));
    assert.deepEqual(soon.dues, ["start due", "stop due", "latest end"]);
    assert.match(soon.told, /^Start due [\d:]+, stop due [\d:]+, latest end [\d:]+\. 1 start call/);
    assert.match(soon.told, /Until \d\d:02:00, 2:00 after the start call \(settle\), an answer could be about the time before it\./);
    assert.equal(soon.wide.length, 1);
    const cut = await drawn(page, historyOf({ state: "running", latest: 10 }));
    assert.match(cut.told, /latest end [\d:]+, before its stop\./);
    const same = await drawn(page, historyOf({ state: "running", latest: 30 }));
    assert.deepEqual(same.dues, ["start due", "stop due, latest end"]);
    assert.match(same.told, /stop due and latest end [\d:]+\./);
    const far = await drawn(page, historyOf({ state: "running", latest: 24 * 60 }));
    assert.deepEqual([far.dues, far.far.length], [["start due", "stop due"], 1]);
    assert.match(far.far[0], /^latest end .*\d\d:\d\d \u2192$/);
    const stopping = await drawn(page, historyOf({ state: "stopping", latest: 30, calls: [stopSent] }));
    assert.equal(stopping.wide.length, 2);
    assert.match(stopping.told, /Until \d\d:01:00, 2:00 after the stop call \(settle\), an answer may be about the time before it\./);
    const stopped = await drawn(page, historyOf({ state: "stopped", latest: 30, calls: [stopSent] }));
    assert.equal(stopped.wide.length, 1);
    assert.doesNotMatch(stopped.told, /stop call \(settle\)/);
    noMessages();
  });
}
