// What was recorded goes into one zip that the browser saves: `adem voice import` takes it in. Nothing is sent by this page itself.

import { fill, h, switchOff } from "../dom.js";
import { number, say, sayParts, time } from "../words.js";
import { wavHead } from "./wav.js";
import { zipOf } from "./zip.js";

const MEGABYTE = 1e6;
/** Less room than for so many minutes is told as little. */
const LITTLE = 30;
/** From so many on they are not counted. */
const MUCH = 300;
/** Letters of mail carry so much, in megabytes. */
const BY_MAIL = 20;

/** What the zip says of itself: the first file in it. */
export function manifest(pack, index) {
  const partOf = ({ script, phrase, part }) => {
    const of = part && index.takes.find((one) => one.script === script && one.phrase === phrase && one.number === part.take);
    return of ? { take: of.take, from: part.from, to: part.to } : undefined;
  };
  const take = ({ take, session, script, phrase, text, rate, frames, started, state, told, ...more }) =>
    ({ take, session, script, phrase, text, rate, frames, "pre-roll": more["pre-roll"], started, state, told, way: more.way, drops: more.drops, unheard: more.unheard, part: partOf({ script, phrase, ...more }) });
  return {
    adem: "recorded",
    version: 1,
    app: pack.app,
    course: pack.course.title,
    language: pack.language.tag,
    voice: pack.voice?.id ?? null,
    person: index.person ?? pack.voice?.name ?? "",
    sessions: index.sessions.map(({ id, key, started, begun }) => ({ id, key, started, begun })),
    takes: index.takes.map(take),
  };
}

/** The zip of everything that was recorded. */
export async function zipped(pack, store, progress) {
  const index = await store.index();
  const files = [{ name: "adem-recorded.json", blob: new Blob([JSON.stringify(manifest(pack, index))]) }];
  for (const { take, rate, frames } of index.takes) {
    const samples = (await store.samples(take)).slice(0, frames * 4);
    files.push({ name: `takes/${take}.wav`, blob: new Blob([wavHead(rate, frames), samples]) });
  }
  const whole = files.reduce((sum, { blob }) => sum + blob.size, 0);
  let done = 0;
  const zip = await zipOf(files, (bytes) => {
    done += bytes;
    progress(done / whole);
  });
  const plain = (pack.voice?.id ?? index.person ?? "voice").normalize("NFD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return { zip, name: `takes-${pack.language.tag}-${plain || "voice"}.zip`, takes: index.takes.filter(({ script }) => script).length };
}

/** The part of the page that sends; `look` shows it anew. */
export function sender(pack, store) {
  const button = h("button", { class: "main", id: "send-button", onclick: send }, say("pack.send"));
  const count = h("p", { id: "send-count" });
  const room = h("p", {});
  const told = h("div", { role: "status", id: "sent" });
  const bar = h("progress", { max: 1, value: 0, hidden: true, "aria-label": say("pack.send.progress") });
  const element = h("section", { class: "card step", id: "send", hidden: true }, h("h2", {}, say("pack.send.title")), count, h("div", { class: "row" }, button, bar), told, room);
  let link = null;

  async function look() {
    const { takes, sent } = await store.index();
    const phrases = takes.filter(({ script }) => script);
    const seconds = phrases.reduce((sum, { frames, rate }) => sum + frames / rate, 0);
    element.hidden = phrases.length === 0;
    const fresh = phrases.length - (sent?.takes ?? 0);
    fill(count, say(phrases.length === 1 ? "pack.send.one" : "pack.send.count", { takes: number(phrases.length), time: time(seconds) }), " ",
      !sent ? say("pack.send.never") : fresh > 0 ? say("pack.send.new", { takes: number(fresh), day: day(sent.at) }) : say("pack.send.all", { day: day(sent.at) }));
    const { quota = 0, usage = 0 } = await navigator.storage.estimate();
    const rate = takes.at(-1)?.rate ?? 48000;
    const minutes = Math.max(0, quota - usage) / (rate * 4 * 60);
    const isKept = await navigator.storage.persisted();
    fill(room, h("span", { class: minutes < LITTLE ? "warn" : "soft" }, say(minutes < LITTLE ? "pack.room.little" : minutes < MUCH ? "pack.room" : "pack.room.much", { minutes: number(Math.floor(minutes)) })),
      " ", isKept ? null : h("span", { class: "soft" }, say("pack.room.kept")));
  }

  const day = (at) => new Date(at).toLocaleDateString(document.documentElement.lang, { day: "numeric", month: "long" });

  async function send() {
    switchOff(button, true);
    bar.hidden = false;
    try {
      const { zip, name, takes } = await zipped(pack, store, (share) => { bar.value = share; });
      if (link) URL.revokeObjectURL(link);
      link = URL.createObjectURL(zip);
      h("a", { href: link, download: name }).click();
      await store.change((index) => { index.sent = { at: Date.now(), takes }; });
      const size = zip.size / MEGABYTE;
      fill(told, h("p", { class: "ok" }, say("pack.sent", { name, size: number(size, size < 10 ? 1 : 0) })), h("p", {}, say(size > BY_MAIL ? "pack.sent.large" : "pack.sent.how")), h("p", { class: "soft" }, say("pack.sent.stays")));
      await look();
    } catch (error) {
      fill(told, h("p", { class: "wrong" }, sayParts("pack.send.failed", { why: h("q", { lang: "en" }, String(error.message ?? error)) })));
    }
    bar.hidden = true;
    switchOff(button, false);
  }

  return { element, look };
}
