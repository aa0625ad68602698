// SPDX-License-Identifier: Apache-2.0
// The lists of runs and of jobs: filters in the address, pages, the keyboard. `soak` is overdue, `load` runs, `bare` has failed.
import assert from "node:assert/strict";

import { check, isAccessibleInBothThemes, isGone, noMessages, picture, shows, told } from "./driver.mjs";

const texts = (page, selector) => page.locator(selector).allTextContents();
const rows = (page, list) => page.locator(`#${list}-list-rows tr`);

export async function checkLists(page) {
  await check("the list of runs: what it is narrowed to is in the address, and whoever has it sees the same", async () => {
    await page.click("#to-runs");
    await shows(page, "#run-list-rows tr.overdue .state", "OVERDUE");
    await shows(page, "#run-list-rows tr.running", "load");
    assert.equal(await page.evaluate(() => document.activeElement.id), "run-list-title");
    assert.equal(await page.getAttribute("#to-runs", "aria-current"), "page");
    await isAccessibleInBothThemes(page);
    await picture(page, "runs-light");
    await page.selectOption("#run-list-form [name=state]", "failed,skipped");
    await shows(page, "#run-list-rows tr.failed", "start_unconfirmed");
    await page.waitForFunction(() => document.querySelectorAll("#run-list-rows tr.running, #run-list-rows tr.overdue").length === 0);
    await page.fill("#run-list-form [name=job]", "bare");
    await page.keyboard.press("Enter");
    await page.focus("#run-list-form [name=since]");
    await page.selectOption("#run-list-form [name=since]", "6h");
    assert.equal(await page.evaluate(() => document.activeElement.name), "since");
    assert.match(page.url(), /#\/runs\?state=failed%2Cskipped&job=bare&since=6h$/);
    await page.reload();
    await shows(page, "#run-list-rows tr.failed", "bare");
    assert.deepEqual(await page.$eval("#run-list-form", (form) => [form.elements.state.value, form.elements.job.value, form.elements.since.value]),
                     ["failed,skipped", "bare", "6h"]);
    await page.goBack();
    await page.goBack();
    await page.goBack();
    await shows(page, "#run-list-rows tr.overdue", "soak");
    await page.click("#run-list-rows tr.overdue .state a");
    await shows(page, "#run-title", "soak: overdue");
    noMessages();
  });

  await check("an address written by hand narrows as well, and a wrong word in it is told", async () => {
    const states = async () => [...new Set(await texts(page, "#run-list-rows .state"))];
    await page.goto(`${told.address}#/runs?state=overdue`);
    await shows(page, "#run-list-rows tr", "soak");
    assert.deepEqual(await states(), ["OVERDUE"]);
    await page.goto(`${told.address}#/runs?state=running,failed&provider=perf`);
    await shows(page, "#run-list-rows tr.failed", "bare");
    assert.deepEqual((await states()).sort(), ["failed", "running"]);
    assert.equal(await page.inputValue("#run-list-form [name=state]"), "running,failed");
    await page.goto(`${told.address}#/runs?state=nonsense`);
    await shows(page, "#run-list-problem", "there is no state 'nonsense'");
    await page.goto(`${told.address}#/runs?job=load&until=2020-01-01T00:00:00Z`);
    await shows(page, "#run-list-none", "No run is like this.");
    await isGone(page, "#run-list-problem");
    noMessages(/400/);
  });

  await check("a list goes on page by page, each with an address, and row by row by the arrow keys", async () => {
    // One run a page instead of a hundred.
    await page.route("**/api/v1/runs?*", (route) => route.continue({ url: route.request().url().replace("limit=100", "limit=1") }));
    await page.goto(`${told.address}#/runs`);
    await shows(page, "#run-list-more", "Older");
    await isGone(page, "#run-list-first");
    const seen = [];
    for (let number = 0; number < 2; ++number) {
      await page.waitForFunction((before) => {
        const row = document.querySelector("#run-list-rows tr");
        return row && !before.includes(row.dataset.key);
      }, seen);
      assert.equal(await rows(page, "run").count(), 1);
      seen.push(await rows(page, "run").getAttribute("data-key"));
      await page.click("#run-list-more");
      await page.waitForURL(/before=/);
    }
    await shows(page, "#run-list-first", "Newest");
    await page.unroute("**/api/v1/runs?*");
    await page.click("#run-list-first");
    await page.waitForFunction(() => document.querySelectorAll("#run-list-rows tr").length > 1);
    assert.match(page.url(), /#\/runs$/);
    await rows(page, "run").first().locator(".state a").focus();
    await page.keyboard.press("ArrowDown");
    assert.equal(await page.evaluate(() => document.activeElement.closest("tr").rowIndex), 2);
    await page.keyboard.press("Enter");
    await shows(page, "#run-page", "Transitions");
    noMessages();
  });

  await check("the list of jobs by name, provider and label; on a phone nothing is cut off", async () => {
    await page.click("#to-jobs");
    await shows(page, "#job-list-rows tr", "bare");
    assert.deepEqual(await texts(page, "#job-list-rows td:first-child"), ["bare", "load", "soak"]);
    await shows(page, "#job-list-rows tr.overdue", "soak");
    await isAccessibleInBothThemes(page);
    await picture(page, "jobs-light");
    await page.fill("#job-list-form [name=q]", "oa");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelectorAll("#job-list-rows tr").length === 2);
    assert.match(page.url(), /#\/jobs\?q=oa$/);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.waitForFunction(() => document.documentElement.scrollWidth <= 390);
    await picture(page, "jobs-phone");
    await page.click("#to-runs");
    await shows(page, "#run-list-rows tr", "soak");
    await page.waitForFunction(() => document.documentElement.scrollWidth <= 390);
    await page.emulateMedia({ colorScheme: "dark" });
    await picture(page, "runs-phone-dark");
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`${told.address}#/jobs?disabled=true`);
    await shows(page, "#job-list-none", "No job is like this.");
    await page.goto(`${told.address}#/jobs?label=team%3Dcheckout`);
    await shows(page, "#job-list-rows tr", "load");
    assert.equal(await rows(page, "job").count(), 1);
    await page.goto(`${told.address}#/jobs?label=team%3Dnobody`);
    await shows(page, "#job-list-none", "No job is like this.");
    await page.click("#to-overview");
    await shows(page, "#counts a", "overdue");
    await page.click("#counts li.overdue a");
    await shows(page, "#run-list-rows tr.overdue", "soak");
    await page.click("#to-overview");
    await shows(page, "#overview", "Timeline");
    noMessages();
  });
}
