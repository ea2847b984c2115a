// The one player of a room: a version that is made while it is heard. It asks for short stretches, the first half a second long, so
// that it sounds at once from anywhere, and plays them one after another without a gap. Its length is that of the plan.

import { Refused, toldMistakes } from "./api.js";
import { fill, h } from "./dom.js";
import { say, time } from "./words.js";

/** The first stretch, the longest, and how much is made before it is heard, in seconds. */
const [FIRST, LONGEST, AHEAD] = [0.5, 4, 12];
/** What was opened is made ready to play once nothing else was opened for so long, in milliseconds. */
const QUIET = 400;
const BYTES = 3;
const FULL = 2 ** 31;
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** Samples of 24 bits, channel after channel in each frame, as sound. */
function decoded(context, bytes, frames, rate) {
  const channels = bytes.length / BYTES / frames;
  const sound = context.createBuffer(channels, frames, rate);
  for (let channel = 0; channel < channels; channel += 1) {
    const samples = sound.getChannelData(channel);
    for (let frame = 0, at = channel * BYTES; frame < frames; frame += 1, at += channels * BYTES) {
      samples[frame] = ((bytes[at + 2] << 24) | (bytes[at + 1] << 16) | (bytes[at] << 8)) / FULL;
    }
  }
  return sound;
}

/** `watch(seconds, playing)` is called while it plays and whenever its place changes; `told` words a refusal. */
export function makePlayer(watch, told = (error) => [error.told, toldMistakes(error.problem)]) {
  let context = null;
  let address = "";
  let [all, rate] = [0, 48_000];
  let place = 0;
  let run = null;
  let ready = null;
  let waiting = 0;
  let frame = 0;

  const button = h("button", { type: "button", class: "main", onclick: () => (run ? pause() : play(place)) });
  const seek = h("input", { type: "range", min: 0, max: 1, step: 1, value: 0, class: "seek", oninput: () => move(Number(seek.value)) });
  const now = h("span", { class: "clock" });
  const problem = h("span", { class: "wrong", role: "alert" });
  const element = h("div", { class: "player row" }, button, now, seek, problem);
  const length = () => all / rate;
  const within = (seconds) => Math.min(Math.max(seconds, 0), Math.max(length() - 0.1, 0));

  function show() {
    fill(button, say(run ? "player.pause" : "player.play"));
    // The whole is rounded as everywhere else; a place is shown when it is reached.
    fill(now, `${clock(place)} / ${clock(Math.round(length()))}`);
    seek.value = String(Math.round(place));
    seek.setAttribute("aria-label", say("player.place"));
    seek.setAttribute("aria-valuetext", say("player.at", { now: time(place), all: time(length()) }));
    watch(place, run !== null);
  }

  /** Where it is heard now. */
  const heard = (own) => Math.min(own.from + Math.max(0, context.currentTime - own.start), own.next);

  function silence() {
    if (!run) return;
    const own = run;
    run = null;
    own.abort.abort();
    own.sources.forEach((source) => source.stop());
  }

  function pause() {
    if (run?.start !== undefined) place = heard(run);
    silence();
    show();
  }

  function move(seconds) {
    if (run) {
      play(seconds);
      return;
    }
    place = within(seconds);
    show();
  }

  async function stretch(from, frames, signal) {
    const answer = await fetch(`${address}&from=${from}&frames=${frames}`, { signal });
    if (!answer.ok) {
      const kind = answer.headers.get("content-type") ?? "";
      const told = kind.includes("json") ? await answer.json() : {};
      throw new Refused(answer.status, told);
    }
    return new Uint8Array(await answer.arrayBuffer());
  }

  /** Plays from a place. */
  function play(seconds) {
    silence();
    place = within(seconds);
    fill(problem);
    if (context?.sampleRate !== rate) {
      context?.close();
      context = new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
    }
    context.resume();
    const first = Math.round(place * rate);
    run = { first, next: first / rate, from: first / rate, start: undefined, sources: new Set(), abort: new AbortController() };
    feed(run, first);
    show();
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(follow);
  }

  /** Asks for one stretch after another, as far ahead as is needed. */
  async function feed(own, first) {
    let [next, wanted] = [first, FIRST];
    try {
      while (run === own && next < all) {
        if (own.start !== undefined && own.next - heard(own) > AHEAD) {
          await new Promise((done) => setTimeout(done, 200));
          continue;
        }
        const frames = Math.min(Math.round(wanted * rate), all - next);
        const kept = ready?.address === address && ready.from === next && ready.frames === frames ? ready.bytes : null;
        const bytes = (await kept) ?? (await stretch(next, frames, own.abort.signal));
        if (run !== own) return;
        if (bytes.length === 0) break;
        schedule(own, next, frames, bytes);
        next += frames;
        wanted = Math.min(wanted * 2, LONGEST);
      }
      own.last = true;
    } catch (error) {
      if (run !== own) return;
      pause();
      fill(problem, error.problem?.title ? told(error) : say("player.fails"));
    }
  }

  function schedule(own, at, frames, bytes) {
    const source = context.createBufferSource();
    source.buffer = decoded(context, bytes, frames, rate);
    source.connect(context.destination);
    const since = (at - own.first) / rate;
    own.start ??= context.currentTime;
    // What comes too late is heard late, and nothing is left out.
    const late = context.currentTime - (own.start + since);
    if (late > 0) own.start += late;
    source.start(own.start + since);
    own.next = (at + frames) / rate;
    own.sources.add(source);
    source.onended = () => {
      own.sources.delete(source);
      if (run !== own || !own.last || own.sources.size) return;
      run = null;
      place = 0;
      show();
    };
    if (at === own.first) element.dispatchEvent(new CustomEvent("sounds", { detail: { at: own.start, context } }));
  }

  /** Follows what is heard; while nothing is, no frame is asked for, which would keep others waiting. */
  function follow() {
    if (!run) return;
    if (run.start !== undefined) {
      place = heard(run);
      show();
    }
    frame = requestAnimationFrame(follow);
  }

  /** Makes the beginning of what is played next, so that it sounds at once. */
  function prepare() {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (run || !all) return;
      const from = Math.round(place * rate);
      const frames = Math.min(Math.round(FIRST * rate), all - from);
      const bytes = stretch(from, frames).catch(() => { ready = null; return null; });
      ready = { address, from, frames, bytes };
    }, QUIET);
  }

  return {
    element,
    play,
    pause,
    move,
    get place() { return place; },
    /** Says why nothing is heard. */
    tell: (content) => fill(problem, content),
    /** What is played from now on: where its stretches come from, and its timeline. What is heard goes on from there at `at`. */
    open(where, timeline, at = place) {
      const playing = run !== null;
      fill(problem);
      [all, rate] = timeline ? [timeline.frames, timeline.rate] : [0, rate];
      seek.max = String(Math.max(1, Math.round(length())));
      if (where !== address) {
        address = where;
        ready = null;
        silence();
        place = within(at);
        if (playing) play(at);
        else prepare();
      }
      show();
    },
    close() {
      cancelAnimationFrame(frame);
      clearTimeout(waiting);
      silence();
      context?.close();
    },
  };
}
