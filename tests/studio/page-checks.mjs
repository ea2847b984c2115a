// What the page for a voice elsewhere hears in takes, and the zip that it makes: node page-checks.mjs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const module = async (name) => import(new URL(`../../src/studio/web/pack/${name}.js`, import.meta.url));
const { hear, peaks, roomNoise } = await module("checks");
const { wavHead } = await module("wav");
const { inItsPlace, joined } = await module("joint");
const { zipOf, zipPlan } = await module("zip");

const { stays } = await import(new URL("../../src/studio/web/record/level.js", import.meta.url));

// The room is listened to in silence: a voice that was good is not too soft then.
for (const [before, now, hadRoom, answer] of [
  ["good", "quiet", false, true], ["good", "nothing", false, true], ["good", "loud", false, false], ["good", "near", false, false],
  [null, "quiet", false, false], ["near", "quiet", false, false], ["near", "nothing", true, true], ["near", "loud", true, false],
]) assert.equal(stays(before, now, hadRoom), answer, `${before}, then ${now}`);

const RATE = 48000;
let state = 1;
const chance = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32 - 0.5;
};
/** Two seconds of a room, in which a voice is heard between two moments. */
const take = (loud, noise, from = 0.5, to = 1.5) => Float32Array.from({ length: RATE * 2 }, (_, frame) => {
  const time = frame / RATE;
  const voice = time >= from && time < to ? loud * Math.sin(time * 400 * Math.PI) * (0.6 + 0.4 * Math.sin(time * 20)) : 0;
  return Math.max(-1, Math.min(1, voice + chance() * noise));
});
const kinds = (samples, usual) => hear(samples, RATE, usual).faults.map(({ kind }) => kind);

const usual = [-21, -22, -23];
const good = hear(take(0.2, 0.0004), RATE, usual);
assert.deepEqual(good.faults, []);
assert.ok(Math.abs(good.speech[0] - 0.5) < 0.03 && Math.abs(good.speech[1] - 1.5) < 0.03, String(good.speech));
// A sine of 0.2 with its swell, as a meter of loudness has it.
assert.ok(Math.abs(good.level + 21.8) < 0.5, String(good.level));
for (const [samples, told] of [
  [take(0, 0.0004), ["unusable"]],
  [new Float32Array(RATE), ["unusable"]],
  [new Float32Array(0), ["unusable"]],
  [take(0.2, 0.02), ["noise"]],
  [take(0.002, 0.00001), ["loudness"]],
  [take(0.03, 0.00001), ["level"]],
  [take(2, 0.001), ["clipped", "level"]],
  [take(0.2, 0.0004, 0, 1), ["start"]],
  [take(0.2, 0.0004, 1, 2), ["end"]],
]) assert.deepEqual(kinds(samples, usual), told);
assert.deepEqual(kinds(take(0.03, 0.00001), usual.slice(1)), [], "two takes are no measure of a third");
// Every fault has its words on the page.
const words = JSON.parse(readFileSync(new URL("../../src/studio/web/words/en.json", import.meta.url)));
for (const kind of ["unusable", "noise", "loudness", "level", "clipped", "peak", "start", "end"]) assert.ok(words[`record.advice.${kind}`], kind);

const hum = take(0, 0.001).map((sample, frame) => sample + 0.003 * Math.sin(2 * Math.PI * 50 * frame / RATE));
assert.equal(roomNoise(hum, RATE).hum, 50);
const quiet = roomNoise(take(0, 0.001), RATE);
assert.ok(quiet.hum === null && !quiet.uneven && Math.abs(quiet.floor + 71) < 1, JSON.stringify(quiet));
const verdicts = [0.001, 0.008, 0.03, 0.2, 2].map((noise) => roomNoise(take(0, noise), RATE).verdict);
assert.deepEqual(verdicts, ["good", "fair", "loud", "no-room", "clipped"]);
assert.ok(roomNoise(take(0.2, 0.001, 1, 1.3), RATE).uneven);
assert.deepEqual(peaks(Float32Array.from([0.5, -0.25, 0, 1.5]), 2), [[-25, 50], [0, 100]]);

// A part that was recorded again: the rest of the take is as it was, and so are its silences.
const said = (loud, silences) => {
  const [samples, words] = [[], []];
  silences.forEach((silence, at) => {
    for (let frame = 0; frame < silence * RATE; frame += 1) samples.push(chance() * 0.0004);
    if (at + 1 === silences.length) return;
    const from = samples.length / RATE;
    for (let frame = 0; frame < 0.4 * RATE; frame += 1) samples.push(loud * Math.sin(frame / 20));
    words.push([from, samples.length / RATE]);
  });
  return [Float32Array.from(samples), words];
};
const [old, words3] = said(0.2, [0.5, 0.3, 0.3, 0.5]);
const [fresh, spoken] = said(0.1, [0.6, 0.6]);
assert.deepEqual(hear(old, RATE).words.length, 3);
const whole = joined(old, words3, fresh, spoken, RATE, { from: words3[1][0], to: words3[1][1] });
assert.ok(Math.abs(whole.length - old.length) <= 2, `${whole.length} of ${old.length}`);
assert.ok(whole.subarray(0, RATE).every((sample, at) => sample === old[at]), "it begins as the take does");
assert.ok(whole.subarray(-RATE).every((sample, at) => sample === old.at(at - RATE)), "and ends as it does");
const loudest = Math.max(...whole.subarray(Math.round(1.25 * RATE), Math.round(1.55 * RATE)));
assert.ok(Math.abs(loudest - 0.2) < 0.02, `the part is as loud as the rest: ${loudest}`);
for (const at of [0, 2]) {
  const other = joined(old, words3, fresh, spoken, RATE, { from: words3[at][0], to: words3[at][1] });
  assert.ok(Math.abs(other.length - old.length) <= 2, `at an end: ${other.length} of ${old.length}`);
}
assert.equal(joined(old, words3, fresh, [], RATE, { from: 0, to: 1 }), old, "nobody speaks in it");
const place = inItsPlace({ speech: fresh, before: 20, after: 3, last: fresh, next: old, room: new Float32Array(10).fill(0.001), rate: RATE });
assert.equal(place.length, 6 * RATE + fresh.length + 6 * RATE - Math.max(0, 6 * RATE - Math.round(2.8 * RATE) - old.length));
assert.equal(place[RATE], Math.fround(0.001), "the tone of the room lies in the silences");

// The same files make the same zip; its checksums are those of the files.
const files = [{ name: "adem-recorded.json", blob: new Blob(["{}"]) }, { name: "takes/é.wav", blob: new Blob([wavHead(RATE, 1), new Float32Array([0.5])]) }];
const zip = async () => Buffer.from(await (await zipOf(files)).arrayBuffer());
const made = await zip();
assert.ok(made.equals(await zip()));
assert.equal(made.readUInt32LE(14), 0xa3a6bf43);
assert.equal(made.readUInt16LE(made.length - 12), 2);
assert.equal(wavHead(RATE, 1).length, 58);
// A zip of more than 4 GiB, by its numbers: the last file lies behind them, and the place of the directory has 64 bits.
const gibibyte = 2 ** 30;
const { heads, tail } = zipPlan(["a", "b", "c"].map((name) => ({ name, size: 2 * gibibyte, crc: 7 })));
const behind = Buffer.concat(tail.map((one) => Buffer.from(one)));
const before3 = 2 * (31 + 2 * gibibyte);
assert.equal(heads.length, 3);
const third = behind.indexOf(Buffer.from("c"), 46 + 46);
assert.equal(behind.readUInt32LE(third - 46 + 42), 0xffffffff);
assert.equal(behind.readBigUInt64LE(third + 1 + 4), BigInt(before3));
const far = behind.indexOf(Buffer.from([0x50, 0x4b, 6, 6]));
assert.equal(behind.readBigUInt64LE(far + 48), BigInt(before3 + 31 + 2 * gibibyte));
assert.equal(behind.readUInt32LE(behind.length - 22 + 16), 0xffffffff);
assert.throws(() => zipPlan([{ name: "a", size: 4 * gibibyte, crc: 0 }]), /4 GiB/);
console.log("what is wrong with a take is heard on the page");
