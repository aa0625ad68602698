// SPDX-License-Identifier: Apache-2.0
// How fast the dashboard is, in figures; bench.py has made the world. None of them decides anything.
import { browser, openPage, picture, please, replaceFiles, shows, signInByToken, told } from "./driver.mjs";

const kOpenings = 5, kFrames = 120, kEventsPerSecond = 50, kEventSeconds = 10, kTabs = 8, kLookMs = 20;
const kMinutes = 60, kMinutesBetween = 10, kPicturesBetween = 10;  // of the hour of events

const say = (name, figures) => console.log(`${name.padEnd(28)}${figures}`);
const ms = (number) => `${number.toFixed(1)} ms`;
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const most = (numbers) => Math.max(...numbers);
const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/// What the page's main thread has done, in its own processor time: what other programs do meanwhile does not count.
async function meterOf(page, timeDomain = "threadTicks") {
  const client = await page.context().newCDPSession(page);
  await client.send("Performance.enable", { timeDomain });
  return {
    async read() {
      const { metrics } = await client.send("Performance.getMetrics");
      return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
    },
    collectGarbage: () => client.send("HeapProfiler.collectGarbage"),
  };
}

/// A page that is signed in by the viewer's token, and notes when its first picture has been painted and when the whole one. It looks
/// by a timer: looking in each frame would make frames that nobody else wants, and count as the page's work.
async function signedInPage() {
  const page = await openPage("about:blank");
  await page.addInitScript(([token, lookMs]) => {
    sessionStorage.setItem("taktd.token", token);
    const painted = (name) => requestAnimationFrame(() => setTimeout(() => { globalThis[name] ??= performance.now(); }));
    const looking = setInterval(() => {
      const title = document.getElementById("timeline-title")?.textContent ?? "";
      const isThere = /\d jobs/.test(title) && document.querySelector("#lane-names li") !== null;
      if (isThere && globalThis.firstPictureAt === undefined) painted("firstPictureAt");
      if (!isThere || title.includes("still to come")) return;
      clearInterval(looking);
      painted("wholePictureAt");
    }, lookMs);
  }, [told.viewer, kLookMs]);
  return page;
}

/// Opens the address. When the pictures were there, and how busy the main thread was until then, in milliseconds.
async function openAddress(page, meters) {
  const before = await Promise.all(meters.map((meter) => meter.read()));
  await page.goto(told.address, { waitUntil: "commit" });
  await page.waitForFunction(() => globalThis.firstPictureAt !== undefined, null, { polling: kLookMs });
  const [first] = await Promise.all(meters.map((meter) => meter.read()));
  await page.waitForFunction(() => globalThis.wholePictureAt !== undefined, null, { polling: kLookMs });
  const after = await Promise.all(meters.map((meter) => meter.read()));
  const times = await page.evaluate(() => ({ first: globalThis.firstPictureAt, whole: globalThis.wholePictureAt }));
  // A page in a new process counts from zero.
  const spent = (from, to, name) => 1000 * (to[name] - (to[name] >= from[name] ? from[name] : 0));
  return {
    ...times, busyForFirst: spent(before[0], first, "TaskDuration"), busy: spent(before[0], after[0], "TaskDuration"),
    script: spent(before[0], after[0], "ScriptDuration"), byClock: spent(before[1], after[1], "TaskDuration"),
  };
}

async function openings(page, meters) {
  const cold = await openAddress(page, meters);
  say("opened, no plan is made", `first picture after ${ms(cold.first)}, with what is planned after ${ms(cold.whole)}`);
  const all = [];
  for (let number = 0; number < kOpenings; ++number) {
    await page.goto("about:blank");
    all.push(await openAddress(page, meters));
  }
  const of = (name) => all.map((each) => each[name]);
  say("opened again", `first picture after ${ms(median(of("first")))}, at most ${ms(most(of("first")))}; ` +
    `with what is planned after ${ms(median(of("whole")))}`);
  say("main thread busy", `for the first picture ${ms(median(of("busyForFirst")))}, at most ${ms(most(of("busyForFirst")))}; ` +
    `for all of it ${ms(median(of("busy")))}, of that script ${ms(median(of("script")))}; by the clock, beside other programs, ` +
    `${ms(median(of("byClock")))}`);
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

/// Tells the page of transitions, as the tab that reads the stream does: so many a second, or all at once.
const tellEvents = (sender, first, number, perSecond) => sender.evaluate(async ([begin, wanted, rate]) => {
  const channel = new BroadcastChannel("taktd-events /"), since = performance.now();
  for (let told = 0; told < wanted; ++told) {
    const wait = rate > 0 ? since + told * 1000 / rate - performance.now() : told % 500 === 499 ? 1 : 0;
    if (wait > 0) await new Promise((resume) => setTimeout(resume, wait));
    const run = `01a20000-0000-7000-8000-${(told % 1000).toString(16).padStart(12, "0")}`;
    channel.postMessage({ type: "transition", id: null, data: {
      run_id: run, seq: begin + told, from_state: "starting", to_state: "running", at: new Date().toISOString(), reason: null,
      actor: "taktd", job: `job-${String(told % 1000).padStart(4, "0")}` } });
  }
}, [first, number, perSecond]);

async function senderBeside(page) {
  const sender = await page.context().newPage();
  await sender.goto(`${told.address}assets/icon.svg`);
  await page.bringToFront();
  return sender;
}

async function events(page, [meter]) {
  const sender = await senderBeside(page), before = await meter.read(), begin = performance.now();
  await tellEvents(sender, 0, kEventsPerSecond * kEventSeconds, kEventsPerSecond);
  const spent = (await meter.read()).TaskDuration - before.TaskDuration;
  say(`${kEventsPerSecond} events a second`, `${(1e5 * spent / (performance.now() - begin)).toFixed(1)} % of a core, on the main thread`);
  await sender.close();
}

/// As many events as an hour brings, as fast as the page takes them, and new pictures now and then. Garbage is collected before each
/// look at the heap.
async function hourOfEvents(page, [meter]) {
  const sender = await senderBeside(page), heaps = [], nodes = [], perLook = kEventsPerSecond * 60 * kMinutesBetween;
  for (let minute = 0; minute <= kMinutes; minute += kMinutesBetween) {
    if (minute > 0) await tellEvents(sender, 1000 + perLook * minute / kMinutesBetween, perLook, 0);
    for (let number = 0; number < kPicturesBetween; ++number) {
      await page.fill("#find", number % 2 === 0 ? "job-00" : "");
      await page.waitForFunction((wanted) => {
        const title = document.getElementById("timeline-title").textContent;
        return title.includes(wanted) && !title.includes("still to come");
      }, number % 2 === 0 ? ": 100 jobs" : ": 1000 jobs");
    }
    await meter.collectGarbage();
    const { JSHeapUsedSize, Nodes } = await meter.read();
    heaps.push(JSHeapUsedSize);
    nodes.push(Nodes);
  }
  say("an hour of events", `${kEventsPerSecond * 60 * kMinutes} of them; heap every ${kMinutesBetween} minutes: ${heaps.map(mib).join(", ")}; ` +
    `elements and texts: ${nodes.join(", ")}`);
  await sender.close();
}

async function eightTabs() {
  const context = await browser.newContext({ viewport: { width: 1000, height: 700 } }), tabs = [];
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

/// Asks for the timeline as the page does.
async function askTaktd() {
  const at = (hours) => encodeURIComponent(new Date(Math.floor(Date.now() / 1000 + hours * 3600) * 1000).toISOString());
  const begin = performance.now();
  const answer = await fetch(`${told.address}api/v1/timeline?from=${at(-6)}&until=${at(24)}&limit=1000`, { headers: { Authorization: `Bearer ${told.viewer}` } });
  const text = await answer.text(), { lanes } = JSON.parse(text), sum = (of) => lanes.reduce((total, lane) => total + lane[of].length, 0);
  say("taktd's answer", `${ms(performance.now() - begin)}; ${mib(text.length)}: ${lanes.length} jobs, ${sum("runs")} runs, ${sum("plan")} windows`);
}

async function manyJobs() {
  await please("100,000 jobs");
  const page = await signedInPage(), meters = [await meterOf(page), await meterOf(page, "timeTicks")];
  await page.goto(told.address);
  await page.waitForFunction(() => globalThis.firstPictureAt !== undefined, null, { polling: kLookMs });
  const title = await page.textContent("#timeline-title"), first = await page.evaluate(() => globalThis.firstPictureAt);
  say("100,000 jobs", `first picture after ${ms(first)}: '${title}'`);
  const search = async (name) => {
    const begin = performance.now();
    await page.fill("#find", name);
    await page.waitForFunction((wanted) => {
      const names = [...document.querySelectorAll("#lane-names .name")].map((each) => each.textContent);
      return names.length === 1 && names[0] === wanted;
    }, name);
    return performance.now() - begin;
  };
  say("the last one is found", `after ${ms(await search("job-099998"))}, typing included, while the plan is made`);
  await page.waitForFunction(() => !document.getElementById("timeline-title").textContent.includes("still to come"));
  const whole = await page.evaluate(() => performance.now());
  say("another one is found", `after ${ms(await search("job-050000"))}; what is planned was there ${ms(whole)} after the address was opened`);
  const { busy, ...again } = await openAddress(page, meters);
  say("100,000 jobs, again", `first picture after ${ms(again.first)}, with what is planned after ${ms(again.whole)}; main thread busy ${ms(busy)}`);
}

try {
  const page = await signedInPage(), meters = [await meterOf(page), await meterOf(page, "timeTicks")];
  await openings(page, meters);
  await askTaktd();
  await frames(page, "pan", { deltaX: 12 });
  await frames(page, "zoom", { deltaY: -8, ctrlKey: true });
  await page.click("#zoom button:text-is('30 h')");
  await events(page, meters);
  await hourOfEvents(page, meters);
  await page.context().close();
  await eightTabs();
  await manyJobs();
} catch (error) {
  console.log(`FAIL ${error.stack}`);
  for (const each of browser.contexts().flatMap((context) => context.pages())) await picture(each, "failed-bench").catch(() => {});
  process.exitCode = 1;
} finally {
  await browser.close();
  process.stdin.destroy();
}
