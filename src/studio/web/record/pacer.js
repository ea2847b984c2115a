// The grid of breaths or steps that a phrase has to fit: shown while it is recorded, with one round counted in.

import { fill, h } from "../dom.js";
import { say, time } from "../words.js";

/** The beats of a grid: what each is called, and how long it is. */
function beats(grid) {
  if (grid.kind === "paces") return [["record.pace.left", grid.pace], ["record.pace.right", grid.pace]];
  if (grid.kind === "breath") return [["record.pace.in", grid.inhale], ["record.pace.out", grid.exhale]];
  return [["record.pace.out", grid.exhale]];
}

export function pacer(grid) {
  const rounds = beats(grid);
  const boxes = rounds.map(([word, seconds]) => h("span", { class: "beat-box" }, h("span", { class: "beat-fill" }), h("span", { class: "beat-word" }, `${say(word)} ${time(seconds)}`)));
  rounds.forEach(([, seconds], index) => { boxes[index].style.flexGrow = String(seconds); });
  const element = h("div", { class: "pacer", role: "img", "aria-label": rounds.map(([word, seconds]) => `${say(word)} ${time(seconds)}`).join(", ") }, boxes);
  const word = h("p", { class: "soft pacer-word" }, say("record.pace"));
  const whole = h("div", {}, element, word);
  const total = rounds.reduce((sum, [, seconds]) => sum + seconds, 0);
  let frame = 0;
  return {
    element: whole,
    start() {
      const began = performance.now();
      const draw = () => {
        const since = (performance.now() - began) / 1000;
        let left = since % total;
        rounds.forEach(([, seconds], index) => {
          const share = Math.min(1, Math.max(0, left / seconds));
          boxes[index].firstChild.style.width = `${share * 100}%`;
          left -= seconds;
        });
        fill(word, say(since < total ? "record.pace.wait" : "record.pace.now"));
        frame = requestAnimationFrame(draw);
      };
      draw();
    },
    stop() {
      cancelAnimationFrame(frame);
      boxes.forEach((box) => { box.firstChild.style.width = "0"; });
      fill(word, say("record.pace"));
    },
  };
}
