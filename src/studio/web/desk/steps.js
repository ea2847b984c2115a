// The script as it is written: its parts, and in each the steps with their words, pauses and settings. Every change is one edit.

import { h } from "../dom.js";
import { arrange, isTyped, place, refill, renew, update } from "../keep.js";
import { say, time, number as written } from "../words.js";
import { askPart, askRepeat, askStep } from "./add.js";
import { whileTyped } from "./typing.js";

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, "0")}`;
export const keyOf = (step) => `${step.file}:${step.at}`;

/** Whether a field has a number that can stand there. Half seconds are the steps of its arrows; any part of one can be typed. */
export const isNumber = ({ value, validity, step }) => value !== "" && !validity.rangeUnderflow && !validity.rangeOverflow && (step !== "1" || !validity.stepMismatch);
export const notNumber = ({ step, min, max }) => say(step === "1" ? "desk.number.whole" : max ? "desk.number.between" : "desk.number", { least: written(Number(min), Number.isInteger(Number(min)) ? 0 : 1), most: max });

/** What a bed, a bell or a fragment is called in the language of the version. */
export const titleOf = (sheet, kind, id) => sheet.controls[`${kind}s`].find((one) => one.id === id)?.title ?? id;

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

/** The language of what is shown, with what is written in the script where that is another text. */
const translated = (shown, written, { timeline, track }) => (shown === written ? { lang: track.language } : { lang: timeline.language, title: written });

/** Makes a field as high as its words, where the browser does not. */
function fit(field) {
  if (!field || CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

/** Finds for each fresh thing the row that showed it before: the first of those of which one of `tellers` tells the same. */
function pairUp(fresh, rows, tellers) {
  const [found, free] = [new Map(), new Set(rows)];
  for (const told of tellers) {
    const waiting = Map.groupBy(free, (row) => told(row.step));
    for (const one of fresh) {
      const key = told(one);
      const row = found.has(one) || key === null ? null : waiting.get(key)?.shift();
      if (!row) continue;
      found.set(one, row);
      free.delete(row);
    }
  }
  return { found, gone: free };
}

/** What a step shows of itself, wherever it stands. */
const plain = ({ at, line, file, steps, ...own }) => JSON.stringify(own);
/** A phrase is known by its id; what has none by what it shows, or else as the next of its kind. */
const STEPS = [(step) => step.phrase?.id ?? null, (step) => (step.phrase?.id ? null : plain(step)), (step) => (step.phrase?.id ? null : step.kind)];
const PARTS = [(part) => JSON.stringify([part.title, part.steps[0]?.phrase?.id ?? part.steps.length]), () => ""];

/**
 * `on` has `play(seconds)`, `edit(step, change, base, done)`, `preview(wish)`, and `drag(step, seconds)`. A step and a part keep their
 * element while they are there, and so what is typed in it; only what an edit has changed is written.
 */
export function makeSteps(on) {
  const list = h("div", { class: "script" });
  /** What is typed and not saved yet, by step. */
  const typed = new Map();
  /** What is shown: for each step its row, in order, and for each part. */
  let rows = [];
  let rowOf = new Map();
  let parts = [];
  let made = 0;
  /** What the last edit has to say, and the row below whose words it stands; null where it stands at a field or nowhere. */
  const said = h("p", { class: "said under", role: "alert" });
  let saidAt = null;
  let sheet = null;
  let times = new Map();
  let pauses = new Map();
  let left = new Map();
  let spoken = new Map();

  const nameOf = (step) => step.phrase?.id ?? keyOf(step);

  function read() {
    const rate = sheet.timeline.rate;
    [times, pauses, left, spoken] = [new Map(), new Map(), new Map(), new Map()];
    for (const event of sheet.timeline.events) {
      if (event.kind !== "phrase" || times.has(event.id)) continue;
      times.set(event.id, event.start / rate);
      spoken.set(event.id, event.text);
    }
    for (const pause of sheet.timeline.pauses) {
      const key = `${pause.file}:${pause.at}`;
      if (pause.file && !pauses.has(key)) pauses.set(key, { start: pause.start / rate, seconds: pause.frames / rate });
    }
    for (const one of sheet.timeline.left_out) left.set(one.id, one.why);
  }

  /** Names a field or button of a row, so that it has the focus again where it is made anew. */
  const focus = (row, key) => ({ data: { focus: `${row.number} ${key}` } });

  /** The words of a phrase, in a field. */
  function makeWords(row) {
    const wish = (text) => {
      const { step } = row;
      const base = typed.get(nameOf(step))?.base ?? sheet.files[step.file];
      // A step that this edit has moved is written where it is then.
      if (sheet.files[step.file] === base) on.preview({ file: step.file, edit: { change: "reword", step: step.at, text } });
    };
    const field = whileTyped(h("textarea", {
      class: "words", rows: 1, dir: "auto", spellcheck: true, ...focus(row, "words"),
      oninput: () => {
        const { step } = row;
        const name = nameOf(step);
        const before = typed.get(name) ?? { base: sheet.files[step.file], step };
        // While other words are being written these are no longer there.
        if (field.value === step.phrase.text && !typed.get(name)?.sent) typed.delete(name);
        else typed.set(name, { ...before, text: field.value, sent: false });
        fit(field);
      },
      onchange: () => save(),
      onkeydown: (event) => {
        if (event.key === "Enter") {
          event.preventDefault();
          save();
        } else if (event.key === "Escape") {
          typed.delete(nameOf(row.step));
          field.value = row.step.phrase.text;
          on.preview(null);
        }
      },
    }), wish);
    row.save = save;
    async function save() {
      const name = nameOf(row.step);
      const wanted = typed.get(name);
      if (!wanted || wanted.sent) return;
      wanted.sent = true;
      const done = await on.edit(wanted.step, (at, taken) => ({ change: "reword", step: taken ? at(wanted.step) : wanted.step.at, text: wanted.text }), () => wanted.base, () => {
        // What was typed meanwhile is not saved yet.
        if (typed.get(name)?.text === wanted.text) typed.delete(name);
      });
      if (!done) wanted.sent = false;
    }
    return {
      element: field,
      show() {
        const { phrase } = row.step;
        update(field, { lang: sheet.track.language ?? "", "aria-label": say("desk.words", { id: phrase.id ?? "" }), value: typed.get(nameOf(row.step))?.text ?? phrase.text });
      },
    };
  }

  /** A pause that can be drawn: its slider, and what is told of it. */
  function makeSlider(row) {
    const told = h("span", { class: "told" });
    const slider = h("input", {
      type: "range", step: 0.5, "aria-label": say("desk.pause"), ...focus(row, "pause"),
      oninput: () => {
        const seconds = Number(slider.value);
        on.drag(row.step, seconds);
        tell(seconds);
      },
      onchange: async () => {
        const { step } = row;
        const seconds = Number(slider.value);
        if (sent === 0 && seconds === step.pause.natural) {
          on.drag(step, null);
          return;
        }
        sent += 1;
        await on.edit(step, (at) => ({ change: "pause", step: at(step), natural: seconds }));
        sent -= 1;
        show();
      },
    });
    /** How many edits are not shown yet: until then the slider stands where it was put. */
    let sent = 0;
    function tell(natural) {
      const { pause } = row.step;
      const now = hereNow(row.step);
      slider.setAttribute("aria-valuetext", time(natural));
      refill(told, say("desk.silence"), " ", h("b", {}, time(natural)), h("span", { class: "soft" }, " · ", say("desk.pause.range", {
        least: time(pause.own_least ? pause.least : Math.min(natural, Math.max(0.6, natural / 2))),
        most: pause.most === null ? say("desk.endless") : time(pause.own_most ? pause.most : natural * 2),
      }), now ? ` · ${now}` : ""));
    }
    function show() {
      const limits = limitsOf(row.step);
      if (!limits) return;
      const isAtWork = sent > 0 || isTyped(slider);
      update(slider, { min: String(limits.least), max: String(isAtWork ? Math.max(limits.most, Number(slider.value)) : limits.most) });
      if (!isAtWork) update(slider, { value: String(limits.natural) });
      tell(isAtWork ? Number(slider.value) : limits.natural);
    }
    return { element: h("div", { class: "pause-row" }, slider, told), show };
  }

  const hereNow = (step) => {
    const here = pauses.get(keyOf(step));
    return here ? say("desk.pause.here", { now: time(here.seconds) }) : "";
  };

  function number(row, label, value, change, attributes = {}, typing = () => {}) {
    const field = h("input", {
      type: "number", min: 0, step: 0.5, value: value ?? "", ...attributes,
      oninput: () => { if (isNumber(field)) typing(Number(field.value)); },
      onchange: () => {
        if (isNumber(field)) {
          change(Number(field.value));
          return;
        }
        field.value = value ?? "";
        on.preview(null);
        tell(row.step, h("span", { class: "wrong" }, notNumber(field)));
      },
    });
    return h("label", {}, h("span", {}, label), field);
  }

  function settings(row) {
    const { step } = row;
    const named = (key) => focus(row, key);
    const set = (key, value) => on.edit(row.step, (at) => ({ change: "set", step: at(step), key, value }));
    const { phrase, pause } = step;
    const check = (key) => h("label", { class: "check" }, h("input", { type: "checkbox", checked: phrase[key], ...named(key), onchange: ({ target }) => set(key, target.checked) }), say(`desk.${key}`));
    const fields = [];
    if (phrase) {
      fields.push(h("label", {}, h("span", {}, say("desk.keep")), h("select", { ...named("keep"), onchange: ({ target }) => set("keep", target.value), disabled: phrase.safety },
        ["light", "full", "long"].map((level) => h("option", { value: level, selected: level === phrase.keep }, say(`desk.keep.${level}`))))));
      fields.push(h("label", {}, h("span", {}, say("desk.worth")), h("select", { ...named("worth"), onchange: ({ target }) => set("worth", Number(target.value)) },
        [1, 2, 3, 4, 5, 6, 7, 8, 9].map((worth) => h("option", { value: worth, selected: worth === phrase.worth }, String(worth))))));
      fields.push(check("safety"), check("hard"), check("soft"));
      const note = h("input", { type: "text", ...named("note"), value: phrase.note ?? "", onchange: () => set("note", note.value) });
      fields.push(h("label", { class: "wide" }, h("span", {}, say("desk.note")), note));
    }
    if (pause && !pause.fill && !isStiff(pause)) {
      const wanted = (key) => (seconds) => on.edit(row.step, (at) => ({ change: "pause", step: at(row.step), [key]: seconds }));
      const typing = (key) => (seconds) => on.preview({ file: row.step.file, edit: { change: "pause", step: row.step.at, [key]: seconds }, what: `${say(`desk.pause.${key}`)} ${time(seconds)}` });
      for (const key of ["natural", "least", "most"]) fields.push(number(row, say(`desk.pause.${key}`), pause[key], wanted(key), named(key), typing(key)));
    }
    if (step.times) {
      step.times.forEach((count, at) => fields.push(number(row, say(["desk.rounds.least", "desk.rounds.natural", "desk.rounds.most"][at]), count, (value) => {
        const times = row.step.times.map((own, index) => (index === at ? value : own));
        // The others make room.
        for (let index = at - 1; index >= 0; index -= 1) times[index] = Math.min(times[index], times[index + 1]);
        for (let index = at + 1; index < 3; index += 1) times[index] = Math.max(times[index], times[index - 1]);
        return on.edit(row.step, (at) => ({ change: "rounds", step: at(row.step), times }));
      }, { step: 1, min: at === 1 ? 1 : 0, ...named(`rounds ${at}`) })));
    }
    return h("div", { class: "settings" }, fields, h("div", { class: "row wide" }, actions(row)));
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

  /** The heading of a part and what can be done with the whole of it, around the list of its steps. */
  function makePart() {
    const part = { step: null, index: 0, head: h("div", {}), steps: h("ol", { class: "steps" }) };
    const button = (word, act) => h("button", { type: "button", class: "small", onclick: act }, say(word));
    const edit = (change) => {
      const own = part.step;
      return on.edit(own, (at) => change(at(own), at));
    };
    const move = (by) => {
      const other = sheet.parts[part.index + by];
      edit((own, at) => ({ change: "move-part", part: own, to: { [by < 0 ? "before" : "after"]: at(other) } }));
    };
    const [up, down, drop] = [button("desk.part.up", () => move(-1)), button("desk.part.down", () => move(1)), button("desk.part.drop", () => edit((own) => ({ change: "drop-part", part: own })))];
    const add = button("desk.add.part", async () => {
      const wanted = await askPart(sheet.controls);
      if (wanted) edit((own) => ({ ...wanted, to: { after: own } }));
    });
    const summary = h("summary", {}, say("desk.part.change"));
    part.element = h("section", { class: "card part" }, part.head, part.steps, h("details", { class: "part-actions" }, summary, h("div", { class: "row" }, up, down, add, drop)));
    part.show = () => {
      const own = part.step;
      refill(part.head, h("h2", { dir: "auto", ...translated(own.shown, own.title, sheet) }, own.shown ?? say("desk.part", { n: part.index + 1 })),
        own.when.length ? h("p", { class: "tags" }, own.when.map(([key, value]) => h("span", { class: "tag" }, `${key} = ${value}`))) : null,
        own.exercise ? h("p", {}, h("a", { href: `#desk/${own.exercise}` }, say("desk.exercise", { name: own.exercise }))) : null);
      const isOther = (by) => sheet.parts[part.index + by]?.file !== own.file;
      update(up, { disabled: isOther(-1) });
      update(down, { disabled: isOther(1) });
      update(drop, { disabled: sheet.parts.length < 2 });
      // A button that can do nothing more gives the focus away.
      if (document.activeElement.disabled && part.element.contains(document.activeElement)) summary.focus({ preventScroll: true });
    };
    return part;
  }

  function actions(row) {
    const { step } = row;
    const button = (word, act, attributes = {}) => h("button", { type: "button", onclick: () => act(row.step), ...focus(row, word), ...attributes }, say(word));
    return [
      button("desk.up", (own) => moveBy(own, -1), { disabled: !neighbour(step, -1) }),
      button("desk.down", (own) => moveBy(own, 1), { disabled: !neighbour(step, 1) }),
      button("desk.add.phrase", (own) => add("phrase", own)),
      button("desk.add.pause", (own) => on.edit(own, (at) => ({ change: "add-pause", to: { after: at(own) }, seconds: 10 }))),
      sheet.controls.bells.length ? button("desk.add.bell", (own) => add("bell", own)) : null,
      button("desk.add.breathe", (own) => add("breathe", own)),
      sheet.controls.fragments.length ? button("desk.add.use", (own) => add("use", own)) : null,
      button("desk.add.repeat", (own) => wrap(own)),
      step.kind === "repeat" && step.own !== false ? button("desk.unwrap", (own) => on.edit(own, (at) => ({ change: "unwrap", step: at(own) }))) : null,
      step.pause?.written && step.phrase ? button("desk.pause.usual", (own) => on.edit(own, (at) => ({ change: "usual-pause", step: at(own) }))) : null,
      button("desk.drop", (own) => on.edit(own, (at) => ({ change: "drop", step: at(own) }))),
    ];
  }

  function name(step) {
    if (step.kind === "bell") return `${say("desk.bell")}: ${titleOf(sheet, "bell", step.bell)}`;
    if (step.kind === "breathe") return say("desk.breathe", { in: time(step.seconds[0]), out: time(step.seconds[1]), least: step.times[0], natural: step.times[1], most: step.times[2] });
    if (step.kind === "walk") return say("desk.walk", { pace: time(step.seconds[0]), least: step.times[0], natural: step.times[1], most: step.times[2] });
    if (step.kind === "repeat") return say("desk.repeat", { least: step.times[0], natural: step.times[1], most: step.times[2] });
    if (step.kind === "use") return say("desk.use", { name: titleOf(sheet, "fragment", step.use) });
    if (step.kind === "together") return say("desk.together");
    return say("desk.silence");
  }

  function makeRow() {
    made += 1;
    const row = { number: made, step: null, isOpen: false, start: undefined, slots: new Map() };
    row.play = h("button", { type: "button", class: "icon", title: say("desk.play.here"), onclick: () => on.play(row.start) }, "▶");
    row.more = h("button", {
      type: "button", class: "icon", title: say("desk.more.short"), ...focus(row, "more"),
      onclick: () => {
        row.isOpen = !row.isOpen;
        showRow(row);
      },
    }, "⋯");
    row.started = h("span", { class: "start" });
    row.line = h("div", { class: "line" });
    row.element = h("li", {
      onkeydown: (event) => {
        if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key) || event.target.closest("li.step") !== row.element) return;
        event.preventDefault();
        moveBy(row.step, event.key === "ArrowUp" ? -1 : 1);
      },
    });
    return row;
  }

  /** What stands at a place of a row: it stays while its look does, and is made anew by `make` else. */
  function slot(row, key, look, make) {
    const known = row.slots.get(key);
    if (known?.look === look) return known.own;
    const own = make();
    row.slots.set(key, { look, own });
    return own;
  }

  /** The same for what is nothing but text: none where there is no text. */
  const textSlot = (row, key, text, make) => (text ? slot(row, key, text, make) : null);

  function showRow(row) {
    const { step } = row;
    const { phrase, pause } = step;
    const id = phrase?.id;
    const why = id ? left.get(id) : undefined;
    const called = phrase?.text ?? name(step);
    row.start = id ? times.get(id) : pauses.get(keyOf(step))?.start;
    update(row.element, { class: `step ${step.kind}${why ? " left" : ""}`, "data-line": String(step.line), "data-file": step.file });
    update(row.play, { disabled: row.start === undefined, "aria-label": say("desk.play.from", { what: called }) });
    update(row.more, { "aria-expanded": String(row.isOpen), "aria-label": say("desk.more", { what: called }) });
    update(row.started, { textContent: row.start === undefined ? "" : clock(row.start) });

    const words = phrase ? slot(row, "words", "", () => makeWords(row)) : null;
    words?.show();
    place(row.line, row.play, words?.element ?? slot(row, "name", name(step), () => h("span", { class: "name" }, name(step))), row.started, step.own === false ? null : row.more);

    const tags = [
      phrase?.safety ? ["tag safe", say("desk.safety")] : null,
      phrase && phrase.keep !== "full" && !phrase.safety ? ["tag", say(`desk.keep.${phrase.keep}`)] : null,
      why ? ["tag out", say(`desk.out.${why}`)] : null,
      ...step.when.map(([key, value]) => ["tag", `${key} = ${value}`]),
    ].filter(Boolean);
    const translation = phrase?.translation ? spoken.get(id) ?? phrase.translation.text ?? say("desk.untranslated") : null;
    const kind = phrase && step.kind !== "say" ? name(step) : null;
    const note = row.isOpen ? null : phrase?.note_shown;
    const stiff = pause && !limitsOf(step) ? `${pause.fill ? say("desk.pause.fill") : say("desk.pause.fixed", { now: time(pause.natural) })} ${hereNow(step)}` : null;
    const slider = pause && !stiff ? slot(row, "slider", "", () => {
      const own = makeSlider(row);
      return { ...own, under: h("div", { class: "under" }, own.element) };
    }) : null;
    slider?.show();
    const isIn = row.isOpen && step.own !== false;
    const { text, translation: other, ...own } = phrase ?? {};
    const settled = isIn ? JSON.stringify([own, pause, step.times, step.kind, step.own, neighbour(step, -1) !== null, neighbour(step, 1) !== null, sheet.controls.bells.length, sheet.controls.fragments.length]) : "";
    const within = step.steps ? slot(row, "steps", "", () => h("ol", { class: "steps" })) : null;
    place(row.element, row.line,
      textSlot(row, "kind", kind, () => h("p", { class: "soft under" }, kind)),
      translation ? slot(row, "translation", `${sheet.timeline.language} ${translation}`, () => h("p", { class: "soft under", lang: sheet.timeline.language, dir: "auto" }, translation)) : null,
      tags.length ? slot(row, "tags", JSON.stringify(tags), () => h("p", { class: "tags under" }, tags.map(([look, told]) => h("span", { class: look }, told)))) : null,
      textSlot(row, "note", note && `${sheet.timeline.language} ${note}`, () => h("p", { class: "soft under note", dir: "auto", ...translated(note, phrase.note, sheet) }, note)),
      textSlot(row, "stiff", stiff, () => h("div", { class: "under" }, h("p", { class: "pause-row soft" }, stiff))),
      slider?.under,
      row === saidAt ? said : null,
      textSlot(row, "settings", settled, () => settings(row)),
      within);
    if (within) showSteps(within, step.steps);
  }

  function showSteps(within, steps) {
    const own = steps.map((step) => rowOf.get(step));
    arrange(within, own.map((row) => row.element));
    own.forEach(showRow);
  }

  /** Shows a sheet; where an edit `isRefused`, settings are again what they were. */
  function show(wanted, isRefused = false) {
    sheet = wanted;
    read();
    if (isRefused) rows.forEach(({ slots }) => slots.delete("settings"));
    const stood = [...list.querySelectorAll("li.step")].indexOf(document.activeElement?.closest("li.step"));
    renew(list, () => {
      const steps = allSteps(sheet.parts);
      const { found, gone } = pairUp(steps, rows, STEPS);
      rows = steps.map((step) => Object.assign(found.get(step) ?? makeRow(), { step }));
      rowOf = new Map(rows.map((row) => [row.step, row]));
      const known = pairUp(sheet.parts, parts, PARTS);
      parts = sheet.parts.map((part, index) => Object.assign(known.found.get(part) ?? makePart(), { step: part, index }));
      arrange(list, parts.map((part) => part.element));
      for (const part of parts) {
        part.show();
        showSteps(part.steps, part.step.steps);
      }
      // Only now, as a step that goes on elsewhere has left what is gone.
      for (const { element } of [...gone, ...known.gone]) element.remove();
      rows.forEach(({ element }) => fit(element.querySelector(":scope > .line > .words")));
    }, (old) => [...list.querySelectorAll("[data-focus]")].find((one) => one.dataset.focus === old.dataset.focus && !one.disabled)
      // What is gone, such as a step that was removed, leaves the focus to what stands in its place.
      ?? [...list.querySelectorAll("li.step")].slice(0, stood + 1).at(-1)?.querySelector("button[aria-expanded], textarea"));
  }

  /** Says something of a step, until the next edit: at the field of its settings that has the focus, or else below its words. False where it is not shown. */
  function tell(step, content = null) {
    said.remove();
    saidAt = null;
    const row = step && (rowOf.get(step) ?? rows.find(({ step: own }) => own.file === step.file && (own.phrase?.id ?? own.at) === (step.phrase?.id ?? step.at)));
    if (!row) return false;
    said.replaceChildren(content);
    const field = document.activeElement?.closest(".settings > *");
    if (field && row.slots.get("settings")?.own.contains(field)) field.after(said);
    else {
      saidAt = row;
      showRow(row);
    }
    return true;
  }

  return {
    element: list,
    show,
    tell,
    /** Writes what is typed and not saved yet. */
    save: () => rows.forEach((row) => row.save?.()),
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
      return rows.findLast(({ step }) => step.file === file && step.line <= line)?.element ?? null;
    },
    point(key) {
      const item = rows.find(({ step }) => keyOf(step) === key)?.element;
      item?.scrollIntoView({ block: "center", behavior: "smooth" });
      item?.querySelector("input[type=range]")?.focus({ preventScroll: true });
    },
  };
}
