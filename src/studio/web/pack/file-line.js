// Where the pieces of a take go on a page without the studio: into a file of this browser, each as it comes, brought to the disk once
// a second. It answers as the studio does (socket-line.js), so the recording is the same.

import { roomNoise } from "./checks.js";
import { moment, noRoom, openStore } from "./store.js";

const FLUSH = 1000;

/** A line to the recordings of a page, by its key. */
export const fileLine = (key) => ({ heard }) => {
  const store = openStore(key);
  store.catch(() => {});
  /** The take that is written. */
  let open = null;
  /** A take that was thrown away before its file was open. */
  let thrown = null;
  const answer = (event) => queueMicrotask(() => heard(event));
  const failed = (take, why) => answer({ event: "not-written", take, why });

  async function begin(start, words) {
    const { take } = start;
    if (open?.known.take === take) {
      answer({ event: "have", take, frames: open.frames });
      return;
    }
    const known = {
      take,
      session: start.session,
      script: start.script ?? null,
      phrase: start.phrase ?? null,
      text: words ?? "",
      rate: start.rate,
      "pre-roll": start["pre-roll"],
      started: moment(),
      way: start.way,
      part: start.part,
    };
    try {
      // What could not be joined later is refused before anybody speaks.
      const of = start.part ? (await (await store).index()).takes.find((one) => one.script === start.script && one.phrase === start.phrase && one.number === start.part.take) : null;
      if (of && of.rate !== start.rate) {
        answer({ event: "refused", take, problem: { status: 409, id: "other-rate", values: { own: of.rate, other: start.rate } } });
        return undefined;
      }
      const { file, free } = await (await store).begin(take, known);
      open = { known, file, free, frames: Math.floor(file.getSize() / 4), flushed: performance.now() };
      if (thrown === take) return discard(take);
      answer({ event: "have", take, frames: open.frames });
    } catch (error) {
      failed(take, String(error));
    }
    return undefined;
  }

  function piece(take, from, samples) {
    if (open?.known.take !== take) return answer({ event: "no-take", take });
    if (from > open.frames) return answer({ event: "gap", take, frames: open.frames });
    try {
      const written = open.file.write(samples, { at: from * 4 });
      if (written < samples.byteLength) throw new Error(`${written} of ${samples.byteLength} bytes were written`);
      open.frames = Math.max(open.frames, from + samples.length);
      if (performance.now() - open.flushed > FLUSH) {
        open.flushed = performance.now();
        open.file.flush();
      }
    } catch (error) {
      return failed(take, String(error));
    }
    return answer({ event: "have", take, frames: open.frames });
  }

  async function end(take, frames, unheard, drops) {
    if (open?.known.take !== take) return;
    const { known, file, free } = open;
    try {
      file.flush();
      let room = null;
      if (!known.script) {
        const samples = new Float32Array(frames);
        file.read(samples, { at: 0 });
        room = roomNoise(samples, known.rate);
      }
      const entry = await (await store).end(known, frames, { ...(room ? { room } : {}), ...(unheard || known.part ? { unheard: unheard ?? "joined" } : {}), ...(drops?.length ? { drops } : {}) });
      close();
      answer(room ? { event: "saved", take, room: { ...room, used: false, voice: null } }
        : { event: "saved", take, script: known.script, phrase: known.phrase, number: entry.number });
    } catch (error) {
      // The take is still open, and is ended again.
      answer({ event: "not-saved", take, problem: noRoom(error) ?? { status: 500, title: String(error) } });
    }

    function close() {
      file.close();
      free();
      open = null;
    }
  }

  async function discard(take) {
    if (open?.known.take !== take) {
      thrown = take;
      return;
    }
    const { file, free } = open;
    open = null;
    file.close();
    await (await store).remove(take);
    free();
  }

  return { connect() {}, isOpen: () => true, begin, piece, end, discard };
};
