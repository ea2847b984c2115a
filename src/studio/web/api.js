// Requests to the studio.

import { has, say } from "./words.js";

/** What a refusal says, in the language of the page. */
export function toldProblem(problem) {
  const words = `refused.${problem.id}`;
  if (problem.id && has(words)) {
    const told = say(words, problem.values ?? {}).replaceAll("..", ".");
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

async function ask(method, path, body) {
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
