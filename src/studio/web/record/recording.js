// Takes the frames of the microphone as they come, and hands them over in numbered pieces of 40 ms: to the studio over a socket of
// its own (socket-line.js), so that a busy page holds nothing up, or to files of the browser (pack/file-line.js). Where they go to
// the studio, a copy of each take is in the private files of the browser until the studio has given the take its name.
//
// In: { open: readable, rate, channel } or, in a browser that may lose some of the sound, { port, rate, channel } · { channel } · { start: begin, words, ends } · { stop: true, cut } · { discard: true } · { recover: true }
// Out: { level } · { state: "recording" | "saving" | "saved" | "kept", … } · { trouble } · { found } · { recovered }

import { AutoStop } from "./auto-stop.js";
import { DropOuts } from "./drop-outs.js";

const PRE_ROLL = 0.5;
const PIECE = 0.04;
const FLUSH = 1000;
/** How long a piece that could not be written waits for the next try. */
const AGAIN = 1000;
/** So many places at which sound was lost are told. */
const MOST_DROPS = 100;

let rate = 0;
let channel = 0;
/** The last half second, as planes of one channel. */
let ring = [];
let ringFrames = 0;
/** Where frames come from in a browser that may lose some (worklet-frames.js), and what was lost of them; null in others. */
let port = null;
let drops = null;
/** The take that is recorded or saved. */
let take = null;
/** Where the pieces go. */
let line = null;
/** Whether a copy of each take is kept here. */
let hasCopies = true;
/** Whether the studio could not write the last piece: nothing is sent until it can again. */
let blocked = false;
let retry = 0;

/**
 * Records in this worker. `openLine` is given what to call back, and returns where the pieces go: `connect()`, `isOpen()`,
 * `begin(begin, words)`, `piece(id, from, samples)`, `end(id, frames, unheard, drops)` and `discard(id)`.
 */
export function recordWith(openLine, copies) {
  line = openLine({ opened, closed, heard, isWanted: () => Boolean(take && !take.saved) });
  hasCopies = copies;
  onmessage = ({ data }) => told(data);
}

function told(data) {
  if (data.channel !== undefined) channel = data.channel;
  if (data.open || data.port) {
    rate = data.rate;
    ring = [];
    ringFrames = 0;
    port?.close();
    port = null;
    drops = null;
  }
  if (data.open) read(data.open);
  if (data.port) hearFrom(data.port);
  if (data.start) start(data.start, data.words, data.ends);
  if (data.stop) stop(false, data.cut);
  if (data.discard) discard();
  if (data.recover) recover();
}

// ---- frames -----------------------------------------------------------------------------------------------------------

async function read(readable) {
  const reader = readable.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      frames(value);
      value.close();
    }
  } catch (error) {
    postMessage({ trouble: "microphone", why: String(error) });
  }
  if (take && !take.ended) stop(false, true);
  postMessage({ trouble: "ended" });
}

/** In a browser that may lose some of the sound. */
function hearFrom(from) {
  port = from;
  drops = new DropOuts(rate);
  port.onmessage = ({ data: { at, planes } }) => {
    drops.hears(at, planes[Math.min(channel, planes.length - 1)], now());
    frames({
      numberOfFrames: planes[0].length,
      numberOfChannels: planes.length,
      sampleRate: rate,
      copyTo: (samples, { planeIndex }) => samples.set(planes[planeIndex]),
    });
  };
}

const now = () => performance.now() / 1000;
let loud = null;

function frames(data) {
  const count = data.numberOfFrames;
  if (data.sampleRate !== rate) {
    // A take has one rate. The page opens the microphone again.
    if (take && !take.ended) stop(false, true);
    postMessage({ trouble: "rate", rate: data.sampleRate });
    rate = data.sampleRate;
    ring = [];
    ringFrames = 0;
  }
  const chosen = Math.min(channel, data.numberOfChannels - 1);
  let plane = null;
  const levels = [];
  for (let index = 0; index < data.numberOfChannels; index += 1) {
    const samples = new Float32Array(count);
    data.copyTo(samples, { planeIndex: index, format: "f32-planar" });
    if (index === chosen) plane = samples;
    let peak = 0;
    let power = 0;
    for (const sample of samples) {
      peak = Math.max(peak, Math.abs(sample));
      power += sample * sample;
    }
    levels.push({ peak, power });
  }
  tellLevel(levels, count);
  if (take && !take.ended) {
    push(plane);
    if (take.ends?.hears(plane)) stop(true);
  }
  ring.push(plane);
  ringFrames += count;
  while (ringFrames - ring[0].length >= PRE_ROLL * rate) ringFrames -= ring.shift().length;
}

/** Tells the page the level of each channel, 25 times a second. */
function tellLevel(levels, count) {
  if (!loud || loud.channels.length !== levels.length) loud = { frames: 0, channels: levels.map(() => ({ peak: 0, power: 0 })) };
  levels.forEach(({ peak, power }, index) => {
    loud.channels[index].peak = Math.max(loud.channels[index].peak, peak);
    loud.channels[index].power += power;
  });
  loud.frames += count;
  if (loud.frames >= rate * PIECE) {
    postMessage({ level: loud.channels.map(({ peak, power }) => ({ peak, rms: Math.sqrt(power / loud.frames) })), seconds: take && !take.ended ? take.frames / rate : null });
    loud = null;
  }
}

// ---- a take -----------------------------------------------------------------------------------------------------------

function start(begin, words, ends) {
  if (take && !take.saved) return;
  const piece = Math.round(rate * PIECE);
  const way = drops ? "AudioWorklet" : undefined;
  take = { begin: { ...begin, rate, "pre-roll": ringFrames, way }, words, since: drops ? drops.frames - ringFrames : 0, drops: [], id: begin.take, piece, frames: 0, filling: new Float32Array(piece), filled: 0, waiting: [], begun: false, ended: false, saved: false, total: null, copy: null, ends: ends ? new AutoStop({ rate, ...ends }) : null };
  // The copy is opened while the sound goes on; until then its pieces wait.
  const own = take;
  openCopy(own.id, { begin: own.begin, words }).then((copy) => {
    if (own.saved) copy?.remove();
    if (own.saved) return;
    own.copy = copy;
    for (const { from, samples } of own.waiting) copy?.write(from, samples);
  });
  for (const plane of ring) {
    push(plane);
    take.ends?.hears(plane);
  }
  line.connect();
  sendBegin();
  postMessage({ state: "recording", take: take.id });
}

function push(samples) {
  let at = 0;
  while (at < samples.length) {
    const part = samples.subarray(at, at + take.piece - take.filled);
    take.filling.set(part, take.filled);
    take.filled += part.length;
    at += part.length;
    if (take.filled === take.piece) cut();
  }
}

/** The piece that was filled is numbered, kept and sent. */
function cut() {
  if (take.filled === 0) return;
  const piece = { from: take.frames, samples: take.filling.slice(0, take.filled) };
  take.frames += take.filled;
  take.filled = 0;
  take.waiting.push(piece);
  take.copy?.write(piece.from, piece.samples);
  sendPiece(piece);
}

/** Ends a take; `broken` says that the microphone ended it, and nobody meant to. */
function stop(byItself = false, broken = false) {
  if (!take || take.ended) return;
  cut();
  take.ended = true;
  take.broken = broken;
  if (drops) take.drops = drops.since(take.since, now()).slice(0, MOST_DROPS);
  take.total = take.frames;
  take.copy?.flush();
  postMessage({ state: "saving", take: take.id, seconds: take.total / rate, byItself });
  endIfWhole();
}

/** Throws away what was begun by a slip. Where the studio cannot be told, it is a short take that comes back. */
function discard() {
  if (!take || take.ended) return;
  const slip = take;
  slip.ended = true;
  slip.saved = true;
  slip.copy?.remove();
  if (line.isOpen()) line.discard(slip.id);
  take = null;
}

function endIfWhole() {
  if (take?.ended && take.begun && take.waiting.length === 0 && !take.asked && line.isOpen()) {
    if (take.total === 0) {
      // It was cut off before its first frame.
      take.saved = true;
      take.copy?.remove();
      take.done?.();
      return;
    }
    take.asked = true;
    // What is not whole is heard by somebody before it is used.
    const unheard = take.recovered ? "recovered" : take.broken ? "cut-short" : take.drops.length ? "drop-outs" : null;
    line.end(take.id, take.total, unheard, take.drops);
  }
}

// ---- the line ---------------------------------------------------------------------------------------------------------

function opened() {
  postMessage({ line: true });
  sendBegin();
}

function closed() {
  postMessage({ line: false });
  blocked = false;
  if (take) {
    take.begun = false;
    take.asked = false;
  }
}

function sendBegin() {
  if (take && !take.saved && line.isOpen()) line.begin(take.begin, take.words);
}

function sendPiece({ from, samples }, even = false) {
  if (take.begun && (even || !blocked) && line.isOpen()) line.piece(take.id, from, samples);
}

/** Drops what the studio has, and sends the rest again where that is asked. */
function have(frames, again) {
  // The studio may have more than the copy of the browser.
  if (take.recovered) take.total = Math.max(take.total, frames);
  while (take.waiting.length && take.waiting[0].from + take.waiting[0].samples.length <= frames) take.waiting.shift();
  if (again) take.waiting.forEach((piece) => sendPiece(piece));
  take.more?.(frames);
  endIfWhole();
}

/** A full disk: recording goes on, here and in the copy. The first piece is tried again until it can be written. */
function tryAgain(why) {
  postMessage({ trouble: "disk", why, written: (take.waiting[0]?.from ?? 0) / (take.begin.rate) });
  blocked = true;
  retry ||= setTimeout(() => {
    retry = 0;
    if (!take || take.saved || !blocked) return;
    if (!take.begun) sendBegin();
    else if (take.waiting.length) sendPiece(take.waiting[0], true);
  }, AGAIN);
}

function heard(event) {
  if (event.take === undefined || event.take !== take?.id) return;
  if (event.event === "have") {
    const again = !take.begun || blocked;
    if (blocked) postMessage({ trouble: "over" });
    take.begun = true;
    blocked = false;
    have(event.frames, again);
  } else if (event.event === "gap") {
    if (!blocked) have(event.frames, true);
  } else if (event.event === "no-take") {
    take.begun = false;
    sendBegin();
  } else if (event.event === "not-written") {
    tryAgain(event.why);
  } else if (event.event === "refused" && event.problem.status >= 500) {
    // Not even its beginning could be written.
    tryAgain(event.problem.title);
  } else if (event.event === "saved") {
    take.saved = true;
    take.copy?.remove();
    postMessage({ state: "saved", ...event, recovered: take.recovered, begin: take.begin, words: take.words, seconds: take.total / take.begin.rate });
    take.done?.();
  } else if (event.event === "refused" || event.event === "not-saved") {
    postMessage({ trouble: event.event, problem: event.problem, take: take.id });
    if (event.event === "refused") take.saved = true;
    take.done?.();
    if (take.recovered) take = null;
    else if (event.event === "not-saved") setTimeout(() => { if (take) { take.asked = false; endIfWhole(); } }, AGAIN);
  }
}

// ---- the copy ---------------------------------------------------------------------------------------------------------

async function folder() {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle("takes", { create: true });
}

/** A copy of a take that the browser keeps: its beginning as JSON, and its samples. Without it, recording goes on all the same. */
async function openCopy(id, known) {
  if (!hasCopies) return null;
  try {
    const takes = await folder();
    const about = await (await takes.getFileHandle(`${id}.json`, { create: true })).createSyncAccessHandle();
    about.truncate(0);
    about.write(new TextEncoder().encode(JSON.stringify(known)));
    about.flush();
    about.close();
    const handle = await (await takes.getFileHandle(`${id}.f32`, { create: true })).createSyncAccessHandle();
    let flushed = performance.now();
    let open = true;
    const flush = () => {
      if (open) handle.flush();
      flushed = performance.now();
    };
    return {
      write(from, samples) {
        if (!open) return;
        handle.write(samples, { at: from * 4 });
        if (performance.now() - flushed > FLUSH) flush();
      },
      flush,
      async remove() {
        open = false;
        handle.close();
        await takes.removeEntry(`${id}.json`);
        await takes.removeEntry(`${id}.f32`);
      },
    };
  } catch (error) {
    postMessage({ trouble: "copy", why: String(error) });
    return null;
  }
}

/** Brings to the studio what an earlier page has left, one take after another. A take that another page records is left to it. */
async function recover() {
  if (!hasCopies) {
    postMessage({ recovered: 0 });
    return;
  }
  let found = 0;
  try {
    const takes = await folder();
    const ids = [];
    for await (const name of takes.keys()) if (/^[0-9a-f]{32}\.json$/.test(name)) ids.push(name.slice(0, 32));
    for (const id of ids.sort()) {
      let known = null;
      let handle = null;
      try {
        handle = await (await takes.getFileHandle(`${id}.f32`, { create: true })).createSyncAccessHandle();
        known = JSON.parse(await (await (await takes.getFileHandle(`${id}.json`)).getFile()).text());
      } catch {
        // It is open elsewhere, or it was cut off before it had a beginning; the studio has its own copy.
        handle?.close();
        continue;
      }
      found += 1;
      await bring(id, known, handle, takes);
    }
  } catch (error) {
    postMessage({ trouble: "copy", why: String(error) });
  }
  postMessage({ recovered: found });
}

/** So many pieces of a copy are on their way at once: an hour of sound is not held in memory. */
const AT_ONCE = 250;

function bring(id, { begin, words }, handle, takes) {
  return new Promise((resolve) => {
    const piece = Math.round(begin.rate * PIECE);
    const total = Math.floor(handle.getSize() / 4);
    const done = () => {
      handle.close();
      resolve();
    };
    const copy = {
      write() {},
      flush() {},
      async remove() {
        handle.close();
        await takes.removeEntry(`${id}.json`);
        await takes.removeEntry(`${id}.f32`);
      },
    };
    /** Reads on where the studio has so many frames. */
    const more = (frames) => {
      take.read = Math.max(take.read, frames);
      while (take.read < total && take.waiting.length < AT_ONCE) {
        const samples = new Float32Array(Math.min(piece, total - take.read));
        handle.read(samples, { at: take.read * 4 });
        const one = { from: take.read, samples };
        take.waiting.push(one);
        take.read += samples.length;
        sendPiece(one);
      }
    };
    take = { begin, words, id, frames: total, waiting: [], read: 0, more, begun: false, ended: true, saved: false, total, copy, drops: [], recovered: true, done };
    line.connect();
    sendBegin();
  });
}
