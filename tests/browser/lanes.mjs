// SPDX-License-Identifier: Apache-2.0
// The timeline's search and its groups. `load` runs and bears team=checkout; `soak` and `bare` have no label. All are of perf.
import assert from "node:assert/strict";

import { check, isAccessibleInBothThemes, noMessages, picture, shows, told } from "./driver.mjs";

const names = (page) => page.locator("#lane-names .name").allTextContents();

export async function checkLanes(page) {
  await check("the timeline is searched by words, provider, label and state, and the address keeps it", async () => {
    const finds = async (typed, expected) => {
      await page.fill("#find", typed);
      await page.waitForFunction(([text, wanted]) => {
        const found = [...document.querySelectorAll("#lane-names .name")].map((name) => name.textContent).sort().join();
        return decodeURIComponent(location.hash.replaceAll("+", " ")) === `#/?q=${text}` && found === wanted;
      }, [typed, expected.join()]);
    };
    await finds("provider:perf", ["bare", "load", "soak"]);
    await finds("label:team=checkout", ["load"]);
    await finds("state:running", ["load"]);
    await finds("oa so", ["soak"]);
    await finds("provider:chaos", []);
    await shows(page, "#no-lanes", "No job is found by 'provider:chaos'.");
    await page.fill("#find", "state:nonsense");
    await shows(page, "#no-lanes", "there is no state 'nonsense'");
    noMessages(/400/);
    await finds("provider:perf oa", ["load", "soak"]);
    await page.reload();
    await shows(page, "#timeline-title", "2 jobs");
    assert.equal(await page.inputValue("#find"), "provider:perf oa");
    await page.click("#to-jobs");
    await shows(page, "#job-list-rows tr", "bare");
    await page.click("#to-overview");
    await shows(page, "#timeline-title", "2 jobs");
    assert.match(page.url(), /#\/\?q=provider%3Aperf\+oa$/);
    noMessages();
  });

  await check("lanes are grouped by provider or label, and a group is closed by the keyboard", async () => {
    await page.goto(`${told.address}#/?group=label:team`);
    await shows(page, "#timeline-title", "3 jobs");
    assert.deepEqual(await names(page), ["checkout", "load", "without team", "soak", "bare"]);
    assert.equal(await page.locator("#group option:checked").textContent(), "by team");
    await shows(page, "#lane-names .heading .note", "1 job, 1 live");
    await isAccessibleInBothThemes(page);
    await picture(page, "grouped");
    await page.selectOption("#group", "provider");
    await page.waitForFunction(() => document.querySelectorAll("#lane-names .heading").length === 1);
    assert.match(page.url(), /#\/\?group=provider$/);
    assert.deepEqual(await names(page), ["perf", "load", "soak", "bare"]);
    await page.focus("#lane-names li:first-child button");
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction(() => document.querySelectorAll("#lane-names li").length === 1);
    assert.equal(await page.getAttribute("#lane-names button", "aria-expanded"), "false");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelectorAll("#lane-names li").length === 4);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await shows(page, "#mark", "load: running");
    await page.selectOption("#group", "");
    await page.waitForFunction(() => document.querySelectorAll("#lane-names .heading").length === 0);
    assert.match(page.url(), /#\/$/);
    noMessages();
  });
}
