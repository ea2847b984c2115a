// Records in a real Firefox: node firefox.mjs FIREFOX ADEM COURSE SCRATCH. It is for people, and not one of the tests: Firefox is
// large. It needs puppeteer-core in the folder that ADEM_PUPPETEER names, and PulseAudio for a microphone that plays a file; without
// one of them it says so and ends. With STUDIO_SHOTS it leaves pictures of each room there.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Program, axe, microphone, placeAmong, samplesOf } from "./room.mjs";

const [executable, adem, course, scratch] = process.argv.slice(2);
function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit();
}
const folder = process.env.ADEM_PUPPETEER ?? skip("ADEM_PUPPETEER names no folder in which puppeteer-core is");
const { default: puppeteer } = await import(createRequire(join(folder, "package.json")).resolve("puppeteer-core")).catch(() => skip("there is no puppeteer-core"));
if (spawnSync("pulseaudio", ["--version"]).status !== 0) skip("there is no pulseaudio");

const RATE = 48000;
const rest = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
const began = Date.now();
const step = (name) => console.log(`${((Date.now() - began) / 1000).toFixed(1)} s  ${name}`);
const sound = join(scratch, "microphone.wav");
const fed = microphone(sound, 40, RATE);

// A microphone before which a file is played.
mkdirSync(join(scratch, "pulse"), { recursive: true });
const socket = `unix:${join(scratch, "pulse/native")}`;
const own = { ...process.env, HOME: join(scratch, "pulse"), XDG_RUNTIME_DIR: join(scratch, "pulse"), PULSE_SERVER: socket };
const pulse = spawn("pulseaudio", ["-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes", "--realtime=no", "--high-priority=no",
  "-L", `module-native-protocol-unix socket=${join(scratch, "pulse/native")} auth-anonymous=1`,
  "-L", `module-null-sink sink_name=mic rate=${RATE} channels=2`, "-L", `module-null-sink sink_name=out rate=${RATE} channels=2`,
  "-L", "module-remap-source source_name=voice master=mic.monitor"], { env: { ...own, PULSE_SERVER: "" }, stdio: "ignore" });
for (let times = 0; times < 50 && !existsSync(join(scratch, "pulse/native")); times += 1) await rest(0.1);
const tell = (...words) => assert.equal(spawnSync("pactl", words, { env: own }).status, 0, words.join(" "));
tell("set-default-source", "voice");
tell("set-default-sink", "out");
const playing = spawn("sh", ["-c", `while tail -c +45 "${sound}"; do :; done | pacat --device=mic --format=s16le --rate=${RATE} --channels=2`], { env: own, stdio: "ignore", detached: true });

const program = new Program(adem, course, 0);
await program.start();
const browser = await puppeteer.launch({
  browser: "firefox", executablePath: executable, headless: true, env: own, userDataDir: join(scratch, "firefox"),
  extraPrefsFirefox: { "media.navigator.permission.disabled": true, "media.autoplay.default": 1, "ui.prefersReducedMotion": 1 },
});

/** Pictures of a page as it is. */
async function pictures(page, name) {
  if (!process.env.STUDIO_SHOTS) return;
  for (const [width, height] of [[360, 740], [1440, 900]]) {
    await page.setViewport({ width, height });
    await page.screenshot({ path: join(process.env.STUDIO_SHOTS, `firefox-${name}-${width}.png`), fullPage: true });
  }
  await page.setViewport({ width: 1280, height: 900 });
}

const see = (page, text) => page.locator(`::-p-text(${text})`).setTimeout(60000).wait();
/** Presses the button whose words begin so. */
const pressed = async (page, words) => {
  for (let times = 0; times < 600; times += 1) {
    const done = await page.evaluate((words) => {
      const button = [...document.querySelectorAll("button")].find((one) => one.textContent.startsWith(words) && !one.disabled && !one.hidden);
      button?.click();
      return Boolean(button);
    }, words);
    if (done) return;
    await rest(0.1);
  }
  throw new Error(`no button “${words}”`);
};

try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => { console.error(`page: ${error.message}`); process.exitCode = 1; });
  page.on("console", (message) => { if (["error", "warn"].includes(message.type())) console.error(`console: ${message.text()}`); });
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(program.link);
  await see(page, "Who speaks");
  step("let in");
  await page.evaluate(() => {
    const set = (id, value) => { const field = document.getElementById(id); field.value = value; field.dispatchEvent(new Event("change")); field.dispatchEvent(new Event("input")); };
    set("voice", "new");
    set("new-name", "Anna de Wit");
    set("new-language", "nl");
    document.getElementById("agree").click();
  });
  await pressed(page, "Switch the microphone on");
  await page.locator("#second-way").wait();
  console.log(await page.$eval("#second-way", (element) => element.parentElement.textContent));
  await see(page, "This is good.");
  step("level");
  await pressed(page, "Listen to the room");
  for (let times = 0; times < 12; times += 1) {
    await rest(6 + times * 0.37);
    const told = await page.evaluate(() => [...document.querySelectorAll("button")].some((one) => one.textContent === "Go on all the same" && !one.hidden));
    if (told) break;
    await pressed(page, "Once more");
  }
  await pictures(page, "setup");
  await pressed(page, "Go on all the same");
  await pressed(page, "To the first phrase");
  await see(page, "Welkom.");
  step("room");
  const voice = join(course, "voice/nl/anna-de-wit");
  const session = readdirSync(join(voice, "sessions"))[0];
  const about = readFileSync(join(voice, "sessions", session, "session.toml"), "utf8");
  console.log(about);
  assert.match(about, /path = "AudioWorklet"/);

  for (let number = 1; number <= Number(process.env.STUDIO_TAKES ?? 3); number += 1) {
    await page.keyboard.press(" ");
    await rest(number === 3 ? 12 : 2);
    // The page is busy for 300 ms at a time.
    if (number > 1) await page.evaluate(async () => { for (let times = 0; times < 4; times += 1) { for (const until = performance.now() + 300; performance.now() < until;); await new Promise((done) => setTimeout(done, 100)); } });
    await page.keyboard.press(" ");
    await see(page, `Take ${number} is saved`);
    await page.locator("svg.waveform").wait();
    const samples = samplesOf(join(voice, `plek/welkom_t${number}.wav`));
    const beside = readFileSync(join(voice, `plek/welkom_t${number}.toml`), "utf8");
    const found = placeAmong(samples, fed);
    const isMarked = /record-again = true/.test(beside);
    console.log(`take ${number}: ${(samples.length / RATE).toFixed(2)} s, ${found.exact ? "exact" : `other than what was fed from ${found.at} on`}, ${isMarked ? beside.match(/drop-outs.*/)[0] : "no drop-out told"}`);
  }
  await pictures(page, "take");
  await page.keyboard.press("p");
  await rest(1);
  await page.keyboard.press("c");
  await rest(3);
  console.log(await page.$eval("#review", (element) => element.textContent));
  if (process.env.STUDIO_SHOTS) {
    for (const [hash, seen] of [["desk", "Play"], ["translate", "English"]]) {
      await page.goto(new URL(`/#${hash}`, program.link).href);
      await page.reload();
      await rest(4);
      await pictures(page, hash);
      await page.evaluate(axe);
      const wrong = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])));
      console.log(hash, JSON.stringify(wrong), seen);
    }
  }
  step("done");
} finally {
  await browser.close().catch(() => {});
  process.kill(-playing.pid, "SIGTERM");
  pulse.kill();
  program.child.kill("SIGKILL");
}
process.exit();
