// What is wrong in the course, as `adem check` tells it. Each has a place; a click leads there.

import { get } from "../api.js";
import { fill, h } from "../dom.js";
import { wrongWords } from "../mend.js";
import { say } from "../words.js";

/** `go.to(one)` leads to the place of what was found. */
export function makeProblems(go) {
  const count = h("span", {});
  const list = h("ul", { class: "problems" });
  const intro = h("p", { class: "soft", hidden: true }, say("problems.intro"));
  const element = h("details", { class: "card" }, h("summary", {}, h("h2", {}, say("problems.title")), " ", count), intro, list);
  let waiting = 0;
  let asking = false;
  let again = false;

  function one(found) {
    const { first, rest } = wrongWords(found);
    return h("li", { class: found.severity },
      h("p", {}, h("span", { class: "tag" }, say(`problems.${found.severity}`)), " ", first),
      h("p", { class: "soft" }, h("button", { type: "button", class: "link", onclick: () => go.to(found) }, `${found.file}:${found.line}`), " ", rest));
  }

  async function look() {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const found = await get("/studio/problems");
      fill(count, found.found.length ? say("problems.count", { errors: found.errors, warnings: found.warnings }) : say("problems.none"));
      fill(list, found.found.slice(0, 200).map(one));
      intro.hidden = found.found.length === 0;
    } catch (error) {
      const errors = error.problem?.errors ?? [];
      fill(count, errors.length ? say("problems.count", { errors: errors.length, warnings: 0 }) : (error.told ?? String(error)));
      fill(list, errors.map(one));
      intro.hidden = errors.length === 0;
    }
    asking = false;
    if (again) {
      again = false;
      look();
    }
  }

  return {
    element,
    /** Looks again, once it is quiet. */
    look() {
      clearTimeout(waiting);
      waiting = setTimeout(look, 600);
    },
    close: () => clearTimeout(waiting),
  };
}
