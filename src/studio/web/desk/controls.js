// What a version is made of: its language, voice, guidance, background and choices, drafts, its length, and the author's limits.
// Fields stay while they are there: what is being typed in one is not disturbed when the version is shown anew.

import { h } from "../dom.js";
import { isTyped, place, renew, update } from "../keep.js";
import { say } from "../words.js";
import { isNumber, notNumber } from "./steps.js";
import { whileTyped } from "./typing.js";

/** Seconds as they are typed: 8:30. */
export const clock = (seconds) => `${Math.floor(Math.round(seconds) / 60)}:${String(Math.round(seconds) % 60).padStart(2, "0")}`;

/** The seconds of a length as it is typed: 8:30, or 8 or 8,5 minutes; null for anything else. */
function secondsOf(text) {
  const [, minutes, part, seconds] = /^\s*(\d{1,4})(?:([.,]\d{1,2})|:([0-5]?\d))?\s*$/.exec(text) ?? [];
  if (minutes === undefined) return null;
  return Math.round((Number(minutes) + Number(part?.replace(",", ".") ?? 0)) * 60) + Number(seconds ?? 0) || null;
}

/**
 * `on` has `choose(key, value)`, which takes another version, `edit(change)` and `preview(wish)` for the script itself, and
 * `noLength(isTaken)`, called when what is typed, or what was to be taken, is no length, and `wrong(told)` for another field.
 */
export function makeControls(on) {
  const element = h("div", { class: "controls" });
  const selects = new Map();
  /** The length that is shown, in seconds. */
  let seconds = 0;

  /** A choice among options; its field stays while they do. */
  function select(key, label, options, value) {
    const look = JSON.stringify([label, options]);
    const known = selects.get(key);
    const one = known?.look === look ? known : { look, field: h("select", { data: { focus: key }, onchange: ({ target }) => on.choose(key, target.value) }, options.map(([id, name]) => h("option", { value: id }, name))) };
    one.element ??= h("label", {}, h("span", {}, label), one.field);
    update(one.field, { value });
    selects.set(key, one);
    return one.element;
  }

  const draft = h("input", { type: "checkbox", data: { key: "draft" }, onchange: () => on.choose("draft", draft.checked ? "yes" : "") });
  const slider = h("input", {
    type: "range", step: 5,
    oninput: () => {
      const wanted = Number(slider.value);
      on.preview({ seconds: wanted });
      typed.value = clock(wanted);
      slider.setAttribute("aria-valuetext", clock(wanted));
    },
    onchange: () => on.choose("length", `${Math.round(Number(slider.value))}s`),
  });
  // Typed as minutes and seconds, or as minutes.
  const typed = whileTyped(h("input", {
    type: "text", class: "typed", inputMode: "numeric", "aria-label": say("desk.length.typed"), title: say("desk.length.typed"),
    onchange: () => {
      const wanted = secondsOf(typed.value);
      if (wanted) on.choose("length", `${wanted}s`);
      else {
        typed.value = clock(seconds);
        on.noLength(true);
      }
    },
    onkeydown: (event) => { if (event.key === "Escape") { typed.value = clock(seconds); on.preview(null); } },
  }), judge);
  /** What a length that is typed would do, or that it is none. */
  function judge(text) {
    const wanted = secondsOf(text);
    if (wanted) on.preview({ seconds: wanted });
    else if (text.trim()) on.noLength(false);
  }
  const usual = h("button", { type: "button", class: "small", onclick: () => on.choose("length", "") }, say("desk.length.usual"));
  const natural = h("button", { type: "button", class: "small", onclick: () => on.choose("length", "natural") }, say("desk.length.natural"));
  const length = h("div", { class: "length" }, h("label", {}, h("span", {}, say("desk.length")), slider), typed, usual, natural);
  const drafts = h("label", { class: "check" }, draft, say("desk.draft"));

  /** The author's limits, in minutes. */
  const limits = ["least", "usual", "most"].map((key) => {
    const change = () => (isNumber(field) ? { change: "length", [key]: Math.round(Number(field.value) * 60) } : null);
    const field = h("input", {
      type: "number", min: 0.5, max: 600, step: 0.5,
      oninput: () => { if (change()) on.preview({ edit: change() }); },
      onchange: () => {
        if (change()) {
          on.edit(change());
          return;
        }
        field.value = shown;
        on.preview(null);
        on.wrong(notNumber(field));
      },
    });
    let shown = "";
    const show = (minutes) => {
      shown = String(minutes);
      update(field, { value: shown });
    };
    return { key, field, show, element: h("label", {}, h("span", {}, say(`desk.limits.${key}`)), field) };
  });
  const limited = h("details", { class: "limits" }, h("summary", {}, say("desk.limits")), h("div", { class: "row" }, limits.map((one) => one.element)));

  return {
    element,
    /** Judges a length that is being typed once more, as the version was shown anew. */
    look() {
      if (isTyped(typed)) judge(typed.value);
    },
    /** Shows the controls `own` of a sheet, what was `chosen`, and its length in `seconds` between the `least` and the `most` it can have. */
    show({ own, chosen, seconds: now, least, most }) {
      seconds = now;
      const many = (list) => list.length > 1;
      renew(element, () => place(element,
        many(own.languages) ? select("language", say("desk.language"), own.languages.map(({ tag, name }) => [tag, name]), own.language) : null,
        many(own.voices) ? select("voice", say("desk.voice"), own.voices.map(({ id, name }) => [id, name]), own.voice) : null,
        select("guidance", say("desk.level"), own.levels.map((level) => [level, say(`desk.level.${level}`)]), own.level),
        select("bed", say("desk.bed"), [["none", say("desk.bed.none")], ...own.beds.map(({ id, title }) => [id, title])], chosen.bed === "none" ? "none" : own.bed ?? "none"),
        own.choices.map((choice) => select(`choose.${choice.name}`, choice.name, choice.values.map((value) => [value, value]), choice.chosen ?? choice.values[0])),
        drafts, length, own.limits ? limited : null));
      update(draft, { checked: chosen.draft === "yes" });
      if (!isTyped(slider)) {
        update(slider, { min: String(Math.min(least, Math.floor(seconds))), max: String(Math.max(Math.min(most, Math.max(seconds * 4, 3600)), Math.ceil(seconds))), "aria-valuetext": clock(seconds) });
        update(slider, { value: String(Math.round(seconds)) });
      }
      if (!isTyped(typed) && !isTyped(slider)) update(typed, { value: clock(seconds) });
      update(usual, { disabled: !chosen.length });
      update(natural, { disabled: chosen.length === "natural" });
      for (const { key, field, show } of limits) if (own.limits && !isTyped(field)) show(own.limits[key] / 60);
    },
  };
}
