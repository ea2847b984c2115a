// The shell of the studio: its header with tabs, the state of the line, messages, and the room that is open.

import { Refused, get } from "./api.js";
import { beginning } from "./begin.js";
import { guardDoubleClicks } from "./clicks.js";
import { fill, h } from "./dom.js";
import { listen, openLine, watchLine } from "./line.js";
import { mend, mistakes } from "./mend.js";
import { PAGES } from "./pages.js";
import { languages, loadWords, say, speak, spoken } from "./words.js";

const NAMES = { en: "English", nl: "Nederlands" };
const main = h("main", { id: "room", tabIndex: -1 });
const told = h("p", { id: "told", role: "status", "aria-live": "polite" });
const line = h("p", { id: "line", role: "status" });
const errors = h("div", { id: "errors" });
const tabs = h("nav", {});
let leave = null;
let entered = null;
let locked = null;
/** Whether the room that was asked for is there. */
let isIn = false;
let vanish = 0;

const studio = {
  course: null,
  lock(why) {
    locked = why;
    showTabs();
  },
  unlock() {
    locked = null;
    showTabs();
  },
  tell(text) {
    clearTimeout(vanish);
    fill(told, text);
    told.classList.add("shown");
    vanish = setTimeout(() => told.classList.remove("shown"), 6000);
  },
};

const asked = () => PAGES.find((page) => `#${page.id}` === location.hash.split("/")[0]) ?? PAGES[0];

function showTabs() {
  tabs.setAttribute("aria-label", say("tabs"));
  fill(tabs, PAGES.map((page) => h("a", {
    href: `#${page.id}`,
    "aria-current": page === asked() ? "page" : undefined,
    "aria-disabled": locked ? "true" : undefined,
  }, say(`tab.${page.id}`))));
}

/** Puts the style sheets of a room in the place of those of the last one: rooms use the same names of classes for other things. */
async function useSheets(sheets) {
  const links = [...document.querySelectorAll("link[data-room]")];
  const there = links.filter((link) => sheets.includes(link.getAttribute("href")));
  links.filter((link) => !there.includes(link)).forEach((link) => link.remove());
  const missing = sheets.filter((href) => !there.some((link) => link.getAttribute("href") === href));
  await Promise.all(missing.map((href) => new Promise((done) => {
    document.head.append(h("link", { rel: "stylesheet", href, data: { room: "" }, onload: done, onerror: done }));
  })));
}

async function enter() {
  if (entered === asked()) return;
  if (locked) {
    // The recording goes on; the address is the old one again.
    history.replaceState(null, "", `#${entered.id}`);
    studio.tell(locked);
    return;
  }
  leave?.();
  leave = null;
  isIn = false;
  entered = asked();
  showTabs();
  document.title = `${say(`tab.${entered.id}`)} – adem studio`;
  fill(main, h("p", { class: "soft" }, say("loading")));
  const page = entered;
  // Why it is closed stands above.
  if (!studio.course) {
    fill(main, h("h1", {}, say(`tab.${page.id}`)));
    return;
  }
  try {
    const [room] = await Promise.all([page.load(), useSheets(page.sheets)]);
    if (page !== entered) return;
    fill(main);
    leave = (await room.enter(main, studio)) ?? null;
    isIn = true;
  } catch (error) {
    fill(main, h("h1", {}, say(`tab.${page.id}`)), h("p", { class: "wrong", role: "alert" }, error.told ?? String(error)));
  }
}

/** Leads to a mistake: its line is mended where it stands. */
const toMistake = (one) => mend(one).catch((error) => studio.tell(error.told ?? String(error)));

/**
 * Reads the course. A script with an error is closed, and told with the place of the error; where anything else has one, the rooms
 * stay closed until it is gone.
 */
async function readCourse() {
  try {
    studio.course = await get("/studio/course");
    fill(document.getElementById("course"), studio.course.title);
    const { closed, errors: wrong } = studio.course;
    delete errors.dataset.begin;
    fill(errors, closed.length || wrong.length ? h("section", { class: "card wrong", "aria-labelledby": "errors-title" }, h("h1", { id: "errors-title" }, say("course.errors")),
      h("p", {}, say("course.closed", { names: closed.join(", ") })), mistakes(wrong, toMistake)) : null);
    return true;
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.id === "no-answer") throw error;
    studio.course = null;
    if (error.problem.begin) {
      // What was chosen on the card stays while it is the same.
      const look = JSON.stringify(error.problem.begin);
      if (errors.dataset.begin !== look) fill(errors, beginning(error.problem.begin));
      errors.dataset.begin = look;
      return false;
    }
    const wrong = (error.problem.errors ?? []).filter((one) => one.severity === "error");
    delete errors.dataset.begin;
    fill(errors, h("section", { class: "card wrong", "aria-labelledby": "errors-title" }, h("h1", { id: "errors-title" }, say("course.errors")), h("p", {}, wrong.length ? say("course.errors.closed") : error.told), mistakes(wrong, toMistake)));
    return false;
  }
}

async function start() {
  await loadWords();
  const choice = h("select", { "aria-label": say("language"), onchange: ({ target }) => speak(target.value) },
    languages.map((tag) => h("option", { value: tag, lang: tag, selected: tag === spoken() }, NAMES[tag])));
  document.body.replaceChildren(
    h("a", { class: "skip", href: "#room", onclick: (event) => { event.preventDefault(); main.focus(); } }, say("skip")),
    h("header", {}, h("div", { class: "bar" }, h("span", { class: "mark", "aria-hidden": "true" }), h("span", { class: "title", id: "course" }, "adem"), tabs, choice)),
    line, errors, main, told);
  watchLine((up) => {
    line.classList.toggle("down", !up);
    fill(line, up ? "" : say("line.down"));
  });
  guardDoubleClicks();
  openLine();
  listen(async ({ event }) => {
    if (event !== "course" && event !== "lost") return;
    const before = studio.course;
    const usable = await readCourse();
    // A room that was entered looks again by itself, and keeps what is typed in it; one that could not be is entered now.
    if (usable && !before && !isIn) { entered = null; await enter(); }
  });
  const usable = await readCourse();
  window.addEventListener("hashchange", enter);
  showTabs();
  if (usable) await enter();
}

start();
