// The recording room: first who speaks and with what (setup.js), then phrase by phrase (prompter.js).

import { get, post } from "../api.js";
import { fill, h } from "../dom.js";
import { say, time } from "../words.js";
import { canRecord, Recorder } from "./recorder.js";
import { cuts } from "./cuts.js";
import { keptSounds } from "./kept.js";
import { prompter } from "./prompter.js";
import { readAloud } from "./reading.js";
import { remember, setup } from "./setup.js";

const KEPT = "adem-studio-session";

/** One microphone for as long as the page lives. */
let recorder = null;

/** Says in one line what was saved of a take that was cut short. */
const toldSaved = ({ words, number, seconds, room, reading, part }) => room
  ? say("record.recovered.room", { time: time(seconds) })
  : reading ? say("record.recovered.reading", { time: time(seconds) })
  : part ? say("record.part.alone", { file: part.file })
  : say("record.recovered", { words, number, time: time(seconds) });

export async function enter(main, studio) {
  if (!canRecord()) {
    main.append(h("h1", {}, say("tab.record")), h("section", { class: "card warn" },
      h("h2", {}, say("record.browser")), h("p", {}, say("record.browser.why")), h("p", {}, say("record.browser.else"))));
    return;
  }
  recorder ??= new Recorder(studio.worker);
  const saved = h("div", { id: "recovered", "aria-live": "polite" });
  const room = h("div", {});
  main.append(saved, room);
  recorder.on("broken", () => fill(saved, h("p", { class: "card wrong", role: "alert" }, say("record.broken"))));
  await bringBack(saved);

  let leaveRoom = null;
  const open = async (page, ...values) => {
    leaveRoom?.();
    leaveRoom = null;
    fill(room);
    leaveRoom = await page(room, studio, recorder, ...values) ?? null;
    // What was saved is told below the title, on each page of the room.
    room.querySelector("h1")?.after(saved);
  };
  const toSetup = () => {
    sessionStorage.removeItem(KEPT);
    return open(setup, toPrompter);
  };
  const toPrompter = (session) => {
    sessionStorage.setItem(KEPT, JSON.stringify(session));
    studio.recorded = { language: session.voice.language, voice: session.voice.id };
    return open(prompter, session, toSetup, toReading, toKept);
  };
  const toKept = (session) => open(keptSounds, session, toPrompter, toCuts);
  const toReading = (session, script) => open(readAloud, session, script, toPrompter, toCuts);
  const toCuts = (session, reading) => open(cuts, session, reading, toPrompter);
  const session = await comesBack();
  if (session) await toPrompter(session);
  else await toSetup();
  return () => {
    leaveRoom?.();
    recorder.close();
  };
}

/** The session of somebody who was at another room of the studio and comes back, if its microphone opens as before. */
async function comesBack() {
  const session = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (!session) return null;
  const allowed = await navigator.permissions?.query({ name: "microphone" }).catch(() => null);
  if (allowed?.state !== "granted" && !recorder.deviceId) return null;
  const { voices } = await get("/studio/voices");
  const voice = voices.find(({ language, id }) => language === session.voice.language && id === session.voice.id);
  const [last] = voice ? await get(`/studio/voices/${voice.language}/${voice.id}/sessions`) : [];
  if (last?.id !== session.id) return null;
  const device = recorder.deviceId ?? JSON.parse(localStorage.getItem("adem-studio-recording") ?? "{}").device;
  const opened = await recorder.open(device).then(() => true, () => false);
  if (!opened) return null;
  if (recorder.processing.length || recorder.label !== last.device) {
    recorder.close();
    return null;
  }
  return { ...session, voice };
}

/** Brings what an earlier page or an earlier run has left to its place, and says so. */
async function bringBack(saved) {
  const told = [];
  const stop = recorder.on("saved", ({ told: event }) => {
    if (!event.recovered) return;
    told.push(toldSaved(event));
    // Whoever was recording is likely to go on.
    remember({ voice: `${event.begin.language}/${event.begin.voice}` });
  });
  await new Promise((done) => {
    recorder.addEventListener("recovered", done, { once: true });
    recorder.recover();
    setTimeout(done, 15000);
  });
  stop();
  // What only the studio has: the browser's own copy is gone.
  for (const take of await get("/studio/takes/unfinished")) {
    if (take.frames === 0) continue;
    const event = await post(`/studio/takes/unfinished/${take.take}/end`, { frames: take.frames }).catch(() => null);
    if (!event) continue;
    told.push(toldSaved({ ...event, words: take.text, seconds: take.frames / take.rate }));
    remember({ voice: `${take.language}/${take.voice}` });
  }
  if (told.length) {
    fill(saved, h("section", { class: "card good", role: "status" }, h("h2", {}, say("record.recovered.title")), h("ul", {}, told.map((text) => h("li", {}, text)))));
  }
}
