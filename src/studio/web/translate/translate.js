// The room translate.

import { h } from "../dom.js";
import { say } from "../words.js";

export function enter(main) {
  main.append(h("h1", {}, say("tab.translate")));
}
