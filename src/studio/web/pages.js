// The rooms of the studio. Each is a module that is loaded when it is first entered. A new room is a line here, its word
// `tab.<id>` in words/*.json, and its files in the list of src/studio/web.rs. Its style sheets are there while it is entered.
//
// A module exports `enter(main, studio)`, which fills the element `main` and may return a function that is called when the room is
// left. `studio` has `course` (the answer of /studio/course), `lock(why)` and `unlock()`, which keep and free the tabs, and
// `tell(text)`, which shows a short message and says it to screen readers.

export const PAGES = [
  { id: "record", sheets: ["/web/record/record.css"], load: () => import("./record/record.js") },
  { id: "desk", sheets: ["/web/desk/desk.css"], load: () => import("./desk/desk.js") },
  { id: "translate", sheets: ["/web/desk/desk.css", "/web/translate/translate.css"], load: () => import("./translate/translate.js") },
];
