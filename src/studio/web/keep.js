// Changes what a page shows without disturbing whoever is at work there: elements that stay are not touched, and the focus, the
// cursor and what is being typed stay where they are.

/** The fields in which something is typed or moved and not taken yet: from the first input until the change, or until they are left. */
const unfinished = new WeakSet();
document.addEventListener("input", ({ target }) => unfinished.add(target), true);
for (const kind of ["change", "focusout"]) document.addEventListener(kind, ({ target }) => unfinished.delete(target), true);

/** Whether somebody is typing in a field, or moving it. */
export const isTyped = (field) => unfinished.has(field);

/** Gives an element properties, and attributes where the name has a hyphen or is `class`. What it has already is not written. */
export function update(element, properties) {
  for (const [key, value] of Object.entries(properties)) {
    if (key !== "class" && !key.includes("-")) {
      if (element[key] !== value) element[key] = value;
    } else if (element.getAttribute(key) !== value) element.setAttribute(key, value);
  }
}

/** Puts children without listeners into an element in place of those it has; writes nothing where they are the same. */
export function refill(element, ...children) {
  const fresh = element.cloneNode(false);
  fresh.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  if (!fresh.isEqualNode(element)) element.replaceChildren(...fresh.childNodes);
}

/** Puts elements into another one in this order, before those that it has besides. Those that stand there already are not touched. */
export function arrange(element, wanted) {
  wanted.forEach((child, at) => {
    const next = element.children[at] ?? null;
    if (next === child) return;
    // A browser that can moves it with its focus and all.
    if (element.moveBefore && child.isConnected && element.isConnected) element.moveBefore(child, next);
    else element.insertBefore(child, next);
  });
}

/** Puts elements into another one in this order, and takes out all others. */
export function place(element, ...wanted) {
  const children = wanted.flat(Infinity).filter(Boolean);
  arrange(element, children);
  while (element.children.length > children.length) element.lastElementChild.remove();
}

/** Where the cursor is in a field, and what is selected; null where it has none. */
function rangeOf(field) {
  try {
    return field.selectionStart === null ? null : [field.selectionStart, field.selectionEnd];
  } catch {
    return null;
  }
}

/** What is typed in a field goes on in another one, which tells of it when it is left, as the browser does where it was typed. */
function goOn(field, next) {
  next.value = field.value;
  unfinished.add(next);
  const tell = () => next.dispatchEvent(new Event("change", { bubbles: true }));
  next.addEventListener("blur", tell, { once: true });
  next.addEventListener("change", () => next.removeEventListener("blur", tell), { once: true });
}

/**
 * Changes what an element shows by `act`. What has the focus within keeps it; where that is made anew or gone, what `again` gives
 * has it, or else the field of the same `data-focus`.
 */
export function renew(element, act, again = (old) => [...element.querySelectorAll("[data-focus]")].find((one) => one.dataset.focus === old.dataset.focus)) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  if (!focused) {
    act();
    return;
  }
  const [range, typed] = [rangeOf(focused), isTyped(focused)];
  act();
  if (document.activeElement === focused) return;
  const next = focused.isConnected ? focused : again(focused);
  if (!next) return;
  if (typed && next !== focused && next.type === focused.type) goOn(focused, next);
  else if (typed) unfinished.add(next);
  next.focus({ preventScroll: true });
  if (range && next.setSelectionRange && rangeOf(next)) next.setSelectionRange(...range);
}
