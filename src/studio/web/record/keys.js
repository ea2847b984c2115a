// The keys of the prompter. One of them may be that of a foot switch: it records, stops, and goes on.

const KEPT = "adem-studio-foot-switch";
const LETTERS = "adem-studio-letters";

export const KEYS = { " ": "record", Enter: "next", ArrowRight: "next", ArrowLeft: "back", a: "again", k: "keep", x: "reject", p: "play", c: "context", h: "hear", s: "skip", r: "part", o: "original" };

/** Whether letters alone are keys. Who speaks to the browser, or whose fingers slip, switches them off. */
export const areLettersKeys = () => localStorage.getItem(LETTERS) !== "off";
export const setLettersKeys = (on) => localStorage.setItem(LETTERS, on ? "on" : "off");

/** The key of the foot switch, as the browser calls it. */
export const footSwitch = () => localStorage.getItem(KEPT);

/** Waits for a key and keeps it as that of the foot switch; Escape forgets it. */
export function learn() {
  return new Promise((done) => {
    const heard = (event) => {
      if (["Shift", "Control", "Alt", "Meta", "Tab"].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      document.removeEventListener("keydown", heard, true);
      if (event.key === "Escape") localStorage.removeItem(KEPT);
      else localStorage.setItem(KEPT, event.key);
      done(footSwitch());
    };
    document.addEventListener("keydown", heard, true);
  });
}

/** Calls back with what a key asks for. Keys that are typed into a field, or press a button, are left alone. */
export function onKeys(act) {
  const heard = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("input[type=text], input[type=number], textarea, select, dialog[open]")) return;
    const isFoot = event.key === footSwitch();
    if (!isFoot && (event.key === " " || event.key === "Enter") && event.target.closest("button, a, summary, [role=listbox]")) {
      // A button that has the focus keeps its own keys, but for the one whose own key this is.
      if (event.target.closest("[data-keys]")?.dataset.keys !== event.key) return;
    }
    const wish = isFoot ? "foot" : KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!wish || (!isFoot && /^[a-z]$/i.test(event.key) && !areLettersKeys())) return;
    event.preventDefault();
    act(wish);
  };
  document.addEventListener("keydown", heard);
  return () => document.removeEventListener("keydown", heard);
}
