// The data of the page, and how times are shown and spoken.

export const data = JSON.parse(document.getElementById("data").textContent);
export const words = data.words;
export const language = document.documentElement.lang;

/** @param {string} id */
export const get = (id) => document.getElementById(id);

// Marks around English words in a page of another language, and around what is filled into them in its own.
const [ENGLISH, END, OWN, OWN_END] = ["\uFDD0", "\uFDD1", "\uFDD2", "\uFDD3"];

/** A text with values in the place of `{name}`. */
export function fill(text, values) {
  const value = (name) => (text.startsWith(ENGLISH) ? OWN + values[name] + OWN_END : values[name]);
  return text.replace(/\{(\w+)\}/g, (_, name) => value(name));
}

/** A text without the marks. */
export const plain = (text) => text.replace(/[\uFDD0-\uFDD3]/g, "");

/** Puts a text into an element, with its English words as elements that say so. */
export function put(element, text) {
  element.replaceChildren();
  // The elements that what follows is in.
  const inside = [element];
  const open = (name, lang) => {
    const child = Object.assign(document.createElement(name), { lang });
    inside.at(-1).append(child);
    inside.push(child);
  };
  for (const part of text.split(/([\uFDD0-\uFDD3])/)) {
    if (part === ENGLISH) open("bdi", "en");
    else if (part === OWN) open("span", language);
    else if (part !== END && part !== OWN_END) inside.at(-1).append(...(part ? [part] : []));
    else if (inside.length > 1) inside.pop();
  }
}

/** `4:05`, `1:02:30`. */
export function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return (hours ? `${hours}:${two(minutes)}` : `${minutes}`) + `:${two(whole % 60)}`;
}

/** `1 minute`, `5 minutes`: `choice` has the place of the form for each number below 200. */
const counted = (number, { forms, choice }) => fill(forms[choice[number < 200 ? number : 100 + (number % 100)]], { n: number });

/** `2 minutes 30 seconds`, for those who hear the page. */
export function spoken(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const count = (number, word) => (number ? counted(number, word) : "");
  const parts = [
    count(Math.floor(whole / 3600), words.hours),
    count(Math.floor(whole / 60) % 60, words.minutes),
    count(whole % 60, words.seconds),
  ].filter(Boolean);
  return parts.join(" ") || counted(0, words.seconds);
}

/** `4.6 MB`. */
export function size(bytes) {
  const megabytes = bytes / 1e6;
  const digits = megabytes < 9.95 ? 1 : 0;
  return fill(words.megabytes, { n: megabytes.toFixed(digits).replace(".", words.decimal) });
}

/** What is remembered on this device; nothing where storage is off. */
export const memory = {
  get(name) {
    try {
      return localStorage.getItem(`adem.${name}`);
    } catch {
      return null;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(`adem.${name}`, value);
    } catch {
      // The choice holds until the page is closed.
    }
  },
};

/** An element with properties and children. */
export function make(name, { textContent = "", ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  put(element, textContent ?? "");
  element.append(...children);
  return element;
}
