// The player: one audio element, with versions, parts, position and words.

import { clock, data, fill, get, make, memory, plain, put, spoken, words } from "./words.js";
import { followWords, showWords } from "./lines.js";

const STEP = 15;
const audio = get("audio");
const seek = get("seek");
const playButtons = [get("play"), document.querySelector("#mini button")];
const byId = new Map(data.tracks.map((track) => [track.id, track]));
let track = null;
let version = null;
let parts = [];
let drags = false;

/** A message under the buttons. */
export function tell(text) {
  put(get("status"), text);
}

/** A length as people say it, unless another version would be called the same. */
function lengthOf({ length, seconds }) {
  const isUnclear = track.versions.some((other) => other.length === length && Math.abs(other.seconds - seconds) >= 1);
  return isUnclear ? clock(seconds) : length;
}

/** What sets versions apart: a heading, and what a version has. */
function dimensions() {
  const names = [...new Set(track.versions.flatMap(({ choices }) => Object.keys(choices)))];
  return [
    { name: "length", title: words.length, of: lengthOf },
    { name: "guidance", title: words.guidance, of: ({ guidance }) => ({ light: words.level_light, bells: words.level_bells })[guidance] ?? words.level_full },
    ...names.map((name) => ({ name: `choice-${name}`, title: name, of: ({ choices }) => choices[name] ?? words.usual })),
    { name: "bed", title: words.sound, of: ({ bed }) => bed || words.none },
    { name: "mix", title: words.choice, of: ({ mix }) => words[`mix_${mix}`] },
  ];
}

/** The version that has a value, and else differs least from another. */
function nearest(wanted, from) {
  const all = dimensions();
  const same = (one) => all.filter((dimension) => dimension.of(one) === from?.[dimension.name]).length;
  const fitting = track.versions.filter((one) => !wanted || wanted.dimension.of(one) === wanted.value);
  return fitting.reduce((best, one) => (same(one) > same(best) ? one : best));
}

/** The values of a version, by dimension. */
const valuesOf = (one) => Object.fromEntries(dimensions().map((dimension) => [dimension.name, dimension.of(one)]));

/** Opens a track; `false` if there is none of that id. */
export function openTrack(id) {
  const found = byId.get(id);
  if (!found) return false;
  if (found === track) return true;
  track = found;
  get("title").textContent = track.title;
  put(get("about"), track.about);
  const own = get("own");
  own.hidden = track.before.length === 0;
  own.querySelector("ul").replaceChildren(...track.before.map((text) => make("li", { textContent: text })));
  document.querySelector("#player .empty").hidden = true;
  document.querySelector("#player .now").hidden = false;
  document.querySelector("#mini a").textContent = track.title;
  document.querySelector("#mini a").href = `#${track.id}`;
  const first = track.versions[0];
  const wished = JSON.parse(memory.get("wishes") ?? "{}");
  audio.pause();
  delete document.body.dataset.started;
  showVersion(nearest(null, { ...valuesOf(first), ...wished, length: first.length }), 0);
  return true;
}

export const current = () => track;

function showVersion(chosen, time) {
  version = chosen;
  audio.src = version.sound;
  if (time > 0) audio.currentTime = time;
  tell("");
  showChoices();
  showParts();
  showFiles();
  showWords(version.cues, jump);
  seek.max = String(Math.floor(version.seconds));
  showTime();
  showMedia();
}

function showChoices() {
  const fields = dimensions().flatMap((dimension) => {
    const shortest = [...track.versions].sort((one, other) => one.seconds - other.seconds);
    const ordered = dimension.name === "length" ? shortest : track.versions;
    const values = [...new Set(ordered.map(dimension.of))];
    if (values.length < 2) return [];
    const radios = values.map((value) => {
      const radio = make("input", { type: "radio", name: dimension.name, value, checked: value === dimension.of(version) });
      radio.addEventListener("change", () => change(dimension, value));
      return make("label", {}, radio, make("span", { textContent: value }));
    });
    return [make("fieldset", {}, make("legend", { textContent: dimension.title }), make("div", { className: "radios" }, ...radios))];
  });
  get("choose").replaceChildren(...fields);
}

/** Goes on at the same place in another version: at the same time if it is as long, else at the beginning of the same part. */
function change(dimension, value) {
  const next = nearest({ dimension, value }, valuesOf(version));
  const part = partAt(audio.currentTime);
  const isAsLong = Math.abs(next.seconds - version.seconds) < 0.5;
  const place = isAsLong ? audio.currentTime : (next.chapters[part]?.[0] ?? 0);
  const played = !audio.paused;
  const { length, ...wishes } = valuesOf(next);
  memory.set("wishes", JSON.stringify(wishes));
  showVersion(next, place);
  document.querySelector(`#choose input[name="${dimension.name}"]:checked`)?.focus();
  if (played) play();
}

const partAt = (time) => version.chapters.findLastIndex(([start]) => start <= time + 0.05);

function showParts() {
  parts = version.chapters.map(([start, title]) => {
    const button = make("button", { type: "button" }, make("span", { textContent: title }), make("span", { className: "time", textContent: clock(start) }));
    button.addEventListener("click", () => jump(start));
    return button;
  });
  get("parts").hidden = parts.length === 0;
  get("parts").querySelector("ol").replaceChildren(...parts.map((button) => make("li", {}, button)));
}

function showFiles() {
  get("notes").replaceChildren(...version.notes.map((text) => make("li", { textContent: text })));
  const links = version.files.flatMap(({ href, name, label }) => [" ", make("a", { href, download: name, textContent: label })]);
  get("files").replaceChildren(...links);
  const text = get("transcript");
  text.hidden = !version.transcript;
  if (version.transcript) text.href = version.transcript;
}

/** Goes to a time, and plays from there if it plays. */
function jump(time) {
  audio.currentTime = Math.min(Math.max(0, time), version.seconds - 0.1);
  showTime();
}

function showTime() {
  const time = Math.min(audio.currentTime, version.seconds);
  const isHeld = drags || document.activeElement === seek;
  if (!drags) seek.value = String(Math.floor(time));
  // Somebody who listens to the slider hears it when they move it, not each second.
  if (!isHeld || audio.paused) describe(time);
  seek.style.setProperty("--done", `${(100 * Number(seek.value)) / Math.max(1, Number(seek.max))}%`);
  get("elapsed").textContent = clock(time);
  get("left").textContent = `−${clock(version.seconds - time)}`;
  document.querySelector("#mini .time").textContent = clock(version.seconds - time);
  const at = partAt(time);
  get("part").textContent = version.chapters[at]?.[1] ?? "";
  parts.forEach((button, index) => {
    if (index === at) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  });
  followWords(time);
}

function describe(time) {
  seek.setAttribute("aria-valuetext", plain(fill(words.place, { time: spoken(time), whole: spoken(version.seconds) })));
}

function play() {
  document.body.dataset.started = "";
  tell("");
  // Where a device refuses, the error event tells why, or the button is pressed again.
  audio.play().catch(() => {});
}

function showState() {
  const plays = !audio.paused && !audio.ended;
  document.body.toggleAttribute("data-plays", plays);
  for (const button of playButtons) button.setAttribute("aria-label", plain(plays ? words.pause : words.play));
  if ("mediaSession" in navigator) navigator.mediaSession.playbackState = plays ? "playing" : "paused";
}

function showMedia() {
  if (!("mediaSession" in navigator)) return;
  const icon = new URL("icon-512.png", import.meta.url).href;
  const artwork = [{ src: icon, sizes: "512x512", type: "image/png" }];
  navigator.mediaSession.metadata = new MediaMetadata({ title: track.title, album: data.course, artwork });
  const actions = {
    play,
    pause: () => audio.pause(),
    seekbackward: () => jump(audio.currentTime - STEP),
    seekforward: () => jump(audio.currentTime + STEP),
    seekto: ({ seekTime }) => jump(seekTime),
  };
  for (const [name, action] of Object.entries(actions)) navigator.mediaSession.setActionHandler(name, action);
}

/** Connects the buttons. */
export function startPlayer() {
  for (const button of playButtons) button.addEventListener("click", () => (audio.paused ? play() : audio.pause()));
  get("back").addEventListener("click", () => jump(audio.currentTime - STEP));
  get("ahead").addEventListener("click", () => jump(audio.currentTime + STEP));
  seek.addEventListener("input", () => {
    drags = true;
    describe(Number(seek.value));
    get("elapsed").textContent = clock(Number(seek.value));
    seek.style.setProperty("--done", `${(100 * Number(seek.value)) / Math.max(1, Number(seek.max))}%`);
  });
  seek.addEventListener("change", () => {
    drags = false;
    jump(Number(seek.value));
  });
  let wait = 0;
  const waits = () => {
    clearTimeout(wait);
    // A short wait needs no words.
    wait = setTimeout(() => tell(words.loading), 400);
  };
  const goesOn = () => {
    clearTimeout(wait);
    if (get("status").textContent === plain(words.loading)) tell("");
    showState();
  };
  audio.addEventListener("waiting", waits);
  for (const kind of ["playing", "pause", "ended", "seeked", "canplay"]) audio.addEventListener(kind, goesOn);
  audio.addEventListener("play", showState);
  audio.addEventListener("error", () => {
    goesOn();
    tell(navigator.onLine ? words.failed : words.offline);
  });
  audio.addEventListener("timeupdate", showTime);
  return { audio, tell };
}
