// The phrases of a reading: where each is, what is wrong with it, and its edges on the waveform. What is kept becomes takes.

import { address, get, post } from "../api.js";
import { fill, h, switchOff } from "../dom.js";
import { number, say } from "../words.js";
import { faultList } from "./faults.js";
import { play, quiet } from "./player.js";
import { waveform } from "./waveform.js";

/** So much is shown beside a phrase, in seconds. */
const AROUND = 2.5;
const COLUMNS = 600;
const SHORTEST = 0.1;
const LONGEST = 100;
/** An arrow key moves an edge by so much, and with Shift by ten times as much, in seconds. */
const STEP = 0.01;

/** A time in a reading, to a hundredth of a second. */
const clock = (seconds) => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(2).padStart(5, "0")}`;

export async function cuts(main, studio, recorder, session, reading, toPrompter) {
  const { voice } = session;
  const base = address`/studio/voices/${voice.language}/${voice.id}/readings/${reading.session}/${reading.name}`;
  const told = h("p", { role: "status", class: "status" });
  const list = h("ol", { class: "cuts" });
  const keep = h("button", { class: "main", disabled: true, onclick: () => keepAll() });
  const back = h("button", { onclick: () => toPrompter(session) }, say("reading.back"));
  main.append(h("h1", {}, say("reading.cuts")), h("p", { class: "soft" }, say("reading.cuts.how")), told, list, h("div", { class: "row" }, keep, back));
  fill(told, say("reading.finding"));

  let found = null;
  try {
    found = await post(`${base}/align`);
  } catch (error) {
    fill(told, h("span", { class: "wrong", role: "alert" }, error.told ?? String(error)));
    return quiet;
  }
  const phrases = found.phrases.map((phrase) => ({ ...phrase, wanted: phrase.from !== null }));
  fill(told, say("reading.found", { count: phrases.filter(({ from }) => from !== null).length, all: phrases.length }),
    found["other-words"] ? h("span", { class: "warn" }, " ", say("reading.other")) : null,
    found["by-words"] ? null : h("span", {}, " ", say("reading.lengths")));

  /** Where a phrase that was not found may be: between its neighbours. */
  function guess(index) {
    const before = phrases.slice(0, index).findLast(({ to }) => to !== null)?.to ?? 0;
    const after = phrases.slice(index + 1).find(({ from }) => from !== null)?.from ?? found.seconds;
    const [from, to] = [Math.min(before, found.seconds - SHORTEST), Math.max(after, before + SHORTEST)];
    return [from, Math.min(to, from + 10, found.seconds)];
  }

  function count() {
    const wanted = phrases.filter(({ wanted }) => wanted).length;
    switchOff(keep, wanted === 0);
    fill(keep, say("reading.keep", { count: wanted }));
  }

  const hear = (phrase) => play(`${base}/sound?from=${phrase.from}&to=${phrase.to}`);

  const rows = phrases.map((phrase, index) => {
    const check = h("input", { type: "checkbox", checked: phrase.wanted, "aria-label": say("reading.keep.one", { words: phrase.text }), onchange: () => { phrase.wanted = check.checked && phrase.from !== null; check.checked = phrase.wanted; count(); } });
    const when = h("span", { class: "cut-time" });
    const listen = h("button", { onclick: () => hear(phrase) }, say("record.play"));
    const edit = h("button", { "aria-expanded": "false", onclick: () => open(index) }, say("reading.edges"));
    const faults = h("div", {});
    const editor = h("div", { class: "cut-editor" });
    const show = () => {
      check.checked = phrase.wanted;
      check.disabled = phrase.from === null;
      listen.disabled = phrase.from === null;
      fill(when, phrase.from === null ? say("reading.missing") : `${clock(phrase.from)} – ${clock(phrase.to)}`);
      const all = [phrase.doubt, ...phrase.faults].filter(Boolean);
      fill(faults, all.length ? faultList(all) : h("p", { class: "ok" }, say("record.good")));
      count();
    };
    show();
    return { item: h("li", {}, h("div", { class: "row" }, check, h("span", { class: "cut-text", lang: voice.language, dir: "auto" }, phrase.text), when, listen, edit), faults, editor), show, editor, edit };
  });
  fill(list, rows.map(({ item }) => item));

  let opened = null;
  async function open(index) {
    quiet();
    if (opened !== null) {
      fill(rows[opened].editor);
      rows[opened].edit.setAttribute("aria-expanded", "false");
    }
    opened = opened === index ? null : index;
    if (opened === null) return;
    rows[index].edit.setAttribute("aria-expanded", "true");
    const phrase = phrases[index];
    const [from, to] = phrase.from === null ? guess(index) : [phrase.from, phrase.to];
    const first = Math.max(0, from - AROUND);
    const last = Math.min(found.seconds, to + AROUND, first + LONGEST);
    const columns = await get(`${base}/peaks?from=${first}&to=${last}&columns=${COLUMNS}`);
    const edges = { from, to };
    const drawing = h("div", { class: "wave-box" });
    const share = (at) => (at - first) / (last - first);
    const knobs = ["from", "to"].map((edge) => h("div", { class: "edge", role: "slider", tabIndex: 0, "aria-label": say(`reading.edge.${edge}`), data: { edge } }));
    let wave = null;

    function draw() {
      const fresh = waveform(columns, [share(edges.from), share(edges.to)], say("reading.wave", { words: phrase.text }));
      wave?.remove();
      wave = fresh;
      drawing.prepend(wave);
      for (const knob of knobs) {
        const at = edges[knob.dataset.edge];
        knob.style.left = `${share(at) * 100}%`;
        knob.setAttribute("aria-valuemin", first.toFixed(2));
        knob.setAttribute("aria-valuemax", last.toFixed(2));
        knob.setAttribute("aria-valuenow", at.toFixed(2));
        knob.setAttribute("aria-valuetext", clock(at));
      }
    }

    function move(edge, at) {
      edges[edge] = edge === "from" ? Math.min(Math.max(first, at), edges.to - SHORTEST) : Math.max(Math.min(last, at), edges.from + SHORTEST);
      draw();
    }

    async function moved() {
      const place = { from: edges.from, to: edges.to };
      // Whoever has moved an edge has answered what was doubtful about it.
      Object.assign(phrase, place, { wanted: true, doubt: null });
      const faults = await post(`${base}/judge`, { script: phrase.script, phrase: phrase.id, ...place, doubt: false });
      if (phrase.from !== place.from || phrase.to !== place.to) return;
      phrase.faults = faults;
      rows[index].show();
    }

    for (const knob of knobs) {
      const { edge } = knob.dataset;
      knob.addEventListener("pointerdown", (event) => {
        knob.setPointerCapture(event.pointerId);
        event.preventDefault();
        knob.focus();
        const box = drawing.getBoundingClientRect();
        const drag = (event) => move(edge, first + (event.clientX - box.left) / box.width * (last - first));
        knob.addEventListener("pointermove", drag);
        knob.addEventListener("lostpointercapture", () => {
          knob.removeEventListener("pointermove", drag);
          moved();
        }, { once: true });
      });
      knob.addEventListener("keydown", (event) => {
        const by = { ArrowLeft: -STEP, ArrowDown: -STEP, ArrowRight: STEP, ArrowUp: STEP }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        move(edge, edges[edge] + by * (event.shiftKey ? 10 : 1));
        moved();
      });
    }
    drawing.append(...knobs);
    draw();
    const playEdges = () => play(`${base}/sound?from=${edges.from}&to=${edges.to}`, (at) => wave.head(at === null ? -1 : share(edges.from + at)));
    fill(rows[index].editor, drawing, h("div", { class: "row" }, h("button", { onclick: playEdges }, say("record.play")), h("span", { class: "soft" }, say("reading.edges.how"))));
  }

  async function keepAll() {
    switchOff(keep, true);
    quiet();
    fill(told, say("reading.keeping"));
    const wanted = phrases.filter((phrase) => phrase.wanted)
      .map(({ script, id, from, to, doubt }) => ({ script, phrase: id, from, to, doubt: Boolean(doubt) }));
    try {
      const kept = await post(`${base}/keep`, wanted);
      const good = kept.filter((one) => one.good).length;
      fill(list);
      fill(told, h("span", { class: "ok" }, say("reading.kept", { count: number(kept.length), good: number(good) })));
      keep.hidden = true;
      back.focus();
    } catch (error) {
      fill(told, h("span", { class: "wrong", role: "alert" }, error.told ?? String(error)));
      count();
    }
  }

  return quiet;
}
