// Chooses the part of a take that is recorded again: on the waveform, from one silence to another.

import { get } from "../api.js";
import { h } from "../dom.js";
import { say, time } from "../words.js";

/**
 * Lays the parts of a take over its waveform; `retake` is called with `{ take, first, last }`, the
 * seconds that are chosen, and where these words are in the take. False
 * where the take has no silence inside, so that only the whole of it can be recorded again.
 */
export async function parts(wave, path, take, retake) {
  wave.parentElement.querySelector(".part-choice")?.remove();
  wave.querySelector(".parts")?.remove();
  const { words } = await get(`${path}/words`);
  if (words.length < 2) return false;
  const whole = take["file-seconds"];
  let [first, last] = [null, null];
  const middle = (at) => (words[at][1] + words[at + 1][0]) / 2;
  const start = (at) => (at === 0 ? Math.max(0, words[0][0] - 0.1) : middle(at - 1));
  const end = (at) => (at === words.length - 1 ? Math.min(whole, words[at][1] + 0.1) : middle(at));
  const told = h("span", { role: "status" }, say("record.part.choose"));
  const go = h("button", { class: "live", disabled: true, onclick: () => retake({ take: take.number, first, last }, words.slice(first, last + 1).reduce((sum, [from, to]) => sum + to - from, 0), { from: words[first][0], to: words[last][1] }) }, say("record.part.record"));
  const buttons = words.map((_, at) => {
    const button = h("button", { class: "part", "aria-pressed": "false", "aria-label": say("record.part.one", { number: at + 1, all: words.length }), onclick: () => choose(at) });
    button.style.left = `${start(at) / whole * 100}%`;
    button.style.width = `${(end(at) - start(at)) / whole * 100}%`;
    return button;
  });

  /** The first choice is one part; another makes it reach from one to the other. */
  function choose(at) {
    if (first === null || (at >= first && at <= last)) [first, last] = [at, at];
    else [first, last] = [Math.min(first, at), Math.max(last, at)];
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(index >= first && index <= last)));
    told.textContent = say("record.part.chosen", { from: time(words[first][0]), to: time(words[last][1]) });
    go.disabled = false;
  }

  const group = h("div", { class: "parts", role: "group", "aria-label": say("record.part") }, buttons);
  const leave = () => {
    group.remove();
    row.remove();
    wave.parentElement.querySelector("[data-act=part]")?.focus();
  };
  const row = h("div", { class: "row part-choice" }, go, h("button", { onclick: leave }, say("record.part.leave"), h("kbd", { "aria-hidden": "true" }, "Esc")), told);
  for (const element of [group, row]) {
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      leave();
    });
  }
  wave.append(group);
  wave.after(row);
  buttons[0].focus();
  return true;
}
