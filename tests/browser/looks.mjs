// SPDX-License-Identifier: Apache-2.0
// The reader's own: theme, zone and keys. `load` runs.
import assert from "node:assert/strict";

import { check, isAccessibleInBothThemes, isGone, noMessages, picture, shows, told } from "./driver.mjs";

const ground = (page) => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--ground").trim());
const kLight = "#f2f4f8", kDark = "#0b1017";

export async function checkLooks(page) {
  await check("? tells the keys; single letters go from page to page, and can be turned off", async () => {
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("?");
    await shows(page, "#view", "overview, runs, jobs");
    await isAccessibleInBothThemes(page);
    await picture(page, "view-dialog");
    await page.keyboard.press("r");  // not while a dialog is open
    await page.keyboard.press("Escape");
    await isGone(page, "#view");
    assert.match(page.url(), /#?\/?$/);
    await page.keyboard.press("r");
    await shows(page, "#run-list-rows tr", "load");
    await page.keyboard.press("j");
    await shows(page, "#job-list-rows tr", "load");
    await page.keyboard.press("/");
    await shows(page, "#overview", "Timeline");
    assert.equal(await page.evaluate(() => document.activeElement.id), "find");
    await page.keyboard.type("jo?");  // typed, not obeyed
    assert.equal(await page.inputValue("#find"), "jo?");
    await page.fill("#find", "");
    await page.waitForFunction(() => location.hash === "#/");
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("h");
    await shows(page, "#dialog", "Hold starts?");
    await page.keyboard.press("Escape");
    await page.click("#open-view");
    await page.uncheck("#letters");
    await page.click("#view-close");
    await page.keyboard.press("r");
    await page.click("#open-view");
    await shows(page, "#overview", "Timeline");
    await page.check("#letters");
    await page.click("#view-close");
    noMessages();
  });

  await check("the theme and the zone are the reader's, and stay over a reload", async () => {
    await page.emulateMedia({ colorScheme: "light" });
    assert.equal(await ground(page), kLight);
    await page.click("#open-view");
    await page.selectOption("#theme", "dark");
    await page.selectOption("#zone", "config");
    assert.equal(await page.textContent("#config-zone"), "the config's: Asia/Kathmandu");
    await page.click("#view-close");
    assert.equal(await ground(page), kDark);
    await shows(page, "#clock", "+05:45");
    const hours = (text) => Number(/(\d\d):\d\d:\d\d/.exec(text)[1]) * 60 + Number(/\d\d:(\d\d):\d\d/.exec(text)[1]);
    const inConfig = await page.textContent("#clock");
    await picture(page, "zone-and-dark");
    await page.reload();
    await shows(page, "#clock", "+05:45");
    assert.equal(await ground(page), kDark);
    await page.click("#open-view");
    await page.selectOption("#zone", "utc");
    await page.selectOption("#theme", "light");
    await page.click("#view-close");
    await shows(page, "#clock", "+00:00");
    const ahead = (hours(inConfig) - hours(await page.textContent("#clock")) + 1440) % 1440;
    assert.ok(ahead >= 340 && ahead <= 345, `${ahead} minutes lie between the two clocks`);
    await page.emulateMedia({ colorScheme: "dark" });
    assert.equal(await ground(page), kLight);
    await page.click("#open-view");
    await page.selectOption("#theme", "system");
    await page.selectOption("#zone", "browser");
    await page.click("#view-close");
    assert.equal(await ground(page), kDark);
    await page.emulateMedia({ colorScheme: "light" });
    assert.equal(await ground(page), kLight);
    noMessages();
  });
}
