// The teacher's desk: a version of a track, drawn and as it is written. Every change goes to the script at once, shows what it does
// to the track, and can be taken back.

import { address, asText, get, post } from "../api.js";
import { settled } from "../conflict.js";
import { fill, h } from "../dom.js";
import { refill } from "../keep.js";
import { ask, listen } from "../line.js";
import { mend, mistakes } from "../mend.js";
import { makePlayer } from "../player.js";
import { say, time } from "../words.js";
import { clock, makeControls } from "./controls.js";
import { makeCues } from "./cues.js";
import { makeMaking } from "./making.js";
import { makeProblems } from "./problems.js";
import { allSteps, keyOf, limitsOf, makeSteps, titleOf } from "./steps.js";
import { SCALES, makeStrip } from "./strip.js";

/** What was chosen for each track, while the page is open. */
const chosen = new Map();
/** What was chosen for the version of each track that was shown last: it stays where another one cannot be made. */
const made = new Map();
let last = null;

export async function enter(main, studio) {
  let tracks = await get("/studio/desk/tracks");
  let script = "";
  let sheet = null;
  let lengths = null;
  /** What the last edit has done to the version. */
  let difference = null;
  let loading = 0;
  let busy = Promise.resolve();
  /** Whether another room is shown by now. */
  let hasLeft = false;
  /** How many edits are not written yet. */
  let unwritten = 0;
  let previewing = false;
  let wanted = null;
  let previewed = false;
  let asked = 0;

  const controls = makeControls({
    choose,
    edit: (change) => edit({ file: sheet.track.file }, () => change),
    preview: (wish) => preview(wish?.edit ? { file: sheet.track.file, ...wish } : wish),
    wrong: tellBeside,
    noLength: (isTaken) => {
      [asked, wanted, previewed] = [asked + 1, null, true];
      if (isTaken) fill(problem, say("desk.length.none"));
      else refill(outcome, h("span", { class: "wrong" }, say("desk.length.none")));
    },
  });
  const outcome = h("p", { class: "outcome", role: "status", "aria-live": "polite" });
  const problem = h("p", { class: "wrong", role: "alert" });
  /** What is said of no step, beside what it is about. */
  const saidBeside = h("p", { class: "said wrong", role: "alert" });
  const picker = h("select", { "aria-label": say("desk.track"), onchange: () => { location.hash = `desk/${picker.value}`; } });
  function showTracks() {
    const language = sheet?.controls.language;
    refill(picker, tracks.map((track) => {
      const shown = track.titles[language] ?? track.title;
      return h("option", { value: track.id, ...(shown === track.title ? {} : { title: track.title, lang: language }) }, track.track ? `${track.track}. ${shown}` : shown, track.closed ? ` – ${say("desk.closed")}` : "");
    }));
    picker.value = script;
  }
  const undo = h("button", { type: "button", onclick: () => back("undo") }, say("desk.undo"));
  const redo = h("button", { type: "button", onclick: () => back("redo") }, say("desk.redo"));
  const download = h("a", { class: "button small", onclick: (event) => {
    if (silent() === 0) return;
    event.preventDefault();
    player.tell(unspoken());
  } }, say("desk.download"));
  const zoom = h("select", { "aria-label": say("desk.zoom"), onchange: () => strip.zoom(Number(zoom.value)) },
    SCALES.map((scale) => h("option", { value: scale }, say(scale ? "desk.zoom.some" : "desk.zoom.all", { n: scale }))));

  /** How many phrases of the version have no sound; of one that has any nothing can be heard. */
  const silent = () => new Set(sheet?.timeline.events.filter((event) => event.kind === "phrase" && event.predicted).map((event) => event.id)).size;
  const unspoken = () => say("desk.unspoken", { n: silent(), draft: say("desk.draft") });
  const player = makePlayer((at, playing) => strip.playhead(at, playing), (error) => (silent() ? unspoken() : told(error)));
  const strip = makeStrip({
    play: (seconds) => player.play(seconds),
    titleOf: (kind, id) => titleOf(sheet, kind, id),
    pick: (pause) => {
      strip.pick(`${pause.file}:${pause.at}`);
      steps.point(`${pause.file}:${pause.at}`);
    },
    limits: (pause) => limitsOf(stepOf(pause)),
    drag: (pause, seconds) => previewPause(stepOf(pause), seconds),
    dropped: (pause, seconds) => {
      const step = stepOf(pause);
      edit(step, (at) => ({ change: "pause", step: at(step), natural: seconds }));
    },
  });
  const steps = makeSteps({ play: (seconds) => player.play(seconds), edit, preview, drag: previewPause });
  const cues = makeCues(edit);
  const go = {
    /** Whether a room shows the file; what none shows is mended where it stands. */
    leads: (file) => {
      const track = tracks.find(({ id }) => file === `scripts/${id}.toml`);
      return track ? !track.closed : file.endsWith(".po") || steps.find(file, Infinity) !== null;
    },
    to: async (one) => {
      const { file, line } = one;
      if (!go.leads(file)) {
        await mend(one).catch((error) => fill(problem, told(error)));
        return;
      }
      if (file.endsWith(".po")) {
        location.hash = `translate/${file.split("/").at(-1).replace(/\.po$/, "")}`;
        return;
      }
      const track = tracks.find(({ id }) => file === `scripts/${id}.toml`);
      if (track && track.id !== script) {
        history.pushState(null, "", `#desk/${track.id}`);
        await open();
      }
      const item = steps.find(file, line);
      // What stands before the first step, such as the title, is no step.
      if (!item) {
        await mend(one).catch((error) => fill(problem, told(error)));
        return;
      }
      item.scrollIntoView({ block: "center" });
      item.querySelector("textarea, button:not(:disabled)")?.focus({ preventScroll: true });
    },
  };
  const problems = makeProblems(go);
  const making = makeMaking({ go, version, script: () => script });

  const sound = h("div", { class: "card sound" }, h("div", { class: "row" }, player.element, zoom, download), strip.element, outcome);
  const waiting = h("p", { role: "status", class: "soft" });
  /** What is of a version: nothing of one track stays when another is chosen. */
  const ofVersion = [controls.element, sound, making.element, steps.element, cues.element];
  const reveal = (isShown) => ofVersion.forEach((element) => { element.hidden = !isShown; });
  reveal(false);
  main.append(
    h("div", { class: "desk" },
      h("div", { class: "row head" }, h("h1", {}, say("tab.desk")), picker, h("span", { class: "space" }), undo, redo),
      problem, waiting, controls.element, sound, making.element, problems.element, steps.element, cues.element));

  /** The steps that are shown, by their places. */
  let steppedBy = { sheet: null, steps: new Map() };
  function stepOf(pause) {
    if (steppedBy.sheet !== sheet) steppedBy = { sheet, steps: new Map(allSteps(sheet.parts).toReversed().map((step) => [keyOf(step), step])) };
    return steppedBy.steps.get(keyOf(pause));
  }

  /** The pairs of the version that is shown. */
  function version() {
    const pairs = Object.entries(chosen.get(script) ?? {}).filter(([, value]) => value !== "" && value !== null);
    return new URLSearchParams(pairs).toString();
  }

  function choose(key, value) {
    const own = { ...(chosen.get(script) ?? {}), [key]: value };
    // A voice belongs to a language.
    if (key === "language") delete own.voice;
    chosen.set(script, own);
    fill(problem);
    keepAddress();
    load();
  }

  /** The address names the version, so that it is there again when the page is loaded again. */
  function keepAddress() {
    const query = version();
    history.replaceState(null, "", `#desk/${encodeURIComponent(script)}${query ? `?${query}` : ""}`);
  }

  showTracks();

  async function open() {
    const [asked, query] = (location.hash.split("/")[1] ?? "").split("?").map((part, at) => (at ? part : decodeURIComponent(part)));
    const known = tracks.find((track) => track.id === asked) ?? tracks.find((track) => track.id === last) ?? tracks[0];
    if (!known) {
      fill(problem, say("desk.empty"));
      return;
    }
    if (known.id !== script) {
      player.pause();
      sheet = null;
      reveal(false);
      fill(problem);
    }
    script = last = known.id;
    if (query !== undefined) chosen.set(script, Object.fromEntries(new URLSearchParams(query)));
    // Whoever comes from the recording room hears the voice that was recorded there.
    else if (studio.recorded && !chosen.has(script)) chosen.set(script, { ...studio.recorded });
    picker.value = script;
    keepAddress();
    lengths = null;
    fill(problem);
    player.move(0);
    await load();
    problems.look();
  }

  /** Shows the version anew, and above it what `why` gives. */
  async function load(why = null) {
    if (hasLeft) return;
    loading += 1;
    const own = loading;
    if (!sheet) fill(waiting, say("desk.waiting"));
    try {
      const fresh = await get(`${address`/studio/desk/tracks/${script}`}?${version()}`);
      if (own !== loading) return;
      // What an edit was refused for stays until the next one.
      const isOver = strip.element.classList.contains("refused");
      show(fresh);
      if (why || isOver) fill(problem, why?.());
      const found = await get(`${address`/studio/desk/tracks/${script}/lengths`}?${version()}`);
      if (own !== loading) return;
      showLengths(found);
      if (why) fill(problem, why());
    } catch (error) {
      if (own === loading) await keep(error);
    }
  }

  /** A version that cannot be made is not taken: the one before stays, and it is said why. */
  async function keep(error) {
    const [, length] = /^(\d+)s$/.exec(chosen.get(script)?.length ?? "") ?? [];
    const asked = version();
    chosen.set(script, made.get(script) ?? {});
    if (version() === asked && length !== undefined && error.problem?.errors?.some(({ code }) => code === "no-length")) {
      // The limits of the script have changed under the length that was looked at. Any other mistake leaves it.
      made.delete(script);
      chosen.set(script, { ...chosen.get(script), length: "" });
      keepAddress();
      await load(() => told(error));
      return;
    }
    if (version() === asked) {
      refused(error);
      return;
    }
    keepAddress();
    const why = () => cannot(length === undefined ? null : Number(length), error);
    if (sheet) {
      showControls();
      // The timeline is that of the version which stays.
      await preview(null);
      fill(problem, why());
    } else {
      await load(why);
    }
  }

  /** Why a version cannot be made; for a length that is too short or too long, with the nearest one that can. */
  function cannot(length, error) {
    const { least, most } = range();
    if (length === null || (length >= least && length <= most)) return told(error);
    const nearest = Math.min(Math.max(length, least), most);
    return [notPossible(length), " ",
      h("button", { type: "button", class: "small", onclick: () => choose("length", `${nearest}s`) }, say("desk.length.take", { length: clock(nearest) }))];
  }

  /** That a length which is typed cannot be, with the lengths that can. */
  function notPossible(length) {
    const { least, most } = range();
    const limits = { length: clock(length), least: clock(least), most: clock(most) };
    return say(length < least || length > most ? "desk.length.cannot" : "desk.length.not", limits);
  }

  /** The shortest and the longest that the version can be, in whole seconds. */
  function range() {
    const { limits } = sheet.controls;
    return {
      least: Math.ceil(Math.max(limits?.least ?? 0, lengths?.least ?? 0)),
      most: Math.floor(Math.min(limits?.most ?? Infinity, lengths?.most ?? Infinity, 86_400)),
    };
  }

  /** The version that was chosen cannot be had: nothing of another one is heard or kept in its place. */
  function refused(error) {
    player.pause();
    player.open(`${address`/studio/desk/tracks/${script}/stretch`}?${version()}`, null);
    download.removeAttribute("href");
    download.setAttribute("aria-disabled", "true");
    strip.element.classList.add("refused");
    fill(waiting);
    fill(outcome, sheet ? say("desk.refused") : "");
    const errors = (error.problem?.errors ?? []).filter((one) => one.severity === "error");
    fill(problem, errors.length ? error.problem.id === "script-closed" ? error.told : say("desk.refused.why") : told(error), errors.length ? mistakes(errors, go.to) : null);
  }

  function told(error) {
    const errors = (error.problem?.errors ?? []).filter(({ severity }) => severity !== "warning").map((one) => [` · ${one.file}:${one.line} `, asText(error.told ?? "").includes(one.message) ? null : h("span", { lang: "en" }, one.message)]);
    return [error.told ?? error.message ?? String(error), errors];
  }

  /** The lengths of the version that is shown have come. */
  function showLengths(found) {
    lengths = found;
    showControls();
    if (!previewed && !previewing) summary();
  }

  function show(fresh, by = null) {
    sheet = fresh;
    difference = by;
    previewed = false;
    made.set(script, chosen.get(script) ?? {});
    fill(waiting);
    reveal(true);
    // Until the natural length of this version is known none is told.
    if (lengths) lengths = { ...lengths, natural: null };
    showTracks();
    showUndo(sheet.undo);
    showControls();
    strip.show(sheet.timeline);
    steps.show(sheet);
    cues.show(sheet);
    const seconds = sheet.timeline.frames / sheet.timeline.rate;
    const query = version();
    const where = (what) => `${address`/studio/desk/tracks/${script}/`}${what}?${query}${query ? "&" : ""}of=${sheet.generation}`;
    player.open(where("stretch"), sheet.timeline);
    download.href = where("sound.wav");
    download.removeAttribute("aria-disabled");
    strip.element.classList.remove("refused");
    download.download = `${script}-${sheet.timeline.language}-${clock(seconds).replace(":", "m")}s.wav`;
    summary();
    controls.look();
  }

  /** What the version is, and what the last edit has done to it. */
  function summary() {
    const { timeline } = sheet;
    const now = timeline.frames / timeline.rate;
    const out = timeline.left_out.filter((left) => left.why === "length").length;
    const parts = [h("b", {}, clock(now))];
    if (lengths?.natural) parts.push(say("desk.natural", { length: clock(lengths.natural) }));
    if (out) parts.push(say("desk.out.count", { n: out }));
    if (timeline.drafts) parts.push(say("desk.drafts", { n: timeline.drafts }));
    else if (sheet.unrecorded) parts.push(say("desk.unrecorded", { n: sheet.unrecorded }));
    if (difference) {
      const by = difference.seconds[1] - difference.seconds[0];
      if (Math.abs(by) >= 0.05) parts.push(say(by > 0 ? "desk.longer" : "desk.shorter", { by: time(Math.abs(by)) }));
      const quoted = (list) => list.map((left) => `“${left.text ?? left.id}”`).join(", ");
      if (difference.falls_out.length) parts.push(h("span", { class: "warn" }, say("desk.falls.out", { phrases: quoted(difference.falls_out) })));
      if (difference.comes_back.length) parts.push(say("desk.comes.back", { phrases: quoted(difference.comes_back) }));
    }
    refill(outcome, parts.flatMap((part, at) => (at ? [" · ", part] : [part])));
  }

  function showControls() {
    controls.show({ own: sheet.controls, chosen: chosen.get(script) ?? {}, seconds: sheet.timeline.frames / sheet.timeline.rate, ...range() });
  }

  function showUndo(counts) {
    const { undo: done, redo: undone, back: before, again } = counts;
    undo.disabled = done === 0;
    redo.disabled = undone === 0;
    // The one that can do nothing more gives the focus away.
    if (document.activeElement === undo && undo.disabled && !redo.disabled) redo.focus();
    if (document.activeElement === redo && redo.disabled && !undo.disabled) undo.focus();
    const title = (word, record) => (record ? `${say(word)}: ${say(`desk.what.${record.what}`)}, ${record.file}` : say(word));
    undo.title = title("desk.undo", before);
    redo.title = title("desk.redo", again);
  }

  /**
   * Shows what is typed or dragged would do, without writing it; null shows what is. `wish` has an `edit` of a step or of the script
   * with its `file`, or the `seconds` of the version; of a `pause` it is told how long it becomes here. Of several wishes the last counts.
   */
  async function preview(wish) {
    wanted = wish;
    if (wish === null) {
      asked += 1;
      previewed = false;
      strip.show(sheet.timeline);
      summary();
      return;
    }
    if (previewing) return;
    previewing = true;
    while (wanted) {
      const { file, edit: change, seconds, what, pause } = wanted;
      const own = asked;
      wanted = null;
      try {
        const edit = change ? { file, edit: change } : undefined;
        const { timeline } = await ask({ do: "preview", preview: { script, version: Object.fromEntries(new URLSearchParams(version())), edit, seconds } });
        if (own === asked) {
          strip.show(timeline);
          previewed = true;
          foretold(timeline, what, pause);
        }
      } catch (error) {
        if (own === asked) {
          previewed = true;
          refill(outcome, h("span", { class: "wrong" }, seconds ? notPossible(seconds) : told(error)));
        }
      }
    }
    previewing = false;
  }

  /** What would come of what is typed or dragged. */
  function foretold(timeline, what, pause) {
    const now = timeline.frames / timeline.rate;
    const before = sheet.timeline.frames / sheet.timeline.rate;
    const out = (of) => new Set(of.left_out.filter((left) => left.why === "length").map((left) => left.id));
    const [old, fresh] = [out(sheet.timeline), out(timeline)];
    const more = [...fresh].filter((id) => !old.has(id)).length;
    const fewer = [...old].filter((id) => !fresh.has(id)).length;
    const parts = [h("b", {}, clock(now)), what ? ` · ${what}` : ""];
    if (Math.abs(now - before) >= 0.05) parts.push(` · ${say(now > before ? "desk.longer" : "desk.shorter", { by: time(Math.abs(now - before)) })}`);
    const here = pause && timeline.pauses.find((own) => keyOf(own) === keyOf(pause));
    if (here) parts.push(` · ${say("desk.pause.here", { now: time(here.frames / timeline.rate) })}`);
    if (more) parts.push(` · ${say("desk.out.more", { n: more })}`);
    if (fewer) parts.push(` · ${say("desk.out.fewer", { n: fewer })}`);
    refill(outcome, parts);
  }

  /** Shows what a pause of so many seconds would do; null shows what is. */
  function previewPause(step, seconds) {
    return preview(seconds === null ? null : { file: step.file, edit: { change: "pause", step: step.at, natural: seconds }, what: `${say("desk.pause")} ${time(seconds)}`, pause: step });
  }

  /** Where a step or a part is now: it may have been shown before an edit that has moved it. */
  function placed(step) {
    if (step.steps && !step.kind) return placedPart(step);
    const all = allSteps(sheet.parts).filter((one) => one.file === step.file && one.kind === step.kind);
    const plain = ({ at, line, over, ...rest }) => JSON.stringify(rest);
    const same = step.phrase ? all.filter((one) => one.phrase?.id === step.phrase.id) : all.filter((one) => plain(one) === plain(step));
    const found = all.find((one) => one === step) ?? same.find((one) => one.at === step.at) ?? (same.length === 1 ? same[0] : null);
    if (!found) throw new Error(say("desk.gone"));
    return found.at;
  }

  function placedPart(part) {
    const same = (one) => one.file === part.file && one.title === part.title && one.steps.length === part.steps.length && one.steps[0]?.phrase?.id === part.steps[0]?.phrase?.id;
    const all = sheet.parts.filter(same);
    const found = all.find((one) => one === part || one.at === part.at) ?? (all.length === 1 ? all[0] : null);
    if (!found) throw new Error(say("desk.gone"));
    return found.at;
  }

  /**
   * Makes an edit: what `change` gives, with the places of steps as they are then. One at a time, as each is for the text that the
   * one before has left, unless it is for the one whose hash `base` gives; `settle` is called when it is decided, before it is shown. False where it
   * was not made.
   */
  function edit(step, change, base, settle = () => {}) {
    // What was shown stays until the edit is shown.
    [wanted, previewed] = [null, false];
    asked += 1;
    unwritten += 1;
    const shown = { script, query: version() };
    const done = busy.then(() => make(step, change, base, settle, shown)).finally(() => { unwritten -= 1; });
    busy = done.catch(() => {});
    return done;
  }

  /** Says what is of no step: beside what has the focus, or else at the top. */
  function tellBeside(content) {
    const place = document.activeElement?.closest(".cues .row, .part-actions, .limits > .row");
    if (place) {
      fill(saidBeside, content);
      if (place.matches("li")) place.append(saidBeside);
      else place.after(saidBeside);
    } else {
      fill(problem, content);
    }
  }

  async function make(step, change, base, settle, shown) {
    /** Whether the page still shows what the edit was made in. */
    const isShown = () => !hasLeft && sheet !== null && shown.script === script && shown.query === version();
    if (isShown()) {
      fill(problem);
      steps.tell(null);
      saidBeside.remove();
    }
    const at = player.place;
    let taken = false;
    let reworded = false;
    try {
      let alone = null;
      const answer = await settled((beside) => {
        const own = (taken ? null : base?.()) ?? sheet?.files[step.file];
        if (!own) throw new Error(say("desk.gone"));
        alone = beside ? null : own;
        const made = change(placed, taken);
        reworded = made.change === "reword";
        return post(`/studio/desk/edits?${shown.query}`, { file: step.file, base: own, edit: made, beside, script: shown.script });
      }, base ? async () => {
        // Ours is meant for the text as it is now.
        sheet = await get(`${address`/studio/desk/tracks/${shown.script}`}?${shown.query}`);
        taken = true;
      } : null);
      settle();
      // What is being typed meanwhile is for the text as this edit has left it.
      if (answer?.sheet && alone) steps.follow(step.file, alone, answer.hash, answer.sheet);
      if (!answer || !isShown()) {
        await load();
        return true;
      }
      if (answer.sheet) {
        loading += 1;
        show(answer.sheet, answer.difference);
        player.move(at);
      } else {
        await load();
      }
      const isRecorded = (id) => sheet.timeline.events.some((event) => event.kind === "phrase" && event.id === id && !event.predicted && !event.draft);
      // A translated version has another recording, of words that stay.
      if (reworded && sheet.timeline.language === sheet.track.language && isRecorded(step.phrase.id)) steps.tell(step, h("span", { class: "warn" }, say("desk.reworded")));
      const own = loading;
      get(`${address`/studio/desk/tracks/${script}/lengths`}?${version()}`).then((found) => { if (own === loading) showLengths(found); }, () => {});
      problems.look();
      return true;
    } catch (error) {
      if (!isShown()) {
        studio.tell(asText(told(error)));
        return false;
      }
      showControls();
      steps.show(sheet, true);
      cues.show(sheet, true);
      await preview(null);
      if (!steps.tell(step, h("span", { class: "wrong" }, told(error)))) tellBeside(told(error));
      return false;
    }
  }

  async function back(way) {
    await busy;
    fill(problem);
    try {
      const answer = await settled(() => post(`/studio/desk/${way}`));
      if (answer) {
        showUndo(answer.undo);
        if (answer.file) studio.tell(`${say(way === "undo" ? "desk.undone" : "desk.redone")}: ${say(`desk.what.${answer.what}`)}, ${answer.file}`);
      } else {
        // What was changed elsewhere stays; the step before it comes next.
        await post(`/studio/desk/${way}?overtaken=yes`);
      }
      await load();
    } catch (error) {
      fill(problem, told(error));
    }
  }

  const onKey = (event) => {
    const typing = event.target.closest("textarea, input[type=text], input[type=number], dialog");
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || typing) return;
    event.preventDefault();
    back(event.shiftKey ? "redo" : "undo");
  };
  const onHash = () => { if (location.hash.startsWith("#desk") && location.hash !== `#desk/${encodeURIComponent(script)}${version() ? `?${version()}` : ""}`) open(); };
  const silence = listen(({ event, generation }) => {
    if (event === "course" || event === "lost") {
      get("/studio/desk/tracks").then((fresh) => {
        const isOther = JSON.stringify(fresh) !== JSON.stringify(tracks);
        tracks = fresh;
        if (isOther) showTracks();
      }, () => {});
    }
    if ((event === "course" && generation > (sheet?.generation ?? 0)) || event === "lost") {
      // Our own edits bring the new state with them.
      busy.then(() => { if (generation === undefined || generation > (sheet?.generation ?? 0)) load(); });
      problems.look();
    }
  });
  const onLeave = (event) => { if (steps.unsaved || unwritten) event.preventDefault(); };
  document.addEventListener("keydown", onKey);
  window.addEventListener("hashchange", onHash);
  window.addEventListener("beforeunload", onLeave);
  await open();

  return () => {
    // What was typed is written, also when the room is left by the keys of the browser.
    hasLeft = true;
    steps.save();
    silence();
    player.close();
    strip.close();
    problems.close();
    making.close();
    document.removeEventListener("keydown", onKey);
    window.removeEventListener("hashchange", onHash);
    window.removeEventListener("beforeunload", onLeave);
  };
}

