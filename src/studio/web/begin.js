// A course that begins here: what is offered in a folder that has nothing of one.

import { post } from "./api.js";
import { fill, h, switchOff } from "./dom.js";
import { languageName, say, spoken } from "./words.js";

/** The card that offers it. The page goes on by itself when the course is there, as after every change of its files. */
export function beginning({ folder, languages }) {
  const language = h("select", { id: "begin-language" },
    languages.map((tag) => h("option", { value: tag, selected: tag === spoken() }, languageName({ tag, name: tag }))));
  const told = h("p", { class: "wrong", role: "alert" });
  const go = h("button", { type: "button", class: "main", onclick: begin }, say("begin.go"));

  async function begin() {
    switchOff(go, true);
    fill(told);
    try {
      await post("/studio/course", { language: language.value });
      // The card goes away with the button that had the focus.
      document.getElementById("room")?.focus();
    } catch (error) {
      fill(told, error.told ?? String(error));
      switchOff(go, false);
    }
  }

  return h("section", { class: "card", "aria-labelledby": "begin-title" }, h("h1", { id: "begin-title" }, say("begin")), h("p", {}, say("begin.where"), " ", h("code", {}, folder)),
    h("p", {}, say("begin.what")),
    h("div", { class: "row" }, h("label", { for: "begin-language" }, say("begin.language")), language, go), told);
}
