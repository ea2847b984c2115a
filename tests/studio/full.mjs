// Records onto a disk that is full: node full.mjs BROWSER ADEM COURSE SCRATCH. The voice is told at once, goes on speaking, and nothing
// is missing when there is room again.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { Browser, Program, RATE, microphone, placeOf, ready, samplesOf } from "./room.mjs";

const [executable, adem, course, scratch] = process.argv.slice(2);
const sound = join(scratch, "microphone.wav");
const fed = microphone(sound);
const program = new Program(adem, course, 0);
const browser = new Browser(executable, join(scratch, "profile"), sound);
const rest = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

// Three seconds of sound are the most that a file may have.
await program.start(Math.floor(3 * RATE * 4 / 512));
try {
  const { page } = await ready(browser, program, course);
  await page.getByRole("button", { name: /^Record/ }).click();
  await page.getByText("The disk is full or refuses").waitFor();
  const seconds = Number((await page.locator(".clock").textContent()).replace(/[^0-9.]/g, ""));
  assert.ok(seconds < 5, `it was told after ${seconds} s`);
  await rest(2.5);
  const freed = spawnSync("prlimit", ["--pid", String(program.child.pid), "--fsize=unlimited"]);
  if (freed.status === 0) {
    await page.getByText("The disk has room again").waitFor();
  } else {
    await program.end();
    await program.start();
  }
  await rest(1);
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await page.getByText("Take 1 is saved").waitFor();
  const take = samplesOf(join(course, "voice/nl/eva/plek/welkom_t1.wav"));
  placeOf(take, fed);
  assert.ok(take.length > 6 * RATE, `${take.length / RATE} s are there`);
  console.log(`told after ${seconds} s, and ${(take.length / RATE).toFixed(1)} s are saved, exact`);
} finally {
  if (browser.child?.exitCode === null && browser.child.signalCode === null) await browser.kill();
  if (program.child?.exitCode === null) program.child.kill("SIGKILL");
}
process.exit();
