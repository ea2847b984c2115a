// What takes too long for every day: node proof.mjs BROWSER ADEM COURSE SCRATCH. With ADEM_STUDIO_MINUTES, a take of so many minutes
// while the page is busy for 500 ms at a time; with ADEM_STUDIO_KILLS, so many takes in which the tab, the program or the browser and
// the program are killed. Every take is compared with what the microphone was fed, sample by sample.

import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Browser, Program, RATE, microphone, placeOf, ready, resumed, samplesOf } from "./room.mjs";

const [executable, adem, course, scratch] = process.argv.slice(2);
const minutes = Number(process.env.ADEM_STUDIO_MINUTES ?? 0);
const kills = Number(process.env.ADEM_STUDIO_KILLS ?? 0);
/** A piece, in seconds. */
const PIECE = 0.04;
const sound = join(scratch, "microphone.wav");
const fed = microphone(sound, Math.max(40, minutes * 60 + 60));
const program = new Program(adem, course, 0);
const browser = new Browser(executable, join(scratch, "profile"), sound);
const folder = join(course, "voice/nl/eva/plek");
const rest = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
const takes = () => (existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".wav")) : []);
const record = (page) => page.getByRole("button", { name: /^Record/ }).click();
const stop = (page) => page.getByRole("button", { name: "Stop", exact: true }).click();

/** How much the worker has put into pieces, as the page was last told. */
let heard = 0;
const options = { heard: (seconds) => { heard = seconds; } };

/** The take that has come, once it has. */
async function newTake(before) {
  for (let times = 0; times < 600; times += 1) {
    const fresh = takes().find((name) => !before.includes(name));
    if (fresh) return samplesOf(join(folder, fresh));
    await rest(0.1);
  }
  throw new Error("no take has come");
}

async function longTake(page) {
  const before = takes();
  await record(page);
  await page.evaluate((minutes) => {
    const until = performance.now() + minutes * 60000;
    const block = () => {
      for (const busy = performance.now() + 500; performance.now() < busy;);
      if (performance.now() < until) setTimeout(block, 100);
    };
    setTimeout(block, 100);
  }, minutes);
  await rest(minutes * 60 + 1);
  await stop(page);
  const take = await newTake(before);
  placeOf(take, fed);
  assert.ok(take.length >= minutes * 60 * RATE, `${take.length} frames`);
  console.log(`${(take.length / RATE).toFixed(1)} s, of which every one of ${take.length} frames is what was fed; the page was busy for 500 of every 600 ms`);
}

/** The same numbers each time. */
let state = 2026;
const chance = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

async function killed(page) {
  const lost = { tab: [], program: [], both: [] };
  for (let times = 0; times < kills; times += 1) {
    const what = ["tab", "program", "both"][times % 3];
    const before = takes();
    heard = 0;
    let told = 0;
    await record(page);
    await rest(0.2 + chance() * 2.5);
    if (what === "tab") {
      await page.close({ runBeforeUnload: false });
      told = heard;
      page = await browser.tab(program.link, options);
    } else if (what === "program") {
      await program.end();
      await rest(chance());
      await program.start();
      await rest(0.5);
      await stop(page);
      told = heard;
    } else {
      await Promise.all([browser.kill(), program.end()]);
      told = heard;
      await program.start();
      page = await browser.open(program.link, options);
    }
    const take = await newTake(before);
    placeOf(take, fed);
    const missing = told - take.length / RATE;
    lost[what].push(missing);
    assert.ok(missing <= PIECE + 1e-6, `${what} ${times}: ${missing} s are lost of ${told}`);
    if (what === "program") await page.getByText(/Take \d+ is saved/).waitFor();
    else {
      await page.getByText("Nothing was lost").waitFor();
      await resumed(page);
    }
  }
  for (const [what, all] of Object.entries(lost)) console.log(`${what} killed ${all.length} times: ${Math.round(Math.max(0, ...all) * 1000)} ms lost at most`);
}

await program.start();
try {
  const { page } = await ready(browser, program, course, options);
  if (minutes) await longTake(page);
  if (kills) await killed(page);
} finally {
  if (browser.child?.exitCode === null && browser.child.signalCode === null) await browser.kill();
  if (program.child?.exitCode === null) program.child.kill("SIGKILL");
}
process.exit();
