// Asks what to do where a file was changed elsewhere: both versions are shown, and nothing is lost.

import { h } from "./dom.js";
import { say } from "./words.js";

/** The lines in which two texts differ, each with its number; those before and after that are equal are left out. */
export function differing(before, after) {
  const [old, now] = [before.split("\n"), after.split("\n")];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  return { from: start + 1, before: old.slice(start, old.length - end), after: now.slice(start, now.length - end) };
}

function shown(title, base, text) {
  const { from, after } = base === null ? { from: 1, after: text.split("\n") } : differing(base, text);
  const lines = after.length ? after : [say("conflict.nothing")];
  return h("section", {}, h("h3", {}, title), h("p", { class: "soft" }, say("conflict.line", { n: from })),
    h("pre", { tabIndex: 0, role: "region", "aria-label": title }, lines.join("\n")));
}

/**
 * Shows a conflict. Becomes "beside" where both changes are wanted, "theirs" where the other is to stay, and "mine" where ours is to take
 * its place, which is offered where `canTake`; "later" where it was not answered.
 */
export function askConflict(conflict, canTake = false) {
  return new Promise((done) => {
    const close = (answer) => {
      dialog.close();
      dialog.remove();
      done(answer);
    };
    const dialog = h("dialog", { class: "conflict", "aria-label": say("conflict.title"), oncancel: (event) => { event.preventDefault(); close("later"); } },
      h("h2", {}, say("conflict.title")),
      h("p", {}, say("conflict.told", { file: conflict.file })),
      h("div", { class: "both" },
        conflict.mine === null || conflict.mine === undefined ? null : shown(say(conflict.step ? `conflict.${conflict.step}` : "conflict.mine"), conflict.shown, conflict.mine),
        conflict.theirs === null ? null : shown(say("conflict.theirs"), conflict.shown, conflict.theirs)),
      h("p", {}, say(conflict.step ? "conflict.overtaken" : conflict.together ? "conflict.together" : canTake ? "conflict.choose" : "conflict.apart")),
      h("div", { class: "row" },
        conflict.together ? h("button", { type: "button", class: "main", onclick: () => close("beside") }, say("conflict.beside")) : null,
        canTake && !conflict.together ? h("button", { type: "button", onclick: () => close("mine") }, say("conflict.take")) : null,
        h("button", { type: "button", onclick: () => close("theirs") }, say(conflict.step ? "conflict.leave" : "conflict.keep"))));
    document.body.append(dialog);
    dialog.showModal();
  });
}

/**
 * Does what may meet a conflict: `work(beside)`. Becomes its answer, or null where the other change is kept. With `renew`, which reads what
 * is there now, ours can take its place.
 */
export async function settled(work, renew = null) {
  try {
    return await work(false);
  } catch (error) {
    if (!error.problem?.conflict) throw error;
    const answer = await askConflict(error.problem.conflict, renew !== null);
    if (answer === "theirs") return null;
    // Escape decides nothing: what was typed is still there.
    if (answer === "later") throw Object.assign(new Error("not chosen"), { told: say("conflict.later") });
    if (answer === "beside") return work(true);
    await renew();
    return settled(work, renew);
  }
}
