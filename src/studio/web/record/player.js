// One player for everything that is heard in this room, so that two sounds are never heard at once.

import { soundAt } from "../api.js";

const audio = new Audio();
audio.preload = "none";
let watcher = null;
let frame = 0;

/** Plays an address; `moved` is called with the seconds until it ends, and then with null. */
export async function play(address, moved = () => {}) {
  quiet();
  watcher = moved;
  audio.src = await soundAt(address).catch((error) => {
    if (watcher === moved) quiet();
    throw error;
  });
  // Something else may have been played meanwhile.
  if (watcher !== moved) return;
  const follow = () => {
    watcher?.(audio.currentTime);
    frame = requestAnimationFrame(follow);
  };
  audio.onended = quiet;
  await audio.play();
  follow();
}

/** Ends what is heard. */
export function quiet() {
  cancelAnimationFrame(frame);
  audio.pause();
  audio.removeAttribute("src");
  const told = watcher;
  watcher = null;
  told?.(null);
}

/** Whether something is heard. */
export const sounds = () => watcher !== null;
