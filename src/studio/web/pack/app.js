// A page without the studio, for a voice elsewhere: the recording room with what takes the studio's place (server.js), and a part
// that sends what was recorded (send.js).

import { serveFrom } from "../api.js";
import { guardDoubleClicks } from "../clicks.js";
import { fill, h } from "../dom.js";
import { canRecord } from "../record/recorder.js";
import { languages, loadWords, say, speak, spoken } from "../words.js";
import { sender } from "./send.js";
import { PackServer } from "./server.js";
import { canKeep, openStore } from "./store.js";

const NAMES = { en: "English", nl: "Nederlands" };
const main = h("main", { id: "room", tabIndex: -1 });
const told = h("p", { id: "told", role: "status", "aria-live": "polite" });
let vanish = 0;

/** Why nothing can be recorded here, as the key of its words; null where all is well. */
function hindrance() {
  if (!window.isSecureContext) return "insecure";
  if (!canRecord()) return "browser";
  return canKeep() ? null : "storage";
}

/** Shows what is in the way, and what works. */
function refuse(why, detail) {
  fill(main, h("h1", {}, say("pack.title")), h("section", { class: "card warn", id: "refused" },
    h("h2", {}, say(`pack.refused.${why}`)), h("p", {}, say(`pack.refused.${why}.how`)), detail ? h("p", { class: "soft" }, detail) : null));
}

/** Keeps the files of this page for when there is no network. Without that the page works where there is one. */
function keepOffline(pack) {
  navigator.serviceWorker?.register(new URL("../sw.js", import.meta.url)).then(async () => {
    const { active } = await navigator.serviceWorker.ready;
    active.postMessage({ keep: [...pack.files, ...pack.sounds] });
  }).catch(() => {});
}

async function start() {
  guardDoubleClicks();
  await loadWords();
  const pack = await (await fetch(new URL("../pack.json", import.meta.url))).json();
  const choice = h("select", { "aria-label": say("language"), onchange: ({ target }) => speak(target.value) },
    languages.map((tag) => h("option", { value: tag, lang: tag, selected: tag === spoken() }, NAMES[tag])));
  document.title = `${pack.course.title} – ${say("pack.title")}`;
  document.body.replaceChildren(
    h("a", { class: "skip", href: "#room", onclick: (event) => { event.preventDefault(); main.focus(); } }, say("skip")),
    h("header", {}, h("div", { class: "bar" }, h("span", { class: "mark", "aria-hidden": "true" }), h("span", { class: "title", id: "course" }, pack.course.title), choice)),
    main, told);
  const why = hindrance();
  if (why) return refuse(why);
  // A course without an id of its own is known by the address of its page.
  const key = pack.named ? pack.key : pack.key + encodeURIComponent(new URL("../", import.meta.url).pathname);
  let store = null;
  try {
    store = await openStore(key);
    await store.index();
  } catch (error) {
    return refuse("storage", String(error));
  }
  keepOffline(pack);
  const room = h("div", {});
  const { element, look } = sender(pack, store);
  const about = h("p", { class: "soft", id: "about" }, say("pack.about", { course: pack.course.title }));
  const again = () => look().then(() => { about.hidden = !element.hidden; }).catch((error) => console.error(error));
  serveFrom(new PackServer(pack, store, again));
  fill(main, room, element);
  await again();
  const studio = {
    course: pack.course,
    elsewhere: true,
    about,
    worker: { url: new URL("./recorder-worker.js", import.meta.url), name: key },
    // While somebody records, nothing is zipped.
    lock: () => { element.inert = true; },
    unlock: () => { element.inert = false; },
    tell(text) {
      clearTimeout(vanish);
      fill(told, text);
      told.classList.add("shown");
      vanish = setTimeout(() => told.classList.remove("shown"), 6000);
    },
  };
  const { enter } = await import("../record/record.js");
  return enter(room, studio);
}

start().catch((error) => {
  if (!main.isConnected) document.body.replaceChildren(main);
  fill(main, h("h1", {}, "adem"), h("p", { class: "wrong", role: "alert" }, error.told ?? String(error)));
});
