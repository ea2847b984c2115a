// The timeline as a strip: parts, phrases, pauses, breaths, bells and the bed, each where it sounds. A click plays from there, and
// the edge of a pause is dragged. Who uses no mouse has the same in the list of steps below.

import { h } from "../dom.js";
import { say, time } from "../words.js";

/** Pixels for a second; 0 shows the whole. */
export const SCALES = [0, 4, 12, 32];
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.round(seconds) % 60).padStart(2, "0")}`;

/** `on` has `play(seconds)`, `titleOf(kind, id)` of a bed or a bell, `pick(pause)`, `drag(pause, seconds)`, and `dropped(pause, seconds)`. */
export function makeStrip(on) {
  const head = h("div", { class: "playhead" });
  const lane = Object.fromEntries(["ruler", "parts", "voice", "cues", "beds"].map((name) => [name, h("div", { class: `lane ${name}` })]));
  const lanes = h("div", { class: "lanes" }, Object.values(lane), head);
  const view = h("div", { class: "strip", tabIndex: 0, role: "region", "aria-label": say("desk.timeline") }, lanes);
  let timeline = null;
  let scale = 0;
  let perSecond = 1;
  let dragged = null;
  let picked = null;
  /** How wide it is, and how far it is scrolled, in pixels: they are told, as to ask for them costs a layout. */
  let [wide, scrolled] = [0, 0];
  /** Where it plays, in seconds. */
  let heard = 0;
  const placeHead = () => { head.style.transform = `translateX(${heard * perSecond}px)`; };
  const seconds = (frames) => frames / timeline.rate;

  // What is drawn, by name. A key stroke moves little by a whole pixel, so that nearly nothing is written to the page and little has
  // to be painted.
  let drawn = new Map();
  let next = new Map();
  const owners = new WeakMap();

  /** A name that nothing else has which is drawn: a phrase of a repeat is there more than once. */
  function named(name) {
    let count = 0;
    while (next.has(`${name} ${count}`)) count += 1;
    return `${name} ${count}`;
  }

  /**
   * Draws a block from second to second: what is drawn of that name already, if it is the same to `look`, or else what `make` gives. One
   * without an end is as wide as its style. Null where it is out of sight.
   */
  function block(where, name, [from, to, least = 2], look, make, title = () => "") {
    const left = Math.round(from * perSecond);
    const width = to === null ? null : Math.max(Math.round(to * perSecond) - left, least);
    if (left > scrolled + wide * 2 || left + (width ?? wide) < scrolled - wide) return null;
    const key = named(name);
    const known = drawn.get(key);
    const own = known?.look === look ? known : { look, element: make(), where };
    const { style } = own.element;
    if (own.left !== left) style.left = `${left}px`;
    if (own.width !== width) style.width = `${width}px`;
    Object.assign(own, { left, width, title });
    owners.set(own.element, own);
    next.set(key, own);
    return own;
  }

  function ruler(all) {
    const steps = [5, 10, 30, 60, 120, 300, 600, 1200];
    const step = steps.find((step) => step * perSecond >= 56) ?? 3600;
    for (let at = 0; (all - at) * perSecond > 40; at += step) block(lane.ruler, "mark", [at, null], clock(at), () => h("span", { class: "mark" }, clock(at)));
  }

  function pauseBlock(pause) {
    const [start, length] = [seconds(pause.start), seconds(pause.frames)];
    const limits = on.limits(pause);
    const key = `${pause.file}:${pause.at}`;
    const [grip, told] = [limits && length * perSecond >= 5, length * perSecond > 34 ? time(length) : ""];
    const most = () => (pause.most === null ? say("desk.endless") : time(seconds(pause.most)));
    // What is dragged keeps the element that the pointer is on.
    const own = block(lane.voice, `pause ${key}`, [start, start + length, 1], `${grip} ${told !== ""}`, () => h("div", { onclick: () => on.pick(own.pause) },
      grip ? h("span", { class: "grip", onpointerdown: (event) => begin(event, own.pause, own.limits) }) : null, told ? h("span", { class: "length" }) : null),
    () => say("desk.pause.title", { now: time(length), natural: time(seconds(pause.natural)), least: time(seconds(pause.least)), most: most() }));
    if (!own) return;
    const name = `pause${limits ? "" : " stiff"}${key === picked ? " picked" : ""}`;
    if (own.name !== name) own.element.className = name;
    if (told && own.told !== told) own.element.lastChild.textContent = told;
    Object.assign(own, { pause, limits, name, told });
  }

  function begin(event, pause, own) {
    event.preventDefault();
    event.stopPropagation();
    dragged = { pause, own, from: event.clientX, scale: perSecond, now: own.natural };
    picked = `${pause.file}:${pause.at}`;
    view.setPointerCapture(event.pointerId);
    view.classList.add("dragging");
  }

  view.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    const { own, from } = dragged;
    const wanted = own.natural + (event.clientX - from) / dragged.scale;
    const limited = Math.min(Math.max(wanted, own.least), own.most);
    const now = Math.round(limited * 2) / 2;
    if (now === dragged.now || now < own.least || now > own.most) return;
    dragged.now = now;
    on.drag(dragged.pause, now);
  });
  const end = (event) => {
    if (!dragged) return;
    const { pause, own, now } = dragged;
    dragged = null;
    view.classList.remove("dragging");
    if (event.type === "pointerup" && now !== own.natural) on.dropped(pause, now);
    else on.drag(pause, null);
  };
  // Escape leaves the pause as it is.
  const onKey = (event) => { if (dragged && event.key === "Escape") end(event); };
  document.addEventListener("keydown", onKey);
  view.addEventListener("pointerup", end);
  view.addEventListener("pointercancel", end);

  function draw() {
    if (!timeline || !wide) return;
    const all = seconds(timeline.frames);
    const room = Math.max(wide, 200);
    perSecond = scale === 0 ? room / all : Math.max(scale, room / all);
    const whole = `${Math.floor(all * perSecond)}px`;
    if (lanes.style.width !== whole) lanes.style.width = whole;
    placeHead();
    next = new Map();
    const event = (where, { kind, id, start, frames }, look, text, title) => {
      const [from, length] = [seconds(start), seconds(frames)];
      block(where, `${kind} ${id}`, [from, from + length], `${look} ${text}`, () => h("div", { class: look }, text), title);
    };
    ruler(all);
    timeline.chapters.forEach(({ start, title }, at) => {
      const end = timeline.chapters[at + 1]?.start ?? timeline.frames;
      block(lane.parts, "part", [seconds(start), seconds(end)], title, () => h("div", { class: "part" }, title), () => title);
    });
    timeline.pauses.forEach(pauseBlock);
    for (const own of timeline.events) {
      const { kind, id, text } = own;
      if (kind === "phrase") {
        event(lane.voice, own, `phrase${own.predicted ? " predicted" : ""}${own.safety ? " safety" : ""}`, seconds(own.frames) * perSecond > 40 ? text : "",
          () => `${clock(seconds(own.start))} ${text}`);
      } else if (kind === "breath") event(lane.cues, own, `breath ${id}`, "", () => say(`desk.breath.${id}`));
      else if (kind === "step") event(lane.cues, own, "pace", "");
      else if (kind === "bell") {
        block(lane.cues, `bell ${id}`, [seconds(own.start), null], "", () => h("div", { class: "bell" }), () => `${clock(seconds(own.start))} ${say("desk.bell")}: ${on.titleOf("bell", id)}`);
      } else if (kind === "bed") event(lane.beds, own, "bed", on.titleOf("bed", id), () => on.titleOf("bed", id));
    }
    timeline.grids.filter((grid) => !grid.heard).forEach((grid) => event(lane.cues, grid, `grid ${grid.kind}`, "", () => say(`desk.grid.${grid.kind}`, { n: grid.count })));
    for (const [key, { element }] of drawn) if (next.get(key)?.element !== element) element.remove();
    for (const { element, where } of next.values()) if (!element.parentNode) where.append(element);
    drawn = next;
  }

  // What a block is, is told when somebody points at it.
  lanes.addEventListener("pointerover", ({ target }) => {
    const own = owners.get(target.closest(".lane > *"));
    if (own) own.element.title = own.title();
  });
  lanes.addEventListener("click", (event) => {
    if (event.target.closest(".pause, .grip") || !timeline) return;
    on.play((event.clientX - lanes.getBoundingClientRect().left) / perSecond);
  });
  view.addEventListener("scroll", () => {
    scrolled = view.scrollLeft;
    draw();
  });
  const watcher = new ResizeObserver(() => {
    wide = view.clientWidth;
    if (!dragged) draw();
  });
  watcher.observe(view);

  return {
    element: view,
    show(wanted) {
      timeline = wanted;
      draw();
    },
    zoom(wanted) {
      const middle = (view.scrollLeft + view.clientWidth / 2) / perSecond;
      scale = wanted;
      draw();
      view.scrollLeft = middle * perSecond - view.clientWidth / 2;
    },
    /** Shows where it plays; keeps it in sight while it does. */
    playhead(at, playing) {
      heard = at;
      placeHead();
      const x = at * perSecond - view.scrollLeft;
      if (playing && !dragged && (x < 0 || x > view.clientWidth * 0.9)) view.scrollLeft = at * perSecond - view.clientWidth * 0.1;
    },
    pick(key) {
      picked = key;
      draw();
    },
    close() {
      watcher.disconnect();
      document.removeEventListener("keydown", onKey);
    },
  };
}
