// Uses the proof pages of two readings as somebody would who corrects them: node proof.mjs BROWSER ENDS-EARLY SLATED SAVED
// The pages are those of tests/align.rs: of a reading that ends before its text does, and of one with other speech before it.
// Corrections of the second are saved as SAVED.

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [browserPath, endsEarly, slated, saved] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: browserPath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--mute-audio", "--autoplay-policy=no-user-gesture-required"],
});
try {
  const open = async (file) => {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    page.on("pageerror", (error) => assert.fail(String(error)));
    await page.goto(pathToFileURL(file).href);
    return page;
  };

  // A stretch of no length is not offered.
  const early = await open(endsEarly);
  const lengths = await early.$$eval("[data-play=stretch]", (buttons) => buttons.map(({ dataset }) => dataset.to - dataset.from));
  assert.ok(lengths.every((length) => length >= 0.1), `stretches of ${lengths} s`);

  // What was left out before the first phrase is heard, and taken for it.
  const page = await open(slated);
  const first = page.locator("#phrase-0");
  const stretch = first.locator(".left-out [data-play]").first();
  const [from, to] = await stretch.evaluate(({ dataset }) => [Number(dataset.from), Number(dataset.to)]);
  await page.waitForFunction(() => document.querySelector("audio").readyState > 0);
  await stretch.click();
  await page.waitForFunction(() => !document.querySelector("audio").paused);
  const time = await page.$eval("audio", (audio) => audio.currentTime);
  assert.ok(time >= from - 0.01 && time < to, `plays at ${time} s, not from ${from} to ${to} s`);
  await first.locator("[data-here]").first().click();
  assert.deepEqual([await first.locator("[name=start]").inputValue(), await first.locator("[name=end]").inputValue()].map(Number), [from, to]);
  assert.equal(await page.locator("#count").innerText(), "1 corrected");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
  await download.saveAs(saved);
  console.log("the proof pages work");
} finally {
  await browser.close();
}
