// The readings and the parts of takes that lie in the sessions of a voice: how long and how large they are. One that is deleted is
// put aside first, and can be taken back until what was put aside is deleted too.

import { address, get, post } from "../api.js";
import { fill, h } from "../dom.js";
import { number, say, time } from "../words.js";
import { play, quiet } from "./player.js";

const size = (bytes) => (bytes < 1e6 ? `${number(Math.max(1, bytes / 1e3))} kB` : `${number(bytes / 1e6, 1)} MB`);

/** Asks before something is deleted; becomes whether it is wanted. */
function sure(question, word) {
  const before = document.activeElement;
  return new Promise((done) => {
    const close = (answer) => {
      dialog.close();
      dialog.remove();
      if (before?.isConnected) before.focus();
      done(answer);
    };
    const dialog = h("dialog", { "aria-label": word, oncancel: (event) => { event.preventDefault(); close(false); } },
      h("p", {}, question),
      h("div", { class: "row" }, h("button", { type: "button", onclick: () => close(false) }, say("desk.cancel")), h("button", { type: "button", class: "main", onclick: () => close(true) }, word)));
    document.body.append(dialog);
    dialog.showModal();
  });
}

export async function keptSounds(main, studio, recorder, session, toPrompter, toCuts) {
  const { voice } = session;
  const base = address`/studio/voices/${voice.language}/${voice.id}/kept`;
  const path = (one) => base + address`/${one.session}/${one.name}`;
  const told = h("p", { role: "status", class: "status" });
  const list = h("ul", { class: "cuts" });
  const aside = h("section", {});
  const title = h("h1", { tabIndex: -1 }, say("kept.title"));
  main.append(title, h("p", { class: "soft" }, say("kept.how")), told, list, aside,
    h("p", { class: "row" }, h("button", { onclick: () => toPrompter(session) }, say("reading.back"))));

  const date = (one) => (one.started ? new Date(one.started).toLocaleString(document.documentElement.lang) : "");
  const name = (one) => (one.kind === "part" && one.text ? say("kept.part", { words: one.text }) : say(`kept.${one.kind}.of`, { name: one.of }));
  const line = (one) => [
    h("span", { class: "cut-text", dir: "auto" }, name(one)), h("span", { class: "soft" }, date(one)),
    h("span", {}, one.seconds === null ? "" : time(one.seconds)), h("span", { class: "soft" }, one.bytes === null ? "" : size(one.bytes)),
    one.kind === "reading" ? h("span", { class: one.kept ? "soft" : "warn" }, one.kept ? say("reading.kept.before", { count: one.kept }) : say("kept.never")) : null,
  ];
  const hear = (one) => h("button", { "aria-label": `${say("record.play")}: ${name(one)}`, onclick: () => play(`${path(one)}/sound`).catch(() => fill(told, say("record.hear.none"))) }, say("record.play"));

  async function act(address, done) {
    quiet();
    try {
      show(await post(address));
      fill(told, done);
    } catch (error) {
      fill(told, h("span", { class: "wrong" }, error.told ?? String(error)));
    }
    title.focus();
  }

  async function remove(one) {
    const never = one.kind === "reading" && !one.kept ? ` ${say("kept.never.sure")}` : "";
    if (await sure(`${say("kept.sure", { name: name(one), time: one.seconds === null ? "–" : time(one.seconds) })}${never}`, say("kept.remove"))) await act(`${path(one)}/remove`, say("kept.removed", { name: name(one) }));
  }

  async function empty(all) {
    const bytes = all.reduce((sum, one) => sum + (one.bytes ?? 0), 0);
    if (await sure(say("kept.empty.sure", { count: all.length, size: size(bytes) }), say("kept.empty"))) await act(`${base}/empty`, say("kept.emptied"));
  }

  function show(all) {
    const [there, gone] = [all.filter((one) => !one.removed), all.filter((one) => one.removed)];
    fill(list, there.length ? there.map((one) => h("li", {}, h("div", { class: "row" }, line(one), hear(one),
      one.kind === "reading" ? h("button", { onclick: () => toCuts(session, one) }, say("reading.cut")) : null,
      h("button", { "aria-label": `${say("kept.remove")}: ${name(one)}`, onclick: () => remove(one) }, say("kept.remove"))))) : h("li", { class: "soft" }, say("kept.none")));
    fill(aside, gone.length ? [h("h2", {}, say("kept.aside")), h("ul", { class: "cuts" }, gone.map((one) => h("li", {}, h("div", { class: "row" }, line(one), hear(one),
      h("button", { "aria-label": `${say("record.restore")}: ${name(one)}`, onclick: () => act(`${path(one)}/restore`, say("kept.restored", { name: name(one) })) }, say("record.restore")))))),
    h("p", {}, h("button", { onclick: () => empty(gone) }, say("kept.empty")))] : null);
  }

  try {
    show(await get(base));
  } catch (error) {
    fill(told, h("span", { class: "wrong", role: "alert" }, error.told ?? String(error)));
  }
  return quiet;
}
