// The words of the pages, in the language of the person who uses them. Each language is a file of words/; a test compares them.

const LANGUAGES = ["en", "nl"];
const KEPT = "adem-studio-language";
let words = {};
let language = "en";

/** The languages that the pages speak. */
export const languages = LANGUAGES;

/** The language that the pages speak now. */
export const spoken = () => language;

/** Reads the words of the language that was chosen, or else of one that the browser prefers. */
export async function loadWords() {
  const wanted = [localStorage.getItem(KEPT), ...navigator.languages.map((tag) => tag.split("-")[0])];
  language = wanted.find((tag) => LANGUAGES.includes(tag)) ?? "en";
  document.documentElement.lang = language;
  words = await (await fetch(new URL(`./words/${language}.json`, import.meta.url))).json();
}

/** Speaks another language from now on. */
export function speak(tag) {
  localStorage.setItem(KEPT, tag);
  location.reload();
}

/** How a language is called in the language of the pages; its own name where the browser knows none. */
export function languageName({ tag, name }) {
  try {
    return new Intl.DisplayNames([language], { type: "language", fallback: "none" }).of(tag) ?? name;
  } catch {
    return name;
  }
}

/** Whether there are words for a key. */
export const has = (key) => key in words;

/** What a kind of mistake is and what to do about it in general; null in English, which the engine speaks itself. */
export const meaning = (code) => words[`code.${code}`] ?? null;

/** What is meant by the cause of an error, by its id; null in English, as the words of the engine are. */
export const causeMeant = (id, values) => (has(`why.${id}`) ? say(`why.${id}`, values) : null);

/** The words of a key, with values in the place of names in braces. */
export const say = (key, values = {}) => sayParts(key, values).join("");

/** The words of a key in parts, as children of an element: the values in the place of names in braces may be elements. */
export function sayParts(key, values = {}) {
  const parts = (words[key] ?? key).split(/\{([a-z]+)\}/);
  return parts.map((part, at) => (at % 2 === 0 ? part : values[part] ?? `{${part}}`)).flat();
}

/** Seconds as somebody says them: 7.4 s, 2:05. */
export function time(seconds) {
  if (seconds < 60) return `${number(seconds, 1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** How numbers are written with so many digits after the point. A new one costs as much as a hundred numbers. */
const formats = new Map();

/** A number as it is written in the language of the pages, with a minus (U+2212) where the formats have a hyphen. */
export function number(value, digits = 0) {
  const key = `${language} ${digits}`;
  if (!formats.has(key)) {
    formats.set(key, new Intl.NumberFormat(language, { maximumFractionDigits: digits, minimumFractionDigits: digits }));
  }
  return formats.get(key).format(value).replace("-", "\u2212");
}
