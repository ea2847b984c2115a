// Weeks that are kept on the device: their sound and words go into a cache that the service worker answers from.

import { data, fill, get, make, plain, put, size, words } from "./words.js";

const CACHE = "adem-kept";
const byId = new Map(data.tracks.map((track) => [track.id, track]));

/** The files of a week, each with its size: the usual version of each track. */
function filesOf(week) {
  return week.tracks.flatMap((id) => {
    const { sound, bytes, cues, cue_bytes } = byId.get(id).versions[0];
    const files = [{ address: new URL(sound, location.href).href, bytes }];
    if (cues) files.push({ address: new URL(cues, location.href).href, bytes: cue_bytes });
    return files;
  });
}

/** Reads an answer whole and tells how much has come. */
async function read(answer, onBytes) {
  const reader = answer.body.getReader();
  const pieces = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(pieces, { type: answer.headers.get("content-type") ?? "" });
    pieces.push(value);
    onBytes(value.length);
  }
}

/** Starts the service worker, and the buttons of the weeks where it can run. */
export async function startKeeping() {
  if (!("serviceWorker" in navigator) || !("caches" in globalThis)) return;
  try {
    await navigator.serviceWorker.register("../sw.js", { scope: "../" });
  } catch {
    return;
  }
  const all = data.weeks.map((week) => keepWeek(week, () => all.forEach((one) => one.show())));
  await Promise.all(all.map((one) => one.show()));
}

function keepWeek(week, showAll) {
  const button = document.querySelector(`button.keep[data-week="${week.id}"]`);
  const told = document.querySelector(`.keeping[data-week="${week.id}"]`);
  const files = filesOf(week);
  let action = null;
  let stop = null;
  button.addEventListener("click", () => action?.());

  async function missing() {
    const cache = await caches.open(CACHE);
    const found = await Promise.all(files.map(({ address }) => cache.match(address)));
    return files.filter((_, at) => !found[at]);
  }

  async function show() {
    if (stop) return;
    const lacking = await missing();
    const cache = await caches.open(CACHE);
    const older = await Promise.all(lacking.map(({ address }) => cache.match(address, { ignoreSearch: true })));
    const isKept = lacking.length === 0;
    const isOld = lacking.length > 0 && lacking.length - older.filter(Boolean).length === 0;
    const bytes = lacking.reduce((sum, file) => sum + file.bytes, 0);
    action = isKept ? remove : keep;
    const label = isKept ? words.remove : isOld ? words.update : words.keep;
    put(button, label);
    if (!isKept) button.append(" ", make("span", { className: "size", textContent: `(${size(bytes)})` }));
    button.hidden = false;
    button.dataset.kept = isKept;
    if (isKept) put(told, words.kept);
    else if (told.textContent === plain(words.kept)) told.textContent = "";
  }

  async function keep() {
    if (stop) return;
    stop = new AbortController();
    navigator.storage?.persist?.();
    const lacking = await missing();
    const whole = lacking.reduce((sum, file) => sum + file.bytes, 0);
    let come = 0;
    const tell = () => {
      put(told, fill(words.keeping, { part: size(Math.min(come, whole)), size: size(whole) }));
    };
    tell();
    let failed = false;
    try {
      const cache = await caches.open(CACHE);
      for (const { address } of lacking) {
        const answer = await fetch(address, { signal: stop.signal });
        if (answer.status !== 200) throw new Error(answer.statusText);
        const blob = await read(answer, (bytes) => {
          come += bytes;
          tell();
        });
        const headers = { "content-type": blob.type, "content-length": String(blob.size) };
        // What is kept of an older build of the same file goes.
        await cache.delete(address, { ignoreSearch: true });
        await cache.put(address, new Response(blob, { headers }));
      }
    } catch {
      failed = true;
    }
    stop = null;
    put(told, failed ? words.full : words.kept);
    showAll();
  }

  // What another kept week has as well, stays.
  async function remove() {
    const others = data.weeks.filter((other) => other !== week && isKeptNow(other.id));
    const needed = new Set(others.flatMap(filesOf).map(({ address }) => address));
    const cache = await caches.open(CACHE);
    const gone = files.filter(({ address }) => !needed.has(address));
    await Promise.all(gone.map(({ address }) => cache.delete(address, { ignoreSearch: true })));
    told.textContent = "";
    showAll();
  }

  return { show };
}

function isKeptNow(id) {
  return document.querySelector(`button.keep[data-week="${id}"]`).dataset.kept === "true";
}
