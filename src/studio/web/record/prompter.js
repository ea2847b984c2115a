// Phrase by phrase: one large, its neighbours small, the silence around it; record, hear, keep, go on.

import { address, get, post, toldProblem } from "../api.js";
import { fill, h } from "../dom.js";
import { listen } from "../line.js";
import { number, say, time } from "../words.js";
import { areLettersKeys, footSwitch, learn, onKeys, setLettersKeys } from "./keys.js";
import { meter } from "./meter.js";
import { pacer } from "./pacer.js";
import { play, quiet, sounds } from "./player.js";
import { review } from "./review.js";

const KEPT = "adem-studio-place";
/** A take that is stopped sooner than this was begun by a slip, in milliseconds. */
const SLIP = 500;
const KEPT_STOP = "adem-studio-auto-stop";

export async function prompter(main, studio, recorder, session, toSetup, toReading, toKept) {
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
  /** All phrases of the script that have words: the neighbours of one are those of the script. */
  let spoken = [];
  let began = 0;
  /** The take that is shown. */
  let front = null;

  // ---- what is on the page
  const title = h("h1", { class: "for-ears" }, say("record.title"));
  const scriptChoice = h("select", { id: "script", "aria-label": say("record.script"), onchange: () => openScript(scriptChoice.value) });
  const wanted = h("input", { type: "checkbox", id: "wanted", checked: onlyWanted, onchange: () => { onlyWanted = wanted.checked; openScript(script.id); } });
  const bar = h("progress", { max: 1, value: 0, "aria-label": say("record.progress") });
  const count = h("span", { class: "soft", id: "count" });
  const card = h("section", { class: "prompt", "aria-live": "off", tabIndex: -1 });
  const after = h("section", { id: "review", "aria-label": say("record.review") });
  const level = meter(recorder);
  const clock = h("span", { class: "clock", "aria-hidden": "true" });
  const button = (word, key, act, kind, own) => h("button", { class: kind, onclick: act, "data-keys": own, "aria-keyshortcuts": key }, h("span", {}, say(word)), h("kbd", { "aria-hidden": "true" }, key === "Space" ? say("key.space") : key));
  const recordButton = button("record.record", "Space", () => act("record"), "live", " ");
  const againButton = button("record.again", "A", () => act("again"));
  const nextButton = button("record.next", "Enter", () => act("next"), "main", "Enter");
  const backButton = button("record.back", "←", () => act("back"));
  const skipButton = button("record.skip", "S", () => act("skip"));
  const hearButton = button("record.hear", "H", () => act("hear"));
  const originalButton = button("record.hear.source", "O", () => act("original"));
  const told = h("p", { role: "status", "aria-live": "polite", class: "soft status" });
  const kept = JSON.parse(localStorage.getItem(KEPT_STOP) ?? "{}");
  const keepStop = () => localStorage.setItem(KEPT_STOP, JSON.stringify({ on: autoStop.checked, silence: Number(stretch.value) }));
  const autoStop = h("input", { type: "checkbox", id: "auto-stop", checked: kept.on ?? false, onchange: keepStop });
  const stretch = h("input", { type: "number", id: "stretch", min: 0.5, max: 10, step: 0.5, value: kept.silence ?? 2, onchange: keepStop, "aria-label": say("record.auto.stretch") });
  const list = h("ol", { class: "phrases" });
  const foot = h("button", { class: "quiet", onclick: learnFoot });
  const listBox = h("details", { class: "card" }, h("summary", {}, say("record.list")), list);

  fill(main, title,
    h("div", { class: "row over" }, scriptChoice, h("label", { class: "row" }, wanted, say("record.wanted")), h("span", { class: "grow" }), bar, count),
    card,
    h("div", { class: "deck" }, h("div", { class: "row levels" }, level.element, clock),
      h("div", { class: "row keys" }, backButton, againButton, recordButton, nextButton, skipButton, hearButton, originalButton), told),
    after, listBox,
    h("div", { class: "row" }, h("label", { class: "row" }, autoStop, say("record.auto")), stretch, h("span", {}, say("record.auto.unit"))),
    studio.elsewhere ? null : h("p", { class: "row" }, h("button", { id: "read", onclick: () => isFree() && script && toReading(session, script.id) }, say("reading.open"))),
    h("label", { class: "row" }, h("input", { type: "checkbox", id: "letters", checked: areLettersKeys(), onchange: ({ target }) => setLettersKeys(target.checked) }), say("record.letters")),
    h("p", { class: "row" }, foot, h("button", { class: "quiet", onclick: () => phase === "ready" && toSetup() }, say("record.setup")),
      studio.elsewhere ? null : h("button", { class: "quiet", id: "kept", onclick: () => isFree() && toKept(session) }, say("kept.open"))));

  // ---- the words on the page
  const current = () => phrases[at] ?? null;
  const isSame = (phrase) => (one) => one.script === phrase?.script && one.id === phrase?.id;
  /** Whether a phrase is still the one in front: a page may have gone on while something was asked. */
  const isHere = (phrase) => Boolean(current()) && isSame(phrase)(current());
  const isFree = () => phase === "ready" || phase === "review";
  /** How long a silence is, in words: seconds are only said where they bind. */
  const silence = (seconds) => say(seconds < 4 ? "record.silence.short" : seconds < 12 ? "record.silence.middle" : "record.silence.long");
  const withBars = (text) => text.split("|").flatMap((part, index) => (index ? [h("span", { class: "beat", "aria-hidden": "true" }, "|"), part] : [part]));
  const gap = (seconds) => h("p", { class: "gap" }, h("span", { class: "gap-line", data: { size: seconds < 4 ? "short" : seconds < 12 ? "middle" : "long" } }), silence(seconds));
  const small = (phrase, kind) => h("p", { class: `beside ${kind}`, lang: voice.language, dir: "auto" }, phrase?.text ?? "");
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
        small(spoken[spoken.findIndex(isSame(phrase)) - 1], "before"), phrase.before === null ? null : gap(phrase.before),
        h("p", { class: "now", id: "now", lang: voice.language, dir: "auto" }, withBars(phrase.text)),
        guide?.element,
        notes.length ? h("ul", { class: "notes" }, notes.map((note) => h("li", {}, note))) : null,
        phrase.source ? h("p", { class: "source" }, phrase.source) : null,
        gap(phrase.after), small(spoken[spoken.findIndex(isSame(phrase)) + 1], "after"));
    }
    const inList = list.contains(document.activeElement);
    fill(list, phrases.map((one, index) => h("li", {},
      h("button", { class: "quiet", "aria-current": index === at ? "true" : undefined, onclick: () => isFree() && go(index) },
        h("span", { class: `mark-state ${one.state}` }, say(`record.state.${one.state}`)), " ", one.text))));
    if (inList) card.focus();
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
    // Elsewhere only what was sent along is heard.
    const hasSound = !studio.elsewhere || Boolean(phrase?.sound ?? phrase?.machine);
    const isOriginal = phrase?.source && script.source && !(studio.elsewhere && !phrase.sound);
    hearButton.hidden = !takes && !hasSound;
    // Once there is a take, the original or the machine has a button of its own.
    originalButton.hidden = !takes || !hasSound;
    originalButton.disabled = !free;
    originalButton.firstChild.textContent = say(isOriginal ? "record.hear.source" : "record.hear.machine");
    hearButton.firstChild.textContent = say(takes ? "record.hear.take" : isOriginal ? "record.hear.source" : "record.hear");
    foot.textContent = footSwitch() ? say("record.foot.is", { key: footSwitch() }) : say("record.foot");
    if (phase === "recording") studio.lock(say("record.locked"));
    else studio.unlock();
  }

  function counts() {
    const counted = (list) => {
      const all = list.reduce((sum, one) => sum + one.phrases, 0);
      return { all, done: all - list.reduce((sum, one) => sum + one.wanted.length, 0) };
    };
    const shown = ({ done, all }) => ({ done: number(done), all: number(all) });
    const whole = counted(scripts);
    const own = scripts.find(({ id }) => id === script?.id);
    const here = own ? counted([own]) : whole;
    bar.max = Math.max(1, here.all);
    bar.value = here.done;
    fill(count, say("record.count", shown(here)), own && scripts.length > 1 ? ` · ${say("record.count.course", shown(whole))}` : "");
    // What has no recording, as the desk counts it, and what has one that is not good.
    const left = ({ wanted, unrecorded }) => [
      unrecorded ? say("record.left", { count: unrecorded }) : null,
      wanted.length > unrecorded ? say("record.left.again", { count: wanted.length - unrecorded }) : null,
    ].filter(Boolean).join(", ") || say("record.complete");
    const option = (one, left) => h("option", { value: one.id, selected: one.id === script?.id }, `${one.track ? `${one.track}. ` : ""}${one.title} – ${left}`);
    fill(scriptChoice, scripts.map((one) => option(one, left(one))),
      !script || scripts.some(({ id }) => id === script.id) ? null : option(script, say("desk.closed")));
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
    spoken = script.phrases.filter(({ text }) => text !== null);
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
      const isWhole = !studio.elsewhere && scripts.some(({ id, wanted }) => id === script.id && wanted.length === 0);
      const desk = `#desk/${encodeURIComponent(script.id)}?${new URLSearchParams({ language: voice.language, voice: voice.id })}`;
      fill(told, say("record.end"), isWhole ? [" ", h("a", { href: desk }, say("record.end.desk"))] : null);
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

  /** Reads a phrase and the counts again; the page may have gone on to another by then. */
  async function refresh(phrase = current()) {
    const fresh = (await loadPhrases(script.id)).phrases.find(isSame(phrase));
    for (const all of [phrases, spoken]) {
      const index = all.findIndex(isSame(phrase));
      if (fresh && index >= 0) all[index] = fresh;
    }
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
    began = performance.now();
    recorder.start({ language: voice.language, voice: voice.id, session: session.id, script: phrase.script, phrase: phrase.id, part: part?.of }, phrase.text, ends(part?.seconds ?? phrase.expected));
    guide?.start();
    buttons();
  }

  /** Whoever stops as soon as it has begun has said nothing. */
  const isSlip = () => performance.now() - began < SLIP;

  function slipped() {
    recorder.discard();
    guide?.stop();
    phase = "ready";
    clock.textContent = "";
    show();
    fill(told, say("record.slip"));
    if (current().takes.length) showTakes(current().takes.at(-1).number);
  }

  function stop(then, cut = false) {
    recorder.stop(cut);
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
    decidedNow();
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
    const phrase = { script: event.script, id: event.phrase };
    const number = event.number;
    afterwards = null;
    // Whoever wants to goes on at once.
    phase = "review";
    buttons();
    fill(told, say("record.saved", { number, time: time(event.seconds) }));
    try {
      await refresh(phrase);
    } catch (error) {
      // It is saved all the same: somebody has made a mistake in a file of the course meanwhile.
      if (!isHere(phrase) || phase !== "review") return;
      fill(told, say("record.saved", { number, time: time(event.seconds) }), h("span", { class: "warn" }, ` ${say("record.saved.later")} `, error.told ?? String(error)));
      if (then === "again") record();
      else if (then === "next") go(at + 1);
      return;
    }
    if (!isHere(phrase) || phase !== "review") return;
    if (then === "again") {
      record();
      return;
    }
    show();
    const good = await showTakes(number, then !== "next");
    if (good && then === "next" && isHere(phrase) && isFree()) go(at + 1);
  }

  /** Shows the takes of the phrase with one of them in front. A take without a fault is kept by itself. */
  async function showTakes(which, fresh = false) {
    const phrase = current();
    front = which;
    try {
      const take = await get(path(phrase, which));
      if (take.state === "to-hear" && take.faults.length === 0) {
        decidedNow();
        await post(`${path(phrase, which)}/decide`, { verdict: "keep" });
        take.state = "accepted";
        await refresh(phrase);
      } else if (["to-hear", "unheard"].includes(take.state) && take.faults.some(({ kind }) => kind === "unusable")) {
        // Nobody speaks in it: used, it would stop the whole track.
        decidedNow();
        await post(`${path(phrase, which)}/decide`, { verdict: "reject" });
        take.state = "rejected";
        await refresh(phrase);
        if (isHere(phrase)) fill(told, say("record.silent"));
      }
      if (!isHere(phrase) || phase === "recording") return true;
      await review(after, {
        take, phrase: current(), path: (number) => path(phrase, number), track: script.id, fresh, elsewhere: studio.elsewhere,
        show: (number) => showTakes(number),
        // A page without the studio has no other way to find the words again.
        retake: (of, seconds, where) => isFree() && isHere(phrase) && record({ of: studio.elsewhere ? { ...of, ...where } : of, seconds }),
        async decide(number, verdict) {
          try {
            decidedNow();
            await post(`${path(phrase, number)}/decide`, { verdict });
            await refresh(phrase);
          } catch (error) {
            fill(told, h("span", { class: "wrong" }, error.told ?? String(error)));
            return;
          }
          if (!isHere(phrase) || !isFree()) return show();
          show();
          await showTakes(number);
        },
      });
      buttons();
      return take.faults.length === 0 && take.state !== "unheard";
    } catch (error) {
      if (isHere(phrase)) fill(after, h("p", { class: "card wrong", role: "alert" }, error.told ?? String(error)));
      return false;
    }
  }

  // ---- what another page does
  let decided = 0;
  let waiting = 0;
  const decidedNow = () => { decided = performance.now(); };

  /** A take came or was decided about; what this page did itself it knows. */
  function elsewhere({ voice: folder, phrase }) {
    if (folder !== `voice/${voice.language}/${voice.id}` || performance.now() - decided < 3000 || !isFree()) return;
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const here = current();
      if (!here || !isFree()) return;
      await refresh(phrases.find((one) => `${one.script}/${one.id}` === phrase) ?? here).catch(() => {});
      if (!isHere(here) || !isFree() || sounds()) return;
      show();
      if (`${here.script}/${here.id}` !== phrase || !current().takes.length) return;
      await showTakes(current().takes.some(({ number }) => number === front) ? front : current().takes.at(-1).number);
    }, 300);
  }

  const wordsOf = (one) => JSON.stringify([one.title, one.phrases.map(({ script, id, text }) => [script, id, text])]);
  let reading = 0;

  /** The course is other than it was: scripts have come, were closed or mended, and words may be other. */
  function courseChanged() {
    clearTimeout(reading);
    reading = setTimeout(() => readAgain().catch(() => {}), 300);
  }

  async function readAgain() {
    // Not before what is recorded now has its place.
    if (!isFree()) return courseChanged();
    await loadCounts();
    // One that is closed stays on the page: who speaks goes on.
    const isOpen = scripts.some(({ id }) => id === script?.id);
    const isOther = isOpen && wordsOf(await loadPhrases(script.id)) !== wordsOf(script);
    if (!isFree()) return courseChanged();
    if (isOther || (!script && scripts.length)) await openScript(script?.id ?? scripts[0].id);
    else counts();
  }

  async function hear(original = false) {
    if (sounds()) return quiet();
    const phrase = current();
    const used = original ? null : phrase.takes.findLast(({ state }) => state !== "rejected") ?? phrase.takes.at(-1);
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
      if (phase === "recording") isSlip() ? slipped() : stop(null);
      else if (free) record();
    } else if (wish === "again" && phase === "recording") stop("again");
    else if (wish === "again" && free) record();
    else if (wish === "next") {
      if (phase === "recording") stop("next");
      else if (free) go(at + 1);
    } else if (wish === "skip" && free) go(at + 1);
    else if (wish === "back" && free) go(at - 1);
    else if (wish === "hear" && free) hear();
    else if (wish === "original" && free) hear(true);
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
        fill(told, h("span", { class: "wrong" }, toldProblem(event.problem)));
        if (event.trouble === "refused") { phase = "ready"; buttons(); }
      } else if (["unplugged", "ended", "muted", "microphone"].includes(event.trouble)) {
        if (phase === "recording") stop(null, true);
        fill(told, h("span", { class: "wrong" }, say("record.trouble.microphone")));
      } else if (event.trouble === "over") fill(told, say(phase === "recording" ? "record.trouble.over" : "record.saving"));
      else if (event.trouble === "disk") fill(told, h("span", { class: "wrong" }, say(!studio.elsewhere ? "record.trouble.disk" : event.written ? "pack.trouble.disk" : "pack.trouble.disk.none", { time: time(event.written) })));
      else if (event.trouble === "copy") fill(told, h("span", { class: "warn" }, say("record.trouble.copy")));
    }),
    listen((event) => {
      if (event.event === "lost") refresh().catch(() => {});
      if (event.event === "lost" || event.event === "course") courseChanged();
      else if (event.event === "takes") elsewhere(event);
    }),
  ];
  const guard = (event) => { if (phase === "recording" || phase === "saving") event.preventDefault(); };
  window.addEventListener("beforeunload", guard);
  let awake = await navigator.wakeLock?.request("screen").catch(() => null);
  navigator.storage?.persist?.();
  stops.push(() => window.removeEventListener("beforeunload", guard), () => awake?.release(), quiet, () => guide?.stop(), () => clearTimeout(reading), () => studio.unlock());

  await loadCounts();
  const first = scripts.find(({ id }) => id === place.script) ?? scripts.find((one) => one.wanted.length) ?? scripts[0];
  if (first) await openScript(first.id, place.phrase);
  else fill(card, h("p", {}, say("record.none")));
  // Whoever came with a button that is gone goes on from the phrase.
  if (document.activeElement === document.body) card.focus({ preventScroll: true });
  // And sees it, wherever the page before was scrolled to.
  card.scrollIntoView({ block: "center" });
  return () => stops.forEach((end) => end());
}
