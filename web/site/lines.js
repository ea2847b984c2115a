// The words of a track: the line that is spoken now, and the whole text, which follows the sound.

import { get, make, put, words } from "./words.js";

/** How long the text stays where a reader has scrolled it, in milliseconds. */
const LEFT_ALONE = 6000;

const list = get("lines");
const caption = get("caption");
const none = get("no-lines");
let lines = [];
let current = -1;
let touched = -Infinity;
let asked = "";

for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
  list.addEventListener(kind, () => (touched = performance.now()), { passive: true });
}

/** Shows the words at an address, if any. `seek` is called with the time of a line that is chosen. */
export async function showWords(address, seek) {
  asked = address;
  lines = [];
  current = -1;
  caption.textContent = "";
  list.replaceChildren();
  none.hidden = true;
  if (!address) return;
  let found;
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(answer.statusText);
    found = (await answer.json()).segments;
  } catch {
    if (asked === address) {
      put(none, words.no_text);
      none.hidden = false;
    }
    return;
  }
  if (asked !== address) return;
  lines = found.map(({ startTime, endTime, body, kind }) => {
    const button = make("button", { type: "button", textContent: body, className: kind });
    button.addEventListener("click", () => {
      touched = -Infinity;
      seek(startTime);
    });
    return { start: startTime, end: endTime, body, speaks: kind === "phrase", button };
  });
  list.replaceChildren(...lines.map(({ button }) => make("li", {}, button)));
}

/** Marks what is said at a time. */
export function followWords(time) {
  // The last line that has begun; what follows it in silence still belongs to it.
  let at = lines.findLastIndex(({ start }) => start <= time + 0.05);
  const line = lines[at];
  const said = line?.speaks && time < line.end ? line.body : "";
  if (caption.textContent !== said) caption.textContent = said;
  if (at === current) return;
  lines[current]?.button.removeAttribute("aria-current");
  current = at;
  if (!line) return;
  line.button.setAttribute("aria-current", "true");
  if (performance.now() - touched < LEFT_ALONE) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const top = line.button.offsetTop - list.clientHeight / 3;
  list.scrollTo({ top, behavior: still ? "auto" : "smooth" });
}
