// What a translator is told of a text, in the language of the page. The comments of PO files are English; those that adem writes are known.

import { say } from "../words.js";

/** Each comment of adem, as `{what}` stands in it, with its words. */
const KINDS = [
  ["The title of the track.", "translate.note.title"],
  ["Part: {what}", "translate.note.part"],
  ["Note: {what}", "translate.note.note"],
  ["The title of a part, a chapter of the track.", "translate.note.chapter"],
  ["The title of the fragment, a chapter in the tracks that use it.", "translate.note.fragment"],
  ["Read before the track, never spoken.", "translate.note.before"],
  ["Only in longer versions.", "translate.note.longer"],
  ["Spoken where {what} is left out.", "translate.note.instead"],
  ["For the voice: how to say a phrase. Never spoken; left empty, the voice gets the original.", "translate.note.how"],
  ["Of {what}.", "translate.note.of"],
  ["Only where {what}.", "translate.note.where"],
  ["The title in the names of files, in the letters a to z. Without it, the translated title is taken, or this one where that has kanji.", "translate.note.slug"],
  ["Once files are published, leave it as it is.", "translate.note.published"],
  ["The title of the course.", "translate.note.course"],
  ["Read before any track of the course, never spoken.", "translate.note.course.before"],
  ["The title of week {what}.", "translate.note.week"],
  ["The title of a background, in credits.", "translate.note.bed"],
  ["The title of a bell, in credits.", "translate.note.bell"],
  ["adem puts something in the place of each word in braces.", "translate.note.braces"],
];
const known = KINDS.map(([comment, key]) => {
  const pattern = comment.replace(/[.*+?^$()[\]\\]/g, "\\$&").replace("{what}", "(.+)");
  return [new RegExp(`^${pattern}$`), key];
});

/** A comment in the language of the page; one that adem does not write, such as what the author noted, stays as it is. */
export function noteWords(comment) {
  for (const [pattern, key] of known) {
    const found = pattern.exec(comment);
    if (found) return say(key, { what: found[1] ?? "" });
  }
  return comment;
}
