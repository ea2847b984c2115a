// Phrase by phrase: one large, its neighbours small, the silence around it; record, hear, keep, go on.

import { address, get, post } from "../api.js";
import { fill, h } from "../dom.js";
import { listen } from "../line.js";
import { number, say, time } from "../words.js";
import { footSwitch, learn, onKeys } from "./keys.js";
import { meter } from "./meter.js";
import { pacer } from "./pacer.js";
import { play, quiet, sounds } from "./player.js";
import { review } from "./review.js";

const KEPT = "adem-studio-place";
const KEPT_STOP = "adem-studio-auto-stop";

export async function prompter(main, studio, recorder, session, toSetup, toReading) {
  const { voice } = session;
  const base = address`/studio/voices/${voice.language}/${voice.id}`;
  const path = (phrase, take) => base + address`/takes/${phrase.script}/${phrase.id}/${take}`;
  const place = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
  let scripts = [];
  let script = null;
  let phrases = [];
  let at = 0;
  let phase = "ready";
  /** What is done when the take that is being saved has its place. */
  let afterwards = null;
  let onlyWanted = place.wanted ?? true;

  // ---- what is on the page
  const title = h("h1", { class: "for-ears" }, say("record.title"));
  const scriptChoice = h("select", { id: "script", "aria-label": say("record.script"), onchange: () => openScript(scriptChoice.value) });
  const wanted = h("input", { type: "checkbox", id: "wanted", checked: onlyWanted, onchange: () => { onlyWanted = wanted.checked; openScript(script.id); } });
  const bar = h("progress", { max: 1, value: 0, "aria-label": say("record.progress") });
  const count = h("span", { class: "soft", id: "count" });
  const card = h("section", { class: "prompt", "aria-live": "off" });
  const after = h("section", { id: "review", "aria-label": say("record.review") });
  const level = meter(recorder);
  const clock = h("span", { class: "clock", "aria-hidden": "true" });
  const button = (word, key, act, kind) => h("button", { class: kind, onclick: act, "data-keys": true, "aria-keyshortcuts": key }, h("span", {}, say(word)), h("kbd", { "aria-hidden": "true" }, key));
  const recordButton = button("record.record", "Space", () => act("record"), "live");
  const againButton = button("record.again", "A", () => act("again"));
  const nextButton = button("record.next", "Enter", () => act("next"), "main");
  const backButton = button("record.back", "←", () => act("back"));
  const skipButton = button("record.skip", "S", () => act("skip"));
  const hearButton = button("record.hear", "H", () => act("hear"));
  const told = h("p", { role: "status", "aria-live": "polite", class: "soft status" });
  const kept = JSON.parse(localStorage.getItem(KEPT_STOP) ?? "{}");
  const keepStop = () => localStorage.setItem(KEPT_STOP, JSON.stringify({ on: autoStop.checked, silence: Number(stretch.value) }));
  const autoStop = h("input", { type: "checkbox", id: "auto-stop", checked: kept.on ?? false, onchange: keepStop });
  const stretch = h("input", { type: "number", id: "stretch", min: 0.5, max: 10, step: 0.5, value: kept.silence ?? 2, onchange: keepStop, "aria-label": say("record.auto.stretch") });
  const list = h("ol", { class: "phrases" });
  const foot = h("button", { class: "quiet", onclick: learnFoot });
  const listBox = h("details", { class: "card" }, h("summary", {}, say("record.list")), list);

  main.append(title,
    h("div", { class: "row over" }, scriptChoice, h("label", { class: "row" }, wanted, say("record.wanted")), h("span", { class: "grow" }), bar, count),
    card,
    h("div", { class: "deck" }, h("div", { class: "row levels" }, level.element, clock),
      h("div", { class: "row keys" }, backButton, againButton, recordButton, nextButton, skipButton, hearButton), told),
    after, listBox,
    h("div", { class: "row" }, h("label", { class: "row" }, autoStop, say("record.auto")), stretch, h("span", {}, say("record.auto.unit"))),
    h("p", { class: "row" }, h("button", { id: "read", onclick: () => isFree() && script && toReading(session, script.id) }, say("reading.open"))),
    h("p", { class: "row" }, foot, h("button", { class: "quiet", onclick: () => phase === "ready" && toSetup() }, say("record.setup"))));

  // ---- the words on the page
  const current = () => phrases[at] ?? null;
  const isFree = () => phase === "ready" || phase === "review";
  /** How long a silence is, in words: seconds are only said where they bind. */
  const silence = (seconds) => say(seconds < 4 ? "record.silence.short" : seconds < 12 ? "record.silence.middle" : "record.silence.long");
  const withBars = (text) => text.split("|").flatMap((part, index) => (index ? [h("span", { class: "beat", "aria-hidden": "true" }, "|"), part] : [part]));
  const gap = (seconds) => h("p", { class: "gap" }, h("span", { class: "gap-line", data: { size: seconds < 4 ? "short" : seconds < 12 ? "middle" : "long" } }), silence(seconds));
  const small = (phrase, kind) => h("p", { class: `beside ${kind}`, lang: voice.language }, phrase?.text ?? "");
  let guide = null;

  function show() {
    const phrase = current();
    guide?.stop();
    guide = null;
    if (!phrase) {
      fill(card, h("p", { class: "now" }, say(onlyWanted ? "record.all.recorded" : "record.none")));
    } else {
      guide = phrase.grid ? pacer(phrase.grid) : null;
      const notes = [
        phrase.part,
        phrase.note && say("record.note", { note: phrase.note }),
        phrase.soft && say("record.soft"),
        phrase.safety && say("record.safety"),
        phrase.stale && say("record.stale", { words: phrase.stale }),
      ].filter(Boolean);
      fill(card,
        small(phrases[at - 1], "before"), phrase.before === null ? null : gap(phrase.before),
        h("p", { class: "now", id: "now", lang: voice.language }, withBars(phrase.text)),
        guide?.element,
        notes.length ? h("ul", { class: "notes" }, notes.map((note) => h("li", {}, note))) : null,
        phrase.source ? h("p", { class: "source" }, phrase.source) : null,
        gap(phrase.after), small(phrases[at + 1], "after"));
    }
    fill(list, phrases.map((one, index) => h("li", {},
      h("button", { class: "quiet", "aria-current": index === at ? "true" : undefined, onclick: () => phase === "ready" && go(index) },
        h("span", { class: `mark-state ${one.state}` }, say(`record.state.${one.state}`)), " ", one.text))));
    buttons();
  }

  function buttons() {
    const phrase = current();
    const takes = phrase?.takes.length ?? 0;
    const free = phase === "ready" || phase === "review";
    recordButton.firstChild.textContent = say(phase === "recording" ? "record.stop" : takes ? "record.again.long" : "record.record");
    recordButton.classList.toggle("on", phase === "recording");
    recordButton.disabled = !phrase || phase === "saving";
    againButton.hidden = phase !== "recording";
    nextButton.disabled = !phrase || phase === "saving";
    backButton.disabled = !free || at === 0;
    skipButton.disabled = !free || !phrase;
    hearButton.disabled = !free || !phrase;
    hearButton.firstChild.textContent = say(takes ? "record.hear.take" : phrase?.source && script.source ? "record.hear.source" : "record.hear");
    foot.textContent = footSwitch() ? say("record.foot.is", { key: footSwitch() }) : say("record.foot");
    if (phase === "recording") studio.lock(say("record.locked"));
    else studio.unlock();
  }

  function counts() {
    const whole = scripts.reduce((sum, one) => sum + one.phrases, 0);
    const left = scripts.reduce((sum, one) => sum + one.wanted.length, 0);
    bar.max = Math.max(1, whole);
    bar.value = whole - left;
    fill(count, say("record.count", { done: number(whole - left), all: number(whole) }));
    fill(scriptChoice, scripts.map((one) => h("option", { value: one.id, selected: one.id === script?.id },
      `${one.track ? `${one.track}. ` : ""}${one.title} – ${one.wanted.length ? say("record.left", { count: one.wanted.length }) : say("record.complete")}`)));
  }

  // ---- what is loaded
  async function loadCounts() {
    ({ scripts } = await get(`${base}/pickups`));
  }

  async function loadPhrases(id) {
    const found = await get(base + address`/scripts/${id}`);
    return found;
  }

  async function openScript(id, phrase) {
    script = await loadPhrases(id);
    const here = phrase ?? (current() && `${current().script}/${current().id}`);
    const spoken = script.phrases.filter(({ text }) => text !== null);
    phrases = onlyWanted ? spoken.filter((one) => one.state !== "done" || `${one.script}/${one.id}` === phrase) : spoken;
    at = Math.max(0, phrases.findIndex((one) => `${one.script}/${one.id}` === here));
    keepPlace();
    counts();
    fill(after);
    phase = "ready";
    show();
    if (current()?.takes.length) showTakes(current().takes.at(-1).number);
  }

  const keepPlace = () => sessionStorage.setItem(KEPT, JSON.stringify({ script: script?.id, phrase: current() && `${current().script}/${current().id}`, wanted: onlyWanted }));

  function go(index) {
    quiet();
    if (index < 0 || index >= phrases.length) {
      fill(told, say("record.end"));
      return;
    }
    at = index;
    phase = "ready";
    fill(after);
    fill(told);
    keepPlace();
    show();
    if (current().takes.length) showTakes(current().takes.at(-1).number);
  }

  async function refresh() {
    const phrase = current();
    const fresh = (await loadPhrases(script.id)).phrases.find((one) => one.script === phrase?.script && one.id === phrase?.id);
    if (fresh) phrases[at] = fresh;
    await loadCounts();
    counts();
  }

  // ---- recording
  /** When a take ends by itself: after a silence, but not before most of these seconds of text were said. */
  function ends(seconds) {
    const silence = Math.min(10, Math.max(0.5, Number(stretch.value) || 2));
    return autoStop.checked ? { floor: session.floor ?? null, silence, text: seconds } : null;
  }

  /** Records the phrase, or a part of one of its takes. */
  function record(part = null) {
    quiet();
    const phrase = current();
    fill(after);
    fill(told, say(part ? "record.recording.part" : "record.recording"));
    phase = "recording";
    recorder.start({ language: voice.language, voice: voice.id, session: session.id, script: phrase.script, phrase: phrase.id, part: part?.of }, phrase.text, ends(part?.seconds ?? phrase.expected));
    guide?.start();
    buttons();
  }

  function stop(then) {
    recorder.stop();
    stopped(then);
    fill(told, say("record.saving"));
  }

  function stopped(then) {
    afterwards = then;
    phase = "saving";
    guide?.stop();
    buttons();
  }

  async function saved({ told: event }) {
    if (event.recovered) return;
    if (event.part) {
      // It could not be joined, and is kept.
      clock.textContent = "";
      phase = "ready";
      show();
      await showTakes(current().takes.at(-1).number);
      fill(told, h("span", { class: "warn" }, say("record.part.alone", { file: event.part.file })));
      return;
    }
    if (!event.phrase) return;
    clock.textContent = "";
    const then = afterwards;
    afterwards = null;
    phase = "review";
    if (then === "again") {
      await refresh();
      record();
      return;
    }
    await refresh();
    show();
    fill(told, say("record.saved", { number: event.number, time: time(event.seconds) }));
    const good = await showTakes(event.number, then !== "next");
    if (good && then === "next") go(at + 1);
  }

  /** Shows the takes of the phrase with one of them in front. A take without a fault is kept by itself. */
  async function showTakes(which, fresh = false) {
    const phrase = current();
    try {
      const take = await get(path(phrase, which));
      if (take.state === "to-hear" && take.faults.length === 0) {
        await post(`${path(phrase, which)}/decide`, { verdict: "keep" });
        take.state = "accepted";
        await refresh();
      }
      if (phrase.id !== current()?.id) return true;
      await review(after, {
        take, phrase: current(), path: (number) => path(phrase, number), track: script.id, fresh,
        show: (number) => showTakes(number),
        retake: (of, seconds) => isFree() && record({ of, seconds }),
        async decide(number, verdict) {
          await post(`${path(phrase, number)}/decide`, { verdict });
          await refresh();
          show();
          await showTakes(number);
        },
      });
      buttons();
      return take.faults.length === 0;
    } catch (error) {
      fill(after, h("p", { class: "card wrong", role: "alert" }, error.told ?? String(error)));
      return false;
    }
  }

  async function hear() {
    if (sounds()) return quiet();
    const phrase = current();
    const used = phrase.takes.findLast(({ state }) => state !== "rejected") ?? phrase.takes.at(-1);
    const draft = base + address`/draft/${phrase.script}/${phrase.id}/sound`;
    const first = used ? `${path(phrase, used.number)}/sound`
      : script.source ? address`/studio/voices/${script.source.language}/${script.source.voice}/used/${phrase.script}/${phrase.id}/sound`
        : draft;
    // Where nobody has recorded it, a machine says it.
    await play(first).catch(() => play(draft)).catch(() => fill(told, say("record.hear.none")));
  }

  // ---- what is pressed
  function act(wish) {
    const free = phase === "ready" || phase === "review";
    if (!current() && wish !== "back") return;
    if (wish === "foot") wish = phase === "recording" ? "record" : phase === "review" ? "next" : "record";
    if (wish === "record") {
      if (phase === "recording") stop(null);
      else if (free) record();
    } else if (wish === "again" && phase === "recording") stop("again");
    else if (wish === "again" && free) record();
    else if (wish === "next") {
      if (phase === "recording") stop("next");
      else if (free) go(at + 1);
    } else if (wish === "skip" && free) go(at + 1);
    else if (wish === "back" && free) go(at - 1);
    else if (wish === "hear" && free) hear();
    else if (free) after.querySelector(`[data-act=${wish}]`)?.click();
  }

  async function learnFoot() {
    foot.textContent = say("record.foot.press");
    await learn();
    buttons();
  }

  // ---- what happens
  const stops = [
    onKeys(act),
    level.close,
    recorder.on("saved", saved),
    recorder.on("saving", ({ told: { byItself } }) => {
      if (!byItself || phase !== "recording") return;
      stopped(null);
      fill(told, say("record.auto.stopped"));
    }),
    recorder.on("level", ({ told: { seconds } }) => { if (seconds !== null && phase === "recording") clock.textContent = time(seconds); }),
    recorder.on("trouble", ({ told: event }) => {
      if (event.trouble === "not-saved" || event.trouble === "refused") {
        fill(told, h("span", { class: "wrong" }, `${event.problem.title}${event.problem.detail ? `; ${event.problem.detail}` : ""}`));
        if (event.trouble === "refused") { phase = "ready"; buttons(); }
      } else if (["unplugged", "ended", "muted", "microphone"].includes(event.trouble)) {
        if (phase === "recording") stop(null);
        fill(told, h("span", { class: "wrong" }, say("record.trouble.microphone")));
      } else if (event.trouble === "over") fill(told, say(phase === "recording" ? "record.trouble.over" : "record.saving"));
      else if (event.trouble === "disk") fill(told, h("span", { class: "wrong" }, say("record.trouble.disk")));
      else if (event.trouble === "copy") fill(told, h("span", { class: "warn" }, say("record.trouble.copy")));
    }),
    listen(({ event }) => { if (event === "lost") refresh(); }),
  ];
  const guard = (event) => { if (phase === "recording" || phase === "saving") event.preventDefault(); };
  window.addEventListener("beforeunload", guard);
  let awake = await navigator.wakeLock?.request("screen").catch(() => null);
  navigator.storage?.persist?.();
  stops.push(() => window.removeEventListener("beforeunload", guard), () => awake?.release(), quiet, () => guide?.stop(), () => studio.unlock());

  await loadCounts();
  const first = scripts.find(({ id }) => id === place.script) ?? scripts.find((one) => one.wanted.length) ?? scripts[0];
  if (first) await openScript(first.id, place.phrase);
  else fill(card, h("p", {}, say("record.none")));
  return () => stops.forEach((end) => end());
}
