// Makes elements. Text is always text: nothing here reads markup.

/**
 * An element with properties and children. A property that begins with `on` is a listener, `class` and names with a hyphen are
 * attributes, and the others are properties of the element. Children that are null or false are left out.
 */
export function h(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class" || key === "for" || key === "role" || key.includes("-")) {
      if (value !== false) element.setAttribute(key, value === true ? "" : value);
    } else if (key === "data") Object.assign(element.dataset, value);
    else element[key] = value;
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * Switches a button off or on. One that has the focus keeps it, so that the keyboard is not sent back to the start of the page: it is
 * marked as off, and a press does nothing.
 */
export function switchOff(button, isOff) {
  const isMarked = isOff && (document.activeElement === button || button.getAttribute("aria-disabled") === "true");
  button.disabled = isOff && !isMarked;
  if (isMarked) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("button[aria-disabled='true']")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

/** Puts children into an element in place of those it has. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An element of a drawing. */
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
