// What is wrong with a take, in the language of the page. The studio says which kind of fault it is, and its number.

import { h } from "../dom.js";
import { has, number, say, time } from "../words.js";

const counted = (value) => [number(value), value === 1 ? ".one" : ".many"];

/** How the number of a kind is written; with a word after it where a fault has two sides. */
const NUMBERS = {
  clipped: counted,
  dropouts: counted,
  holes: counted,
  peak: (value) => [number(value, 1)],
  level: (value) => [number(Math.abs(value)), value < 0 ? ".softer" : ".louder"],
  apart: (value) => [number(Math.abs(value), 1), value > 0 ? ".right" : ".left"],
  bandwidth: (value) => [number(value / 1000, 1), value < 6000 ? ".telephone" : ".dull"],
  room: (value) => [number(value, 1)],
  cough: (value) => [number(value, 2)],
  repeated: (value) => [number(value, 1)],
  length: (value) => (value < 1 ? [number(value * 100), ".short"] : [number(value, 1), ".long"]),
};

/** A fault as `{ wrong, advice }`: the studio's own words where the page has none for its kind. */
export function faultWords(fault) {
  const [value, side = ""] = fault.number === null ? [""] : (NUMBERS[fault.kind] ?? ((whole) => [number(whole)]))(fault.number);
  const key = `record.wrong.${fault.kind}${side}`;
  if (!has(key)) return fault;
  const at = fault.at === null ? "" : say("record.fault.at", { time: time(fault.at) });
  return { wrong: say(key, { number: value }).replace(/\.?$/, (end) => at + end), advice: say(`record.advice.${fault.kind}`) };
}

/** Faults as a list. */
export const faultList = (faults) => h("ul", { class: "faults" }, faults.map(faultWords).map(({ wrong, advice }) => h("li", {}, h("strong", {}, wrong), advice ? ` ${advice}` : "")));
