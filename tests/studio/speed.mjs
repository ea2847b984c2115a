// Measures how fast the teacher's desk answers, in headless Chromium: node speed.mjs COURSE PROGRAM BROWSER [SCRIPT]
// From a key stroke or a movement to the frame that shows the timeline laid out anew, from an edit to the frame that shows it, and
// from a click to the first sample that is played. It works on a copy of the course, and prints a table. Not a test: the figures
// are those of the machine it runs on.

import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program, chromium } from "./room.mjs";

const [source, program, browserPath, script = "veilige-plek"] = process.argv.slice(2);
const course = mkdtempSync(join(tmpdir(), "adem-speed-"));
for (const name of ["course.toml", "scripts", "voice", "ambience", "recordings"]) {
  if (existsSync(join(source, name))) cpSync(join(source, name), join(course, name), { recursive: true });
}
const rows = [];

function table(what, times) {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);
  rows.push([what, String(times.length), at(0.5), at(0.9), at(1)]);
  console.log(rows.at(-1).join("  "));
}

/** In the page: begins to measure at each event of a kind, and ends with the frame after the next change of what is watched. */
function measure([kind, watched]) {
  const state = { started: 0, times: [] };
  window.measured = state;
  const onEvent = (event) => { if (!state.started) state.started = event.timeStamp; };
  document.addEventListener(kind, onEvent, true);
  const observer = new MutationObserver(() => {
    const { started } = state;
    if (!started) return;
    state.started = 0;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => state.times.push(performance.now() - started);
      port2.postMessage(0);
    });
  });
  for (const one of document.querySelectorAll(watched)) observer.observe(one, { childList: true, subtree: true, characterData: true, attributes: true });
  state.end = () => {
    document.removeEventListener(kind, onEvent, true);
    observer.disconnect();
  };
}

async function many(page, what, kind, watched, count, act) {
  await page.evaluate(measure, [kind, watched]);
  for (let at = 0; at < count; at += 1) {
    const before = await page.evaluate(() => window.measured.times.length);
    await act(at);
    // One at a time; what shows nothing is not counted.
    if (at > 2 && before === 0) break;
    await page.waitForFunction((before) => window.measured.times.length > before, before, { timeout: 4000, polling: 20 }).catch(() => {});
    await page.evaluate(() => { window.measured.started = 0; });
    await page.waitForTimeout(40 + (at * 37) % 60);
  }
  const times = await page.evaluate(() => { window.measured.end(); return window.measured.times; });
  if (times.length) table(what, times);
  else console.log(`${what}: nothing is shown`);
}

const studio = new Program(program, course, 0);
await studio.start();
const browser = await chromium.launch({ executablePath: browserPath, args: ["--autoplay-policy=no-user-gesture-required", "--mute-audio"] });
try {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(600_000);
  await page.addInitScript(() => {
    // A player that is an audio element is found by its constructor.
    const Own = window.Audio;
    window.Audio = function Audio(...own) { window.played = new Own(...own); return window.played; };
    document.addEventListener("sounds", ({ detail }) => { window.sounds = detail; }, true);
  });
  // What the browser itself needs, by the same measure.
  await page.setContent("<textarea></textarea><p>0</p>");
  await page.evaluate(() => {
    const text = document.querySelector("p").firstChild;
    document.addEventListener("input", () => setTimeout(() => { text.data = String(Number(text.data) + 1); }, 6));
  });
  await page.locator("textarea").focus();
  await many(page, "an empty page that changes a text 6 ms after a key", "keydown", "p", 40, () => page.keyboard.press("a"));

  await page.goto(studio.link);
  const address = new URL(studio.link).origin;
  await page.goto(`${address}/#desk/${script}`);
  await page.reload();
  await page.waitForSelector(".script .words");
  await page.waitForSelector(".strip .phrase");
  await page.waitForTimeout(3000);
  const facts = await page.evaluate(() => ({ steps: document.querySelectorAll("li.step").length, blocks: document.querySelectorAll(".lanes *").length }));
  console.log(`${script}: ${facts.steps} steps, ${facts.blocks} elements in the timeline; milliseconds: how often, median, 9 of 10, most`);

  // So near that every letter is seen: what changes nothing is not drawn, and is not measured.
  const scale = page.locator("select").filter({ has: page.locator("option[value='32']") });
  await scale.selectOption("32");
  const unspoken = await page.evaluate(() => {
    const strip = document.querySelector(".strip");
    for (strip.scrollLeft = 0; ; strip.scrollLeft += strip.clientWidth) {
      strip.dispatchEvent(new Event("scroll"));
      const block = strip.querySelector(".phrase.predicted");
      if (block) {
        strip.scrollLeft = block.offsetLeft - 100;
        return block.textContent;
      }
      if (strip.scrollLeft + strip.clientWidth >= strip.scrollWidth) throw new Error("every phrase has a recording");
    }
  });
  const all = page.locator(".script .words");
  const words = all.nth(await all.evaluateAll((fields, text) => fields.findIndex((field) => field.value === text), unspoken));
  await words.focus();
  await page.keyboard.press("End");
  await many(page, "a letter typed in a phrase without a recording", "keydown", ".lanes, .outcome", 60, () => page.keyboard.press("a"));
  await page.keyboard.press("Escape");
  await scale.selectOption("0");

  const slider = page.locator("li.step input[type=range]").nth(3);
  await slider.focus();
  // A range tells every step by `input`; it is written with `change`, which keys send too.
  await page.evaluate(() => document.addEventListener("change", (event) => { if (window.keepOff) event.stopImmediatePropagation(); }, true));
  await page.evaluate(() => { window.keepOff = true; });
  await many(page, "a pause moved by a key", "keydown", ".lanes, .outcome", 40, (at) => page.keyboard.press(at % 8 < 4 ? "ArrowRight" : "ArrowLeft"));
  await page.evaluate(() => { window.keepOff = false; });

  const typed = page.locator(".controls .typed");
  if (await typed.count()) {
    await typed.focus();
    const usual = Number((await typed.inputValue()).split(":")[0]);
    await many(page, "a length typed", "keydown", ".lanes, .outcome", 20, async (at) => {
      await typed.evaluate((field, value) => { field.value = value; }, String(usual).slice(0, -1));
      // The frame of what was just put there is not that of the key.
      await page.waitForTimeout(60);
      await page.keyboard.press(String((usual + at) % 10));
    });
  }
  await page.reload();
  await page.waitForSelector(".script .words");
  await page.waitForTimeout(2000);

  await page.locator("select").filter({ has: page.locator("option[value='32']") }).selectOption("32");
  const grips = page.locator(".strip .pause .grip");
  await grips.nth(2).scrollIntoViewIfNeeded();
  const box = await grips.nth(2).boundingBox();
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width / 2, y);
  await page.mouse.down();
  await many(page, "a pause dragged", "pointermove", ".lanes, .outcome", 40, (at) => page.mouse.move(box.x + 20 + (at % 10) * 18, y));
  await page.mouse.move(box.x + box.width / 2, y);
  await page.mouse.up();
  await page.waitForTimeout(1500);

  const edited = page.locator("li.step input[type=range]").nth(3);
  await edited.scrollIntoViewIfNeeded();
  await many(page, "a pause written, until the page shows it", "change", ".script", 10, async (at) => {
    await edited.focus();
    await page.keyboard.press(at % 2 ? "ArrowLeft" : "ArrowRight");
    await page.waitForTimeout(1500);
  });

  // The course may have no recordings: a machine speaks, for the first time here, which is not measured.
  await page.locator("[data-key=draft]").check();
  await page.waitForFunction(() => !document.querySelector(".strip .phrase.predicted"), null, { timeout: 600_000 });
  await page.waitForTimeout(3000);
  const firsts = [];
  const starts = page.locator("li.step button.icon[title]:not(:disabled)").filter({ hasText: "▶" });
  const places = await starts.count();
  for (let at = 0; at < Math.min(16, places); at += 1) {
    const button = starts.nth(Math.floor(((at * 7 + 3) % 17) / 17 * places));
    await button.scrollIntoViewIfNeeded();
    await page.waitForTimeout(300);
    await page.evaluate(() => {
      window.sounds = null;
      window.heard = new Promise((done) => {
        document.addEventListener("click", (event) => {
          const clicked = event.timeStamp;
          const from = window.played?.currentTime ?? 0;
          let target = null;
          const look = () => {
            if (window.sounds) {
              const { at, context } = window.sounds;
              const now = context.getOutputTimestamp();
              if (now.contextTime >= at && at > 0) { done(now.performanceTime + (at - now.contextTime) * 1000 - clicked); return; }
            } else if (window.played && !window.played.paused && window.played.readyState > 2) {
              target ??= window.played.currentTime;
              if (window.played.currentTime > target && window.played.currentTime !== from) { done(performance.now() - clicked); return; }
            }
            setTimeout(look, 1);
          };
          look();
        }, { capture: true, once: true });
      });
    });
    await button.click();
    firsts.push(await page.evaluate(() => Promise.race([window.heard, new Promise((done) => setTimeout(() => done(NaN), 8000))])));
    await page.locator(".player button").click();
  }
  table("from a click to the first sample, where nothing was played", firsts.filter((time) => !Number.isNaN(time)));
  console.log(`\n| what | times | median | 9 of 10 | most |\n|---|---|---|---|---|\n${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}`);
} finally {
  await browser.close();
  await studio.end("SIGTERM");
  rmSync(course, { recursive: true, force: true });
}
