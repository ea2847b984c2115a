// The room desk.

import { h } from "../dom.js";
import { say } from "../words.js";

export function enter(main) {
  main.append(h("h1", {}, say("tab.desk")));
}
