// Records elsewhere: node pack.mjs BROWSER ADEM COURSE SCRATCH. The page of `adem studio --pack` lies in a subfolder of a web space; a
// voice records on it, the browser is killed while she speaks, and her zip is taken in by the program. Every take is compared with what
// the microphone was fed, sample by sample.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Browser, RATE, accessible, busy, microphone, pictures, placeOf, samplesOf, space, unpack } from "./room.mjs";

const [executable, adem, course, scratch] = process.argv.slice(2);
const sound = join(scratch, "microphone.wav");
const fed = microphone(sound);
const browser = new Browser(executable, join(scratch, "profile"), sound);
const began = Date.now();
const step = (name) => console.log(`${((Date.now() - began) / 1000).toFixed(1)} s  ${name}`);
const rest = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

function run(...args) {
  const ran = spawnSync(adem, args, { cwd: course, encoding: "utf8", maxBuffer: 1 << 26 });
  return { code: ran.status, out: ran.stdout, told: ran.stderr };
}

// The page is packed, twice with the same bytes, and unpacked in a folder of a web space.
const packed = join(scratch, "record-en.zip");
for (const name of [packed, join(scratch, "again.zip")]) {
  const made = run("studio", "--pack", "--lang", "en", "-o", name, ...(process.env.STUDIO_DEV ? ["--dev", process.env.STUDIO_DEV] : []));
  assert.equal(made.code, 0, made.told);
  assert.match(made.told, /5 phrases to record, 5 originals to hear/);
}
assert.ok(readFileSync(packed).equals(readFileSync(join(scratch, "again.zip"))), "the same course makes the same zip");
const root = join(scratch, "space");
unpack(packed, join(root, "some/where"));
// Without originals a machine says the phrases, and without a preview there is neither a machine nor a bed.
const speaks = spawnSync("espeak-ng", ["--version"]).status === 0;
for (const [option, told, folder] of [["--no-sound", new RegExp(`0 originals to hear, ${speaks ? 5 : 0} by a machine, 1 bed`), "machine"], ["--no-preview", /5 originals to hear, 0 by a machine, 0 beds/, "plain"]]) {
  const name = join(scratch, `${folder}.zip`);
  const made = run("studio", "--pack", "--lang", "en", option, "-o", name, ...(process.env.STUDIO_DEV ? ["--dev", process.env.STUDIO_DEV] : []));
  assert.equal(made.code, 0, made.told);
  assert.match(made.told, told);
  unpack(name, join(root, folder));
}
const web = space(root);
const port = await web.start(0);
const address = `http://127.0.0.1:${port}/some/where/record-en/`;
step("packed");

const saved = (page, number) => page.getByText(`Take ${number} is saved`).waitFor();
const record = (page) => page.getByRole("button", { name: /^Record/ }).click();
const stop = (page) => page.getByRole("button", { name: "Stop", exact: true }).click();

/** How often the room was listened to. */
let rooms = 0;

async function setUp(page) {
  await page.getByRole("button", { name: "Switch the microphone on" }).click();
  await page.getByText("44,100 Hz").waitFor();
  await page.getByText("This is good.").waitFor();
  await page.getByRole("button", { name: "Listen to the room" }).click();
  // The microphone says the same again and again, so the room is never still, and now and then as loud as speech.
  const [told, anyway] = [page.getByText(/dBFS\)|Something was heard/), page.getByRole("button", { name: "Go on all the same" })];
  await told.waitFor();
  rooms = 1;
  for (let times = 0; times < 8 && !await anyway.isVisible(); times += 1) {
    await page.getByRole("button", { name: "Once more" }).click();
    await told.waitFor({ state: "hidden" });
    await told.waitFor();
    rooms += 1;
  }
  await anyway.click();
  await page.getByRole("button", { name: "To the first phrase" }).click();
}

/** Presses the button that sends, and returns the zip that the browser has saved. */
async function send(page) {
  const cdp = await browser.context.newCDPSession(page);
  const folder = join(scratch, `saved-${Date.now()}`);
  await cdp.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder, eventsEnabled: true });
  await page.getByRole("button", { name: "Send what I recorded" }).click();
  await page.getByText("is among your downloads").waitFor();
  for (let times = 0; times < 200; times += 1) {
    const [name] = existsSync(folder) ? readdirSync(folder).filter((one) => one.endsWith(".zip")) : [];
    if (name) return join(folder, name);
    await rest(0.1);
  }
  throw new Error("nothing was saved");
}

/**
 * What the page makes of a take of two words, as loud as a voice over the bed, in its place: the level of what lies under it, against
 * the bed as it was packed; and how long the machine is heard that says its phrase.
 */
function inItsPlace(page) {
  return page.evaluate(async () => {
    const { PackServer } = await import("/machine/record-en/pack/server.js");
    const { hear } = await import("/machine/record-en/pack/checks.js");
    const pack = await (await fetch("/machine/record-en/pack.json")).json();
    const [{ phrases, bed }] = pack.scripts;
    const [{ script, id, text }] = phrases.filter((phrase) => phrase.text !== null).slice(1);
    const rate = 48000;
    const samples = Float32Array.from({ length: 2 * rate }, (_, frame) => (frame % rate > rate / 4 && frame % rate < rate * 3 / 4 ? 0.1 * Math.sin(frame / 20) * Math.sin(frame / 700) : 0));
    const take = { take: "t", script, phrase: id, text, number: 1, rate, frames: samples.length, state: "unheard", session: "s", told: [], level: null };
    const store = { index: async () => ({ takes: [take], sessions: [] }), samples: async () => new Blob([samples]) };
    // The page may play what it makes, and fetch nothing but its own files.
    const [made, blobs] = [URL.createObjectURL, []];
    URL.createObjectURL = (blob) => made.call(URL, blobs[blobs.push(blob) - 1]);
    const heard = async (what, pack) => {
      await new PackServer(pack, store, () => {}).sound(`/studio/voices/en/own/${what}`);
      return blobs.pop().arrayBuffer();
    };
    const floats = async (pack) => new Float32Array((await heard(`takes/${script}/${id}/1/context`, pack)).slice(58));
    const without = (field, all) => all.map((one) => ({ ...one, [field]: null }));
    const bare = { ...pack, scripts: without("bed", pack.scripts) };
    const alone = { ...pack, scripts: bare.scripts.map((one) => ({ ...one, phrases: without("machine", one.phrases) })) };
    const [over, plain, single] = [await floats(pack), await floats(bare), await floats(alone)];
    const file = await (await fetch(`/machine/record-en/${bed.sound}`)).arrayBuffer();
    const sent = (await new OfflineAudioContext(1, 1, rate).decodeAudioData(file)).getChannelData(0);
    const power = (all) => all.reduce((sum, sample) => sum + sample ** 2, 0);
    const level = (all) => 10 * Math.log10(power(all) / all.length);
    const under = over.map((sample, frame) => sample - plain[frame]);
    const machine = phrases.some((phrase) => phrase.machine) ? (await new OfflineAudioContext(1, 1, rate).decodeAudioData(await heard(`draft/${script}/${id}/sound`, pack))).duration : null;
    URL.createObjectURL = made;
    return {
      seconds: over.length / rate, begins: Math.abs(under[0]), machine, neighbours: power(plain) / power(single),
      under: level(under.slice(rate, -rate)) - (level(sent) + hear(samples, rate).level - bed.voice),
    };
  });
}

/** Two tabs of the page at once: both record the same phrase, and each take is in the index. Returns the numbers of the takes. */
async function twoTabs(page) {
  const other = await browser.tab(address);
  await other.getByRole("button", { name: "Switch the microphone on" }).or(other.getByRole("button", { name: "Go on with today's session" })).first().click();
  const resume = other.getByRole("button", { name: "Go on with today's session" });
  if (await resume.waitFor({ timeout: 10000 }).then(() => true, () => false)) await resume.click();
  await other.locator("#now").waitFor();
  const tabs = [page, other];
  for (const tab of tabs) await tab.getByRole("button", { name: /^Record/ }).click();
  await rest(1.2);
  await Promise.all(tabs.map((tab) => stop(tab)));
  const numbers = await Promise.all(tabs.map(async (tab) => {
    const told = tab.getByText(/Take \d+ is saved/);
    await told.waitFor();
    return Number(/Take (\d+)/.exec(await told.textContent())[1]);
  }));
  assert.notEqual(numbers[0], numbers[1], "two takes have two numbers");
  await other.close();
  step(`two tabs at once: takes ${numbers.join(" and ")}`);
  return numbers;
}

/** The browser has no room: the page says what is kept, goes on, and loses nothing when there is room again. */
async function fullBrowser(page) {
  const cdp = await browser.context.newCDPSession(page);
  const { origin } = new URL(address);
  const { usage } = await page.evaluate(() => navigator.storage.estimate());
  await cdp.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: usage + 400000 });
  await record(page);
  await page.getByText("The browser has no room left").waitFor();
  await accessible(page, "no room");
  await pictures(page, "pack-full");
  await stop(page);
  await rest(0.5);
  await cdp.send("Storage.overrideQuotaForOrigin", { origin });
  await page.getByText(/Take \d+ is saved/).waitFor();
  step("no room in the browser");
}

try {
  let page = await browser.open(address);
  await page.getByRole("heading", { name: "Recording" }).waitFor();
  await accessible(page, "who speaks");
  await pictures(page, "pack-setup");
  await page.getByLabel("Name, as it").fill("Beth Brown");
  await page.getByLabel("I agree").check();
  await setUp(page);
  await page.locator("#now", { hasText: "Welcome." }).waitFor();
  step("set up");

  // What is stopped as soon as it was begun is no take.
  await page.keyboard.press(" ");
  await page.keyboard.press(" ");
  await page.getByText("That was too short").waitFor();

  // The original is heard, and a phrase is recorded while the page is busy for 300 ms at a time.
  await page.getByRole("button", { name: /^Hear the original/ }).click();
  for (let times = 0; !web.asked.some((path) => path.endsWith(".opus")); times += 1) {
    assert.ok(times < 100, "no original was asked for");
    await rest(0.05);
  }
  await record(page);
  await busy(page);
  await stop(page);
  await saved(page, 1);
  await page.locator("svg.waveform").waitFor();
  await page.locator("#send-count", { hasText: "1 take," }).waitFor();
  await accessible(page, "a take");
  await pictures(page, "pack-take");
  await page.keyboard.press("x");
  await page.getByText("Rejected: it lies apart").waitFor();
  await record(page);
  await rest(1.2);
  await stop(page);
  await saved(page, 2);
  await page.getByRole("heading", { name: "Take 2" }).waitFor();
  if (await page.getByRole("button", { name: /Keep it/ }).isVisible()) await page.keyboard.press("k");
  await page.getByRole("button", { name: /Keep it/ }).waitFor({ state: "hidden" });
  await page.keyboard.press("Enter");
  await page.locator("#now", { hasText: "You may always stop." }).waitFor();
  await record(page);
  await rest(2.5);
  await stop(page);
  await saved(page, 1);
  step("three takes of two phrases");

  // In its place, and a part of it again: the studio makes the joint when it takes it in.
  await page.getByRole("heading", { name: "Take 1" }).waitFor();
  await page.keyboard.press("c");
  await page.getByText("It plays with its silences").waitFor();
  for (let times = 0; !web.asked.some((path) => path.includes("/bed/")); times += 1) {
    assert.ok(times < 100, "no bed was asked for");
    await rest(0.05);
  }
  const place = await inItsPlace(page);
  assert.ok(Math.abs(place.under) < 1.5, `the bed is ${place.under} dB over its level`);
  assert.ok(place.begins < 0.001 && place.seconds > 3, JSON.stringify(place));
  if (speaks) assert.ok(place.machine > 0.3 && place.neighbours > 1.2, JSON.stringify(place));
  await page.keyboard.press("r");
  await page.getByRole("button", { name: /^Part 2 of/ }).click();
  await accessible(page, "a part");
  await pictures(page, "pack-part");
  await page.getByRole("button", { name: "Record this part" }).click();
  await rest(2);
  await stop(page);
  await saved(page, 2);
  await page.getByRole("heading", { name: "Take 2" }).waitFor();
  await page.getByText("A part of it was joined to another take.").waitFor();
  await pictures(page, "pack-joined");
  step("a part again");
  const first = await send(page);
  await accessible(page, "sent");
  await pictures(page, "pack-sent");
  step("sent once");

  // The browser is killed while somebody speaks, and the page comes back without a network.
  await page.getByRole("button", { name: /^Next/ }).click();
  await page.locator("#now", { hasText: "Feel your feet." }).waitFor();
  await record(page);
  await rest(1.5);
  await browser.kill();
  await new Promise((done) => { web.server.close(done); web.server.closeAllConnections(); });
  page = await browser.open(address);
  await page.getByText("Nothing was lost").waitFor();
  await page.getByText("A recording of “Feel your feet.” was cut short").waitFor();
  await accessible(page, "what was saved");
  await pictures(page, "pack-recovered");
  step("killed, and opened again without a network");
  // Who she is and what she agreed to is known; the day's session goes on.
  assert.match(await page.locator("main").textContent(), /Agreed: \u2068Beth Brown\u2069/);
  await page.getByRole("button", { name: "Switch the microphone on" }).click();
  await page.getByRole("button", { name: "Go on with today's session" }).click();
  await page.locator("#now").waitFor();
  const many = await twoTabs(page);
  await fullBrowser(page);
  const second = await send(page);
  await browser.kill();

  // The first zip, then the one that goes on from it, and that one again.
  const voice = join(course, "voice/en/beth-brown");
  const one = run("voice", "import", first, "--yes");
  assert.equal(one.code, 0, one.told + one.out);
  assert.match(one.told, new RegExp(`copied 4 takes and ${rooms} room tones? into voice/en/beth-brown`));
  assert.match(one.out, /plek\/welkom +welkom_t1.wav +Welcome. +rejected/);
  assert.match(one.out, /plek\/vrij_t2.wav is joined of two recordings/);
  const before = readFileSync(join(voice, "takes.toml"), "utf8");
  const two = run("voice", "import", second, "--yes");
  // What was cut short, those of the two tabs, and the one for which there was no room at first.
  assert.match(two.told, /copied 4 takes into/, two.told + two.out);
  assert.match(two.out, /plek\/voeten_t1.wav was cut short and found again/);
  assert.ok(readFileSync(join(voice, "takes.toml"), "utf8").startsWith(before), "what was there is as it was");
  const list = () => readdirSync(voice, { recursive: true }).sort().map((name) => [name, existsSync(join(voice, name)) && !name.endsWith("en") && /\./.test(name) ? readFileSync(join(voice, name)).toString("latin1").length : 0]);
  const there = list();
  const three = run("voice", "import", second, "--yes");
  assert.match(three.told, /nothing in it is new/, three.told + three.out);
  assert.deepEqual(list(), there, "a zip that comes again adds nothing");
  step("taken in");

  // As if it had been recorded in the studio.
  const sessions = readdirSync(join(voice, "sessions"));
  assert.equal(sessions.length, 1);
  const about = readFileSync(join(voice, "sessions", sessions[0], "session.toml"), "utf8");
  assert.match(about, /"echoCancellation", "noiseSuppression", "autoGainControl"/, about);
  assert.match(about, /\[room\]\nfile = "room-tone(_\d)?.wav"/, about);
  assert.doesNotMatch(about, /deviceId|groupId/);
  assert.match(readFileSync(join(voice, "voice.toml"), "utf8"), /who = "Beth Brown"/);
  // The language has another voice with recordings, which goes on speaking it.
  assert.doesNotMatch(readFileSync(join(course, "course.toml"), "utf8"), /beth-brown/);
  for (const [file, least] of [["plek/rejected/welkom_t1.wav", 1.6], ["plek/welkom_t2.wav", 1.2], ["plek/vrij_t1.wav", 1.5], ["plek/voeten_t1.wav", 1.2], [`sessions/${sessions[0]}/part-plek-vrij.wav`, 2], [`sessions/${sessions[0]}/room-tone.wav`, 4]]) {
    const samples = samplesOf(join(voice, file));
    placeOf(samples, fed);
    assert.ok(samples.length > least * RATE, `${file} has ${samples.length} frames, and more than ${least} s were spoken`);
  }
  assert.match(readFileSync(join(voice, "plek/welkom_t2.toml"), "utf8"), new RegExp(`session = "${sessions[0]}"\ntext = "Welcome."`));
  const takes = readdirSync(voice, { recursive: true }).filter((name) => name.endsWith(".wav") && !name.endsWith("vrij_t2.wav"));
  takes.forEach((file) => placeOf(samplesOf(join(voice, file)), fed));
  assert.ok(takes.length >= 8 + rooms && many.every((number) => number > 0), takes.join(" "));
  // Outside of the joint a take with a new part is the take that it was.
  const [old, joined] = ["plek/vrij_t1.wav", "plek/vrij_t2.wav"].map((file) => samplesOf(join(voice, file)));
  assert.ok(old.subarray(0, RATE / 10).every((sample, at) => sample === joined[at]), "it begins as the take does");
  assert.match(readFileSync(join(voice, "plek/vrij_t2.toml"), "utf8"), /joined = \{ take = "plek\/vrij_t1.wav", part = "sessions\/[^"]*\/part-plek-vrij.wav" \}/);
  step("the same frames as were fed");
} finally {
  if (browser.child?.exitCode === null && browser.child.signalCode === null) await browser.kill();
  web.server.close();
}
process.exit();
