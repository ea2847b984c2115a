// The script as it is written: its parts, and in each the steps with their words, pauses and settings. Every change is one edit.

import { fill, h } from "../dom.js";
import { say, time } from "../words.js";
import { askPart, askRepeat, askStep } from "./add.js";

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, "0")}`;
/** A pause is written once its slider has been still for so long, in milliseconds. */
const STILL = 300;
export const keyOf = (step) => `${step.file}:${step.at}`;

/** Whether a pause has one length in every version. One of no length can become one that bends. */
const isStiff = (pause) => pause.fixed && pause.natural > 0;

/** How far a pause can be drawn, in seconds; null for one that is not drawn. */
export function limitsOf(step) {
  const pause = step?.pause;
  if (!pause || pause.fill || isStiff(pause)) return null;
  const most = pause.own_most && pause.most !== null ? pause.most : Math.max(12, Math.ceil(pause.natural * 3));
  return { natural: pause.natural, least: pause.own_least ? pause.least : Math.min(0.5, pause.natural), most };
}

/** All steps of parts, also those within others. */
export function allSteps(parts) {
  const within = (steps) => steps.flatMap((step) => [step, ...within(step.steps ?? [])]);
  return parts.flatMap((part) => within(part.steps));
}

/**
 * `on` has `play(seconds)`, `edit(step, change, base, done)`, `preview(wish)`, and `drag(step, seconds)`; `open` is the set of steps whose
 * settings are shown, and `typed` what is typed and not saved yet, by step.
 */
export function makeSteps(on) {
  const list = h("div", { class: "script" });
  const open = new Set();
  const openParts = new Set();
  const typed = new Map();
  /** Where pauses were moved to that are not written yet, in seconds, by step. */
  const moved = new Map();
  /** What the last edit has to say, below its step. */
  const said = h("p", { class: "said under", role: "alert" });
  let sheet = null;
  let times = new Map();
  let pauses = new Map();
  let left = new Map();

  const nameOf = (step) => step.phrase?.id ?? keyOf(step);
  const itemId = (name) => `step-${name.replaceAll(/[^\w-]/g, "-")}`;

  function read() {
    const rate = sheet.timeline.rate;
    [times, pauses, left] = [new Map(), new Map(), new Map()];
    for (const event of sheet.timeline.events) {
      if (event.kind === "phrase" && !times.has(event.id)) times.set(event.id, event.start / rate);
    }
    for (const pause of sheet.timeline.pauses) {
      const key = `${pause.file}:${pause.at}`;
      if (pause.file && !pauses.has(key)) pauses.set(key, { start: pause.start / rate, seconds: pause.frames / rate });
    }
    for (const one of sheet.timeline.left_out) left.set(one.id, one.why);
  }

  function wordsField(step) {
    const name = nameOf(step);
    const kept = typed.get(name);
    const field = h("textarea", {
      class: "words", rows: 1, value: kept?.text ?? step.phrase.text, lang: sheet.track.language, dir: "auto", spellcheck: true,
      "aria-label": say("desk.words", { id: step.phrase.id ?? "" }), data: { focus: `${name} words` },
      oninput: () => {
        const before = typed.get(name) ?? { base: sheet.files[step.file], step };
        if (field.value === step.phrase.text) typed.delete(name);
        else typed.set(name, { ...before, text: field.value });
        // A step that this edit has moved is written where it is then.
        if (sheet.files[step.file] === before.base) on.preview({ file: step.file, edit: { change: "reword", step: step.at, text: field.value } });
      },
      onchange: () => save(),
      onkeydown: (event) => {
        if (event.key === "Enter") {
          event.preventDefault();
          save();
        } else if (event.key === "Escape") {
          typed.delete(name);
          field.value = step.phrase.text;
          on.preview(null);
        }
      },
    });
    async function save() {
      const wanted = typed.get(name);
      if (!wanted || wanted.sent) return;
      wanted.sent = true;
      const done = await on.edit(wanted.step, (at, taken) => ({ change: "reword", step: taken ? at(wanted.step) : wanted.step.at, text: wanted.text }), () => wanted.base, () => typed.delete(name));
      if (!done) wanted.sent = false;
    }
    return field;
  }

  function pauseRow(step) {
    const { pause } = step;
    const limits = limitsOf(step);
    const here = pauses.get(keyOf(step));
    const now = here ? say("desk.pause.here", { now: time(here.seconds) }) : "";
    if (!limits) {
      const told = pause.fill ? say("desk.pause.fill") : say("desk.pause.fixed", { now: time(pause.natural) });
      return h("p", { class: "pause-row soft" }, told, " ", now);
    }
    const told = h("span", { class: "told" });
    const show = (natural) => fill(told, say("desk.silence"), " ", h("b", {}, time(natural)), h("span", { class: "soft" }, " · ", say("desk.pause.range", {
      least: time(pause.own_least ? pause.least : Math.min(natural, Math.max(0.6, natural / 2))),
      most: pause.most === null ? say("desk.endless") : time(pause.own_most ? pause.most : natural * 2),
    }), now ? ` · ${now}` : ""));
    const slider = h("input", {
      type: "range", min: limits.least, max: limits.most, step: 0.5, value: pause.natural,
      "aria-label": say("desk.pause"), "aria-valuetext": time(pause.natural), data: { focus: `${keyOf(step)} pause` },
      oninput: () => {
        const seconds = Number(slider.value);
        slider.setAttribute("aria-valuetext", time(seconds));
        show(seconds);
        on.drag(step, seconds);
      },
      onchange: () => move(step, Number(slider.value)),
    });
    const shown = moved.get(keyOf(step))?.seconds ?? pause.natural;
    slider.value = String(shown);
    show(shown);
    return h("div", { class: "pause-row" }, slider, told);
  }

  /** Writes where a pause was moved to, once it has not been moved on for a moment: keys move it in steps. */
  function move(step, seconds) {
    const key = keyOf(step);
    const own = { seconds };
    clearTimeout(moved.get(key)?.waits);
    own.waits = setTimeout(async () => {
      own.waits = null;
      if (seconds === step.pause.natural) on.drag(step, null);
      else await on.edit(step, (at) => ({ change: "pause", step: at(step), natural: seconds }), undefined, () => { if (moved.get(key) === own) moved.delete(key); });
      if (moved.get(key) === own) moved.delete(key);
    }, STILL);
    moved.set(key, own);
  }

  function number(step, label, value, change, attributes = {}, typing = () => {}) {
    const field = h("input", {
      type: "number", min: 0, step: 0.5, value: value ?? "", ...attributes,
      oninput: () => { if (isRight()) typing(Number(field.value)); },
      onchange: () => {
        if (isRight()) {
          change(Number(field.value));
          return;
        }
        field.value = value ?? "";
        on.preview(null);
        tell(step, h("span", { class: "wrong" }, say(field.step === "1" ? "desk.number.whole" : "desk.number", { least: field.min })));
      },
    });
    // Half seconds are the steps of the arrows; any part of one can be typed.
    const isRight = () => field.value !== "" && !field.validity.rangeUnderflow && !field.validity.rangeOverflow && (field.step !== "1" || !field.validity.stepMismatch);
    return h("label", {}, h("span", {}, label), field);
  }

  function settings(step) {
    /** Names a field, so that it has the focus again when the page shows the edit. */
    const focus = (key) => ({ data: { focus: `${nameOf(step)} ${key}` } });
    const set = (key, value) => on.edit(step, (at) => ({ change: "set", step: at(step), key, value }));
    const { phrase, pause } = step;
    const check = (key) => h("label", { class: "check" }, h("input", { type: "checkbox", checked: phrase[key], ...focus(key), onchange: ({ target }) => set(key, target.checked) }), say(`desk.${key}`));
    const parts = [];
    if (phrase) {
      parts.push(h("label", {}, h("span", {}, say("desk.keep")), h("select", { ...focus("keep"), onchange: ({ target }) => set("keep", target.value), disabled: phrase.safety },
        ["light", "full", "long"].map((level) => h("option", { value: level, selected: level === phrase.keep }, say(`desk.keep.${level}`))))));
      parts.push(h("label", {}, h("span", {}, say("desk.worth")), h("select", { ...focus("worth"), onchange: ({ target }) => set("worth", Number(target.value)) },
        [1, 2, 3, 4, 5, 6, 7, 8, 9].map((worth) => h("option", { value: worth, selected: worth === phrase.worth }, String(worth))))));
      parts.push(check("safety"), check("hard"), check("soft"));
      const note = h("input", { type: "text", ...focus("note"), value: phrase.note ?? "", onchange: () => set("note", note.value) });
      parts.push(h("label", { class: "wide" }, h("span", {}, say("desk.note")), note));
    }
    if (pause && !pause.fill && !isStiff(pause)) {
      const wanted = (key) => (seconds) => on.edit(step, (at) => ({ change: "pause", step: at(step), [key]: seconds }));
      const typing = (key) => (seconds) => on.preview({ file: step.file, edit: { change: "pause", step: step.at, [key]: seconds }, what: `${say(`desk.pause.${key}`)} ${time(seconds)}` });
      parts.push(number(step, say("desk.pause.natural"), pause.natural, wanted("natural"), focus("natural"), typing("natural")),
        number(step, say("desk.pause.least"), pause.least, wanted("least"), focus("least"), typing("least")), number(step, say("desk.pause.most"), pause.most, wanted("most"), focus("most"), typing("most")));
    }
    if (step.times) {
      step.times.forEach((count, at) => parts.push(number(step, say(["desk.rounds.least", "desk.rounds.natural", "desk.rounds.most"][at]), count, (value) => {
        const times = step.times.map((own, index) => (index === at ? value : own));
        // The others make room.
        for (let index = at - 1; index >= 0; index -= 1) times[index] = Math.min(times[index], times[index + 1]);
        for (let index = at + 1; index < 3; index += 1) times[index] = Math.max(times[index], times[index - 1]);
        return on.edit(step, (at) => ({ change: "rounds", step: at(step), times }));
      }, { step: 1, min: at === 1 ? 1 : 0, ...focus(`rounds ${at}`) })));
    }
    return h("div", { class: "settings" }, parts, h("div", { class: "row wide" }, actions(step)));
  }

  /** The neighbour of a step in its own list. */
  function neighbour(step, by) {
    const find = (steps) => {
      const at = steps.findIndex((one) => keyOf(one) === keyOf(step));
      if (at >= 0) return steps[at + by] ?? null;
      for (const one of steps) {
        const found = one.steps ? find(one.steps) : undefined;
        if (found !== undefined) return found;
      }
      return undefined;
    };
    const parts = sheet.parts.map((part) => part.steps);
    for (const [at, steps] of parts.entries()) {
      const found = find(steps);
      if (found) return found.file === step.file && found.own !== false ? found : null;
      if (found === null && steps.some((one) => keyOf(one) === keyOf(step))) {
        // Over the border of the part.
        const next = parts[at + by]?.at(by > 0 ? 0 : -1) ?? null;
        return next && next.file === step.file && next.own !== false ? { ...next, over: true } : null;
      }
      if (found === null) return null;
    }
    return null;
  }

  function moveBy(step, by) {
    const other = neighbour(step, by);
    if (!other) return;
    const isBefore = other.over ? by > 0 : by < 0;
    on.edit(step, (at) => ({ change: "move", step: at(step), to: { [isBefore ? "before" : "after"]: at(other) } }));
  }

  async function add(kind, step) {
    const wanted = await askStep(kind, sheet.controls);
    if (wanted) on.edit(step, (at) => ({ ...wanted, to: { after: at(step) } }));
  }

  /** A repeat around this step and those that follow it in its list. */
  async function wrap(step) {
    const following = [];
    for (let next = step; next && !next.over && following.length < 60; next = neighbour(next, 1)) following.push(next);
    const wanted = await askRepeat(following.map((one) => ({ name: one.phrase?.text ?? name(one) })));
    if (!wanted) return;
    const last = following[wanted.last];
    on.edit(step, (at) => ({ change: "repeat", first: at(step), last: at(last), times: wanted.times }));
  }

  function partActions(part, index) {
    const own = (other) => other && other.file === part.file;
    const button = (word, act, attributes = {}) => h("button", { type: "button", class: "small", onclick: act, data: { focus: `part ${index} ${word}` }, ...attributes }, say(word));
    const move = (by) => {
      const other = sheet.parts[index + by];
      on.edit(part, (at) => ({ change: "move-part", part: at(part), to: { [by < 0 ? "before" : "after"]: at(other) } }));
    };
    const isOpen = openParts.has(index);
    return h("details", { class: "part-actions", open: isOpen, ontoggle: ({ target }) => { openParts[target.open ? "add" : "delete"](index); } },
      h("summary", { data: { focus: `part ${index}` } }, say("desk.part.change")),
      h("div", { class: "row" },
        button("desk.part.up", () => move(-1), { disabled: !own(sheet.parts[index - 1]) }),
        button("desk.part.down", () => move(1), { disabled: !own(sheet.parts[index + 1]) }),
        button("desk.add.part", async () => {
          const wanted = await askPart(sheet.controls);
          if (wanted) on.edit(part, (at) => ({ ...wanted, to: { after: at(part) } }));
        }),
        button("desk.part.drop", () => on.edit(part, (at) => ({ change: "drop-part", part: at(part) })), { disabled: sheet.parts.length < 2 })));
  }

  function actions(step) {
    const button = (word, act, attributes = {}) => h("button", { type: "button", onclick: act, data: { focus: `${nameOf(step)} ${word}` }, ...attributes }, say(word));
    return [
      button("desk.up", () => moveBy(step, -1), { disabled: !neighbour(step, -1) }),
      button("desk.down", () => moveBy(step, 1), { disabled: !neighbour(step, 1) }),
      button("desk.add.phrase", () => add("phrase", step)),
      button("desk.add.pause", () => on.edit(step, (at) => ({ change: "add-pause", to: { after: at(step) }, seconds: 10 }))),
      sheet.controls.bells.length ? button("desk.add.bell", () => add("bell", step)) : null,
      button("desk.add.breathe", () => add("breathe", step)),
      sheet.controls.fragments.length ? button("desk.add.use", () => add("use", step)) : null,
      button("desk.add.repeat", () => wrap(step)),
      step.kind === "repeat" && step.own !== false ? button("desk.unwrap", () => on.edit(step, (at) => ({ change: "unwrap", step: at(step) }))) : null,
      step.pause?.written && step.phrase ? button("desk.pause.usual", () => on.edit(step, (at) => ({ change: "usual-pause", step: at(step) }))) : null,
      button("desk.drop", () => on.edit(step, (at) => ({ change: "drop", step: at(step) }))),
    ];
  }

  function name(step) {
    if (step.kind === "bell") return `${say("desk.bell")}: ${step.bell}`;
    if (step.kind === "breathe") return say("desk.breathe", { in: time(step.seconds[0]), out: time(step.seconds[1]), least: step.times[0], natural: step.times[1], most: step.times[2] });
    if (step.kind === "walk") return say("desk.walk", { pace: time(step.seconds[0]), least: step.times[0], natural: step.times[1], most: step.times[2] });
    if (step.kind === "repeat") return say("desk.repeat", { least: step.times[0], natural: step.times[1], most: step.times[2] });
    if (step.kind === "use") return say("desk.use", { name: step.use });
    if (step.kind === "together") return say("desk.together");
    return say("desk.silence");
  }

  function row(step) {
    const id = step.phrase?.id;
    const start = id ? times.get(id) : pauses.get(keyOf(step))?.start;
    const why = id ? left.get(id) : undefined;
    const isOpen = open.has(nameOf(step));
    const label = step.phrase?.text ?? name(step);
    const more = h("button", {
      type: "button", class: "icon", "aria-expanded": String(isOpen), "aria-label": say("desk.more", { what: label }), title: say("desk.more.short"), data: { focus: `${nameOf(step)} more` },
      onclick: () => {
        if (isOpen) open.delete(nameOf(step));
        else open.add(nameOf(step));
        show(sheet);
      },
    }, "⋯");
    const play = h("button", {
      type: "button", class: "icon", "aria-label": say("desk.play.from", { what: label }), title: say("desk.play.here"), disabled: start === undefined, onclick: () => on.play(start),
    }, "▶");
    const marks = [
      step.phrase?.safety ? h("span", { class: "tag safe" }, say("desk.safety")) : null,
      step.phrase && step.phrase.keep !== "full" && !step.phrase.safety ? h("span", { class: "tag" }, say(`desk.keep.${step.phrase.keep}`)) : null,
      why ? h("span", { class: "tag out" }, say(`desk.out.${why}`)) : null,
      step.when.map(([key, value]) => h("span", { class: "tag" }, `${key} = ${value}`)),
    ];
    const translation = step.phrase?.translation;
    const own = sheet.timeline.events.find((event) => event.kind === "phrase" && event.id === id);
    const item = h("li", {
      class: `step ${step.kind}${why ? " left" : ""}`, id: itemId(nameOf(step)), data: { line: step.line, file: step.file },
      onkeydown: (event) => {
        if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key) || event.target.closest("li.step") !== item) return;
        event.preventDefault();
        moveBy(step, event.key === "ArrowUp" ? -1 : 1);
      },
    },
    h("div", { class: "line" }, play,
      step.phrase ? wordsField(step) : h("span", { class: "name" }, name(step)),
      h("span", { class: "start" }, start === undefined ? "" : clock(start)), step.own === false ? null : more),
    step.phrase && step.kind !== "say" ? h("p", { class: "soft under" }, name(step)) : null,
    translation ? h("p", { class: "soft under", lang: sheet.timeline.language, dir: "auto" }, own?.text ?? translation.text ?? say("desk.untranslated")) : null,
    marks.flat().some(Boolean) ? h("p", { class: "tags under" }, marks) : null,
    step.phrase?.note && !isOpen ? h("p", { class: "soft under note", dir: "auto" }, step.phrase.note) : null,
    step.pause ? h("div", { class: "under" }, pauseRow(step)) : null,
    isOpen ? settings(step) : null,
    step.steps ? h("ol", { class: "steps" }, step.steps.map(row)) : null);
    return item;
  }

  function show(wanted) {
    sheet = wanted;
    read();
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    const focus = focused?.dataset.focus;
    const place = [...list.querySelectorAll("li.step")].indexOf(focused?.closest("li.step"));
    const range = focused?.tagName === "TEXTAREA" ? [focused.selectionStart, focused.selectionEnd] : null;
    fill(list, sheet.parts.map((part, at) => h("section", { class: "card part" },
      h("h2", { dir: "auto" }, part.title ?? say("desk.part", { n: at + 1 })),
      part.when.length ? h("p", { class: "tags" }, part.when.map(([key, value]) => h("span", { class: "tag" }, `${key} = ${value}`))) : null,
      part.exercise ? h("p", {}, h("a", { href: `#desk/${part.exercise}` }, say("desk.exercise", { name: part.exercise }))) : null,
      h("ol", { class: "steps" }, part.steps.map(row)), partActions(part, at))));
    if (focus) {
      // What is gone, such as a step that was removed, leaves the focus to what stands in its place.
      const again = [...list.querySelectorAll("[data-focus]")].find((one) => one.dataset.focus === focus && !one.disabled)
        ?? [...list.querySelectorAll("li.step")].slice(0, place + 1).at(-1)?.querySelector("button[aria-expanded], textarea");
      again?.focus({ preventScroll: true });
      if (range && again?.tagName === "TEXTAREA") again.setSelectionRange(...range);
    }
  }

  /** Says something below a step, until the next edit. False where it is not shown. */
  function tell(step, content = null) {
    said.remove();
    const name = step && nameOf(step);
    const item = step && [...list.querySelectorAll("li.step")].find((one) => one.id === itemId(name));
    if (!item) return false;
    fill(said, content);
    // Beside the field it is about, or below the words and their pause.
    const field = document.activeElement?.closest(".settings > *");
    const settings = item.querySelector(":scope > .settings");
    if (field && settings?.contains(field)) field.after(said);
    else if (settings) settings.before(said);
    else item.append(said);
    return true;
  }

  return {
    element: list,
    show,
    tell,
    /** Whether something is typed that is not saved yet. */
    get unsaved() { return typed.size > 0; },
    /** What is typed for a text of the hash `base` is for that of `hash` from now on, which our own edit has made of it. */
    follow(file, base, hash, fresh) {
      for (const own of typed.values()) {
        if (own.base !== base || own.step.file !== file) continue;
        const step = allSteps(fresh.parts).find((one) => one.phrase?.id === own.step.phrase.id && one.file === file);
        if (step) Object.assign(own, { base: hash, step });
      }
    },
    /** Shows a step: of a key, or the last one that begins at a line or before it. */
    find(file, line) {
      const all = [...list.querySelectorAll("li.step")].filter((item) => item.dataset.file === file && Number(item.dataset.line) <= line);
      return all.at(-1) ?? null;
    },
    point(key) {
      const step = allSteps(sheet.parts).find((one) => keyOf(one) === key);
      const item = step && list.querySelector(`#${CSS.escape(itemId(nameOf(step)))}`);
      item?.scrollIntoView({ block: "center", behavior: "smooth" });
      item?.querySelector("input[type=range]")?.focus({ preventScroll: true });
    },
  };
}
