// The translator's table: each text beside its translation, with what a translator has to know. What is typed goes to the PO file
// when the field is left, and everything else in that file stays.

import { address, asText, get, post, put } from "../api.js";
import { settled } from "../conflict.js";
import { fill, h, switchOff } from "../dom.js";
import { listen } from "../line.js";
import { wrongWords } from "../mend.js";
import { makePlayer } from "../player.js";
import { number, say, time } from "../words.js";
import { noteWords } from "./notes.js";

let last = { language: null, file: null };

export async function enter(main, studio) {
  const { languages } = await get("/studio/texts");
  if (!languages.length) {
    main.append(h("h1", {}, say("tab.translate")), h("p", {}, say("translate.none")));
    return undefined;
  }
  let language = null;
  let groups = [];
  let group = null;
  /** The texts that are shown, with their `language`, which stays that of their rows when another is chosen. */
  let table = null;
  /** The hash of the file of each language, as it was read or written last. */
  const hashes = new Map();
  let onlyOpen = false;
  /** Whether another room is shown by now. */
  let hasLeft = false;
  let busy = Promise.resolve();
  /** What is typed and not written yet, by name: its row, language and file, its text, and the hash of the PO file it is for. */
  const typed = new Map();

  const picker = h("select", { "aria-label": say("translate.language"), onchange: () => { location.hash = `translate/${picker.value}`; } },
    languages.map(({ tag, name }) => h("option", { value: tag, lang: tag }, name)));
  const files = h("nav", { class: "files", "aria-label": say("translate.files") });
  const progress = h("p", { class: "soft", role: "status" });
  const problem = h("p", { class: "wrong", role: "alert" });
  const rows = h("div", { class: "texts" });
  const title = h("h2", {});
  const player = makePlayer((seconds, playing) => mark(playing ? seconds : null));
  // What has no recording in its own language is spoken by a machine, from the whole track in that language.
  const original = makePlayer((seconds, playing) => { if (playing && until !== null && seconds >= until) original.pause(); });
  let until = null;
  let originals = null;
  let starts = [];
  let listened = "";
  const speaking = h("p", { class: "soft", role: "status" }, say("translate.draft"));
  const whole = h("section", { class: "card", "aria-label": say("translate.whole") }, h("h3", {}, say("translate.whole")), player.element, speaking);
  const sound = new Audio();
  const undo = h("button", { type: "button", onclick: () => back("undo") }, say("desk.undo"));
  const redo = h("button", { type: "button", onclick: () => back("redo") }, say("desk.redo"));

  main.append(h("div", { class: "desk translate" },
    h("div", { class: "row head" }, h("h1", {}, say("tab.translate")), picker, h("span", { class: "space" }), undo, redo),
    problem,
    h("div", { class: "sides" }, files,
      h("div", { class: "side" }, h("div", { class: "row" }, title, h("span", { class: "space" }),
        h("label", { class: "check" }, h("input", { type: "checkbox", onchange: ({ target }) => { onlyOpen = target.checked; showRows(); } }), say("translate.open.only")),
        h("button", { type: "button", onclick: next }, say("translate.next"))),
      progress, whole, rows))));

  const nameOf = (one) => one.title ?? say(`translate.file.${["course", "ambience", "bells", "adem"].includes(one.id) ? one.id : "other"}`);
  const isOpen = (row) => !row.optional && row.state !== "current";

  async function open() {
    const [, tag, file] = location.hash.split("/").map(decodeURIComponent);
    // What was typed goes to the language it was typed for.
    writeTyped();
    const known = languages.find((one) => one.tag === tag) ?? languages.find((one) => one.tag === last.language) ?? languages[0];
    if (known.tag !== language) {
      language = known.tag;
      picker.value = language;
      groups = await get(address`/studio/texts/${language}`);
    }
    const wanted = groups.find((one) => one.id === file) ?? groups.find((one) => one.id === last.file) ?? groups.find((one) => one.script) ?? groups[0];
    if (!wanted) {
      fill(title, say("translate.done"));
      return;
    }
    group = wanted;
    last = { language, file: group.id };
    player.pause();
    original.pause();
    originals = null;
    await load();
  }

  async function load() {
    const [tag, file] = [language, group.id];
    const isShown = () => tag === language && file === group.id;
    try {
      const [fresh, counts, all] = await Promise.all([
        get(`${address`/studio/texts/${tag}/rows`}?file=${encodeURIComponent(file)}`), get("/studio/desk/undo"), get(address`/studio/texts/${tag}`)]);
      // Another may be shown by now, or what an edit has left.
      if (!isShown() || (table?.language === tag && fresh.generation < table.generation)) return;
      [table, groups] = [{ ...fresh, language: tag }, all];
      hashes.set(tag, fresh.hash);
      group = groups.find((one) => one.id === group.id) ?? group;
      show(counts);
    } catch (error) {
      if (isShown()) fill(problem, error.told ?? String(error));
    }
  }

  function show(counts) {
    showUndo(counts);
    fill(files, h("ul", {}, groups.map((one) => h("li", {}, h("a", {
      href: `#translate/${language}/${one.id}`, "aria-current": one.id === group.id ? "true" : undefined,
    }, one.track ? `${one.track}. ` : "", nameOf(one), " ", h("span", { class: "soft" }, `${one.done}/${one.all}`))))));
    fill(title, nameOf(group));
    whole.hidden = !group.script;
    if (group.script) listenTo();
    showRows();
  }

  /** The whole track, in the words as they are now; its length is that of the plan. */
  async function listenTo() {
    // Open texts are heard in the words of their originals.
    const query = `language=${encodeURIComponent(language)}&draft=yes&open=source`;
    const where = `${address`/studio/desk/tracks/${group.id}/stretch`}?${query}`;
    const wanted = `${group.id} ${query}`;
    listened = wanted;
    const late = setTimeout(() => fill(speaking, say("translate.speaking")), 600);
    try {
      const sheet = await get(`${address`/studio/desk/tracks/${group.id}`}?${query}`);
      if (listened !== wanted) return;
      player.open(`${where}&of=${sheet.generation}`, sheet.timeline);
      starts = spoken(sheet);
      fill(speaking, say("translate.draft"));
    } catch (error) {
      if (listened !== wanted) return;
      player.open(where, null);
      starts = [];
      fill(speaking, error.told ?? String(error));
    } finally {
      clearTimeout(late);
    }
    mark(null);
  }

  /** Where each phrase of a version is spoken: its id, start and end in seconds. */
  const spoken = ({ timeline }) => timeline.events.filter((event) => event.kind === "phrase")
    .map((event) => ({ id: event.id, start: event.start / timeline.rate, end: (event.start + event.frames) / timeline.rate }));

  /** Marks the row that is heard, and frees the buttons of those that are in the track. */
  function mark(seconds) {
    const now = seconds === null ? null : starts.findLast((one) => one.start <= seconds)?.id;
    for (const item of rows.querySelectorAll("article[data-context]")) {
      item.classList.toggle("heard", now !== null && item.dataset.context === now);
      const button = item.querySelector("button.from");
      if (button) button.disabled = !starts.some((one) => one.id === item.dataset.context);
    }
  }

  /** Plays the whole track from the phrase of a row on. */
  function playFrom(row) {
    const start = starts.find((one) => one.id === row.context);
    if (start) player.play(Math.max(0, start.start - 0.3));
  }

  function showRows() {
    const left = table.rows.filter(isOpen).length;
    fill(progress, left ? say("translate.left", { n: left, all: table.rows.length }) : say("translate.done"));
    const focus = rows.contains(document.activeElement) ? document.activeElement : null;
    const [name, range] = [focus?.dataset.name, focus?.selectionStart];
    fill(rows, table.rows.filter((row) => !onlyOpen || isOpen(row) || typed.has(nameOfRow(row))).map(showRow));
    if (name) {
      // A button that is gone, as what it asked for is done, gives the focus to the field of its text.
      const named = (name) => [...rows.querySelectorAll("[data-name]")].find((one) => one.dataset.name === name);
      const again = named(name) ?? named(name.split("\n")[0]);
      again?.focus({ preventScroll: true });
      if (range !== undefined && again?.tagName === "TEXTAREA") again.setSelectionRange(range, range);
    }
    mark(null);
  }

  const nameOfRow = (row) => `${table.language} ${row.context} ${row.source}`;

  /** Writes a text in the language of its row. */
  function write(name, own, fuzzy) {
    if (own.sent) return;
    own.sent = true;
    busy = busy.then(() => save(name, own, fuzzy)).then((done) => {
      if (!done) own.sent = false;
      else if (typed.get(name) === own) typed.delete(name);
    });
  }

  function writeTyped() {
    for (const [name, own] of typed) write(name, own, false);
  }

  function showRow(row) {
    const { language, hash } = table;
    const file = group.id;
    const name = nameOfRow(row);
    const kept = typed.get(name);
    const told = h("ul", { class: "told", "aria-live": "polite" });
    const length = h("span", { class: "soft" });
    const field = h("textarea", {
      rows: 2, value: kept?.text ?? row.text, lang: language, dir: table.direction, spellcheck: true, data: { name }, "aria-label": say("translate.field", { source: row.source }),
      oninput: () => {
        // While another text is being written this one is no longer there.
        if (field.value === row.text && !typed.get(name)?.sent) typed.delete(name);
        else typed.set(name, { row, language, file, base: typed.get(name)?.base ?? hash, text: field.value });
        check(row, language, field.value, length, told);
      },
      onchange: () => keep(false),
      onkeydown: (event) => {
        if (event.key === "Enter" && !event.shiftKey) {
          event.preventDefault();
          if (typed.has(name) || (row.state !== "current" && field.value.trim())) keep(false);
          const fields = [...rows.querySelectorAll("textarea")];
          fields[fields.indexOf(field) + 1]?.focus();
        }
      },
    });
    const keep = (fuzzy) => write(name, typed.get(name) ?? { row, language, file, base: null, text: field.value }, fuzzy);
    showLength(row, row.text, kept?.text === undefined ? row.seconds : null, length);
    fill(told, row.told.map(slip));
    const state = row.state === "current" || (row.optional && row.state === "missing") ? null : h("span", { class: `tag ${row.state}` }, say(`translate.state.${row.state}`));
    return h("article", { class: `text ${row.state}`, data: { open: String(isOpen(row)), context: row.context } },
      h("div", { class: "original" },
        h("p", { class: "source", lang: table.source, dir: "auto" }, row.source),
        row.spoken && (row.heard || group.script) ? h("button", { type: "button", class: "small", "aria-label": say(row.heard ? "translate.hear" : "translate.hear.machine", { source: row.source }), onclick: () => hear(row) },
          h("span", { "aria-hidden": "true" }, "▶"), say(row.heard ? "translate.hear.short" : "translate.hear.draft")) : null,
        row.safety ? h("p", { class: "warn" }, say("translate.safety")) : null,
        row.notes.map((note) => h("p", { class: "soft note", dir: "auto" }, noteWords(note))),
        row.previous ? h("p", { class: "soft note" }, say("translate.previous"), " ", h("span", { lang: table.source, dir: "auto" }, row.previous)) : null),
      h("div", { class: "translation" }, field,
        h("div", { class: "row under-field" }, state, length,
          row.state === "fuzzy" || row.state === "stale" ? h("button", { type: "button", class: "small", data: { name: `${name}\nconfirm` }, onclick: () => keep(false) }, say("translate.confirm")) : null,
          row.state === "current" && row.text ? h("button", { type: "button", class: "link", data: { name: `${name}\ndoubt` }, onclick: () => keep(true) }, say("translate.doubt")) : null,
          row.spoken && group.script ? h("button", { type: "button", class: "link from", disabled: true, "aria-label": say("translate.from", { source: row.source }), onclick: () => playFrom(row) }, h("span", { "aria-hidden": "true" }, "▶"), " ", say("translate.from.short")) : null),
        told));
  }

  function slip(one) {
    const { first, rest } = wrongWords(one);
    return h("li", {}, h("span", { class: "warn" }, first), rest ? h("span", { class: "soft" }, " – ", rest) : null);
  }

  /** How long it takes to say, and what there is room for. */
  function showLength(row, words, seconds, place) {
    if (!row.spoken || seconds === null || !words.trim()) {
      fill(place);
      return;
    }
    const room = row.time;
    const over = room && seconds > room.seconds + 0.05;
    place.className = over ? "warn" : "soft";
    fill(place, room ? say("translate.room", { now: time(seconds), room: time(room.seconds), n: room.syllables.map((most) => number(most)).join(" | ") }) : say("translate.length", { now: time(seconds) }));
  }

  let looking = false;
  let typing = null;
  /** Looks at what is typed, at every key stroke; where several come at once, at the last. */
  async function check(row, language, text, length, told) {
    typing = { row, language, text, length, told };
    if (looking) return;
    looking = true;
    while (typing) {
      const own = typing;
      typing = null;
      try {
        const found = await post(address`/studio/texts/${own.language}/check`, { context: own.row.context, source: own.row.source, text: own.text });
        showLength(own.row, own.text, found.seconds, own.length);
        fill(own.told, found.told.map(slip));
      } catch {
        // It is looked at again when it is saved.
      }
    }
    looking = false;
  }

  async function save(name, own, fuzzy) {
    const { row, language: tag, file } = own;
    fill(problem);
    try {
      let alone = null;
      const answer = await settled((beside) => {
        const base = own.base ?? hashes.get(tag);
        alone = beside ? null : base;
        return put(address`/studio/texts/${tag}`, { base, context: row.context, source: row.source, text: own.text, fuzzy, beside });
      }, async () => {
        // Ours is meant for the file as it is now.
        own.base = (await get(`${address`/studio/texts/${tag}/rows`}?file=${encodeURIComponent(file)}`)).hash;
      });
      // What is being typed meanwhile is for the file as this has left it.
      for (const other of typed.values()) {
        if (answer && alone && other.base === alone) other.base = answer.hash;
      }
      if (answer) hashes.set(tag, answer.hash);
      // What was typed meanwhile is not written yet.
      if (typed.get(name) === own) typed.delete(name);
      // Another language or file may be shown by now.
      if (hasLeft || !table || table.language !== tag || language !== tag || group.id !== file) return true;
      if (!answer) {
        await load();
        return true;
      }
      table = { ...answer.rows, language: tag };
      groups = await get(address`/studio/texts/${tag}`);
      group = groups.find((one) => one.id === group.id) ?? group;
      show(answer.undo);
      return true;
    } catch (error) {
      if (hasLeft) studio.tell(asText(error.told ?? String(error)));
      else fill(problem, error.told ?? String(error));
      return false;
    }
  }

  /** The original: its recording, or a machine's voice in its place in the track. */
  async function hear(row) {
    player.pause();
    original.pause();
    if (row.heard) {
      sound.src = `${address`/studio/texts/${table.source}/sound`}?phrase=${encodeURIComponent(row.context)}`;
      sound.play().catch(() => studio.tell(say("player.fails")));
      return;
    }
    try {
      const query = `language=${encodeURIComponent(table.source)}&draft=yes`;
      if (!originals) {
        const sheet = await get(`${address`/studio/desk/tracks/${group.id}`}?${query}`);
        originals = spoken(sheet);
        original.open(`${address`/studio/desk/tracks/${group.id}/stretch`}?${query}&of=${sheet.generation}`, sheet.timeline, 0);
      }
      const place = originals.find((one) => one.id === row.context);
      if (!place) {
        studio.tell(say("translate.hear.not"));
        return;
      }
      until = place.end + 0.2;
      original.play(Math.max(0, place.start - 0.1));
    } catch (error) {
      studio.tell(error.told ?? say("player.fails"));
    }
  }

  function next() {
    const from = document.activeElement?.closest("article");
    const open = [...rows.querySelectorAll("article[data-open=true]")];
    const after = open.find((one) => !from || from.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING) ?? open[0];
    after?.querySelector("textarea").focus();
    after?.scrollIntoView({ block: "center" });
  }

  function showUndo(counts) {
    switchOff(undo, counts.undo === 0);
    switchOff(redo, counts.redo === 0);
  }

  async function back(way) {
    await busy;
    try {
      const answer = await settled(() => post(`/studio/desk/${way}`));
      if (answer === null) await post(`/studio/desk/${way}?overtaken=yes`);
      if (answer?.file) studio.tell(`${say(way === "undo" ? "desk.undone" : "desk.redone")}: ${say(`desk.what.${answer.what}`)}, ${answer.file}`);
      await load();
    } catch (error) {
      fill(problem, error.told ?? String(error));
    }
  }

  const silence = listen(({ event, generation }) => {
    if ((event === "course" && generation > (table?.generation ?? 0)) || event === "lost") busy.then(() => { if (generation === undefined || generation > (table?.generation ?? 0)) load(); });
  });
  const onHash = () => { if (location.hash.startsWith("#translate")) open(); };
  const onLeave = (event) => { if (typed.size) event.preventDefault(); };
  window.addEventListener("hashchange", onHash);
  window.addEventListener("beforeunload", onLeave);
  await open();
  return () => {
    hasLeft = true;
    writeTyped();
    silence();
    player.close();
    original.close();
    sound.pause();
    window.removeEventListener("hashchange", onHash);
    window.removeEventListener("beforeunload", onLeave);
  };
}
