// Reads a script in one go: node reading.mjs BROWSER ADEM COURSE SCRATCH. A machine speaks into the microphone; the program is killed
// meanwhile. The phrases are found, one edge is moved, and every cut is compared with the reading, sample by sample.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Browser, Program, RATE, accessible, pictures, placeOf, reader, ready, samplesOf } from "./room.mjs";

const [executable, adem, course, scratch] = process.argv.slice(2);
const QUIET = 8;
const PHRASES = ["Welkom.", "Je kunt altijd stoppen.", "Voel je voeten.", "In, en uit.", "Tot de volgende keer."];
const sound = join(scratch, "reader.wav");
const fed = reader(sound, "nl", PHRASES, QUIET);
if (!fed) {
  console.log("skipped: there is no espeak-ng, which reads aloud in this test");
  process.exit();
}
const program = new Program(adem, course, 0);
const browser = new Browser(executable, join(scratch, "profile"), sound);
const voice = join(course, "voice/nl/eva");
const began = Date.now();
const step = (name) => console.log(`${((Date.now() - began) / 1000).toFixed(1)} s  ${name}`);
const rest = (seconds) => new Promise((done) => setTimeout(done, Math.max(0, seconds) * 1000));

await program.start();
try {
  const { page, session } = await ready(browser, program, course);
  const opened = Date.now();
  await page.getByRole("button", { name: "Read it in one go" }).click();
  await page.getByRole("button", { name: /^Record/ }).click();
  step("reads");

  await rest(4);
  await program.end();
  await program.start();
  await page.locator("[aria-current=true]").first().waitFor();
  await pictures(page, "reading");
  const length = fed.length / RATE;
  // The microphone was opened a moment before; it begins again at its end, after eight seconds of a quiet room.
  await rest(length - 7 - (Date.now() - opened) / 1000);
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await page.getByRole("heading", { name: "The phrases of the reading" }).waitFor();
  const whole = samplesOf(join(voice, `sessions/${session}/reading-plek.wav`));
  placeOf(whole, fed);
  step(`${(whole.length / RATE).toFixed(1)} s in one take, exact, though the program was killed`);

  await page.getByText("5 of 5 phrases were found.").waitFor({ timeout: 240000 });
  const row = page.locator(".cuts > li").first();
  await row.getByRole("button", { name: "Edges" }).click();
  const edge = page.getByRole("slider", { name: "Beginning of the phrase" });
  const place = async (knob) => Number(await knob.getAttribute("aria-valuenow"));
  const before = await place(edge);
  await edge.press("Shift+ArrowLeft");
  assert.ok(Math.abs(await place(edge) - before + 0.1) < 0.011, "an arrow moves it");
  const end = page.getByRole("slider", { name: "End of the phrase" });
  const [was, box] = [await place(end), await end.boundingBox()];
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 20, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  assert.ok(await place(end) > was + 0.02, "it is dragged");
  await accessible(page, "cuts");
  await pictures(page, "cuts");
  const edges = [await place(edge), await place(end)];
  // The picture of the page is wider than the page was when it was dragged; the times are the same.
  await page.getByRole("button", { name: "Keep 5 takes" }).click();
  await page.getByText("5 takes are kept").waitFor({ timeout: 240000 });

  for (const [at, file] of ["plek/welkom", "plek/vrij", "plek/voeten", "plek/in-uit", "slot/tot"].entries()) {
    const cut = samplesOf(join(voice, `${file}_t1.wav`));
    const beside = readFileSync(join(voice, `${file}_t1.toml`), "utf8");
    assert.match(beside, new RegExp(`reading = "sessions/${session}/reading-plek.wav"`));
    const from = Number(/from-frame = (\d+)/.exec(beside)[1]);
    assert.ok(cut.every((sample, frame) => sample === whole[from + frame]), `${file} is what was read there`);
    if (at === 0) {
      assert.ok(Math.abs(from / RATE - edges[0]) < 0.006, `it begins at ${from / RATE} s, and the edge is at ${edges[0]} s`);
      assert.ok(Math.abs((from + cut.length) / RATE - edges[1]) < 0.006, "and ends where the other edge is");
    }
  }
  await page.getByRole("button", { name: "Back to the phrases" }).click();
  await page.getByText(/5 of 5 phrases|\d of 5 phrases/).first().waitFor();
  step("found, corrected, cut and kept");

  // The reading is put aside after a question, taken back, and deleted only by a second press; what was made of it stays.
  const reading = join(voice, "sessions", session, "reading-plek.wav");
  const aside = join(voice, "sessions", session, "removed/reading-plek.wav");
  await page.getByRole("button", { name: "Readings and parts" }).click();
  await page.getByText("Reading of plek").waitFor();
  assert.match(await page.locator("ul.cuts li").first().innerText(), /\d+(\.\d)? s|\d:\d\d/);
  assert.match(await page.locator("ul.cuts li").first().innerText(), / MB[^]*5 takes kept/);
  await accessible(page, "kept");
  await pictures(page, "kept");
  const remove = page.getByRole("button", { name: "Delete: Reading of plek" });
  const sure = page.getByRole("dialog");
  await remove.click();
  await sure.getByRole("button", { name: "Cancel" }).click();
  assert.ok(existsSync(reading));
  await remove.click();
  await sure.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("Reading of plek is put aside.").waitFor();
  assert.ok(existsSync(aside) && !existsSync(reading));
  await page.getByRole("button", { name: "Take it back: Reading of plek" }).click();
  await page.getByText("Reading of plek is back.").waitFor();
  assert.ok(!existsSync(aside) && existsSync(reading));
  await remove.click();
  await sure.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "Delete for good" }).click();
  await sure.getByRole("button", { name: "Delete for good" }).click();
  await page.getByText("They are deleted.").waitFor();
  assert.ok(!existsSync(aside) && !existsSync(reading) && existsSync(join(voice, "plek/welkom_t1.wav")));
  step("the reading put aside, taken back, and deleted");
  await browser.kill();
  assert.equal(await program.end("SIGTERM"), 0, "it ends when it is asked to");
} finally {
  if (browser.child?.exitCode === null && browser.child.signalCode === null) await browser.kill();
  if (program.child?.exitCode === null) program.child.kill("SIGKILL");
}
process.exit();
