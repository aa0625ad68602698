// SPDX-License-Identifier: Apache-2.0
// Headless Chromium, and what the checks of the dashboard share: pages that note each message of the console, waiting for what a
// page shows, pictures, axe-core. test_dashboard.py starts the checks and does to taktd what they ask for.
import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import readline from "node:readline";

const packages = createRequire(`${process.env.NODE_PACKAGES}/`);
const { chromium } = packages("playwright-core");
const axeSource = packages("axe-core").source;
export const told = JSON.parse(process.argv[2]);
const kHangsMs = Number(process.env.TAKTD_HANGS_MS ?? 120000);  // nothing depends on how fast it is; this only ends what hangs

const answers = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
export async function please(order) {
  console.log(`do: ${order}`);
  return (await answers.next()).value;
}

export const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
let messages = [];
export const note = (message) => messages.push(message);

/// TAKTD_PAGE names a folder whose files are shown instead of those in the binary, to try a change without a build.
export async function replaceFiles(context, folder) {
  await context.route(/\/(assets\/[^/]+)?(#.*)?$/, async (route) => {
    const response = await route.fetch({ url: new URL(".", route.request().url().replace("assets/", "")).href });
    const name = path.basename(new URL(route.request().url()).pathname);
    const file = route.request().url().includes("assets/") ? name : "index.html";
    const types = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };
    const headers = { ...response.headers(), "content-type": types[path.extname(file)] };
    await route.fulfill({ status: 200, headers, body: fs.readFileSync(path.join(folder, file)) });
  });
}

export async function openPage(address, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  if (process.env.TAKTD_PAGE) await replaceFiles(context, process.env.TAKTD_PAGE);
  const page = await context.newPage();
  page.setDefaultTimeout(kHangsMs);
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(`error: ${error}`));
  page.on("dialog", (dialog) => messages.push(`alert: ${dialog.message()}`));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(page.url()).origin && page.url() !== "about:blank") messages.push(`asked elsewhere: ${request.url()}`);
  });
  await page.goto(address);
  return page;
}

/// Chromium itself writes of each refused or failed request; `expected` are such. Anything else must not be there.
export function noMessages(expected = /^$/) {
  const bad = messages.filter((text) => !expected.test(text));
  messages = [];
  assert.deepEqual(bad, [], "messages in the console");
}

export const picture = (page, name, fullPage = false) => page.screenshot({ path: path.join(told.pictures, `${name}.png`), fullPage });
export const shows = (page, selector, text) =>
  page.locator(selector).filter({ hasText: text }).first().waitFor({ state: "visible" });
export const isGone = (page, selector) => page.locator(selector).waitFor({ state: "hidden" });
export const focused = (page) => page.evaluate(() => document.activeElement?.id || document.activeElement?.ariaLabel || "");

/// What axe-core finds against the page as it is shown now.
export async function isAccessible(page) {
  await page.evaluate(axeSource);
  const violations = await page.evaluate(async () => (await globalThis.axe.run()).violations);
  const told = violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`));
  assert.deepEqual(told, [], "axe-core has found");
}

export async function isAccessibleInBothThemes(page) {
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    await isAccessible(page);
  }
}

/// How many points of the timeline have the colour of the style sheet's variable.
export const painted = (page, variable) => page.evaluate((name) => {
  const bars = document.getElementById("bars"), style = getComputedStyle(document.documentElement);
  const hex = style.getPropertyValue(name).trim();
  const wanted = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const copy = new OffscreenCanvas(bars.width, bars.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(bars, 0, 0);
  const { data } = copy.getImageData(0, 0, bars.width, bars.height);
  let found = 0;
  for (let at = 0; at < data.length; at += 4) if (wanted.every((part, place) => data[at + place] === part)) ++found;
  return found;
}, variable);

export async function check(name, body) {
  await body();
  console.log(`ok   ${name}`);
}

export async function startJob(page, job, length) {
  await page.click("#start");
  await page.fill("#field-job", job);
  await page.fill("#field-for", length);
  await page.fill("#field-reason", "before the release");
  assert.equal(await page.textContent("#dialog-command"), `taktctl start ${job} --for ${length} --reason 'before the release'`);
  await page.click("#dialog-do");
}

export async function signInByToken(page, token) {
  await page.fill("#token", token);
  await page.click("#login-form button");
}

/// Runs a program of checks. Where one fails, every page is kept as a picture.
export async function drive(checks) {
  try {
    await checks();
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
}
