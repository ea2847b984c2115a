// Records in a browser that does not hand over every sample of the microphone (the second way, an AudioWorklet): node second.mjs BROWSER
// ADEM COURSE SCRATCH. Each take is compared with what the microphone was fed, sample by sample: one that lost something is marked.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DropOuts } from "../../src/studio/web/record/drop-outs.js";
import { Browser, Program, RATE, busy, microphone, notAsFed, ready, samplesOf } from "./room.mjs";

// What the detector finds: in a second of noise, in messages of 512 frames, each of which comes 5 ms after its sound.
const noise = (count, seed = 1) => Float32Array.from({ length: count }, (_, at) => Math.sin((at + seed) * 12.9898) * 0.1 + 0.0001);
function found(samples, { hole = 0, late = 0 } = {}) {
  const drops = new DropOuts(RATE);
  for (let at = 0; at < samples.length; at += 512) {
    const after = at >= samples.length / 2;
    drops.hears(at + (after ? hole : 0), samples.subarray(at, at + 512), (at + 512) / RATE + 0.005 + (after ? late : 0));
  }
  return drops.since(0, samples.length / RATE + 0.005 + late);
}
const whole = noise(RATE * 4);
const zeros = (from, count) => { const samples = whole.slice(); samples.fill(0, from, from + count); return samples; };
assert.deepEqual(found(whole), []);
assert.deepEqual(found(zeros(20000, 441)), [20000], "zeros inside of the sound");
assert.deepEqual(found(zeros(20000, 40)), [], "a few zeros are a quiet moment");
assert.deepEqual(found(zeros(0, 4000)), [], "a microphone that begins with silence");
assert.deepEqual(found(zeros(whole.length - 441, 441)), [whole.length - 441], "zeros at the end");
const fades = whole.map((sample, at) => (at < RATE ? sample : at < RATE * 1.02 ? sample * (1 - (at - RATE) / (RATE * 0.02)) : 0));
assert.deepEqual(found(fades), [], "a microphone that falls silent by itself");
assert.deepEqual(found(whole, { hole: 128 }).length, 1, "a hole in the count of the browser");
assert.deepEqual(found(whole, { late: 0.2 }).length, 1, "less sound than time");
assert.deepEqual(found(whole, { late: 0.03 }), [], "a busy moment");
const voiced = Float32Array.from({ length: RATE * 4 }, (_, at) => 0.2 * Math.sin(at * 0.02) + 0.05 * Math.sin(at * 0.11) + 0.001 * Math.sin(at * 7.1));
assert.deepEqual(found(voiced), [], "a voice");
const without = new Float32Array([...voiced.subarray(0, 30000), ...voiced.subarray(30213)]);
const [jump, ...more] = found(without);
assert.ok(Math.abs(jump - 30000) <= 2 && !more.length, `a voice of which 213 frames are left out: ${jump} ${more}`);

const [executable, adem, course, scratch] = process.argv.slice(2);
const sound = join(scratch, "microphone.wav");
const fed = microphone(sound);
const program = new Program(adem, course, 0);
const browser = new Browser(executable, join(scratch, "profile"), sound);
const rest = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
const voice = join(course, "voice/nl/eva");

await program.start();
try {
  const { page } = await ready(browser, program, course, { second: true });
  for (let number = 1; number <= 3; number += 1) {
    await page.getByRole("button", { name: /^(Record|Once more)/ }).first().click();
    await rest(1);
    if (number === 2) await busy(page);
    if (number === 3) {
      // The sound of the browser stands still for a moment.
      await page.evaluate(async () => {
        await window.recordingContext.suspend();
        await new Promise((done) => setTimeout(done, 400));
        await window.recordingContext.resume();
      });
    }
    await rest(1);
    if (await page.getByRole("button", { name: "Stop", exact: true }).isVisible()) await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByText(`Take ${number} is saved`).waitFor();
    await page.getByRole("heading", { name: `Take ${number}` }).waitFor();
    const beside = readFileSync(join(voice, `plek/welkom_t${number}.toml`), "utf8");
    assert.match(beside, /path = "AudioWorklet"/);
    const why = notAsFed(samplesOf(join(voice, `plek/welkom_t${number}.wav`)), fed);
    const isMarked = /record-again = true/.test(beside);
    console.log(`take ${number}: ${why ?? "exact"}; ${beside.match(/drop-outs = .*/)?.[0] ?? "no drop-out told"}`);
    assert.ok(why === null || /unheard = /.test(beside), "a take that lost something has to be heard first");
    if (number === 3) assert.match(beside, /unheard = "cut-short"/, "the sound of the browser stood still");
    if (isMarked) {
      await page.getByText("Record it again: the browser lost").or(page.getByText("It was cut short")).waitFor();
      await page.getByText(/lost some of the sound at/).waitFor();
    }
  }
} finally {
  if (browser.child?.exitCode === null && browser.child.signalCode === null) await browser.kill();
  if (program.child?.exitCode === null) program.child.kill("SIGKILL");
}
process.exit();
