// The level of the microphone as a bar, with its peak held for a second.

import { h } from "../dom.js";
import { say } from "../words.js";
import { decibel } from "./recorder.js";

const LOWEST = -60;

/** A meter of a recorder; `close` ends it. */
export function meter(recorder) {
  const bar = h("span", { class: "meter-bar" });
  const held = h("span", { class: "meter-peak" });
  const element = h("div", { class: "meter", role: "img", "aria-label": say("record.meter") }, bar, held);
  let most = LOWEST;
  let since = 0;
  const share = (level) => `${Math.min(100, Math.max(0, (level - LOWEST) / -LOWEST * 100))}%`;
  const close = recorder.on("level", ({ told }) => {
    const { peak, rms } = told.level[Math.min(recorder.channel, told.level.length - 1)];
    const level = decibel(peak);
    const now = performance.now();
    if (level >= most || now - since > 1000) {
      most = level;
      since = now;
    }
    bar.style.width = share(decibel(rms) + 6);
    held.style.left = share(most);
    element.classList.toggle("hot", most > -3);
  });
  return { element, close };
}
