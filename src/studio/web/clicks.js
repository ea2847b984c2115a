// A double click is meant for what its first click was on. Where that has led to another page or dialog, the second one is for nobody.

/** What a click is for; a label and its field are one. */
function controlOf(target) {
  const control = target.closest("button, a, label, summary, select, input, textarea") ?? target;
  return control.closest("label")?.control ?? control;
}
const nameOf = (control) => control.getAttribute("aria-label") ?? control.textContent;

/** From now on a second click does nothing where it is on something else than the first. */
export function guardDoubleClicks() {
  let first = null;
  const guard = (event) => {
    // How many clicks in a row: 0 by the keyboard.
    if (event.detail > 1) {
      const control = controlOf(event.target);
      // What was made anew, such as a button that leads on and on, is the same to who clicks.
      if (!first || control === first.control || nameOf(control) === first.name) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (event.detail === 1 && event.type === "mousedown") {
      const control = controlOf(event.target);
      first = { control, name: nameOf(control) };
    }
  };
  for (const kind of ["mousedown", "click"]) document.addEventListener(kind, guard, true);
}
