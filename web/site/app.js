// Connects the page: colours, addresses, the player, the timer, what is kept.

import { get, language, memory } from "./words.js";
import { current, openTrack, startPlayer } from "./player.js";
import { startKeeping } from "./keep.js";
import { startTimer } from "./timer.js";

const root = document.documentElement;
const theme = get("theme");
theme.value = root.dataset.theme;
theme.addEventListener("change", () => {
  root.dataset.theme = theme.value;
  memory.set("theme", theme.value);
});

memory.set("language", language);
const before = get("before");
if (before) {
  before.open = memory.get("before") !== "read";
  before.addEventListener("toggle", () => memory.set("before", before.open ? "open" : "read"));
}

/** Shows what the address names: a track, or the list. */
function route(moves) {
  const id = decodeURIComponent(location.hash.slice(1));
  const isTrack = openTrack(id);
  document.body.dataset.view = isTrack ? "track" : "list";
  for (const row of document.querySelectorAll("a.track")) {
    const isCurrent = row.parentElement.dataset.track === current()?.id;
    if (isCurrent) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
  for (const link of document.querySelectorAll(".languages a")) link.hash = isTrack ? id : "";
  get("mini").hidden = !current();
  document.title = isTrack ? `${current().title} · ${root.dataset.course}` : root.dataset.course;
  if (moves && isTrack) {
    if (matchMedia("(max-width: 59.99rem)").matches) scrollTo(0, 0);
    get("title").focus({ preventScroll: true });
  }
}

root.dataset.course = document.title;
addEventListener("popstate", () => route(false));
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a.track, #mini a, .to-list a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const from = current()?.id;
  if (link.hash !== location.hash) history.pushState(null, "", link.hash);
  route(true);
  if (document.body.dataset.view === "list") {
    const row = document.querySelector(`[data-track="${from}"] a.track`);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "center" });
  }
});

startTimer(startPlayer());
route(false);
startKeeping();
