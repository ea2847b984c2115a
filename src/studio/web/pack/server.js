// What takes the place of the studio on a page without one: it answers the requests of the recording room from what the pack knows
// (pack.json) and from what was recorded (store.js).

import { Refused } from "../api.js";
import { hear, peaks } from "./checks.js";
import { atRate, edged, inItsPlace, joined, layUnder, spokenAlone } from "./joint.js";
import { moment, noRoom } from "./store.js";
import { wavHead } from "./wav.js";

/** The only voice of a page. */
const VOICE = "own";
/** What is heard of a take for its checks, in seconds: a phrase is never longer. */
const LONGEST = 300;
/** The level of a take in which nobody is heard, for what lies beside it, in LUFS. */
const UNKNOWN = -23;

const refuse = (status, title) => { throw new Refused(status, { title }); };

export class PackServer {
  #pack;
  #store;
  #changed;
  /** What was heard in each take: a take never changes. */
  #heard = new Map();
  /** The sounds that were made to be played, of which the last is kept. */
  #playing = null;

  /** `changed` is called after each change of what was recorded. */
  constructor(pack, store, changed) {
    this.#pack = pack;
    this.#store = store;
    this.#changed = changed;
  }

  async ask(method, path, body) {
    const url = new URL(path, "http://pack");
    const parts = url.pathname.split("/").slice(2).map(decodeURIComponent);
    const answer = await this.#answer(method, parts, url.searchParams, body).catch((error) => {
      const full = noRoom(error);
      throw full ? new Refused(full.status, full) : error;
    });
    if (method !== "GET") this.#changed();
    return answer;
  }

  async #answer(method, parts, query, body) {
    const isPost = method === "POST";
    if (parts[0] === "takes") return isPost ? this.#endUnfinished(parts[2], body) : this.#unfinished();
    if (parts.length === 1) return isPost ? this.#makeVoice(body) : this.#voices();
    const [, , , kind, ...rest] = parts;
    if (kind === "sessions") return isPost ? this.#beginSession(body) : this.#sessions();
    if (kind === "pickups") return this.#pickups();
    if (kind === "scripts") return this.#script(rest[0]);
    if (kind !== "takes") return refuse(404, kind);
    const [script, phrase, number, what] = rest;
    if (what === "decide") return this.#decide(script, phrase, Number(number), body.verdict);
    return this.#take(script, phrase, Number(number), what, Number(query.get("columns") ?? 600));
  }

  // ---- who speaks
  async #voices() {
    const { person, sessions } = await this.#store.index();
    const { language, voice } = this.#pack;
    const agreed = sessions.find(({ begun }) => begun.consent);
    const consent = agreed ? `${agreed.begun.person}, ${agreed.started.slice(0, 10)}: ${agreed.begun.consent.purpose}` : null;
    const own = { language: language.tag, id: VOICE, person: true, usual: true };
    const voices = [];
    if (voice) voices.push({ ...own, name: voice.name, consent: voice.consent ?? consent, licence: agreed?.begun.licence ?? voice.licence });
    else if (person) voices.push({ ...own, name: person, consent, licence: agreed?.begun.licence ?? "" });
    return { voices, languages: [language] };
  }

  async #makeVoice({ name }) {
    const plain = name.split(/\s+/).join(" ").trim();
    if (!plain) refuse(400, name);
    await this.#store.change((index) => { index.person = plain; });
    return { id: VOICE };
  }

  async #sessions() {
    const { sessions } = await this.#store.index();
    return sessions.map(({ id, begun, floor }) => ({ id, person: begun.person, device: begun.device.label, has_room: floor !== null, floor })).reverse();
  }

  #beginSession(begun) {
    return this.#store.change((index) => {
      const started = moment();
      const day = started.slice(0, 10);
      const id = `${day}-${index.sessions.filter((one) => one.id.startsWith(day)).length + 1}`;
      // Without the ids by which a page could know a device again.
      begun.device.settings = Object.fromEntries(Object.entries(begun.device.settings).filter(([name]) => !name.endsWith("Id")));
      index.sessions.push({ id, key: crypto.randomUUID().replaceAll("-", ""), started, begun, floor: null });
      return { id };
    });
  }

  // ---- how far it is
  /** A phrase as the page shows it, with its takes. */
  #phrase(phrase, all) {
    const own = all.filter((take) => take.script === phrase.script && take.phrase === phrase.id).sort((a, b) => a.number - b.number);
    const usable = own.filter(({ state }) => state !== "rejected");
    const rank = { chosen: 0, accepted: 1, "to-hear": 2, unheard: 3 };
    const [used] = [...usable].sort((a, b) => rank[a.state] - rank[b.state] || b.number - a.number);
    const isStale = used && used.text !== phrase.text;
    const state = !used ? phrase.state : isStale ? "stale" : used.state === "unheard" ? "unheard" : used.state === "to-hear" ? "flagged" : "done";
    const takes = own.map((take) => ({ number: take.number, state: take.state, used: take === used, stale: take.text === phrase.text ? null : take.text }));
    return { ...phrase, state, stale: isStale ? used.text : used ? null : phrase.stale, takes, faults: [] };
  }

  async #pickups() {
    const { takes } = await this.#store.index();
    this.#changed();
    const scripts = this.#pack.scripts.map(({ id, track, title, phrases }) => {
      const spoken = phrases.filter(({ text }) => text !== null).map((phrase) => this.#phrase(phrase, takes));
      const wanted = spoken.filter(({ state }) => state !== "done").map(({ script, id, state }) => ({ script, id, why: state }));
      const unrecorded = spoken.filter(({ state }) => state === "missing").length;
      return { id, track, title, phrases: spoken.length, wanted, unrecorded, minutes: null };
    });
    return { scripts, level: null };
  }

  async #script(id) {
    const script = this.#pack.scripts.find((one) => one.id === id) ?? refuse(404, id);
    const { takes } = await this.#store.index();
    return { ...script, phrases: script.phrases.map((phrase) => this.#phrase(phrase, takes)) };
  }

  // ---- takes
  async #find(script, phrase, number) {
    const { takes } = await this.#store.index();
    return takes.find((take) => take.script === script && take.phrase === phrase && take.number === number) ?? refuse(404, `${script}/${phrase} ${number}`);
  }

  /** A take as it was recorded. */
  async #recorded(take) {
    const file = await this.#store.samples(take.take);
    return new Float32Array(await file.slice(0, Math.min(take.frames, LONGEST * take.rate) * 4).arrayBuffer());
  }

  /** A take as it is heard: a part that was recorded again is joined to its take. */
  async #samples(take) {
    const own = await this.#recorded(take);
    if (!take.part) return own;
    const of = await this.#find(take.script, take.phrase, take.part.take);
    const whole = await this.#samples(of);
    return joined(whole, hear(whole, of.rate).words, own, hear(own, take.rate).words, take.rate, take.part);
  }

  /** What is heard in a take, against the others of its session. */
  async #hear(take) {
    const known = this.#heard.get(take.take);
    if (known) return known;
    const { takes } = await this.#store.index();
    const others = takes.filter((one) => one.session === take.session && one.take !== take.take && one.state !== "rejected");
    const usual = others.map((one) => this.#heard.get(one.take)?.level ?? one.level).filter((level) => typeof level === "number");
    const samples = await this.#samples(take);
    const heard = { ...hear(samples, take.rate, usual), usual, frames: take.part ? samples.length : take.frames };
    if (take.part && !hear(await this.#recorded(take), take.rate).words.length) heard.faults.unshift({ check: null, kind: "unusable", number: null, at: null, wrong: "unusable", advice: "" });
    if (take.drops?.length) heard.faults.unshift({ check: null, kind: "dropouts", number: take.drops.length, at: take.drops[0] / take.rate, wrong: "dropouts", advice: "" });
    this.#heard.set(take.take, heard);
    return heard;
  }

  async #take(script, id, number, what, columns) {
    const take = await this.#find(script, id, number);
    if (what === "peaks") return peaks(await this.#samples(take), columns);
    if (what === "words") return { rate: take.rate, words: (await this.#hear(take)).words };
    if (what) return refuse(404, what);
    const { speech, seconds, level, peak, noise, faults, usual, frames } = await this.#hear(take);
    const phrase = this.#pack.scripts.flatMap(({ phrases }) => phrases).find((one) => one.script === script && one.id === id);
    const middle = usual.length ? [...usual].sort((a, b) => a - b)[Math.floor(usual.length / 2)] : null;
    const open = faults.filter(({ kind }) => !take.told.includes(kind));
    return {
      script, phrase: id, number, state: take.state, unheard: take.unheard ?? null, text: take.text, seconds, expected: phrase?.expected ?? null,
      "file-seconds": frames / take.rate, speech, level, "voice-level": middle, peak, noise,
      faults: take.state === "accepted" || take.state === "chosen" ? open : faults,
    };
  }

  async #decide(script, phrase, number, verdict) {
    const take = await this.#find(script, phrase, number);
    const { level, faults } = await this.#hear(take);
    await this.#store.change((index) => {
      const own = index.takes.find((one) => one.take === take.take);
      own.level = level;
      if (verdict === "reject") own.state = "rejected";
      else {
        own.state = verdict === "choose" ? "chosen" : "accepted";
        // Whoever keeps a take has heard its faults.
        own.told = faults.map(({ kind }) => kind).filter((kind) => kind !== "unusable");
        const others = index.takes.filter((one) => one.script === script && one.phrase === phrase && one !== own && one.state === "chosen");
        others.forEach((other) => { other.state = "accepted"; });
      }
    });
    return { rejected: verdict === "reject" };
  }

  async #unfinished() {
    const found = await this.#store.unfinished();
    return found.map((take) => ({ ...take, language: this.#pack.language.tag, voice: VOICE }));
  }

  /** Ends a take that was cut short, as it lies. */
  async #endUnfinished(take, { frames }) {
    const known = (await this.#store.unfinished()).find((one) => one.take === take) ?? refuse(404, take);
    const entry = await this.#store.end(known, frames, known.script ? { unheard: "recovered" } : { room: null });
    return { take, script: entry.script, phrase: entry.phrase, number: entry.number, room: entry.script ? undefined : {} };
  }

  // ---- sounds
  /** The samples of a sound that was sent along, in one channel at a rate; null where it is not there. */
  async #sent(name, rate) {
    const answer = name ? await fetch(new URL(`../${name}`, import.meta.url)).catch(() => null) : null;
    if (!answer?.ok) return null;
    // A browser that cannot decode it, or half a file, is as one that is not there.
    const sound = await answer.arrayBuffer().then((bytes) => new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes)).catch(() => null);
    return sound?.getChannelData(0) ?? null;
  }

  /** A take between its neighbours, with the silences that the script has, over the bed. Where a neighbour is not recorded here it is as the voice spoke it before, or as a machine says it, as loud as the take. */
  async #inItsPlace(take) {
    const { takes } = await this.#store.index();
    const script = this.#pack.scripts.find(({ phrases }) => phrases.some((one) => one.script === take.script && one.id === take.phrase));
    const spoken = script?.phrases.filter(({ text }) => text !== null).map((phrase) => this.#phrase(phrase, takes)) ?? [];
    const at = spoken.findIndex((phrase) => phrase.script === take.script && phrase.id === take.phrase);
    const { rate } = take;
    const alone = async (one) => {
      const { speech } = await this.#hear(one);
      return speech ? spokenAlone(atRate(await this.#samples(one), one.rate, rate), speech, rate) : null;
    };
    const level = (await this.#hear(take)).level ?? UNKNOWN;
    const gain = (from) => 10 ** ((level - from) / 20);
    const beside = async (phrase) => {
      const used = phrase?.takes.find((one) => one.used);
      if (used) return alone(await this.#find(phrase.script, phrase.id, used.number));
      const sent = await this.#sent(phrase?.earlier ?? phrase?.machine, rate);
      return sent ? edged(sent, gain(hear(sent, rate).level ?? level), rate) : null;
    };
    const tone = takes.find((one) => one.script === null && one.session === take.session);
    const room = tone ? atRate(await this.#recorded(tone), tone.rate, rate) : null;
    const speech = await alone(take) ?? await this.#samples(take);
    const heard = inItsPlace({ speech, before: spoken[at]?.before ?? null, after: spoken[at]?.after ?? null, last: await beside(spoken[at - 1]), next: await beside(spoken[at + 1]), room, rate });
    const bed = await this.#sent(script?.bed?.sound, rate);
    if (bed) layUnder(heard, bed, gain(script.bed.voice), rate);
    return heard;
  }

  /** The address of a take as a sound, or of an original or a machine's voice that was sent along. */
  async sound(path) {
    const parts = new URL(path, "http://pack").pathname.split("/").slice(5).map(decodeURIComponent);
    const [kind, script, id, number, what] = parts;
    let blob = null;
    if (kind === "takes") {
      const take = await this.#find(script, id, Number(number));
      const samples = what === "context" ? await this.#inItsPlace(take) : take.part ? await this.#samples(take) : null;
      blob = samples ? new Blob([wavHead(take.rate, samples.length), samples], { type: "audio/wav" })
        : new Blob([wavHead(take.rate, take.frames), await this.#store.samples(take.take)], { type: "audio/wav" });
    } else {
      const phrase = this.#pack.scripts.flatMap(({ phrases }) => phrases).find((one) => one.script === script && one.id === id);
      const sent = { used: phrase?.sound, draft: phrase?.machine }[kind] ?? refuse(404, path);
      const answer = await fetch(new URL(`../${sent}`, import.meta.url));
      if (!answer.ok) refuse(answer.status, path);
      blob = await answer.blob();
    }
    if (this.#playing) URL.revokeObjectURL(this.#playing);
    this.#playing = URL.createObjectURL(blob);
    return this.#playing;
  }
}
