// What was recorded, in the private files of this browser: the samples of each take in a file of its own, what is known of it in
// another beside it, and an index of the takes that have ended. The page and its worker use it, and so may two pages at once.
//
// A take has its samples alone in its file, without a head whose length could be wrong after a kill; the head is made when the take
// is played or sent. A take that is not in the index was cut short.

const ROOT = "adem-recordings";
const INDEX = "index.json";
/** The longest take and the longest tone of a room that are taken in, in seconds. */
const LONGEST = 3600;
const LONGEST_ROOM = 120;

/** Whether this browser has such files; it may still refuse them, as in a private window. */
export const canKeep = () => Boolean(navigator.storage?.getDirectory && navigator.locks && globalThis.FileSystemFileHandle?.prototype.createWritable);

/** 32 digits of a hexadecimal number that nobody else draws. */
export const drawId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** This moment, as in 2026-11-28T09:30:00Z. */
export const moment = () => `${new Date().toISOString().slice(0, 19)}Z`;

/** What is told where the disk of the browser is full; null for another error. */
export const noRoom = (error) => (error.name === "QuotaExceededError" ? { status: 507, id: "browser-full", title: String(error) } : null);

const isTake = (name) => /^[0-9a-f]{32}\.json$/.test(name);

/** Opens the recordings of a page, by the key that its pack has. */
export async function openStore(key) {
  const root = await navigator.storage.getDirectory();
  const all = await root.getDirectoryHandle(ROOT, { create: true });
  return new Store(key, await all.getDirectoryHandle(key, { create: true }));
}

class Store {
  #folder;
  #key;

  constructor(key, folder) {
    this.#key = key;
    this.#folder = folder;
  }

  /** What is known of all takes that have ended. It waits for who changes it: at that moment the file may not be there. */
  index() {
    return this.#alone("shared", () => this.#read());
  }

  /** An index that cannot be read is an error, and is never written over. */
  async #read() {
    try {
      const file = await (await this.#folder.getFileHandle(INDEX)).getFile();
      if (file.size > 0) return JSON.parse(await file.text());
    } catch (error) {
      if (error.name !== "NotFoundError") throw error;
    }
    return { version: 1, person: null, sessions: [], takes: [], sent: null };
  }

  /** Changes the index, while nobody else does; it is written aside and put in its place whole. Returns what `update` returns. */
  change(update) {
    return this.#alone("exclusive", async () => {
      const index = await this.#read();
      const made = update(index);
      const writer = await (await this.#folder.getFileHandle(INDEX, { create: true })).createWritable();
      await writer.write(JSON.stringify(index));
      await writer.close();
      return made;
    });
  }

  #alone(mode, work) {
    return navigator.locks.request(`adem-index-${this.#key}`, { mode }, work);
  }

  /** The samples of a take, as a file. */
  async samples(take) {
    return (await this.#folder.getFileHandle(`${take}.f32`)).getFile();
  }

  /** Begins a take, or goes on with it: what is known of it, and the file of its samples, open in a worker. */
  async begin(take, known) {
    const free = await hold(lockOf(take));
    if (!free) throw new Error("this take is recorded by another page");
    try {
      const about = await (await this.#folder.getFileHandle(`${take}.json`, { create: true })).createSyncAccessHandle();
      try {
        about.truncate(0);
        about.write(new TextEncoder().encode(JSON.stringify(known)), { at: 0 });
        about.flush();
      } finally {
        // On a full disk it is tried again, and a file that is open cannot be opened.
        about.close();
      }
      const file = await (await this.#folder.getFileHandle(`${take}.f32`, { create: true })).createSyncAccessHandle();
      return { file, free };
    } catch (error) {
      free();
      throw error;
    }
  }

  async remove(take) {
    for (const ending of ["json", "f32"]) await this.#folder.removeEntry(`${take}.${ending}`).catch(() => {});
  }

  /** The takes that were cut short, without those that a page records at this moment. */
  async unfinished() {
    const { takes } = await this.index();
    const ended = new Set(takes.map(({ take }) => take));
    const found = [];
    for await (const name of this.#folder.keys()) {
      const take = name.slice(0, 32);
      if (!isTake(name) || ended.has(take) || (await isHeld(lockOf(take)))) continue;
      try {
        const known = JSON.parse(await (await (await this.#folder.getFileHandle(name)).getFile()).text());
        const frames = Math.floor((await this.samples(take)).size / 4);
        if (frames > 0) found.push({ ...known, frames });
      } catch {
        // It was cut off before it had a beginning: there is no sound of it.
      }
    }
    return found.sort((a, b) => (a.started < b.started ? -1 : 1));
  }

  /** Gives a take that has ended its place in the index: a number, where it is one of a phrase. Returns its entry. */
  end(known, length, more = {}) {
    // Nobody takes in a longer one; what is behind stays in its file.
    const frames = Math.min(length, (known.script ? LONGEST : LONGEST_ROOM) * known.rate);
    return this.change((index) => {
      const there = index.takes.find(({ take }) => take === known.take);
      if (there) return there;
      const same = index.takes.filter(({ script, phrase }) => script === known.script && phrase === known.phrase);
      const number = known.phrase ? 1 + Math.max(0, ...same.map((one) => one.number)) : null;
      const entry = { ...known, frames, number, state: more.unheard ? "unheard" : "to-hear", told: [], ...more };
      index.takes.push(entry);
      const session = index.sessions.find(({ id }) => id === known.session);
      if (session && more.room) session.floor = more.room.floor;
      return entry;
    });
  }
}

const lockOf = (take) => `adem-take-${take}`;

/** Holds a name until the function that is returned is called; null if somebody has it. */
function hold(name) {
  return new Promise((held) => {
    navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (!lock) {
        held(null);
        return undefined;
      }
      return new Promise((free) => held(free));
    });
  });
}

const isHeld = (name) => navigator.locks.request(name, { ifAvailable: true }, (lock) => lock === null);
