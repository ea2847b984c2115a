// A take after it was recorded: what the checks say, its waveform, and how it sounds alone and in its track. The other takes of the
// phrase are beside it.

import { get } from "../api.js";
import { fill, h } from "../dom.js";
import { number, say, time } from "../words.js";
import { faultList } from "./faults.js";
import { parts } from "./parts.js";
import { play, quiet } from "./player.js";
import { waveform } from "./waveform.js";

const COLUMNS = 600;

/** Fills an element with a take; `view` says which, and what is done with it. */
export async function review(element, view) {
  const { take, phrase, path, track } = view;
  const columns = await get(`${path(take.number)}/peaks?columns=${COLUMNS}`);
  const whole = take["file-seconds"];
  const drawing = waveform(columns, take.speech?.map((at) => at / whole), say("record.waveform", { number: take.number, time: time(whole) }));
  const wave = h("div", { class: "wave-box" });
  wave.append(drawing);
  const playing = h("p", { class: "playing soft", role: "status" });
  /** Whether this take was played since it is shown. */
  let heard = false;
  let turn = 0;
  const hear = (address, word, follows) => async () => {
    heard = true;
    turn += 1;
    const own = turn;
    const tell = (text) => { if (own === turn) fill(playing, text); };
    let isOver = false;
    tell(say("record.preparing"));
    try {
      await play(address, (at) => {
        drawing.head(at === null || !follows ? -1 : at / whole);
        if (at !== null) return;
        isOver = true;
        tell("");
      });
      if (!isOver) tell(say(word));
    } catch (error) {
      // What is ended before it began is no failure.
      if (error.name !== "AbortError") tell(say("record.hear.none"));
    }
  };
  const act = (name, word, key, click, kind) => h("button", { class: kind, onclick: click, data: { act: name }, "aria-keyshortcuts": key }, h("span", {}, say(word)), h("kbd", { "aria-hidden": "true" }, key));
  const rejected = take.state === "rejected";
  const unheard = take.state === "unheard";
  const hearIt = hear(`${path(take.number)}/sound`, "record.playing", true);
  /** What nobody has heard is played before it is kept. */
  const decide = (verdict) => () => {
    if (!unheard || heard) return view.decide(take.number, verdict);
    fill(decidedBox, h("p", {}, say("record.unheard.first")));
    return hearIt();
  };
  const buttons = [
    act("play", "record.play", "P", hearIt),
    rejected ? null : act("context", "record.context", "C", hear(`${path(take.number)}/context?track=${encodeURIComponent(track)}`, view.elsewhere ? "pack.playing.context" : "record.playing.context", false)),
    h("button", { class: "quiet", onclick: quiet }, say("record.quiet")),
    rejected ? null : act("part", "record.part", "R", async () => { if (!(await parts(wave, path(take.number), take, view.retake))) fill(decidedBox, h("p", {}, say("record.part.none"))); }),
    h("span", { class: "grow" }),
    take.state === "to-hear" || unheard || rejected ? act("keep", rejected ? "record.restore" : "record.keep", "K", decide("keep"), take.faults.length ? "" : "main") : null,
    rejected ? null : act("reject", "record.reject", "X", () => view.decide(take.number, "reject")),
  ];
  const used = phrase.takes.find((one) => one.used);
  const numbers = [
    ["record.length", take.speech === null ? time(whole) : take.expected ? say("record.length.of", { time: time(take.seconds), usual: time(take.expected) }) : time(take.seconds)],
    ["record.loudness", take.level === null ? "–" : take["voice-level"] === null ? say("record.lufs", { level: number(take.level, 1) }) : say("record.lufs.of", { level: number(take.level, 1), usual: number(take["voice-level"], 1) })],
    ["record.peak", take.peak === null ? "–" : say("record.dbfs", { level: number(take.peak, 1) })],
    ["record.noise", take.noise === null ? "–" : say("record.db.under", { level: number(take.noise, 0) })],
  ];
  const faults = take.faults.length ? faultList(take.faults) : null;
  const decided = rejected ? h("p", {}, say("record.rejected"))
    : unheard ? h("p", { class: "warn" }, say(`record.unheard.${take.unheard ?? "recovered"}`), " ", used && used.number !== take.number ? say(used.number > take.number ? "record.unheard.later" : "record.unheard.other", { number: used.number }) : say("record.unheard.only"))
    : !faults ? h("p", { class: "ok" }, say(view.elsewhere ? "pack.good" : "record.good"))
      : take.state === "to-hear" ? null : h("p", { class: "ok" }, say("record.kept"));
  const decidedBox = h("div", { role: "status" });
  const others = phrase.takes.length > 1
    ? h("div", { class: "row takes", role: "group", "aria-label": say("record.takes") }, phrase.takes.map((one) => h("span", { class: `take ${one.state}` },
      h("button", { class: "quiet", "aria-pressed": one.number === take.number ? "true" : "false", onclick: () => view.show(one.number) },
        say("record.take", { number: one.number }), one.state === "unheard" ? ` · ${say("record.state.unheard")}` : one.used ? ` · ${say("record.used")}` : one.state === "rejected" ? ` · ${say("record.rejected.short")}` : ""))))
    : null;
  const choose = !rejected && used && used.number !== take.number
    ? act("choose", "record.choose", "U", decide("choose")) : null;
  const hadFocus = element.contains(document.activeElement);
  const heading = h("h2", { tabIndex: -1 }, say("record.take", { number: take.number }));
  fill(element, h("div", { class: "card take-card" },
    h("div", { class: "row" }, heading, others), faults, wave,
    h("div", { class: "row" }, buttons, choose), playing, decided, decidedBox,
    h("dl", { class: "numbers" }, numbers.map(([word, text]) => h("div", {}, h("dt", {}, say(word)), h("dd", {}, text))))));
  // What was pressed is gone. The focus stays at the take, where the keys of the prompter work as before.
  if (hadFocus) heading.focus({ preventScroll: true });
}
