// The one player of a room: a version that is made while it is heard. It plays from anywhere; its length is that of the plan.

import { fill, h } from "./dom.js";
import { say, time } from "./words.js";

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

/** `watch(seconds, playing)` is called while it plays and whenever its place changes. */
export function makePlayer(watch) {
  const audio = new Audio();
  audio.preload = "none";
  let length = 0;
  let address = "";
  let place = 0;
  let frame = 0;

  const button = h("button", { type: "button", class: "main", onclick: () => (audio.paused ? play(place) : audio.pause()) });
  const seek = h("input", {
    type: "range", min: 0, max: 1, step: 1, value: 0, class: "seek",
    oninput: () => { move(Number(seek.value)); },
  });
  const now = h("span", { class: "clock" });
  const problem = h("span", { class: "wrong", role: "alert" });
  const element = h("div", { class: "player row" }, button, now, seek, problem);

  function show() {
    fill(button, say(audio.paused ? "player.play" : "player.pause"));
    fill(now, `${clock(place)} / ${clock(length)}`);
    seek.value = String(Math.round(place));
    seek.setAttribute("aria-label", say("player.place"));
    seek.setAttribute("aria-valuetext", say("player.at", { now: time(place), all: time(length) }));
    watch(place, !audio.paused);
  }

  function move(seconds) {
    place = Math.min(Math.max(seconds, 0), Math.max(length - 0.1, 0));
    if (audio.src && audio.readyState > 0) audio.currentTime = place;
    show();
  }

  /** Plays from a place. */
  async function play(seconds) {
    place = Math.min(Math.max(seconds, 0), Math.max(length - 0.1, 0));
    fill(problem);
    if (audio.dataset.of !== address) {
      audio.dataset.of = address;
      audio.src = address;
    }
    try {
      if (audio.readyState === 0) {
        audio.preload = "metadata";
        await new Promise((done, fail) => {
          audio.onloadedmetadata = done;
          audio.onerror = () => fail(audio.error);
          audio.load();
        });
      }
      audio.currentTime = place;
      await audio.play();
    } catch (error) {
      if (error?.name !== "AbortError") await why();
    }
    show();
  }

  /** Says why nothing is heard. */
  async function why() {
    audio.removeAttribute("src");
    audio.dataset.of = "";
    const answer = await fetch(address, { headers: { range: "bytes=0-0" } }).catch(() => null);
    const kind = answer?.headers.get("content-type") ?? "";
    const told = kind.includes("json") ? await answer.json() : null;
    fill(problem, told ? [told.title, told.detail].filter(Boolean).join("; ") : say("player.fails"));
  }

  function follow() {
    if (!audio.paused) {
      place = audio.currentTime;
      show();
    }
    frame = requestAnimationFrame(follow);
  }
  audio.onplay = audio.onpause = audio.onended = show;
  frame = requestAnimationFrame(follow);

  return {
    element,
    audio,
    play,
    move,
    get place() { return place; },
    /** What is played from now on: an address and its length in seconds. What is heard goes on from there at `at`. */
    open(where, seconds, at = place) {
      const playing = !audio.paused;
      length = seconds;
      seek.max = String(Math.max(1, Math.round(seconds)));
      if (where !== address) {
        address = where;
        audio.pause();
        if (playing) play(at);
        else place = Math.min(at, length);
      }
      show();
    },
    close() {
      cancelAnimationFrame(frame);
      audio.pause();
      audio.removeAttribute("src");
    },
  };
}
