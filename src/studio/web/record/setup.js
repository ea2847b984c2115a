// Before the first phrase: who speaks, what they agree to, which microphone, how loud, and how the room sounds.

import { address, get, post } from "../api.js";
import { fill, h, switchOff } from "../dom.js";
import { has, languageName, number, say, spoken } from "../words.js";
import { isDoubt, levelOf, stays } from "./level.js";
import { meter } from "./meter.js";
import { decibel, microphones } from "./recorder.js";

const KEPT = "adem-studio-recording";
const ROOM_SECONDS = 5;
const LICENCES = ["CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "LicenseRef-course"];

const kept = () => JSON.parse(localStorage.getItem(KEPT) ?? "{}");

/** Keeps what was chosen for the next time. */
export const remember = (values) => localStorage.setItem(KEPT, JSON.stringify({ ...kept(), ...values }));

export async function setup(main, studio, recorder, ready) {
  const { voices, languages } = await get("/studio/voices");
  const state = { voice: null, microphone: false, level: null, sessions: [] };
  const stops = [];
  const stop = () => stops.splice(0).forEach((end) => end());

  // ---- who speaks
  const people = voices.filter(({ person }) => person);
  const choice = h("select", { id: "voice" },
    people.map((voice) => h("option", { value: `${voice.language}/${voice.id}` }, `${voice.name} (${languageName(languages.find(({ tag }) => tag === voice.language) ?? { tag: voice.language, name: voice.language })})`)),
    // A page without the studio is for one person.
    studio.elsewhere && people.length ? null : h("option", { value: "new" }, say("record.voice.new")));
  const before = kept().voice;
  if (people.some((voice) => `${voice.language}/${voice.id}` === before)) choice.value = before;
  const newName = h("input", { type: "text", id: "new-name", maxLength: 80, autocomplete: "name" });
  const newLanguage = h("select", { id: "new-language" }, languages.map((one) => h("option", { value: one.tag }, languageName(one))));
  // Whoever reads the page in a language of the course is likely to speak it.
  if (languages.some(({ tag }) => tag === spoken())) newLanguage.value = spoken();
  // Where there is nothing to choose, nothing is asked.
  const isOne = Boolean(studio.elsewhere);
  const newVoice = h("div", { class: "fields" },
    h("div", { class: "field" }, h("label", { for: "new-name" }, say("record.voice.name")), newName),
    h("div", { class: "field", hidden: isOne && languages.length === 1 }, h("label", { for: "new-language" }, say("record.voice.language")), newLanguage));
  const consent = h("div", {});
  const who = h("section", { class: "card step" }, h("h2", {}, say("record.who")),
    h("div", { class: "field", hidden: isOne && !people.length }, h("label", { for: "voice" }, say("record.voice")), choice), newVoice, consent);

  /** A way on that says its consequence, for what is only a doubt. */
  function anyway(act) {
    const told = h("span", { class: "soft" });
    const button = h("button", { hidden: true, onclick: () => { act(); show(null); check(); } }, say("record.anyway"));
    function show(consequence) {
      button.hidden = consequence === null;
      fill(told, consequence ?? "");
    }
    return { button, told, show, isShown: () => !button.hidden };
  }

  // ---- what they agree to
  const agree = h("input", { type: "checkbox", id: "agree" });
  const purpose = h("input", { type: "text", id: "purpose", value: say("record.consent.usual", { course: studio.course.title }), maxLength: 300 });
  const licence = h("select", { id: "licence" }, LICENCES.map((name) => h("option", { value: name }, say(`record.licence.${name.toLowerCase()}`))));
  const words = () => say("record.consent.words", { purpose: purpose.value.trim() || "…" });
  const shownWords = h("p", { class: "consent-words" });
  const showWords = () => fill(shownWords, words());
  purpose.addEventListener("input", showWords);
  const chosen = () => people.find((voice) => `${voice.language}/${voice.id}` === choice.value) ?? null;
  function showVoice() {
    state.voice = chosen();
    newVoice.hidden = state.voice !== null;
    showWords();
    if (state.voice?.consent) {
      const { consent: given, licence: code, name } = state.voice;
      const known = `record.licence.${code?.toLowerCase()}`;
      // A name in letters from right to left does not turn the date after it around.
      fill(consent, h("p", { class: "soft" }, say("record.consent.given", { consent: given.replace(name, `\u2068${name}\u2069`), licence: has(known) ? say(known) : code })));
    } else {
      fill(consent, h("div", { class: "fields" },
        h("div", { class: "field" }, h("label", { for: "purpose" }, say("record.consent.purpose")), purpose),
        h("div", { class: "field" }, h("label", { for: "licence" }, say("record.licence")), licence)),
      shownWords, h("label", { class: "row" }, agree, say("record.consent.agree")));
    }
    findEarlier();
    check();
  }
  choice.addEventListener("change", showVoice);
  [newName, newLanguage, agree].forEach((input) => input.addEventListener("input", () => check()));

  // ---- the microphone
  const device = h("select", { id: "device" });
  const open = h("button", { class: "main", onclick: () => openMicrophone(kept().device) }, say("record.microphone.open"));
  const verdict = h("p", { role: "status", tabIndex: -1 });
  const channels = h("select", { id: "channel", onchange: () => { recorder.choose(Number(channels.value)); listenToLevel(); } });
  const channelField = h("div", { class: "field", hidden: true }, h("label", { for: "channel" }, say("record.channel")), channels);
  const deviceField = h("div", { class: "field", hidden: true }, h("label", { for: "device" }, say("record.microphone")), device);
  const microphone = h("section", { class: "card step" }, h("h2", {}, say("record.microphone")), h("p", { class: "soft" }, say("record.microphone.why")), open,
    h("div", { class: "fields" }, deviceField, channelField), verdict);
  device.addEventListener("change", () => openMicrophone(device.value));

  async function openMicrophone(wanted) {
    state.microphone = false;
    try {
      await recorder.open(wanted).catch((error) => (wanted ? recorder.open() : Promise.reject(error)));
    } catch (error) {
      fill(verdict, h("span", { class: "wrong" }, say(error.name === "NotAllowedError" ? "record.microphone.refused" : error.name === "NotStarted" ? "record.microphone.waits" : "record.microphone.none")));
      check();
      return;
    }
    remember({ device: recorder.deviceId });
    const list = await microphones();
    fill(device, list.map(({ deviceId, label }) => h("option", { value: deviceId, selected: deviceId === recorder.deviceId }, label || say("record.microphone"))));
    deviceField.hidden = list.length < 2;
    const hadFocus = document.activeElement === open;
    open.hidden = true;
    // What was pressed is gone; whoever goes on with the keyboard goes on from here.
    if (hadFocus) verdict.focus({ preventScroll: true });
    if (recorder.processing.length) {
      fill(verdict, h("span", { class: "wrong" }, say("record.processing.on", { what: recorder.processing.join(", ") })));
    } else {
      state.microphone = true;
      fill(verdict, h("span", { class: "ok" }, say("record.processing.off", { device: recorder.label, rate: number(recorder.rate) })),
        recorder.way === "AudioWorklet" ? h("span", { class: "warn", id: "second-way" }, " ", say("record.second.way")) : null);
    }
    listenToLevel();
    findEarlier();
    check();
  }

  // ---- the level
  const bar = meter(recorder);
  const advice = h("p", { role: "status", id: "advice" });
  const levelAnyway = anyway(() => { state.levelAnyway = true; });
  const level = h("section", { class: "card step" }, h("h2", {}, say("record.level")), h("p", {}, say("record.level.read")),
    h("blockquote", {}, say("record.level.text")), bar.element, advice, h("div", { class: "row" }, levelAnyway.button, levelAnyway.told));
  let listening = null;
  function listenToLevel() {
    listening?.();
    state.level = null;
    // The last four seconds, 25 levels a second.
    const heard = [];
    let silent = 0;
    listening = recorder.on("level", ({ told }) => {
      channelField.hidden = told.level.length < 2;
      if (channels.children.length !== told.level.length) {
        fill(channels, told.level.map((_, index) => h("option", { value: index }, say("record.channel.one", { number: index + 1 }))));
        channels.value = String(Math.min(recorder.channel, told.level.length - 1));
      }
      heard.push(told.level);
      if (heard.length > 100) heard.shift();
      if (heard.length % 10 || heard.length < 50) return;
      const peaks = told.level.map((_, index) => heard.map((one) => decibel(one[index]?.peak ?? 0)).sort((a, b) => a - b));
      // The channel with more voice in it is the one with the microphone.
      const loudest = peaks.map((one) => one.at(-10)).reduce((best, one, index, all) => (one > all[best] + 3 ? index : best), 0);
      if (loudest !== recorder.channel && state.level === null) {
        recorder.choose(loudest);
        channels.value = String(loudest);
      }
      const own = peaks[Math.min(recorder.channel, peaks.length - 1)];
      const key = levelOf(own);
      if (isListening || stays(state.level, key, session !== null)) {
        silent = 0;
        return;
      }
      if (key === "nothing") {
        silent += 1;
        if (silent > 10) fill(advice, say("record.level.nothing"));
        return;
      }
      silent = 0;
      const kind = key === "loud" ? "wrong" : isDoubt(key) ? "warn" : "ok";
      fill(advice, h("span", { class: kind }, say(`record.level.${key}`)));
      state.level = key;
      levelAnyway.show(isDoubt(key) && !state.levelAnyway && !session ? say(`record.level.anyway.${key}`) : null);
      check();
    });
  }

  // ---- the room
  const listenToRoom = h("button", { onclick: () => recordRoom() }, say("record.room.start"));
  const roomTold = h("p", { role: "status" });
  const roomAnyway = anyway(() => { state.room = true; });
  const room = h("section", { class: "card step" }, h("h2", {}, say("record.room")), h("p", { class: "soft" }, say("record.room.why")), listenToRoom, roomTold, h("div", { class: "row" }, roomAnyway.button, roomAnyway.told));
  let session = null;
  let rooms = 0;
  let isListening = false;

  async function begin() {
    if (session) return session;
    let voice = state.voice;
    if (!voice) {
      const { id } = await post("/studio/voices", { language: newLanguage.value, name: newName.value });
      voice = { language: newLanguage.value, id, name: newName.value.trim(), consent: null };
    }
    const path = address`/studio/voices/${voice.language}/${voice.id}/sessions`;
    const { id } = await post(path, {
      person: voice.name,
      place: "",
      consent: voice.consent ? null : { words: words(), purpose: purpose.value },
      licence: voice.consent ? voice.licence : licence.value,
      device: {
        label: recorder.label,
        browser: navigator.userAgent,
        rate: recorder.rate,
        way: recorder.way,
        channels: recorder.settings.channelCount ?? 1,
        channel: recorder.channel + 1,
        settings: recorder.settings,
      },
    });
    remember({ voice: `${voice.language}/${voice.id}` });
    session = { id, voice };
    return session;
  }

  async function recordRoom() {
    isListening = true;
    state.room = false;
    roomAnyway.show(null);
    check();
    try {
      const { id, voice } = await begin();
      recorder.start({ language: voice.language, voice: voice.id, session: id });
      for (let left = ROOM_SECONDS; left > 0; left -= 1) {
        fill(roomTold, say("record.room.listening", { seconds: left }));
        await new Promise((done) => setTimeout(done, 1000));
      }
      const saved = new Promise((done) => recorder.addEventListener("saved", ({ told }) => done(told), { once: true }));
      recorder.stop();
      const { room: told } = await saved;
      const judged = told.verdict;
      const kind = { good: "ok", fair: "ok", uneven: "warn", loud: "warn" }[judged] ?? "wrong";
      fill(roomTold, h("span", { class: kind }, say(`record.room.${judged}`, { level: number(told.floor, 0) })),
        told.hum ? h("span", { class: "warn" }, " ", say("record.room.hum", { hum: number(told.hum) })) : null,
        " ", told.used ? say("record.room.used") : told.voice ? say("record.room.other", { file: told.voice }) : null);
      session.floor = told.floor;
      listenToRoom.textContent = say("record.room.again");
      rooms += 1;
      // What is no room tone holds everybody back; what is only a doubt is left to the voice.
      state.room = kind === "ok";
      roomAnyway.show(kind === "warn" ? say(`record.room.anyway.${judged}`) : null);
    } catch (error) {
      fill(roomTold, h("span", { class: "wrong" }, error.told ?? String(error)));
    }
    isListening = false;
    check();
  }

  // ---- the session of today, where there is one with this microphone
  const resume = h("button", { hidden: true, onclick: () => ready(session ?? earlier) }, say("record.resume"));
  let earlier = null;
  async function findEarlier() {
    earlier = null;
    resume.hidden = true;
    const { voice, microphone } = state;
    if (!voice || !microphone || session) return;
    const [last] = await get(address`/studio/voices/${voice.language}/${voice.id}/sessions`);
    const day = new Date().toISOString().slice(0, 10);
    if (!last?.id.startsWith(day) || last.device !== recorder.label || !last.has_room || state.voice !== voice) return;
    earlier = { id: last.id, voice, floor: last.floor };
    resume.hidden = false;
  }

  // ---- on
  const go = h("button", { class: "main", id: "go", onclick: () => ready(session) }, say("record.go"));
  const missing = h("p", { class: "soft" });
  /** Why the level is not good enough; one that was is not asked for again. */
  function levelMissing() {
    if (session || state.level === "good") return null;
    if (state.level === null) return "level";
    if (!isDoubt(state.level)) return "level.loud";
    return state.levelAnyway ? null : "level.doubt";
  }

  function check() {
    const person = state.voice !== null || newName.value.trim() !== "";
    const agreed = Boolean(state.voice?.consent) || agree.checked;
    const same = (one) => one.language === newLanguage.value && one.name.trim().toLowerCase() === newName.value.trim().toLowerCase();
    const isTaken = state.voice === null && session === null && people.some(same);
    const first = !person ? "name" : isTaken ? "name.taken" : !agreed ? "consent" : !state.microphone ? "microphone" : levelMissing();
    switchOff(listenToRoom, first !== null || isListening);
    switchOff(go, first !== null || !state.room);
    fill(missing, first ? say(`record.missing.${first}`) : state.room ? "" : say(!rooms ? "record.missing.room" : roomAnyway.isShown() ? "record.missing.room.doubt" : "record.missing.room.again"));
    // A session has one person and one microphone.
    [choice, newName, newLanguage, agree, purpose, licence, device].forEach((input) => { input.disabled = session !== null; });
  }

  main.append(h("h1", {}, say("record.title")), ...[studio.about ?? []].flat(), who, microphone, level, room, h("div", { class: "row last" }, go, resume, missing));
  showVoice();
  if (recorder.isOpen) await openMicrophone(recorder.deviceId);
  else if ((await navigator.permissions?.query({ name: "microphone" }).catch(() => null))?.state === "granted") await openMicrophone(kept().device);
  stops.push(bar.close, () => listening?.(), recorder.on("devices", async () => {
    if (recorder.isOpen && !session) await openMicrophone(recorder.deviceId);
  }));
  return stop;
}
