// SPDX-License-Identifier: Apache-2.0
// How fast the dashboard is, in figures; bench.py has made the world. None of them decides anything.
import { browser, openPage, picture, replaceFiles, shows, signInByToken, told } from "./driver.mjs";

const kFrames = 120, kEventsPerSecond = 50, kEventSeconds = 10, kTabs = 8, kReplayMs = 5000;

const say = (name, figures) => console.log(`${name.padEnd(28)}${figures}`);
const ms = (number) => `${number.toFixed(1)} ms`;
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function metricsOf(client) {
  const { metrics } = await client.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

async function firstPicture(page, client) {
  const before = await metricsOf(client);
  await page.addInitScript(() => {
    const look = () => {
      const isThere = document.getElementById("timeline-title")?.textContent.includes("1000 jobs") && document.querySelector("#lane-names li");
      if (isThere) globalThis.firstPictureAt = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.reload();
  await page.waitForFunction(() => globalThis.firstPictureAt !== undefined);
  const after = await metricsOf(client), at = await page.evaluate(() => globalThis.firstPictureAt);
  const parts = ["TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration"].map((name) => {
    const spent = after[name] >= before[name] ? after[name] - before[name] : after[name];
    return `${name.replace("Duration", "").toLowerCase()} ${ms(1000 * spent)}`;
  });
  say("first picture", `${ms(at)} after the address was opened`);
  say("main thread busy for it", parts.join(", "));
}

/// What one frame's painting costs in script, and how far apart frames are.
async function frames(page, name, wheel) {
  const { costs, gaps } = await page.evaluate(async ([move, number]) => {
    const lanes = document.getElementById("lanes"), frame = () => new Promise(requestAnimationFrame), costs = [], gaps = [];
    let last = await frame();
    for (let count = 0; count < number; ++count) {
      // In the next frame the three run in this order: a look at the clock, the picture, a look at the clock.
      const began = new Promise((resume) => requestAnimationFrame(() => resume(performance.now())));
      lanes.dispatchEvent(new WheelEvent("wheel", { ...move, clientX: 700, bubbles: true, cancelable: true }));
      let at;
      const ended = new Promise((resume) => requestAnimationFrame((time) => { at = time; resume(performance.now()); }));
      costs.push(-(await began) + await ended);
      gaps.push(at - last);
      last = at;
    }
    return { costs, gaps };
  }, [wheel, kFrames]);
  say(name, `script of a frame: median ${ms(median(costs))}, most ${ms(Math.max(...costs))}; frames ${ms(median(gaps))} apart, at most ${ms(Math.max(...gaps))}`);
}

/// Events come as from the tab that reads the stream.
async function events(page, client, context) {
  const sender = await context.newPage();
  await sender.goto(`${told.address}assets/icon.svg`);
  await page.bringToFront();
  await client.send("HeapProfiler.collectGarbage");
  const before = await metricsOf(client);
  await sender.evaluate(async ([perSecond, seconds]) => {
    const channel = new BroadcastChannel("taktd-events /"), begin = performance.now();
    for (let number = 0; number < perSecond * seconds; ++number) {
      const wait = begin + number * 1000 / perSecond - performance.now();
      if (wait > 0) await new Promise((resume) => setTimeout(resume, wait));
      const run = `01a20000-0000-7000-8000-${(number % 1000).toString(16).padStart(12, "0")}`;
      channel.postMessage({ type: "transition", id: null, data: {
        run_id: run, seq: number, from_state: "starting", to_state: "running", at: new Date().toISOString(), reason: null, actor: "taktd",
        job: `job-${String(number % 1000).padStart(4, "0")}` } });
    }
  }, [kEventsPerSecond, kEventSeconds]);
  const after = await metricsOf(client), spent = after.TaskDuration - before.TaskDuration, passed = after.Timestamp - before.Timestamp;
  await client.send("HeapProfiler.collectGarbage");
  const settled = await metricsOf(client), mib = (bytes) => (bytes / 2 ** 20).toFixed(1);
  say(`${kEventsPerSecond} events a second`, `${(100 * spent / passed).toFixed(1)} % of a core; heap ${mib(before.JSHeapUsedSize)} MiB before, ${mib(settled.JSHeapUsedSize)} MiB after`);
  await sender.close();
}

async function eightTabs(answer) {
  const context = await browser.newContext({ viewport: { width: 1000, height: 700 } }), tabs = [];
  await replay(context, answer);
  if (process.env.TAKTD_PAGE) await replaceFiles(context, process.env.TAKTD_PAGE);
  for (let number = 0; number < kTabs; ++number) {
    const tab = await context.newPage();
    await tab.goto(told.address);
    await signInByToken(tab, told.operator);
    await shows(tab, "#next", "job");
    tabs.push(tab);
  }
  const eighth = tabs.at(-1);
  await eighth.bringToFront();
  await eighth.click("#start");
  await eighth.fill("#field-job", "load");
  await eighth.fill("#field-for", "1h");
  await eighth.click("#dialog-do");
  await shows(eighth, "#dialog-answer", "Its stop is due");
  await eighth.keyboard.press("Escape");
  await eighth.click("#runs button[aria-label='Stop load']");
  const took = await eighth.evaluate(async () => {
    const answer = document.getElementById("dialog-answer"), begin = performance.now();
    document.getElementById("dialog-do").click();
    while (answer.hidden) await new Promise((resume) => setTimeout(resume, 1));
    return performance.now() - begin;
  });
  say("a stop from the eighth tab", `answered after ${ms(took)}`);
  await context.close();
}

/// Asks for the timeline as the page does. An answer that the page would hardly wait for (a build without optimisation makes its
/// plan in 20 s) is returned, to be replayed: the page is measured here. Else null.
async function askTaktd() {
  const at = (hours) => encodeURIComponent(new Date(Math.floor(Date.now() / 1000 + hours * 3600) * 1000).toISOString());
  const begin = performance.now();
  const answer = await fetch(`${told.address}api/v1/timeline?from=${at(-6)}&until=${at(24)}&limit=1000`, { headers: { Authorization: `Bearer ${told.viewer}` } });
  const text = await answer.text(), { lanes } = JSON.parse(text), sum = (of) => lanes.reduce((total, lane) => total + lane[of].length, 0);
  const took = performance.now() - begin, isReplayed = took > kReplayMs;
  say("taktd's answer", `${ms(took)}, its plan included${isReplayed ? " (replayed below: build it optimised)" : ""}; ${(text.length / 2 ** 20).toFixed(1)} MiB: ${lanes.length} jobs, ${sum("runs")} runs, ${sum("plan")} windows`);
  return isReplayed ? text : null;
}

async function replay(context, answer) {
  if (answer === null) return;
  await context.route("**/api/v1/timeline*", (route) => route.fulfill({ contentType: "application/json", body: answer }));
}

try {
  const answer = await askTaktd();
  const page = await openPage("about:blank");
  await replay(page.context(), answer);
  await page.goto(told.address);
  await signInByToken(page, told.viewer);
  await shows(page, "#timeline-title", "1000 jobs");
  const client = await page.context().newCDPSession(page);
  await client.send("Performance.enable");
  await firstPicture(page, client);
  await frames(page, "pan", { deltaX: 12 });
  await frames(page, "zoom", { deltaY: -8, ctrlKey: true });
  await page.click("#zoom button:text-is('30 h')");
  await events(page, client, page.context());
  await eightTabs(answer);
} catch (error) {
  console.log(`FAIL ${error.stack}`);
  for (const each of browser.contexts().flatMap((context) => context.pages())) await picture(each, "failed-bench").catch(() => {});
  process.exitCode = 1;
} finally {
  await browser.close();
  process.stdin.destroy();
}
