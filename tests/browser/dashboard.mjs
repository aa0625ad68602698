// SPDX-License-Identifier: Apache-2.0
// Drives the dashboard in headless Chromium, as a person would, and looks at what it shows. test_dashboard.py starts it.
import assert from "node:assert/strict";
import http from "node:http";

import { difference, kSights, labDifference } from "./colours.mjs";
import {
  browser, check, drive, focused, isAccessible, isAccessibleInBothThemes, isGone, noMessages, note, openPage, painted, picture, please, replaceFiles,
  shows, signInByToken, startJob, told,
} from "./driver.mjs";
import { checkLife } from "./life.mjs";
import { checkLanes } from "./lanes.mjs";
import { checkLists } from "./lists.mjs";
import { checkLooks } from "./looks.mjs";

await drive(async () => {
  const page = await openPage(told.address);

  await check("without a token there is a form, and a wrong token is refused in words", async () => {
    await shows(page, "#login", "taktctl dashboard");
    noMessages();
    await signInByToken(page, "wrong");
    await shows(page, "#login-problem", "this token is unknown");
    noMessages(/401/);
  });

  await check("a login code is exchanged, leaves the address, and survives a reload of the page", async () => {
    await page.goto(`${told.address}#login=${await please("operator")}`);
    await shows(page, "#who", "operator");
    assert.equal(page.url(), told.address);
    await page.reload();
    await shows(page, "#who", "operator");
    await page.waitForFunction(() => [...document.querySelectorAll("#next .job")].map((job) => job.textContent).join() === "load,soak,bare");
    await shows(page, "#no-runs", "Nothing runs");
    noMessages();
    await picture(page, "quiet-light");
  });

  await check("the red of what is overdue is like no other state's colour, in both themes and to the colour-blind", async () => {
    // A pair of the paper's own, so that the measure is known to be right.
    assert.ok(Math.abs(labDifference([22.7233, 20.0904, -46.694], [23.0331, 14.973, -42.5619]) - 2.0373) < .0001);
    for (const colorScheme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme });
      const colours = await page.evaluate(() => {
        const style = getComputedStyle(document.documentElement);
        const names = ["overdue", "live", "ended", "failed", "warn-line", "faint", "focus"];
        return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
      });
      const { overdue, ...others } = colours;
      for (const [name, colour] of Object.entries(others))
        for (const [sight, matrix] of Object.entries(kSights))
          assert.ok(difference(overdue, colour, matrix) >= 15, `${name} looks like overdue: ${colorScheme}, ${sight}`);
    }
  });

  await check("a job that is started by name is there without a reload", async () => {
    await startJob(page, "load", "1h");
    await shows(page, "#dialog-answer", "Its stop is due");
    await page.keyboard.press("Escape");
    await shows(page, "#runs .run.running", "load");
    await shows(page, "#runs .left", "left");
    await shows(page, "#transitions li.running", "load");
    noMessages();
  });

  await check("the timeline has a lane a job, and tells each mark to the keyboard", async () => {
    await shows(page, "#lane-names li.running", "load");
    await shows(page, "#lane-names li.running .note", "left");
    assert.deepEqual(await page.locator("#lane-names .name").allTextContents(), ["load", "soak", "bare"]);
    assert.ok(await painted(page, "--live") > 0, "nothing of a live run is painted");
    assert.equal(await painted(page, "--overdue"), 0);
    await page.focus("#lane-names li.running button");
    await page.keyboard.press("ArrowRight");
    await shows(page, "#mark", "load: running, started");
    await page.keyboard.press("ArrowRight");
    await shows(page, "#mark", "load: will be skipped (overlap)");
    await shows(page, "#next", "will be skipped: overlap");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await shows(page, "#mark-spoken", "soak: planned");
    await page.click("#zoom button:text-is('1 h')");
    await page.waitForSelector("#zoom [aria-pressed=true]:text-is('1 h')");
    await picture(page, "timeline-zoomed");
    await page.click("#zoom button:text-is('30 h')");
    await page.fill("#find", "oa");
    await shows(page, "#timeline-title", "2 jobs");
    await page.fill("#find", "nothing-like-it");
    await shows(page, "#no-lanes", "No job is found by 'nothing-like-it'.");
    await page.fill("#find", "");
    await shows(page, "#timeline-title", "3 jobs");
    await isAccessibleInBothThemes(page);
    noMessages();
  });

  await checkLanes(page);
  await checkLooks(page);

  await check("a refused start tells why, in the dialog", async () => {
    await startJob(page, "laod", "1h");
    await shows(page, "#dialog-problem", "did you mean 'load'?");
    await page.keyboard.press("Escape");
    noMessages(/404/);
  });

  await check("what a vendor says stays text", async () => {
    // simcloud has no answer with markup in it: what taktd would hand on of one is put into its answer here.
    await page.route("**/api/v1/providers", async (route) => {
      const response = await route.fetch();
      const answer = await response.json();
      for (const provider of answer.providers) if (provider.last_error) provider.last_error.vendor_message = told.markup;
      await route.fulfill({ response, json: answer });
    });
    await startJob(page, "bare", "1h");
    await shows(page, "#dialog-answer", "Run ");
    await page.keyboard.press("Escape");
    await shows(page, "#providers .error", told.markup);
    await shows(page, "#troubled li.failed", "bare");
    assert.equal(await page.locator("img").count(), 0);
    await page.unroute("**/api/v1/providers");
    noMessages();
  });

  await check("a hold wants a reason, stands as a banner, is spoken of, and is released", async () => {
    await page.click("#hold");
    assert.equal(await page.evaluate(() => document.activeElement.id), "field-scope");
    await page.click("#dialog-do");
    assert.equal(await page.locator("#dialog-answer").isVisible(), false);
    await page.fill("#field-reason", told.markup);
    await page.selectOption("#field-for", "2h");
    assert.equal(await page.textContent("#dialog-command"), `taktctl hold --for 2h --reason '${told.markup}'`);
    await picture(page, "hold-dialog");
    await page.click("#dialog-do");
    await shows(page, "#dialog-answer", "The hold is engaged");
    await page.keyboard.press("Escape");
    await shows(page, "#holds", told.markup);
    await shows(page, "#next", "will be skipped: hold");
    assert.match(await page.textContent("#spoken"), /^Hold on everything by /);
    await picture(page, "hold-light");
    await page.click("#holds button");
    await page.click("#dialog-do");
    await shows(page, "#dialog-answer", "released");
    await page.keyboard.press("Escape");
    await isGone(page, "#holds li");
    noMessages();
  });

  await check("a hold on one provider; a reload tells first what would change", async () => {
    await page.click("#hold");
    await page.selectOption("#field-scope", "provider:chaos");
    await page.fill("#field-reason", "a drill");
    assert.equal(await page.textContent("#dialog-command"), "taktctl hold --provider chaos --for 1h --reason 'a drill'");
    await page.click("#dialog-do");
    await shows(page, "#dialog-answer", "The hold is engaged");
    await page.keyboard.press("Escape");
    await shows(page, "#holds", "Hold on provider chaos");
    assert.equal(await page.locator("#next .skips:has-text('hold')").count(), 0, "no job is of this provider");
    await page.click("#holds button");
    assert.equal(await page.textContent("#dialog-command"), "taktctl release --provider chaos");
    await page.click("#dialog-do");
    await page.keyboard.press("Escape");
    await isGone(page, "#holds li");
    await please("remove bare");
    await page.click("#reload");
    await shows(page, "#dialog-facts", "removed: bare");
    await isAccessible(page);
    await picture(page, "reload-dialog");
    await page.keyboard.press("Escape");
    await please("break the config");
    await page.click("#reload");
    await shows(page, "#dialog-facts", "nonsense");
    await shows(page, "#dialog-facts", "It would be refused");
    await page.keyboard.press("Escape");
    await please("restore the config");
    noMessages(/422/);
  });

  await check("a hold on the jobs' provider is shown at once at each next start, whatever has been planned", async () => {
    await page.route("**/api/v1/plan*", (route) => route.fulfill({ json: { windows: [] } }));
    // Of the jobs in two hours and later only `load` starts while it lasts.
    await page.click("#hold");
    await page.selectOption("#field-scope", "provider:perf");
    await page.fill("#field-reason", "maintenance");
    await page.click("#dialog-do");
    await shows(page, "#dialog-answer", "The hold is engaged");
    await page.keyboard.press("Escape");
    await shows(page, "#holds", "Hold on provider perf");
    await page.waitForFunction(() => [...document.querySelectorAll("#next li")].map((start) => /hold/.test(start.textContent)).join() === "true,false,false");
    await page.click("#holds button");
    await page.click("#dialog-do");
    await page.locator("#dialog-answer").waitFor({ state: "visible" });
    await page.keyboard.press("Escape");
    await isGone(page, "#holds li");
    await page.waitForFunction(() => document.querySelectorAll("#next .skips").length === 0);
    await page.unroute("**/api/v1/plan*");
    noMessages();
  });

  await check("an overdue run comes first, in words, in red and spoken", async () => {
    await startJob(page, "soak", "1s");
    await shows(page, "#dialog-answer", "Its stop is due");
    await page.keyboard.press("Escape");
    await shows(page, "#overdue", "1 run is overdue: soak");
    await shows(page, "#runs li:first-child.overdue", "soak");
    await page.waitForFunction(() => document.getElementById("spoken").textContent.includes("Overdue: soak"));
    assert.match(await page.title(), /^\(1 overdue\)/);
    noMessages();
    await shows(page, "#lane-names li.overdue", "soak");
    assert.equal(await page.locator("#lane-names .name").first().textContent(), "soak");
    await page.waitForFunction(() => document.getElementById("lanes").scrollTop === 0);
    assert.ok(await painted(page, "--overdue") > 0, "nothing is red in the timeline");
    await isAccessibleInBothThemes(page);
    await picture(page, "overdue-light", true);
    await page.emulateMedia({ colorScheme: "dark" });
    await picture(page, "overdue-dark");
    await page.setViewportSize({ width: 1120, height: 640 });
    await picture(page, "readme");  // docs/dashboard.png
    await page.setViewportSize({ width: 390, height: 844 });
    // The canvases take the new width with the next frame.
    await page.waitForFunction(() => document.documentElement.scrollWidth <= 390);
    await picture(page, "overdue-phone-dark", true);
    await page.emulateMedia({ colorScheme: "light" });
    await picture(page, "overdue-phone");
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ forcedColors: "active" });
    await picture(page, "overdue-forced-colours");
    await page.emulateMedia({ forcedColors: "none" });
  });

  await check("a run's page tells its facts, transitions and calls, and has an address", async () => {
    await page.click("#overdue a:has-text('soak +')");
    await shows(page, "#run-title", "soak: overdue, stopping");
    await shows(page, "#run-facts", "uncertain: 500 simcloud was told to fail");
    assert.match(page.url(), /#\/runs\/[0-9a-f-]{36}$/);
    await shows(page, "#run-facts", "stops sent");
    await shows(page, "#run-transitions li.stopping", "schedule");
    await shows(page, "#run-because", "started manually");
    await shows(page, "#run-life-told", "Overdue by");
    assert.match(await page.textContent("#run-life-told"),
                 /^Start due .*stop due and latest end [\d:]+\. 1 start call at .*, accepted\. .*Running from .* stop calls? .* not accepted\. .*\(settle\)/);
    for (const part of [".life-bar.life-running", ".life-bar.life-overdue", ".life-call", ".life-refused", ".life-due", ".life-settle"])
      assert.ok(await page.locator(`#run-life ${part}`).count() > 0, `the picture has no ${part}`);
    assert.equal(await page.getAttribute("#run-life", "role"), "img");
    await shows(page, "#run-calls", "500 simcloud was told to fail");
    await page.click("#run-calls summary:has-text('stop')");
    await shows(page, "#run-calls pre", "POST ");
    assert.deepEqual(await page.locator("#run-actions button").allTextContents(), ["Stop...", "Discharge..."]);
    assert.match(await page.textContent("#run-command"), /^taktctl show [0-9a-f]{12} --wire$/);
    await isAccessibleInBothThemes(page);
    await picture(page, "run-page", true);
    await page.reload();
    await shows(page, "#run-title", "soak: overdue");
    await page.setViewportSize({ width: 390, height: 844 });
    await page.click("#run-actions button:text-is('Stop...')");
    await shows(page, "#dialog", "seen running, stop due");
    await shows(page, "#dialog", "this asks again at once");
    await isAccessible(page);
    await page.waitForFunction(() => document.documentElement.scrollWidth <= 390);
    await picture(page, "stop-dialog-phone");
    await page.keyboard.press("Escape");
    await picture(page, "run-page-phone", true);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.click("text=Discharge...");
    await shows(page, "#dialog", "owes no stop any more");
    assert.match(await page.textContent("#dialog-command"), /^taktctl discharge [0-9a-f]{12} --reason \.\.\.$/);
    await picture(page, "discharge-dialog");
    await page.keyboard.press("Escape");
    await page.click("#run-back");
    await shows(page, "#overview", "Timeline");
    noMessages();
  });

  await check("a job's page tells its windows and runs; it is disabled and enabled there", async () => {
    await page.click("#lane-names button:has-text('bare')");
    await shows(page, "#job-title", "bare");
    await shows(page, "#job-facts", "perf");
    await shows(page, "#job-windows", " to ");
    await shows(page, "#job-starts", "Once, at ");
    await shows(page, "#job-stop", "3s after its start.");
    await shows(page, "#job-runs li.failed", "start_unconfirmed");
    await page.click("#job-actions button:has-text('Disable')");
    await page.fill("#field-reason", told.markup);
    await page.selectOption("#field-for", "8h");
    assert.equal(await page.textContent("#dialog-command"), `taktctl disable bare --for 8h --reason '${told.markup}'`);
    await page.click("#dialog-do");
    await shows(page, "#dialog-answer", "The job is disabled.");
    await page.keyboard.press("Escape");
    await shows(page, "#job-facts", told.markup);
    await shows(page, "#job-windows li.skips", "will be skipped, disabled");
    assert.match(await page.getAttribute("#counts a:has-text('disabled')", "href"), /^#\/jobs\?disabled=true$/);
    await isAccessibleInBothThemes(page);
    await picture(page, "job-page");
    await page.click("#job-actions button:has-text('Enable')");
    await page.click("#dialog-do");
    await shows(page, "#dialog-answer", "The job is enabled.");
    await page.keyboard.press("Escape");
    await shows(page, "#job-actions", "Disable...");
    await page.goBack();
    await shows(page, "#overview", "Timeline");
    assert.equal(await page.locator("img").count(), 0);
    noMessages();
  });

  await checkLists(page);
  await checkLife(page);

  await check("an overdue run is stopped by the keyboard alone, and the focus comes back", async () => {
    await page.evaluate(() => document.activeElement.blur());
    for (let step = 0; await focused(page) !== "Stop soak"; ++step) {
      assert.ok(step < 40, "the keyboard does not come to the button");
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await shows(page, "#dialog", "this asks again at once");
    assert.equal(await focused(page), "field-reason");
    await page.keyboard.type("customers notice");
    assert.match(await page.textContent("#dialog-command"), /^taktctl stop [0-9a-f]{12} --reason 'customers notice'$/);
    await picture(page, "stop-dialog");
    await page.keyboard.press("Enter");
    await shows(page, "#dialog-answer", "stopping");
    await page.keyboard.press("Escape");
    assert.equal(await focused(page), "Stop soak");
    await please("mend");
    await isGone(page, "#overdue");
    await page.waitForFunction(() => document.getElementById("spoken").textContent.includes("No run is overdue any more"));
    noMessages();
  });

  await check("a viewer sees the same without a button to act by", async () => {
    const viewer = await openPage(told.address, { colorScheme: "dark" });
    await signInByToken(viewer, told.viewer);
    await shows(viewer, "#who", "token:viewer, viewer");
    await shows(viewer, "#runs .run", "load");
    const buttons = await viewer.locator("button:not(section.timeline button):visible").allTextContents();
    assert.deepEqual(buttons, ["View and keys", "Sign out"]);
    await picture(viewer, "viewer-dark");
    await viewer.click("#sign-out");
    await shows(viewer, "#login", "Token");
    assert.equal(await viewer.evaluate(() => sessionStorage.length), 0);
    await viewer.context().close();
    noMessages(/409/);  // a token of the config has no session that could be ended
  });

  await check("1,000 lanes with 10,000 runs and 25,000 windows move fluently", async () => {
    const viewer = await openPage("about:blank");
    const minute = 60, hour = 3600, lanes = [];
    for (let job = 0; job < 1000; ++job) {
      const runs = [], plan = [];
      for (let run = 0; run < 10; ++run) {
        const begin = run * 35 * minute + job % 30 * minute;
        runs.push([`run-${job}-${run}`, run % 7 === 6 ? "failed" : "stopped", null, begin, begin + 600, begin, begin + 600, 0]);
      }
      for (let window = 0; window < 25; ++window) {
        const begin = 6 * hour + window * 55 * minute + job % 50 * minute;
        plan.push([begin, begin + 900, job % 9 === 0 ? "hold" : null]);
      }
      lanes.push({ job: `job-${String(job).padStart(4, "0")}`, provider: `p${job % 5}`, labels: { team: `t${job % 7}` }, runs, plan });
    }
    await viewer.route("**/api/v1/timeline*", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...await response.json(), lanes } });
    });
    await viewer.goto(told.address);
    await signInByToken(viewer, told.viewer);
    await shows(viewer, "#timeline-title", "1000 jobs");
    const client = await viewer.context().newCDPSession(viewer);
    await client.send("Performance.enable");
    const busy = async () => {
      const { metrics } = await client.send("Performance.getMetrics");
      const named = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
      return 1000 * (named.ScriptDuration + named.LayoutDuration + named.RecalcStyleDuration);
    };
    const cost = {};
    for (const [name, move] of [["pan", { deltaX: 12 }], ["zoom", { deltaY: -8, ctrlKey: true }], ["scroll", null]]) {
      const before = await busy();
      await viewer.evaluate(async (wheel) => {
        const scroller = document.getElementById("lanes");
        for (let frame = 0; frame < 60; ++frame) {
          if (wheel === null) scroller.scrollTop += 90;
          else scroller.dispatchEvent(new WheelEvent("wheel", { ...wheel, clientX: 700, bubbles: true, cancelable: true }));
          await new Promise(requestAnimationFrame);
        }
      }, move);
      cost[name] = ((await busy() - before) / 60).toFixed(1);
    }
    // Figures only: how fast a machine is decides nothing here.
    console.log(`     script, style and layout of a frame, in ms: ${JSON.stringify(cost)}`);
    const names = await viewer.locator("#lane-names li").count();
    assert.ok(names > 3 && names < 40, `${names} of 1,000 names are elements`);
    await picture(viewer, "thousand-lanes");
    await viewer.context().close();
    noMessages();
  });

  await check("eight tabs have one stream; when its tab is closed another one reads on, and a stop is answered", async () => {
    const context = await browser.newContext({ viewport: { width: 1000, height: 700 } });
    if (process.env.TAKTD_PAGE) await replaceFiles(context, process.env.TAKTD_PAGE);
    const tabs = [], readers = [];
    for (let number = 0; number < 8; ++number) {
      const tab = await context.newPage();
      tab.on("request", (request) => { if (request.url().endsWith("/events")) readers.push(tab); });
      tab.on("pageerror", (error) => note(`error: ${error}`));
      await tab.goto(told.address);
      await signInByToken(tab, told.operator);
      await shows(tab, "#runs .run", "load");
      tabs.push(tab);
    }
    assert.equal(readers.length, 1, "tabs that read the stream");
    await tabs.shift().close();
    const begin = performance.now();
    await startJob(tabs.at(-1), "soak", "1h");
    await shows(tabs.at(-1), "#dialog-answer", "Its stop is due");
    console.log(`     a start in the eighth tab was answered within ${Math.round(performance.now() - begin)} ms, typing included`);
    await tabs.at(-1).keyboard.press("Escape");
    for (const tab of tabs) {
      await shows(tab, "#transitions li.running", "soak");
      await shows(tab, "#link", "live");
    }
    assert.equal(readers.length, 2, "another tab has read on");
    await tabs[0].click("#runs button[aria-label='Stop soak']");
    await tabs[0].click("#dialog-do");
    await shows(tabs[0], "#dialog-answer", "The stop is ordered");
    for (const tab of tabs) await shows(tab, "#runs-title", "Running now: 1");
    await context.close();
    noMessages();
  });

  await check("under a path of a proxy it works the same", async () => {
    const target = new URL(told.address);
    const proxy = http.createServer((asked, answer) => {
      const wanted = { port: target.port, path: asked.url.replace(/^\/ops/, ""), method: asked.method, headers: asked.headers };
      asked.pipe(http.request(wanted, (said) => {
        answer.writeHead(said.statusCode, said.headers);
        said.pipe(answer);
      }));
    });
    await new Promise((resolve) => proxy.listen(told.proxyPort, "127.0.0.1", resolve));
    const below = await openPage(`http://127.0.0.1:${told.proxyPort}/ops/#login=${await please("viewer")}`);
    await shows(below, "#runs .run", "load");
    noMessages();
    await below.context().close();
    proxy.closeAllConnections();
    proxy.close();
  });

  await check("while taktd is dead the page says how old it is; afterwards it goes on, or asks for a new session", async () => {
    const viewer = await openPage(told.address);
    await signInByToken(viewer, told.viewer);
    await shows(viewer, "#runs .run", "load");
    noMessages();
    await please("kill");
    await shows(viewer, "#stale", "The page goes on asking");
    await shows(viewer, "#runs .run", "load");
    await picture(viewer, "stale-light");
    await please("start");
    await isGone(viewer, "#stale");
    await shows(viewer, "#link", "live");
    await shows(page, "#login-problem", "a session ends after 12 hours, and when taktd ends");
    noMessages(/Failed to load resource/);
    await page.goto(`${told.address}#login=${await please("operator")}`);
    await shows(page, "#who", "operator");
    noMessages();
    // What happens now comes by the stream of the new process.
    await page.click("#stop-all");
    await page.fill("#field-reason", "the test is over");
    assert.equal(await page.textContent("#dialog-command"), "taktctl stop --all --yes --reason 'the test is over'");
    await page.click("#dialog-do");
    await shows(page, "#dialog-answer", "The stop of 1 run is ordered");
    await page.keyboard.press("Escape");
    await shows(viewer, "#no-runs", "Nothing runs");
    await shows(viewer, "#transitions li.stopped", "load");
    noMessages();
  });
});
