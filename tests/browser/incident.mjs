// SPDX-License-Identifier: Apache-2.0
// An incident, as an operator meets it who has never seen the page: two runs do not stop, a third may run, everything is on hold. They
// find which, since when and what the vendor last answered, and stop a run by touch on a phone, by mouse, and by the keyboard alone.
import assert from "node:assert/strict";

import {
  check, drive, focused, isAccessible, isAccessibleInBothThemes, isGone, noMessages, openPage, painted, picture, please, shows, signInByToken, told,
} from "./driver.mjs";

const kFirst = "checkout-load-sg", kSecond = "payments-spike-sg";
const kAnswers = { [kFirst]: "uncertain: 503 simcloud was told to fail", [kSecond]: "uncertain: 500 simcloud was told to fail" };

/// What the store has of operators' stops: they are no mere dialogs.
const stops = async () => JSON.parse(await please("stops"));

async function showsBothFirst(page) {
  await shows(page, "#overdue", "2 runs are overdue:");
  await page.waitForFunction(([first, second]) => {
    const jobs = (selector) => [...document.querySelectorAll(selector)].map((each) => each.textContent.split(" ")[0]);
    return jobs("#overdue-runs a").join() === `${first},${second}` && jobs("#runs li .job").slice(0, 2).join() === `${first},${second}` &&
      document.querySelectorAll("#runs li.overdue").length === 2;
  }, [kFirst, kSecond]);
}

async function stopBy(page, job, reason, press) {
  await press(page.locator(`#runs button[aria-label='Stop ${job}']`));
  await shows(page, "#dialog", "this asks again at once");
  await page.fill("#field-reason", reason);
  await press(page.locator("#dialog-do"));
  await shows(page, "#dialog-answer", "stopping");
  await press(page.locator("#dialog-cancel"));
  await page.locator("#dialog").waitFor({ state: "hidden" });
}

await drive(async () => {
  const page = await openPage(told.address, { colorScheme: "dark" });
  await signInByToken(page, told.operator);

  await check("an incident: both overdue runs are first, with since when; what may run and the hold come behind them", async () => {
    await showsBothFirst(page);
    const late = await page.locator("#overdue-runs a").allTextContents();
    assert.ok(late.every((text) => / \+\d+:\d\d$/.test(text)), `since when: ${late}`);
    for (const place of [1, 2]) {
      await shows(page, `#runs li:nth-child(${place}) .left`, "late");
      assert.match(await page.textContent(`#runs li:nth-child(${place}) .ends`), /^stop due (\d+ \w+ )?\d\d:\d\d$/);
    }
    await shows(page, "#runs li.unconfirmed", "orders-az-drill-sg");
    await shows(page, "#runs li.unconfirmed .left", "may run");
    const [left, button] = await Promise.all([".left", "button"].map((part) => page.locator(`#runs li.unconfirmed ${part}`).boundingBox()));
    assert.ok(left.x + left.width <= button.x, "how long it may run is not cut off");
    assert.match(await page.title(), /^\(2 overdue\)/);
    await shows(page, "#counts li.overdue", "2");
    await shows(page, "#holds", "checkout is burning, INC-2231");
    await page.waitForFunction(() => {
      const starts = [...document.querySelectorAll("#next li .skips")];  // the others are due when the hold is over
      return starts.length === 3 && starts.every((start) => start.textContent.includes("will be skipped: hold"));
    });
    await page.waitForFunction(([first, second]) => {
      const lanes = [...document.querySelectorAll("#lane-names li")].slice(0, 2);
      return lanes.map((lane) => lane.querySelector(".name").textContent).join() === `${first},${second}` &&
        lanes.every((lane) => lane.className.includes("overdue"));
    }, [kFirst, kSecond]);
    assert.ok(await painted(page, "--overdue") > 0, "nothing is red in the timeline");
    noMessages();
  });

  await check("an incident: what the vendor last answered is at its provider, and each run's on its page", async () => {
    await shows(page, "#providers .provider:has(strong:text-is('perf')) .error", "simcloud was told to fail");
    await isAccessibleInBothThemes(page);
    await picture(page, "incident-light");
    await page.emulateMedia({ colorScheme: "dark" });
    await picture(page, "incident-dark");
    for (const job of [kFirst, kSecond]) {
      await page.click(`#overdue a:has-text('${job} +')`);
      await shows(page, "#run-title", `${job}: overdue`);
      await shows(page, "#run-facts", kAnswers[job]);
      await shows(page, "#run-life-told", "Overdue by");
      await page.click("#run-back");
      await shows(page, "#overview", "Timeline");
    }
    noMessages();
  });

  await check("an incident: a run is stopped by touch at a width of 390 px, where nothing lies beside the screen", async () => {
    const phone = await openPage(told.address, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await signInByToken(phone, told.operator);
    await showsBothFirst(phone);
    for (const what of ["#overdue", "#holds li", "#runs li:first-child"]) {
      const box = await phone.locator(what).first().boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= 390, `${what} lies beside the screen`);
    }
    const box = await phone.locator("#overdue").boundingBox();
    assert.ok(box.y + box.height <= 844, "what is overdue is on the first screen");
    await phone.waitForFunction(() => document.documentElement.scrollWidth <= 390);
    await isAccessible(phone);
    await picture(phone, "incident-phone");
    await stopBy(phone, kSecond, "by touch", (target) => target.tap());
    await phone.context().close();
    assert.deepEqual(await stops(), [[kSecond, "by touch"]]);
    noMessages();
  });

  await check("an incident: the first is stopped by mouse; once the vendor stops it, the other one stands alone", async () => {
    await stopBy(page, kFirst, "by mouse", (target) => target.click());
    assert.deepEqual(await stops(), [[kSecond, "by touch"], [kFirst, "by mouse"]]);
    await showsBothFirst(page);  // the vendor does not stop it yet
    await please(`mend ${kFirst}`);
    await shows(page, "#overdue", `1 run is overdue: ${kSecond}`);
    await isGone(page, `#runs li:has(a.job:has-text('${kFirst}'))`);
    noMessages();
  });

  await check("an incident: the second is stopped by the keyboard alone, and nothing is overdue any more", async () => {
    await page.evaluate(() => document.activeElement.blur());
    for (let step = 0; await focused(page) !== `Stop ${kSecond}`; ++step) {
      assert.ok(step < 40, "the keyboard does not come to the button");
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await shows(page, "#dialog", "this asks again at once");
    await page.keyboard.type("by keyboard");
    await page.keyboard.press("Enter");
    await shows(page, "#dialog-answer", "stopping");
    await page.keyboard.press("Escape");
    assert.equal(await focused(page), `Stop ${kSecond}`);
    assert.deepEqual((await stops()).at(-1), [kSecond, "by keyboard"]);
    await please(`mend ${kSecond}`);
    await isGone(page, "#overdue");
    await page.waitForFunction(() => document.getElementById("spoken").textContent.includes("No run is overdue any more"));
    noMessages();
  });
});
