// Records in a real Firefox: node firefox.mjs FIREFOX ADEM COURSE SCRATCH. It is for people, and not one of the tests: Firefox is
// large. It needs puppeteer-core in the folder that ADEM_PUPPETEER names, and PulseAudio for a microphone that plays a file; without
// one of them it says so and ends. With STUDIO_SHOTS it leaves pictures of each room there.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Program, axe, microphone, placeAmong, samplesOf, space, unpack } from "./room.mjs";

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

/** Opens a page of its own, and tells what goes wrong in it. */
async function opened(address) {
  const page = await browser.newPage();
  page.on("pageerror", (error) => { if (!/ws:/.test(error.message)) { console.error(`page: ${error.message}`); process.exitCode = 1; } });
  page.on("console", (message) => { if (["error", "warn"].includes(message.type()) && !/ws:/.test(message.text())) console.error(`console: ${message.text()}`); });
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(address);
  return page;
}

/** Level and room, as far as the first phrase. */
async function setUp(page) {
  await pressed(page, "Switch the microphone on");
  await page.locator("#second-way").wait();
  await see(page, "This is good.").catch(async (error) => {
    console.error(await page.$eval("main", (main) => main.innerText));
    throw error;
  });
  await pressed(page, "Listen to the room");
  // Somebody speaks all the time: what is only uneven leaves a way on.
  for (let times = 0; times < 12; times += 1) {
    await rest(6 + times * 0.37);
    const told = await page.evaluate(() => [...document.querySelectorAll("button")].some((one) => one.textContent === "Go on all the same" && !one.hidden));
    if (told) break;
    await pressed(page, "Once more");
  }
  await pictures(page, "setup");
  await pressed(page, "Go on all the same");
  await pressed(page, "To the first phrase");
}

/** Sets fields by their ids. */
const fields = (page, values) => page.evaluate((values) => {
  for (const [id, value] of values) {
    const field = document.getElementById(id);
    if (value === true) field.click();
    else field.value = value;
    if (value !== true) ["change", "input"].forEach((kind) => field.dispatchEvent(new Event(kind)));
  }
}, values);

/**
 * What became of a take: whether it is what was fed, and what is told of it. The microphone is a noise, in which what was left out
 * without a trace cannot be found: how often that is depends on the machine.
 */
let exact = 0;
function told(name, file, beside) {
  const samples = samplesOf(file);
  const found = placeAmong(samples, fed);
  const isMarked = /record-again = true/.test(beside);
  exact += found.exact ? 1 : 0;
  console.log(`${name}: ${(samples.length / RATE).toFixed(2)} s, ${found.exact ? "exact" : `other than what was fed from ${found.at} on`}, ${isMarked ? beside.match(/drop-outs.*/)[0] : "no drop-out told"}`);
}

async function inTheStudio() {
  const page = await opened(program.link);
  await see(page, "Who speaks");
  await fields(page, [["voice", "new"], ["new-name", "Anna de Wit"], ["new-language", "nl"], ["agree", true]]);
  await setUp(page);
  await see(page, "Welkom.");
  step("set up");
  const voice = join(course, "voice/nl/anna-de-wit");
  const session = readdirSync(join(voice, "sessions"))[0];
  const about = readFileSync(join(voice, "sessions", session, "session.toml"), "utf8");
  assert.match(about, /path = "AudioWorklet"/);
  assert.match(about, /"echoCancellation", "noiseSuppression", "autoGainControl"/);
  for (let number = 1; number <= Number(process.env.STUDIO_TAKES ?? 3); number += 1) {
    await page.keyboard.press(" ");
    await rest(number === 3 ? 12 : 2);
    // The page is busy for 300 ms at a time.
    if (number > 1) await page.evaluate(async () => { for (let times = 0; times < 4; times += 1) { for (const until = performance.now() + 300; performance.now() < until;); await new Promise((done) => setTimeout(done, 100)); } });
    await page.keyboard.press(" ");
    await see(page, `Take ${number} is saved`);
    await page.locator("svg.waveform").wait();
    told(`take ${number}`, join(voice, `plek/welkom_t${number}.wav`), readFileSync(join(voice, `plek/welkom_t${number}.toml`), "utf8"));
  }
  await pictures(page, "take");
  await page.keyboard.press("p");
  await rest(1);
  await page.keyboard.press("c");
  await see(page, "The take plays in its track.");
  // The program is killed while somebody speaks: what was said meanwhile is in the browser, and comes after it.
  await pressed(page, "Next");
  await see(page, "Je kunt altijd stoppen.");
  await page.keyboard.press(" ");
  await rest(1);
  await program.end();
  await rest(1);
  await program.start();
  await rest(1);
  await page.keyboard.press(" ");
  await see(page, "Take 1 is saved");
  told("with the program killed", join(voice, "plek/vrij_t1.wav"), readFileSync(join(voice, "plek/vrij_t1.toml"), "utf8"));
  if (process.env.STUDIO_SHOTS) {
    for (const hash of ["desk", "translate"]) {
      await page.goto(new URL(`/#${hash}`, program.link).href);
      await page.reload();
      await rest(4);
      await pictures(page, hash);
      await page.evaluate(axe);
      const wrong = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id }) => id)));
      assert.deepEqual(wrong, [], hash);
    }
  }
  await page.close();
  step("the studio");
}

async function elsewhere() {
  const run = (...words) => {
    const ran = spawnSync(adem, words, { cwd: course, encoding: "utf8" });
    assert.equal(ran.status, 0, ran.stderr);
    return ran.stdout + ran.stderr;
  };
  run("studio", "--pack", "--lang", "en", "-o", join(scratch, "record-en.zip"), ...(process.env.STUDIO_DEV ? ["--dev", process.env.STUDIO_DEV] : []));
  unpack(join(scratch, "record-en.zip"), join(scratch, "space"));
  const web = space(join(scratch, "space"));
  const page = await opened(`http://localhost:${await web.start(0)}/record-en/`);
  await see(page, "Who speaks");
  await fields(page, [["new-name", "Beth Brown"], ["agree", true]]);
  await setUp(page);
  await see(page, "Welcome.");
  await page.keyboard.press(" ");
  await rest(3);
  await page.keyboard.press(" ");
  await see(page, "Take 1 is saved");
  await page.locator("svg.waveform").wait();
  await page.keyboard.press("c");
  await see(page, "It plays with its silences");
  // The tab is closed while she speaks, and opened again.
  await pressed(page, "Next");
  await page.keyboard.press(" ");
  await rest(2);
  const address = page.url();
  await page.close({ runBeforeUnload: false });
  const next = await opened(address);
  await see(next, "Nothing was lost");
  await pictures(next, "elsewhere");
  const zip = await next.evaluate(async () => {
    const { zipped } = await import("./pack/send.js");
    const { openStore } = await import("./pack/store.js");
    const pack = await (await fetch("pack.json")).json();
    const key = pack.named ? pack.key : pack.key + encodeURIComponent(location.pathname);
    const { zip } = await zipped(pack, await openStore(key), () => {});
    const bytes = new Uint8Array(await zip.arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(text);
  });
  const file = join(scratch, "takes.zip");
  writeFileSync(file, Buffer.from(zip, "base64"));
  console.log(run("voice", "import", file, "--yes"));
  const voice = join(course, "voice/en/beth-brown");
  for (const name of ["welkom_t1", "vrij_t1"]) told(`elsewhere, ${name}`, join(voice, `plek/${name}.wav`), readFileSync(join(voice, `plek/${name}.toml`), "utf8"));
  web.server.close();
  step("elsewhere");
}

try {
  await inTheStudio();
  await elsewhere();
  assert.ok(exact > 0, "no take is what was fed");
} finally {
  await browser.close().catch(() => {});
  process.kill(-playing.pid, "SIGTERM");
  pulse.kill();
  program.child.kill("SIGKILL");
}
process.exit();
