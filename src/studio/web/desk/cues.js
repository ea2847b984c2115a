// The bells of a track at clock times, which ring whatever is spoken: from the start, as 5m, or before the end, as end-9s.

import { fill, h } from "../dom.js";
import { renew } from "../keep.js";
import { say } from "../words.js";

/** `edit(step, change)` makes one edit of the file of a cue, as of a step. */
export function makeCues(edit) {
  const list = h("ul", { class: "cue-list" });
  const time = h("input", { type: "text", class: "typed", placeholder: "5m", "aria-label": say("cues.time") });
  const bell = h("select", { "aria-label": say("desk.bell") });
  const add = h("form", { class: "row", onsubmit: (event) => {
    event.preventDefault();
    const [at, wanted] = [time.value.trim(), bell.value];
    if (at) edit({ file: sheet.track.file }, () => ({ change: "add-cue", at, bell: wanted })).then((done) => { if (done && time.value.trim() === at) time.value = ""; });
  } }, time, bell, h("button", { class: "small" }, say("cues.add")));
  const element = h("details", { class: "card cues" }, h("summary", {}, h("h2", {}, say("cues.title"))), h("p", { class: "soft" }, say("cues.how")), list, add);
  let sheet = null;
  /** What the list shows, and which bells can be chosen. */
  let [listed, offered] = ["", ""];

  /** Changes a cue where it is by then: of those with its bell at its time, the one with as many before it. */
  function change(cue, index, wanted) {
    const isSame = (one) => one.time === cue.time && one.bell === cue.bell;
    const before = sheet.cues.slice(0, index).filter(isSame).length;
    return edit(cue, () => {
      const now = sheet.cues.filter(isSame)[before];
      if (!now) throw new Error(say("desk.gone"));
      return { ...wanted, cue: now.at };
    });
  }

  function one(cue, index) {
    const focus = `cue ${index}`;
    const at = h("input", { type: "text", class: "typed", value: cue.time, "aria-label": say("cues.time.of", { n: index + 1 }), data: { focus: `${focus} time` }, onchange: () => {
      if (at.value.trim()) change(cue, index, { change: "cue", at: at.value.trim() });
      else at.value = cue.time;
    } });
    const own = h("select", { "aria-label": say("cues.bell.of", { n: index + 1 }), data: { focus: `${focus} bell` }, onchange: () => change(cue, index, { change: "cue", bell: own.value }) },
      sheet.controls.bells.map(({ id, title }) => h("option", { value: id, selected: id === cue.bell }, title ?? id)));
    return h("li", { class: "row" }, at, own, h("button", { type: "button", class: "small", "aria-label": say("cues.drop.of", { n: index + 1, time: cue.time }), data: { focus: `${focus} drop` }, onclick: () => change(cue, index, { change: "drop-cue" }) }, say("desk.drop")));
  }

  return {
    element,
    /** Shows the cues of a sheet; where an edit `isRefused`, the fields are again what they were. */
    show(wanted, isRefused = false) {
      sheet = wanted;
      const { bells } = sheet.controls;
      element.hidden = bells.length === 0;
      const bellsNow = JSON.stringify(bells);
      const now = JSON.stringify([sheet.track.file, sheet.cues.map((cue) => [cue.time, cue.bell]), bells]);
      if (listed !== now || isRefused) renew(list, () => fill(list, sheet.cues.map(one)));
      if (offered !== bellsNow) {
        const chosen = bell.value;
        fill(bell, bells.map(({ id, title }) => h("option", { value: id, selected: id === chosen }, title ?? id)));
      }
      [listed, offered] = [now, bellsNow];
    },
  };
}
