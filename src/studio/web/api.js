// Requests to the studio; or, on a page without one, to what takes its place there.

import { h } from "./dom.js";
import { causeMeant, has, meaning, say, sayParts, spoken } from "./words.js";

/** The refusals of which the engine advises something; the words of the others have their own advice. */
const ADVISED = ["request", "failed", "not-made", "other"];
/** The refusals whose words do not say what to do where the cause is not known. */
const AGAIN = [...ADVISED, "not-whole", "would-mistake"];

/**
 * What a refusal says, in the language of the page, as children of an element. Words that only exist in English are a quotation, which
 * is marked as English.
 */
export function toldProblem(problem) {
  const id = problem.id && has(`refused.${problem.id}`) ? problem.id : "other";
  const values = { ...problem.values };
  if (id === "other") values.why = problem.title ?? "";
  if ("why" in values) values.why = why(values, problem, id);
  return sayParts(`refused.${id}`, values);
}

/** Why something was refused: what is meant by its cause where that is known, or else the words of the engine. */
function why(values, problem, id) {
  const mistake = meaning(problem.errors?.find(({ severity }) => severity !== "warning")?.code ?? problem.code);
  const known = mistake ?? causeMeant(values.cause, values);
  // The words of some refusals name the file themselves.
  const named = values.file && !mistake && !say(`refused.${id}`).includes("{file}") ? ` (${values.file})` : "";
  if (known) return `${known}${named}`;
  const english = [values.why, ADVISED.includes(id) ? problem.detail : null].filter(Boolean).join("; ").replace(/\.$/, "");
  const text = spoken() === "en" ? english : h("q", { lang: "en" }, english);
  return sayParts(AGAIN.includes(id) ? "refused.english.again" : "refused.english", { text });
}

/** The most mistakes that are told in a line. */
const TOLD = 3;

/** The mistakes in files of the course that a refusal comes from, each with its place, where no list of them is shown. */
export const toldMistakes = ({ errors = [] }) => errors.filter(({ severity }) => severity === "error").slice(0, TOLD).map((one) => [
  ` ${one.file}:${one.line} `, meaning(one.code) ?? h("span", { lang: "en" }, one.message)]);

/** What was told, as text. */
export const asText = (told) => [told].flat(Infinity).map((part) => part?.textContent ?? part).join("");

/** A refusal, with what to do. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.title ?? String(status));
    this.status = status;
    this.problem = problem;
  }

  /** The whole of it, as children of an element. */
  get told() {
    return toldProblem(this.problem);
  }
}

/** Takes the place of the studio: `ask(method, path, body)` answers a request, and `sound(path)` an address that can be played. */
let inPlace = null;

export function serveFrom(server) {
  inPlace = server;
}

/** The address at which a sound of the studio can be played. */
export const soundAt = async (path) => (inPlace ? inPlace.sound(path) : path);

async function ask(method, path, body) {
  if (inPlace) return inPlace.ask(method, path, body);
  const headers = { "x-adem": "studio" };
  if (body !== undefined) headers["content-type"] = "application/json";
  const answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
    .catch(() => { throw new Refused(0, { id: "no-answer" }); });
  const kind = answer.headers.get("content-type") ?? "";
  const said = kind.includes("json") ? await answer.json() : null;
  if (!answer.ok) throw new Refused(answer.status, said ?? {});
  return said;
}

export const get = (path) => ask("GET", path);
export const post = (path, body = {}) => ask("POST", path, body);
export const put = (path, body = {}) => ask("PUT", path, body);

/** An address with its parts escaped: address`/studio/voices/${lang}`. */
export const address = (texts, ...parts) => texts.reduce((whole, text, at) => whole + encodeURIComponent(parts[at - 1]) + text);
