// What the tests of the recording room share: the sound of the microphone, the program, and a browser that can be killed.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, join, normalize } from "node:path";
import { inflateRawSync } from "node:zlib";

const require = createRequire(new URL("../site/package.json", import.meta.url));
export const { chromium } = require("playwright-core");
export const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const RATE = 44100;
const SECONDS = 40;

/** Numbers from 0 to 1 that look like chance and are the same each time. */
function chance(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

/** Writes samples of 16 bits as the sound of the microphone, in two equal channels. Returns them. */
function fedBy(path, fed, rate = RATE) {
  const data = Buffer.alloc(44 + fed.length * 4);
  data.write("RIFF", 0);
  data.writeUInt32LE(36 + fed.length * 4, 4);
  data.write("WAVEfmt ", 8);
  data.writeUInt32LE(16, 16);
  data.writeUInt16LE(1, 20);
  data.writeUInt16LE(2, 22);
  data.writeUInt32LE(rate, 24);
  data.writeUInt32LE(rate * 4, 28);
  data.writeUInt16LE(4, 32);
  data.writeUInt16LE(16, 34);
  data.write("data", 36);
  data.writeUInt32LE(fed.length * 4, 40);
  fed.forEach((sample, frame) => {
    data.writeInt16LE(sample, 44 + frame * 4);
    data.writeInt16LE(sample, 46 + frame * 4);
  });
  writeFileSync(path, data);
  return fed;
}

/** The sound of the microphone: noise that comes and goes as words do, never twice the same. Returns its samples. */
export function microphone(path, seconds = SECONDS, rate = RATE) {
  const next = chance(12345);
  return fedBy(path, Int16Array.from({ length: rate * seconds }, (_, frame) => {
    const time = frame / rate;
    const word = Math.sin(time * Math.PI * 2.3) > -0.3 && time % 3.1 < 2.3 ? 1 : 0.01;
    return Math.round((next() - 0.5) * 2 * 0.25 * 32767 * word);
  }), rate);
}

/** A microphone before which a machine reads phrases, after some seconds of a quiet room; null where no machine speaks. */
export function reader(path, language, phrases, seconds) {
  const next = chance(54321);
  const room = (length) => Array.from({ length: Math.round(RATE * length) }, () => 0);
  const spoken = [];
  for (const phrase of phrases) {
    const said = spawnSync("espeak-ng", ["-v", language, "-s", "140", "--stdout", phrase], { maxBuffer: 1 << 26 });
    if (said.status !== 0) return null;
    // 22,050 Hz in one channel, behind a head of 44 bytes.
    const samples = Array.from({ length: (said.stdout.length - 44) >> 1 }, (_, at) => said.stdout.readInt16LE(44 + at * 2));
    spoken.push(samples.flatMap((sample) => [sample >> 1, sample >> 1]), room(1.2));
  }
  const all = [room(seconds), ...spoken, room(8)].flat();
  // The browser reads ten milliseconds at a time, and fills the last ones up with zeros.
  return fedBy(path, Int16Array.from(all.slice(0, all.length - all.length % (RATE / 100)), (sample) => sample + Math.round((next() - 0.5) * 60)));
}

/** The samples of a take, which is a WAV of 32-bit floats in one channel. */
export function samplesOf(path) {
  const file = readFileSync(path);
  for (let at = 12; at + 8 <= file.length; at += 8 + file.readUInt32LE(at + 4)) {
    if (file.toString("latin1", at, at + 4) === "data") {
      const bytes = file.subarray(at + 8, at + 8 + file.readUInt32LE(at + 4));
      assert.equal(bytes.length, file.readUInt32LE(at + 4), `${path} ends early`);
      return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    }
  }
  throw new Error(`${path} has no sound`);
}

/** Samples of 16 bits, from which Chromium made these: it divides positive ones by 32767 and negative ones by 32768. */
function whole(samples) {
  return samples.map((sample, frame) => {
    const value = sample * (sample > 0 ? 32767 : 32768);
    assert.ok(Math.abs(value - Math.round(value)) < 0.01, `sample ${frame} is ${sample}, which was never fed`);
    return Math.round(value);
  });
}

/** Where in what was fed a take begins, if every one of its samples is what was fed there; the microphone begins again at its end. */
export function placeOf(take, fed) {
  const samples = whole(take);
  const first = 2000;
  const key = samples.subarray(first, first + 32);
  for (let at = 0; at < fed.length; at += 1) {
    let same = 0;
    while (same < key.length && fed[(at + same) % fed.length] === key[same]) same += 1;
    if (same < key.length) continue;
    const start = (at - first + fed.length * 2) % fed.length;
    for (let frame = 0; frame < samples.length; frame += 1) {
      if (samples[frame] !== fed[(start + frame) % fed.length]) {
        const after = samples.subarray(frame, frame + 32);
        let next = 0;
        while (next < fed.length && after.some((sample, index) => sample !== fed[(next + index) % fed.length])) next += 1;
        throw new Error(`from frame ${start + frame} of ${fed.length} on it goes on at ${next}: sample ${frame} of ${samples.length} is ${samples[frame]}, and ${fed[(start + frame) % fed.length]} was fed`);
      }
    }
    return start;
  }
  throw new Error("nothing of what was fed is in it");
}

/** Why a take is not what was fed, sample by sample; null where it is. */
export function notAsFed(take, fed) {
  try {
    placeOf(take, fed);
    return null;
  } catch (error) {
    return error.message;
  }
}

/** Whether every sample of a take is what was fed, as a system hands over samples of 16 bits; else the sample at which it is not. */
export function placeAmong(take, fed) {
  const whole = Int32Array.from(take, (sample) => Math.round(sample * 32768));
  for (let first = 2000; first + 32 < whole.length; first += 5000) {
    const key = whole.subarray(first, first + 32);
    for (let at = 0; at < fed.length; at += 1) {
      let same = 0;
      while (same < key.length && Math.abs(fed[(at + same) % fed.length] - key[same]) <= 1) same += 1;
      if (same < key.length) continue;
      const start = (at - first + fed.length * 2) % fed.length;
      const wrong = whole.findIndex((sample, frame) => Math.abs(sample - fed[(start + frame) % fed.length]) > 1);
      return { exact: wrong < 0, at: wrong };
    }
  }
  return { exact: false, at: 0 };
}

/** The files of a zip by name. */
function filesOf(zip) {
  const files = new Map();
  let at = zip.readUInt32LE(zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1")) + 16);
  while (zip.readUInt32LE(at) === 0x02014b50) {
    const [size, letters, extra, comment] = [zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32)];
    const name = zip.toString("utf8", at + 46, at + 46 + letters);
    const head = zip.readUInt32LE(at + 42);
    const from = head + 30 + zip.readUInt16LE(head + 26) + zip.readUInt16LE(head + 28);
    const bytes = zip.subarray(from, from + size);
    files.set(name, zip.readUInt16LE(at + 10) === 8 ? inflateRawSync(bytes) : bytes);
    at += 46 + letters + extra + comment;
  }
  return files;
}

/** Unpacks a zip into a folder. */
export function unpack(zip, folder) {
  for (const [name, bytes] of filesOf(readFileSync(zip))) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
}

/** A web space of files, as any host serves them. */
export function space(root) {
  const kinds = { html: "text/html", js: "text/javascript", css: "text/css", json: "application/json", svg: "image/svg+xml", opus: "audio/ogg" };
  const asked = [];
  const server = createServer((request, answer) => {
    const path = decodeURIComponent(new URL(request.url, "http://space").pathname);
    asked.push(path);
    const file = join(root, normalize(path), path.endsWith("/") ? "index.html" : "");
    if (!file.startsWith(root) || !existsSync(file)) {
      answer.writeHead(404).end();
      return;
    }
    answer.writeHead(200, { "content-type": kinds[file.split(".").at(-1)] ?? "application/octet-stream" }).end(readFileSync(file));
  });
  return { server, asked, start: (port) => new Promise((done) => { server.listen(port, "127.0.0.1", () => done(server.address().port)); }) };
}

/** The studio, which can be killed and started again at its port. */
export class Program {
  constructor(program, course, port) {
    Object.assign(this, { program, course, port, child: null, link: null });
  }

  /** `blocks` is the most of 512 bytes that a file may have, as on a disk that is full. */
  async start(blocks = 0) {
    const limited = blocks ? ["sh", "-c", `trap "" XFSZ; ulimit -S -f ${blocks}; exec "$@"`, "sh", this.program] : [this.program];
    this.child = spawn(limited[0], [...limited.slice(1), "studio", "--no-open", "--port", String(this.port), ...(process.env.STUDIO_DEV ? ["--dev", process.env.STUDIO_DEV] : [])], { cwd: this.course, stdio: ["ignore", "pipe", "pipe"] });
    this.link = await new Promise((done, failed) => {
      let said = "";
      const heard = (data) => {
        said += data;
        const link = /http:\S+(?=\s)/.exec(said)?.[0];
        if (link) done(link);
      };
      this.child.stdout.on("data", heard);
      this.child.stderr.on("data", heard);
      this.child.on("exit", (code) => failed(new Error(`the studio ended with ${code}: ${said}`)));
    });
    this.port = Number(new URL(this.link).port);
  }

  async end(signal = "SIGKILL") {
    const { child } = this;
    child.removeAllListeners("exit");
    const ended = new Promise((done) => child.once("exit", (code) => done(code)));
    child.kill(signal);
    return ended;
  }
}

/** A browser with that microphone. Its profile stays when it is killed. */
export class Browser {
  constructor(executable, profile, sound) {
    Object.assign(this, { executable, profile, sound, child: null });
  }

  async open(address, options = {}) {
    this.child = spawn(this.executable, ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--mute-audio", "--no-first-run", "--hide-scrollbars",
      "--remote-debugging-port=0", `--user-data-dir=${this.profile}`, "--autoplay-policy=no-user-gesture-required",
      "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", `--use-file-for-fake-audio-capture=${this.sound}`, "about:blank"],
    // What is started here is a script on some systems: all of its processes are one group.
    { stdio: ["ignore", "ignore", "pipe"], detached: true });
    const endpoint = await new Promise((done, failed) => {
      let said = "";
      this.child.stderr.on("data", (data) => {
        said += data;
        const found = /ws:\/\/\S+/.exec(said)?.[0];
        if (found) done(found);
      });
      this.child.on("exit", () => failed(new Error(`the browser ended: ${said}`)));
    });
    this.driver = await chromium.connectOverCDP(endpoint);
    this.context = this.driver.contexts()[0];
    return this.tab(address, options);
  }

  /** Opens one more tab. */
  async tab(address, options = {}) {
    const page = await this.context.newPage();
    page.setDefaultTimeout(60000);
    // As a browser that does not hand over every sample of the microphone.
    if (options.second) {
      await page.addInitScript(() => {
        delete window.MediaStreamTrackProcessor;
        window.AudioContext = class extends AudioContext {
          constructor(...values) {
            super(...values);
            window.recordingContext = this;
          }
        };
      });
    }
    if (options.heard) {
      // How much of a take the page's worker has put into pieces.
      await page.exposeBinding("heardSeconds", (_, seconds) => options.heard(seconds));
      await page.addInitScript(() => {
        window.Worker = class extends Worker {
          constructor(...values) {
            super(...values);
            this.addEventListener("message", ({ data }) => { if (typeof data.seconds === "number") window.heardSeconds(data.seconds); });
          }
        };
      });
    }
    page.on("pageerror", (error) => { console.error(error); process.exitCode = 1; });
    page.on("console", (message) => { if (message.type() === "error" && !/ERR_CONNECTION|WebSocket/.test(message.text())) console.error(`page: ${message.text()}`); });
    if (options.scheme) await page.emulateMedia({ colorScheme: options.scheme });
    await page.goto(address);
    return page;
  }

  async kill() {
    this.child.removeAllListeners("exit");
    const ended = new Promise((done) => this.child.once("exit", done));
    process.kill(-this.child.pid, "SIGKILL");
    await ended;
  }
}

/** Opens the studio for a voice that was set up earlier today, and switches the microphone on. Returns the page and the session. */
export async function ready(browser, program, course, options = {}) {
  const page = await browser.open(program.link, options);
  await page.getByRole("heading", { name: "Recording" }).waitFor();
  const session = await page.evaluate(async () => {
    const post = async (path, body) => (await fetch(path, { method: "POST", headers: { "x-adem": "studio", "content-type": "application/json" }, body: JSON.stringify(body) })).json();
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false } });
    const [track] = stream.getAudioTracks();
    const { label } = track;
    track.stop();
    const { id } = await post("/studio/voices", { language: "nl", name: "Eva" });
    const device = { label, browser: "test", rate: 44100, channels: 2, channel: 1, settings: { echoCancellation: false } };
    const begun = await post(`/studio/voices/nl/${id}/sessions`, { person: "Eva", place: "", licence: "CC0-1.0", consent: { words: "I agree.", purpose: "this course" }, device });
    localStorage.setItem("adem-studio-recording", JSON.stringify({ voice: `nl/${id}` }));
    return begun.id;
  });
  appendFileSync(join(course, "voice/nl/eva/sessions", session, "session.toml"), "\n[room]\nfile = \"room-tone.wav\"\nfloor-dbfs = -60.0\nuneven = false\n");
  await page.reload();
  await resumed(page);
  return { page, session };
}

/** Goes on with the session of today. */
export async function resumed(page) {
  await page.getByRole("button", { name: "Switch the microphone on" }).click();
  await page.getByRole("button", { name: "Go on with today's session" }).click();
  await page.locator("#now").waitFor();
}

/** Keeps a page at work for 300 ms, four times. */
export const busy = (page) => page.evaluate(async () => {
  for (let times = 0; times < 4; times += 1) {
    for (const until = performance.now() + 300; performance.now() < until;);
    await new Promise((done) => setTimeout(done, 100));
  }
});

/** What axe finds wrong with a page, by day and by night. */
export async function accessible(page, name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], `${name}, ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

/** Pictures of a page as it is, for people: a phone's, a tablet's and a desk's width, by day and by night. */
export async function pictures(page, name) {
  if (!process.env.STUDIO_SHOTS) return;
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const [width, height] of [[360, 740], [768, 1024], [1440, 900]]) {
      await page.setViewportSize({ width, height });
      await page.screenshot({ path: join(process.env.STUDIO_SHOTS, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
}
