// Requests to the studio; or, on a page without one, to what takes its place there.

import { has, meaning, say } from "./words.js";

/** What a refusal says, in the language of the page. */
export function toldProblem(problem) {
  const words = `refused.${problem.id}`;
  if (problem.id && has(words)) {
    const values = { ...problem.values };
    const known = meaning(problem.errors?.[0]?.code);
    if ("why" in values && known) values.why = known;
    const told = say(words, values).replaceAll("..", ".");
    // What the engine advises; the words of a refusal have their own advice.
    return problem.detail && ["request", "failed", "not-made"].includes(problem.id) ? `${told} ${problem.detail}` : told;
  }
  return say("refused.other", { why: [problem.title, problem.detail].filter(Boolean).join("; ") });
}

/** A refusal, with what to do. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.title ?? String(status));
    this.status = status;
    this.problem = problem;
  }

  /** The whole of it in one line. */
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
  const answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
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
