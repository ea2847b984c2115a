// Asks for what is added to a script: words, a bell, breaths, a fragment, a repeat around steps, a part.

import { h } from "../dom.js";
import { say } from "../words.js";

/** Shows fields; becomes what `read` makes of them, or null where nothing is wanted. */
function asked(title, fields, read) {
  return new Promise((done) => {
    const close = (answer) => {
      dialog.close();
      dialog.remove();
      done(answer);
    };
    const dialog = h("dialog", { class: "add", "aria-label": title, oncancel: (event) => { event.preventDefault(); close(null); } },
      h("form", { method: "dialog", onsubmit: (event) => { event.preventDefault(); close(read()); } },
        h("h2", {}, title), fields,
        h("div", { class: "row" }, h("button", { class: "main" }, say("desk.add")), h("button", { type: "button", onclick: () => close(null) }, say("desk.cancel")))));
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** What is said, of one or more lines; enter adds it, as enter writes a phrase. */
const wordsField = () => h("textarea", { rows: 3, required: true, onkeydown: (event) => {
  if (event.key !== "Enter" || event.shiftKey) return;
  event.preventDefault();
  event.target.form.requestSubmit();
} });
const labelled = (label, field) => h("label", {}, h("span", {}, label), field);
const choice = (list) => h("select", {}, list.map(([id, name]) => h("option", { value: id }, name)));
const named = (list) => list.map(({ id, title }) => [id, title ?? id]);

/** Three numbers: the least, natural and most rounds. */
function roundsFields(usual) {
  const fields = ["least", "natural", "most"].map((key, at) => [say(`desk.rounds.${key}`), h("input", { type: "number", min: at === 1 ? 1 : 0, max: 999, step: 1, required: true, value: usual[at] })]);
  const inputs = fields.map(([, input]) => input);
  return {
    element: h("div", { class: "row three" }, fields.map(([label, input]) => labelled(label, input))),
    /** In rising order, whatever was typed. */
    get times() { return inputs.map((input) => Number(input.value)).sort((one, other) => one - other); },
  };
}

const kinds = {
  phrase() {
    const words = wordsField();
    return [[labelled(say("desk.add.words"), words)], () => (words.value.trim() ? { change: "add-phrase", text: words.value, pause: 4 } : null)];
  },
  bell({ bells }) {
    const bell = choice(named(bells));
    return [[labelled(say("desk.bell"), bell)], () => ({ change: "add-bell", bell: bell.value })];
  },
  breathe() {
    const seconds = (value) => h("input", { type: "number", min: 1, max: 12, step: 0.5, required: true, value });
    const [inhale, exhale, rounds] = [seconds(4), seconds(6), roundsFields([2, 4, 8])];
    return [[h("div", { class: "row three" }, labelled(say("desk.breathe.in"), inhale), labelled(say("desk.breathe.out"), exhale)), rounds.element],
      () => ({ change: "add-breathe", inhale: Number(inhale.value), exhale: Number(exhale.value), times: rounds.times })];
  },
  use({ fragments }) {
    const fragment = choice(named(fragments));
    return [[labelled(say("desk.fragment"), fragment)], () => ({ change: "add-use", fragment: fragment.value })];
  },
};

/** What is added after a step: an edit without its place, or null. `own` are the controls of the sheet, which name bells and fragments. */
export function askStep(kind, own) {
  const [fields, read] = kinds[kind](own);
  return asked(say(`desk.add.${kind}`), fields, read);
}

/** A repeat from a step on: to which of `following`, and how often. */
export function askRepeat(following) {
  const last = choice(following.map(({ name }, at) => [at, name]));
  const rounds = roundsFields([2, 3, 6]);
  return asked(say("desk.add.repeat"), [labelled(say("desk.repeat.to"), last), rounds.element], () => ({ last: Number(last.value), times: rounds.times }));
}

/** A new part: an edit without its place, or null. */
export function askPart({ fragments }) {
  const title = h("input", { type: "text" });
  const words = wordsField();
  const fragment = choice([["", say("desk.part.own")], ...named(fragments)]);
  fragment.onchange = () => {
    const own = fragment.value === "";
    words.required = own;
    words.closest("label").hidden = !own;
  };
  return asked(say("desk.add.part"),
    [labelled(say("desk.part.title"), title), fragments.length ? labelled(say("desk.part.steps"), fragment) : null, labelled(say("desk.add.words"), words)],
    () => ({ change: "add-part", title: title.value.trim() || null, ...(fragment.value ? { fragment: fragment.value } : { text: words.value }) }));
}
