// The timeline as a strip: parts, phrases, pauses, breaths, bells and the bed, each where it sounds. A click plays from there, and
// the edge of a pause is dragged. Who uses no mouse has the same in the list of steps below.

import { fill, h } from "../dom.js";
import { say, time } from "../words.js";

/** Pixels for a second; 0 shows the whole. */
export const SCALES = [0, 4, 12, 32];
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.round(seconds) % 60).padStart(2, "0")}`;

/** `on` has `play(seconds)`, `pick(pause)`, `drag(pause, seconds)`, and `dropped(pause, seconds)`. */
export function makeStrip(on) {
  const lanes = h("div", { class: "lanes" });
  const head = h("div", { class: "playhead" });
  const view = h("div", { class: "strip", tabIndex: 0, role: "region", "aria-label": say("desk.timeline") }, lanes);
  let timeline = null;
  let scale = 0;
  let perSecond = 1;
  let dragged = null;
  let picked = null;
  let rulerEnd = "";
  /** Where it plays, in seconds. */
  let heard = 0;
  const placeHead = () => { head.style.transform = `translateX(${heard * perSecond}px)`; };

  const seconds = (frames) => frames / timeline.rate;
  const place = (element, start, length, least = 1) => {
    element.style.left = `${start * perSecond}px`;
    element.style.width = `${Math.max(length * perSecond, least)}px`;
    return element;
  };
  const lane = (name, ...blocks) => h("div", { class: `lane ${name}` }, blocks);

  function ruler(all) {
    const steps = [5, 10, 30, 60, 120, 300, 600, 1200];
    const step = steps.find((step) => step * perSecond >= 56) ?? 3600;
    const marks = [];
    for (let at = 0; at < all; at += step) {
      const mark = h("span", { class: "mark" }, clock(at));
      mark.style.left = `${at * perSecond}px`;
      if ((all - at) * perSecond > 40) marks.push(mark);
    }
    return lane("ruler", marks);
  }

  /** The elements that are drawn, by what they show, so that only what is other is made anew. */
  let drawn = new Map();
  let next = new Map();

  /** The element of a key: the one that is drawn, if it still shows `shown`, or the one that `make` makes. */
  function kept(key, shown, make) {
    const own = drawn.get(key);
    const block = own?.shown === shown ? own : { shown, element: make() };
    next.set(key, block);
    return block;
  }

  function pauseBlock(pause, at) {
    const [start, length] = [seconds(pause.start), seconds(pause.frames)];
    const own = on.limits(pause);
    const key = `${pause.file}:${pause.at}`;
    const most = pause.most === null ? say("desk.endless") : time(seconds(pause.most));
    const title = say("desk.pause.title", { now: time(length), natural: time(seconds(pause.natural)), least: time(seconds(pause.least)), most });
    const [grip, told] = [own && length * perSecond >= 5, length * perSecond > 34 ? time(length) : ""];
    // What is dragged keeps the element that the pointer is on.
    const block = kept(`pause ${at}`, `${key} ${grip} ${told !== ""}`, () => {
      const element = h("div", { onclick: () => on.pick(pause) });
      if (grip) element.append(h("span", { class: "grip", onpointerdown: (event) => begin(event, block.pause, block.own) }));
      if (told) element.append(h("span", { class: "length" }));
      return element;
    });
    Object.assign(block, { pause, own });
    const { element } = block;
    element.className = `pause${own ? "" : " stiff"}${key === picked ? " picked" : ""}`;
    if (element.title !== title) element.title = title;
    if (told) element.lastChild.textContent = told;
    return place(element, start, length);
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
  view.addEventListener("pointerup", end);
  view.addEventListener("pointercancel", end);

  function draw() {
    if (!timeline) return;
    const all = seconds(timeline.frames);
    const room = Math.max(view.clientWidth - 2, 200);
    perSecond = scale === 0 ? room / all : Math.max(scale, room / all);
    lanes.style.width = `${all * perSecond}px`;
    placeHead();
    const of = (kind) => timeline.events.filter((event) => event.kind === kind);
    next = new Map();
    const block = (event, name, text, title) => {
      const key = `${name.split(" ")[0]} ${event.kind} ${event.id} ${next.size}`;
      const { element } = kept(key, `${name} ${text}`, () => h("div", { class: name }, text));
      if (element.title !== title) element.title = title;
      return place(element, seconds(event.start), seconds(event.frames), 2);
    };
    const titles = [...timeline.chapters, { start: timeline.frames }];
    const parts = timeline.chapters.map((chapter, at) => {
      const start = seconds(chapter.start);
      const { element } = kept(`part ${at}`, chapter.title, () => h("div", { class: "part", title: chapter.title }, chapter.title));
      return place(element, start, seconds(titles[at + 1].start) - start);
    });
    const voice = of("phrase").map((event) => block(event, `phrase${event.predicted ? " predicted" : ""}${event.safety ? " safety" : ""}`,
      seconds(event.frames) * perSecond > 40 ? event.text : "", `${clock(seconds(event.start))} ${event.text}`));
    const breaths = of("breath").map((event) => block(event, `breath ${event.id}`, "", say(`desk.breath.${event.id}`)));
    const silent = timeline.grids.filter((grid) => !grid.heard).map((grid) => block(grid, `grid ${grid.kind}`, "", say(`desk.grid.${grid.kind}`, { n: grid.count })));
    const paces = of("step").map((event) => block(event, "pace", "", ""));
    const bells = of("bell").map((event, at) => {
      const { element } = kept(`bell ${at}`, event.id, () => h("div", { class: "bell" }));
      element.title = `${clock(seconds(event.start))} ${say("desk.bell")} ${event.id}`;
      element.style.left = `${seconds(event.start) * perSecond}px`;
      return element;
    });
    const beds = of("bed").map((event) => block(event, "bed", event.id, event.id));
    const pauses = timeline.pauses.map(pauseBlock);
    // Where every element is there already it has only moved.
    const isSame = next.size === drawn.size && [...next].every(([key, { element }]) => drawn.get(key)?.element === element);
    drawn = next;
    if (isSame && rulerEnd === `${all} ${perSecond}`) return;
    rulerEnd = `${all} ${perSecond}`;
    fill(lanes, ruler(all), lane("parts", parts), lane("voice", pauses, voice),
      lane("cues", silent, breaths, paces, bells), lane("beds", beds), head);
  }

  lanes.addEventListener("click", (event) => {
    if (event.target.closest(".pause, .grip") || !timeline) return;
    on.play((event.clientX - lanes.getBoundingClientRect().left) / perSecond);
  });
  const watcher = new ResizeObserver(() => { if (!dragged) draw(); });
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
    close: () => watcher.disconnect(),
  };
}
