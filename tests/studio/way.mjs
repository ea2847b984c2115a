// The whole way of somebody who has never seen it: node way.mjs BROWSER ADEM COURSE SCRATCH. A voice records a track in English, one
// silence is dragged longer, the result is heard, and a finished file is found. With STUDIO_SHOTS, a folder, each step is put there as
// a picture; STUDIO_TRACK names another track than the first, of which only two phrases are recorded then.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Browser, Program, accessible, microphone, pictures } from "./room.mjs";

const [executable, adem, course, scratch] = process.argv.slice(2);
const track = process.env.STUDIO_TRACK;
const sound = join(scratch, "microphone.wav");
microphone(sound);
const program = new Program(adem, course, 0);
const browser = new Browser(executable, join(scratch, "profile"), sound);
const began = Date.now();
const step = (name) => console.log(`${((Date.now() - began) / 1000).toFixed(1)} s  ${name}`);
const rest = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
const shot = async (page, name) => { if (process.env.STUDIO_SHOTS) await page.screenshot({ path: join(process.env.STUDIO_SHOTS, `way-${name}.png`) }); };

await program.start();
try {
  const page = await browser.open(program.link);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByLabel("Voice").selectOption("new");
  await page.getByLabel("Name, as it").fill("Mary Reed");
  await page.getByLabel("Language", { exact: true }).selectOption("en");
  await page.getByLabel("I agree").check();
  await page.getByRole("button", { name: "Switch the microphone on" }).click();
  await page.getByText("This is good.").waitFor();
  const [go, anyway] = [page.getByRole("button", { name: "To the first phrase" }), page.getByRole("button", { name: "Go on all the same" })];
  const told = page.getByText(/dBFS\)|Something was heard/);
  await page.getByRole("button", { name: "Listen to the room" }).click();
  await told.waitFor();
  for (let times = 0; times < 8 && await go.isDisabled() && !await anyway.isVisible(); times += 1) {
    await page.getByRole("button", { name: "Once more" }).click();
    await told.waitFor({ state: "hidden" });
    await told.waitFor();
  }
  if (await go.isDisabled()) await anyway.click();
  await go.click();
  await page.locator("#now").waitFor();
  if (track) await page.locator("#script").selectOption(track);
  step("set up");

  // Every phrase, one after another.
  const all = track ? 2 : 3;
  for (let at = 0; at < all; at += 1) {
    const words = await page.locator("#now").innerText();
    await page.keyboard.press(" ");
    await rest(1.2);
    if (at === 0) await shot(page, "record");
    await page.keyboard.press(" ");
    await page.getByText("Take 1 is saved").waitFor();
    await page.getByRole("heading", { name: "Take 1" }).waitFor();
    const keep = page.getByRole("button", { name: /^Keep it/ });
    if (await keep.isVisible()) {
      await page.keyboard.press("k");
      await keep.waitFor({ state: "detached" });
    }
    if (at === 0) await shot(page, "take");
    await page.keyboard.press("Enter");
    if (at + 1 < all) await page.waitForFunction((before) => document.querySelector("#now")?.innerText !== before, words);
  }
  step("recorded");

  // At the desk one silence is dragged longer.
  // Where all of it is recorded the page leads there by itself.
  await page.getByRole("link", track ? { name: "Desk", exact: true } : { name: "Hear the whole track at the desk" }).click();
  const id = track ?? "quiet";
  const file = join(course, `scripts/${id}.toml`);
  await page.evaluate((id) => { location.hash = `desk/${id}?language=en&voice=mary-reed${id === "quiet" ? "" : "&draft=yes"}`; }, id);
  await page.locator(".strip .phrase").first().waitFor({ timeout: 300_000 });
  await page.locator("select[aria-label='Scale of the timeline']").selectOption("12");
  const before = readFileSync(file, "utf8");
  const grip = page.locator(".strip .pause .grip").first();
  await grip.scrollIntoViewIfNeeded();
  const box = await grip.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + 30, box.y + box.height / 2, { steps: 4 });
  await page.locator(".outcome", { hasText: "longer by" }).waitFor();
  await shot(page, "drag");
  await page.mouse.up();
  for (let left = 400; readFileSync(file, "utf8") === before; left -= 1) {
    assert.ok(left > 0, "the silence is written");
    await rest(0.025);
  }
  const lines = (text) => text.split("\n");
  assert.equal(lines(readFileSync(file, "utf8")).filter((line) => !lines(before).includes(line)).length, 1, "one line is other");
  step("dragged");

  // The result is heard, and a finished file is found.
  await page.locator(".player").first().getByRole("button", { name: "Play", exact: true }).click();
  await page.waitForFunction(() => /0:0[1-9]/.test(document.querySelector(".player .clock").textContent));
  await shot(page, "hear");
  await page.locator(".player").first().getByRole("button", { name: "Pause", exact: true }).click();
  const making = page.locator("details.making");
  await making.locator("summary").click();
  await making.getByLabel("WAV").check();
  await making.getByRole("button", { name: "Render this version" }).click();
  await making.getByText(/^Done: /).waitFor({ timeout: 300_000 });
  await making.scrollIntoViewIfNeeded();
  await shot(page, "file");
  const made = readdirSync(join(course, "out")).filter((name) => name.endsWith(".wav"));
  assert.equal(made.length, 1, made.join(" "));
  assert.ok(statSync(join(course, "out", made[0])).size > 48_000 * 6, "it has more than a second");
  assert.equal(await making.locator(".made a").first().innerText(), made[0]);
  assert.ok(existsSync(join(course, "voice/en/mary-reed/takes.toml")));
  await accessible(page, "the finished file");
  await pictures(page, "way");
  step("heard and found");
  await browser.kill();
  assert.equal(await program.end("SIGTERM"), 0, "it ends when it is asked to");
} finally {
  if (browser.child?.exitCode === null && browser.child.signalCode === null) await browser.kill();
  if (program.child?.exitCode === null) program.child.kill("SIGKILL");
}
process.exit();
