// One line of a file of the course, with those around it, for a mistake that keeps the file from being shown in a room. The line is
// mended here; it is written at once, never over a change made elsewhere, and can be taken back by Undo at the desk.

import { get, post } from "./api.js";
import { settled } from "./conflict.js";
import { fill, h } from "./dom.js";
import { meaning, say } from "./words.js";

/**
 * What was found wrong, for people: what is read first, and what follows it. In another language than English the first says what the
 * mistake is in general and what to do, and the words of the engine follow, with its figures and its remedy.
 */
export function wrongWords({ code, message, help: helps = [] }) {
  const help = helps.filter(Boolean);
  const known = meaning(code);
  const english = [message, ...help];
  if (known) return { first: known, rest: h("span", { lang: "en" }, english.join("; ")) };
  return { first: h("span", { lang: "en" }, message), rest: help.length ? h("span", { lang: "en" }, help.join("; ")) : null };
}

/** A list of what is wrong: each with its place, which is a button; `go(one)` leads to it. */
export const mistakes = (found, go) => h("ul", { class: "mistakes" }, found.map((one) => {
  const { first, rest } = wrongWords(one);
  return h("li", { class: one.severity },
    h("p", {}, h("button", { type: "button", class: "link", onclick: () => go(one) }, `${one.file}:${one.line}`), " ", first),
    rest ? h("p", { class: "soft" }, rest) : null);
}));

/** Shows the place of a mistake, which has a `file`, `line`, `message` and `help`. Becomes true when a line was written. */
export async function mend(one) {
  const page = await get(`/studio/desk/lines?file=${encodeURIComponent(one.file)}&line=${one.line}`);
  const before = document.activeElement;
  const wrong = one.message ? wrongWords(one) : null;
  return new Promise((done) => {
    let shown = page;
    let line = page.line;
    let busy = false;
    const told = h("p", { class: "wrong", role: "alert" });
    const around = h("ol", { class: "file-lines" });
    const save = h("button", { type: "button", class: "main", onclick: write }, say("mend.save"));
    const dialog = h("dialog", { class: "mend", "aria-labelledby": "mend-title", oncancel: (event) => { event.preventDefault(); close(false); } },
      h("h2", { id: "mend-title" }, say("mend.title", { file: one.file })),
      wrong ? h("p", {}, wrong.first) : null,
      wrong?.rest ? h("p", { class: "soft" }, wrong.rest) : null,
      h("p", { class: "soft" }, say("mend.how")), around, told,
      h("div", { class: "row" }, save, h("button", { type: "button", onclick: () => close(false) }, say("desk.cancel"))));
    let field = null;
    /** The line as its fix would make it: one press, and it is there to be looked at. */
    const take = one.mended && one.mended !== "" ? h("p", {}, h("button", { type: "button", onclick: () => {
      line = page.line;
      show();
      field.value = one.mended;
    } }, say("mend.take")), " ", h("code", {}, one.mended.trim())) : null;
    if (take) dialog.insertBefore(take, around);

    function close(written) {
      dialog.close();
      dialog.remove();
      if (before?.isConnected) before.focus();
      done(written);
    }

    function show() {
      fill(around, shown.lines.map((own) => {
        const number = h("span", { class: "line-number", "aria-hidden": "true" }, String(own.line));
        if (own.line !== line) {
          return h("li", {}, number, h("button", { type: "button", class: "file-line", "aria-label": say("mend.line", { n: own.line, text: own.text }), onclick: () => { line = own.line; show(); } }, own.text || " "));
        }
        field = h("textarea", { rows: Math.min(6, Math.max(1, Math.ceil(own.text.length / 60))), value: own.text, spellcheck: false, dir: "auto", "aria-label": say("mend.field", { n: own.line }), onkeydown: (event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          write();
        } });
        return h("li", { class: "mended" }, number, field);
      }));
      field.focus();
    }

    async function write() {
      if (busy) return;
      busy = true;
      fill(told);
      try {
        const text = field.value.replace(/[\r\n]+/g, " ");
        const answer = await settled((beside) => post("/studio/desk/lines", { file: one.file, base: shown.hash, line, text, beside }));
        if (answer) {
          close(true);
          return;
        }
        // The other change stays: this is the file as it is now.
        shown = await get(`/studio/desk/lines?file=${encodeURIComponent(one.file)}&line=${line}`);
        line = shown.line;
        show();
      } catch (error) {
        fill(told, error.told ?? String(error), (error.problem?.errors ?? []).map((wrong) => h("span", { lang: "en" }, ` ${wrong.file}:${wrong.line} ${wrong.message}`)));
      } finally {
        busy = false;
      }
    }

    document.body.append(dialog);
    dialog.showModal();
    show();
  });
}
