// What is typed in a field, as early as it is known: before the browser has laid out and drawn the letter, where it says what it will be.

/** Calls `wish` with the text of a field at every change of it, once for each. */
export function whileTyped(field, wish) {
  let wished = null;
  field.addEventListener("beforeinput", ({ inputType, isComposing, data }) => {
    wished = null;
    if (inputType !== "insertText" || isComposing || typeof data !== "string") return;
    wished = field.value.slice(0, field.selectionStart) + data + field.value.slice(field.selectionEnd);
    wish(wished);
  });
  field.addEventListener("input", () => {
    if (field.value !== wished) wish(field.value);
    wished = null;
  });
  return field;
}
