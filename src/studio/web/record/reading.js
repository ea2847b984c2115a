// A whole script in one go: its words scroll at the pace of the voice while one long take is recorded.

import { address, get, toldProblem } from "../api.js";
import { fill, h } from "../dom.js";
import { number, say, time } from "../words.js";
import { onKeys } from "./keys.js";
import { meter } from "./meter.js";
import { quiet } from "./player.js";

const KEPT = "adem-studio-pace";
/** A silence of the exercise is a breath in a reading, in seconds: it is made as long as it has to be when the track is made. */
const REST = 1.5;
const PACES = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.15, 1.3, 1.5, 1.75, 2];

export async function readAloud(main, studio, recorder, session, id, toPrompter, toCuts) {
  const { voice } = session;
  const base = address`/studio/voices/${voice.language}/${voice.id}`;
  const script = await get(base + address`/scripts/${id}`);
  const phrases = script.phrases.filter(({ text }) => text !== null);
  let pace = PACES.indexOf(Number(localStorage.getItem(KEPT) ?? 1));
  if (pace < 0) pace = PACES.indexOf(1);
  let phase = "ready";
  let frame = 0;
  /** How far the words have scrolled, in seconds at the usual pace, and when that was. */
  let [at, then] = [0, 0];

  // Each phrase takes its time, and a rest after it.
  const starts = [];
  let length = 0;
  for (const phrase of phrases) {
    starts.push(length);
    length += phrase.expected + REST;
  }

  const lines = phrases.map((phrase, index) => h("li", { lang: voice.language, dir: "auto" },
    phrase.part !== phrases[index - 1]?.part && phrase.part ? h("p", { class: "part-title" }, phrase.part) : null,
    phrase.text.split("|").flatMap((part, beat) => (beat ? [h("span", { class: "beat", "aria-hidden": "true" }, "|"), part] : [part])),
    h("span", { class: "rest", "aria-hidden": "true" })));
  const box = h("div", { class: "script", tabIndex: 0, role: "region", "aria-label": say("reading.words") }, h("ol", {}, lines));
  const level = meter(recorder);
  const clock = h("span", { class: "clock", "aria-hidden": "true" });
  const told = h("p", { role: "status", class: "soft status" });
  const go = h("button", { class: "live", "data-keys": " ", "aria-keyshortcuts": "Space", onclick: () => act("record") }, h("span", {}, say("record.record")), h("kbd", { "aria-hidden": "true" }, say("key.space")));
  const slower = h("button", { onclick: () => change(-1) }, h("span", {}, say("reading.slower")), h("kbd", { "aria-hidden": "true" }, "−"));
  const faster = h("button", { onclick: () => change(1) }, h("span", {}, say("reading.faster")), h("kbd", { "aria-hidden": "true" }, "+"));
  const paceTold = h("span", { class: "soft", role: "status" });
  const back = h("button", { onclick: () => phase === "ready" && toPrompter(session) }, say("reading.back"));
  const earlier = h("section", {});
  main.append(h("h1", {}, script.title), h("p", { class: "soft" }, say("reading.how")),
    h("div", { class: "script-box" }, h("div", { class: "reader-line" }), box),
    h("div", { class: "deck" }, h("div", { class: "row levels" }, level.element, clock), h("div", { class: "row keys" }, slower, go, faster, paceTold), told),
    h("p", { class: "row" }, back), earlier);

  function change(by) {
    pace = Math.min(PACES.length - 1, Math.max(0, pace + by));
    localStorage.setItem(KEPT, String(PACES[pace]));
    fill(paceTold, say("reading.pace", { percent: number(PACES[pace] * 100) }));
  }

  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let shown = -1;

  /** Shows the words at a time: the phrase that is read is at the line. */
  function scroll() {
    let index = starts.findLastIndex((start) => start <= at);
    index = Math.max(0, index);
    const line = lines[index];
    const share = Math.min(1, (at - starts[index]) / (phrases[index].expected + REST));
    if (shown !== index) {
      lines.forEach((one, own) => (own === index ? one.setAttribute("aria-current", "true") : one.removeAttribute("aria-current")));
    }
    if (!still.matches || shown !== index) {
      box.scrollTop = line.offsetTop + line.offsetHeight * (still.matches ? 0.3 : share) - box.clientHeight / 3;
    }
    shown = index;
  }

  function run(now) {
    at = Math.min(length, at + (now - then) / 1000 * PACES[pace]);
    then = now;
    scroll();
    frame = requestAnimationFrame(run);
  }

  function buttons() {
    go.firstChild.textContent = say(phase === "recording" ? "record.stop" : "record.record");
    go.classList.toggle("on", phase === "recording");
    go.disabled = phase === "saving";
    back.disabled = phase !== "ready";
    if (phase === "ready") studio.unlock();
    else studio.lock(say("record.locked"));
  }

  function act(wish) {
    if (wish !== "record" && wish !== "foot") return;
    if (phase === "ready") {
      quiet();
      phase = "recording";
      recorder.start({ language: voice.language, voice: voice.id, session: session.id, script: script.id }, script.title);
      fill(told, say("reading.recording"));
      [at, then] = [0, performance.now()];
      frame = requestAnimationFrame(run);
      box.focus();
    } else if (phase === "recording") {
      stop();
      recorder.stop();
    }
    buttons();
  }

  function stop() {
    phase = "saving";
    cancelAnimationFrame(frame);
    fill(told, say("record.saving"));
  }

  async function showEarlier() {
    const all = (await get(`${base}/readings`)).filter((one) => one.script === script.id);
    if (!all.length) return;
    fill(earlier, h("h2", {}, say("reading.earlier")), h("ul", { class: "cuts" }, all.map((one) => h("li", { class: "row" },
      h("span", { class: "cut-text" }, new Date(one.started).toLocaleString(document.documentElement.lang)), h("span", { class: "cut-time" }, time(one.seconds)),
      h("span", { class: "soft" }, one.kept === null ? "" : say("reading.kept.before", { count: one.kept })),
      h("button", { onclick: () => phase === "ready" && toCuts(session, one) }, say("reading.cut"))))));
  }

  const guard = (event) => { if (phase !== "ready") event.preventDefault(); };
  window.addEventListener("beforeunload", guard);
  const paceKeys = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") change(1);
    else if (event.key === "-") change(-1);
  };
  document.addEventListener("keydown", paceKeys);
  const awake = await navigator.wakeLock?.request("screen").catch(() => null);
  const stops = [
    onKeys(act), level.close,
    recorder.on("level", ({ told: { seconds } }) => { if (seconds !== null && phase === "recording") clock.textContent = time(seconds); }),
    recorder.on("saved", ({ told: event }) => {
      if (event.recovered || !event.reading) return;
      phase = "ready";
      buttons();
      toCuts(session, event.reading);
    }),
    recorder.on("trouble", ({ told: event }) => {
      if (event.trouble === "not-saved" || event.trouble === "refused") {
        fill(told, h("span", { class: "wrong" }, toldProblem(event.problem)));
        if (event.trouble === "refused") {
          cancelAnimationFrame(frame);
          phase = "ready";
        }
      } else if (["unplugged", "ended", "muted", "microphone"].includes(event.trouble)) {
        if (phase === "recording") {
          stop();
          recorder.stop();
        }
        fill(told, h("span", { class: "wrong" }, say("record.trouble.microphone")));
      } else if (event.trouble === "disk") fill(told, h("span", { class: "wrong" }, say("record.trouble.disk")));
      else if (event.trouble === "over") fill(told, say(phase === "recording" ? "record.trouble.over" : "record.saving"));
      buttons();
    }),
  ];
  change(0);
  buttons();
  scroll();
  await showEarlier();
  return () => {
    cancelAnimationFrame(frame);
    window.removeEventListener("beforeunload", guard);
    document.removeEventListener("keydown", paceKeys);
    awake?.release();
    stops.forEach((end) => end());
    quiet();
    studio.unlock();
  };
}
