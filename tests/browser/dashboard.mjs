// Drives the dashboard in headless Chromium, as a person would, and looks at what it shows. test_dashboard.py starts it.
import assert from "node:assert/strict";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import readline from "node:readline";

const packages = createRequire(`${process.env.NODE_PACKAGES}/`);
const { chromium } = packages("playwright-core");
const axeSource = packages("axe-core").source;
const told = JSON.parse(process.argv[2]);
const kHangsMs = 120000;  // nothing depends on how fast it is; this only ends what hangs

const answers = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
async function please(order) {
  console.log(`do: ${order}`);
  return (await answers.next()).value;
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
let messages = [];

async function openPage(address, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(kHangsMs);
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(`error: ${error}`));
  page.on("dialog", (dialog) => messages.push(`alert: ${dialog.message()}`));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(address).origin) messages.push(`asked elsewhere: ${request.url()}`);
  });
  await page.goto(address);
  return page;
}

/// Chromium itself writes of each refused or failed request; `expected` are such. Anything else must not be there.
function noMessages(expected = /^$/) {
  const bad = messages.filter((text) => !expected.test(text));
  messages = [];
  assert.deepEqual(bad, [], "messages in the console");
}

const picture = (page, name, fullPage = false) => page.screenshot({ path: path.join(told.pictures, `${name}.png`), fullPage });
const shows = (page, selector, text) =>
  page.locator(selector).filter({ hasText: text }).first().waitFor({ state: "visible" });
const isGone = (page, selector) => page.locator(selector).waitFor({ state: "hidden" });
const focused = (page) => page.evaluate(() => document.activeElement?.id || document.activeElement?.ariaLabel || "");

async function check(name, body) {
  await body();
  console.log(`ok   ${name}`);
}

async function startJob(page, job, length) {
  await page.click("#start");
  await page.fill("#field-job", job);
  await page.fill("#field-for", length);
  await page.fill("#field-reason", "before the release");
  assert.equal(await page.textContent("#dialog-command"), `taktctl start ${job} --for ${length} --reason 'before the release'`);
  await page.click("#dialog-do");
}

async function signInByToken(page, token) {
  await page.fill("#token", token);
  await page.click("#login-form button");
}

async function run() {
  const page = await openPage(told.address);

  await check("without a token there is a form, and a wrong token is refused in words", async () => {
    await shows(page, "#login", "taktctl dashboard");
    noMessages();
    await signInByToken(page, "wrong");
    await shows(page, "#login-problem", "nobody has this token");
    noMessages(/401/);
  });

  await check("a login code is exchanged, leaves the address, and survives a reload of the page", async () => {
    await page.goto(`${told.address}#login=${await please("operator")}`);
    await shows(page, "#who", "operator");
    assert.equal(page.url(), told.address);
    await page.reload();
    await shows(page, "#who", "operator");
    await shows(page, "#next", "load");
    await shows(page, "#no-runs", "Nothing runs");
    noMessages();
    await picture(page, "quiet-light");
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
    assert.equal(await page.evaluate(() => document.activeElement.id), "field-for");
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

  await check("an overdue run comes first, in words, in red and spoken", async () => {
    await startJob(page, "soak", "1s");
    await shows(page, "#dialog-answer", "Its stop is due");
    await page.keyboard.press("Escape");
    await shows(page, "#overdue", "1 run is overdue: soak");
    await shows(page, "#runs li:first-child.overdue", "soak");
    await page.waitForFunction(() => document.getElementById("spoken").textContent.includes("Overdue: soak"));
    assert.match(await page.title(), /^\(1 overdue\)/);
    noMessages();
    await picture(page, "overdue-light");
    await page.emulateMedia({ colorScheme: "dark" });
    await picture(page, "overdue-dark");
    await page.setViewportSize({ width: 390, height: 844 });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 390, `the page is ${width} wide on a phone of 390`);
    await picture(page, "overdue-phone-dark", true);
    await page.emulateMedia({ colorScheme: "light" });
    await picture(page, "overdue-phone");
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ forcedColors: "active" });
    await picture(page, "overdue-forced-colours");
    await page.emulateMedia({ forcedColors: "none" });
  });

  await check("an overdue run is stopped by the keyboard alone, and the focus comes back", async () => {
    await page.evaluate(() => document.activeElement.blur());
    for (let step = 0; await focused(page) !== "Stop soak"; ++step) {
      assert.ok(step < 30, "the keyboard does not come to the button");
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
    const buttons = await viewer.locator("button:visible").allTextContents();
    assert.deepEqual(buttons, ["Sign out"]);
    await picture(viewer, "viewer-dark");
    await viewer.click("#sign-out");
    await shows(viewer, "#login", "Token");
    assert.equal(await viewer.evaluate(() => sessionStorage.length), 0);
    await viewer.context().close();
    noMessages(/409/);  // a token of the config has no session that could be ended
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
    await shows(page, "#login-problem", "a session ends after 12 hours and with taktd");
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
}

try {
  await run();
} catch (error) {
  console.log(`FAIL ${error.stack}`);
  console.log(`messages: ${JSON.stringify(messages)}`);
  const pages = browser.contexts().flatMap((context) => context.pages());
  for (const [number, page] of pages.entries()) await picture(page, `failed-${number}`).catch(() => {});
  process.exitCode = 1;
} finally {
  await browser.close();
  process.stdin.destroy();
}
