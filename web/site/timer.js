// The sleep timer, and the soft bell at the end.

import { clock, fill, get, memory, put, spoken, words } from "./words.js";

/** How long the sound fades before it stops, in seconds. */
const FADE = 20;

const bell = new Audio(new URL("bell.wav", import.meta.url));
bell.preload = "none";

/** Watches a player; `player` has `audio` and `tell`. */
export function startTimer({ audio, tell }) {
  const [select, box, ends] = [get("timer"), get("bell"), get("ends")];
  let left = 0;
  let last = 0;

  box.checked = memory.get("bell") === "yes";
  box.addEventListener("change", () => {
    memory.set("bell", box.checked ? "yes" : "no");
    // Loaded while the reader is here, so that it can ring offline and on a locked phone.
    if (box.checked) bell.load();
  });
  select.addEventListener("change", () => {
    left = Number(select.value) * 60;
    audio.volume = 1;
    show();
  });

  function show() {
    put(ends, left > 0 ? fill(words.ends, { time: left >= 60 ? spoken(Math.ceil(left / 60) * 60) : clock(left) }) : "");
  }

  function ring() {
    if (!box.checked) return;
    bell.currentTime = 0;
    bell.play().catch(() => {});
  }

  // Only time in which sound is heard counts.
  function tick() {
    const now = Date.now();
    const passed = (now - last) / 1000;
    last = now;
    if (audio.paused || left <= 0) return;
    left -= passed;
    if (left <= 0) {
      left = 0;
      audio.pause();
      audio.volume = 1;
      select.value = "0";
      tell(words.ended);
      ring();
    } else if (left < FADE) {
      audio.volume = Math.min(1, left / FADE) ** 2;
    }
    show();
  }

  audio.addEventListener("play", () => (last = Date.now()));
  audio.addEventListener("timeupdate", tick);
  audio.addEventListener("ended", ring);
  setInterval(tick, 1000);
}
