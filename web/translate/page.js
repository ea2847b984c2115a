"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const fields = [...document.querySelectorAll("textarea")];
const checks = [...document.querySelectorAll("input[type=checkbox]")];
const state = document.getElementById("state");
const storage = (() => {
  try {
    localStorage.setItem(`${data.key}:try`, "1");
    localStorage.removeItem(`${data.key}:try`);
    return localStorage;
  } catch {
    return null;
  }
})();

const name = (entry) => `${entry.context ?? ""}\u0004${entry.source}`;
const words = { ...data.words };

// What was typed is kept by the text it belongs to, so that it is found again on the page of a newer pack.
function kept() {
  try {
    return JSON.parse(storage?.getItem(data.key) ?? "{}") ?? {};
  } catch {
    return {};
  }
}

function keep(entry, value) {
  const all = kept();
  all[name(entry)] = value;
  try {
    storage?.setItem(data.key, JSON.stringify(all));
  } catch {
    tell(words.full);
    return false;
  }
  return true;
}

const typed = data.entries.map((entry) => ({ texts: [...entry.texts], fuzzy: entry.fuzzy, touched: false }));

function restore() {
  const all = kept();
  data.entries.forEach((entry, at) => {
    const own = all[name(entry)];
    // What was sent now is newer than what was typed on top of something else.
    if (!own || own.sent !== entry.sent || !Array.isArray(own.texts)) return;
    typed[at] = { texts: entry.texts.map((text, form) => own.texts[form] ?? text), fuzzy: Boolean(own.fuzzy), touched: true };
  });
  for (const field of fields) field.value = typed[field.dataset.at].texts[field.dataset.form];
  for (const check of checks) check.checked = !typed[check.dataset.at].fuzzy;
}

function tell(text) {
  state.textContent = text;
}

const bars = (text) => text.split("|").length - 1;

const places = (text) => [...new Set(text.match(/\{[a-z]+\}/g) ?? [])];

// A syllable is a run of vowels; in scripts that this does not know, a letter of Han or kana.
function syllables(text) {
  const plain = text.normalize("NFD").toLowerCase();
  const runs = plain.match(/[aeiouyæøœаеёиоуыэюяαεηιουω][\u0300-\u036f]*(?:[aeiouyæøœаеёиоуыэюяαεηιουω][\u0300-\u036f]*)*/g) ?? [];
  const signs = text.match(/[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/g) ?? [];
  return runs.length + signs.length;
}

function judge(entry, at) {
  const told = document.getElementById(`told-${at}`);
  const texts = typed[at].texts;
  const open = texts.every((text) => text.trim() === "");
  const article = document.getElementById(`text-${at}`);
  article.classList.toggle("open", open && !entry.optional);
  article.classList.toggle("check", !open && typed[at].fuzzy);
  const found = [];
  if (!open) {
    for (const text of texts) {
      if (bars(text) !== bars(entry.source) && !entry.plural) found.push(words.bars.replace("{n}", bars(entry.source)));
      const lost = places(entry.source).filter((place) => !text.includes(place));
      // A form for one may say the number in words.
      if (lost.length && (!entry.plural || text === texts.at(-1))) found.push(words.places.replace("{places}", lost.join(" ")));
      if (/\n./s.test(text.trim()) && !entry.source.includes("\n")) found.push(words.lines);
    }
    if (entry.syllables) {
      const most = entry.syllables;
      const pieces = most.length > 1 ? texts[0].split("|") : [texts[0]];
      const counts = pieces.map(syllables);
      if (counts.length === most.length && counts.some((count, piece) => count > most[piece])) {
        found.push(words.syllables.replace("{n}", counts.join(" | ")).replace("{most}", most.join(" | ")));
      }
    }
  }
  told.textContent = [...new Set(found)].join(" ");
}

const isDone = (at) => typed[at].texts.some((text) => text.trim() !== "") && !typed[at].fuzzy;

function count() {
  const needed = data.entries.map((_, at) => at).filter((at) => !data.entries[at].optional);
  tell(words.count.replace("{done}", needed.filter(isDone).length).replace("{all}", needed.length));
  for (const link of document.querySelectorAll("#contents a")) {
    const own = [...document.querySelectorAll(`section#${link.hash.slice(1)} article`)];
    const texts = own.map((article) => Number(article.id.slice("text-".length))).filter((at) => !data.entries[at].optional);
    link.nextElementSibling.textContent = `${texts.filter(isDone).length} / ${texts.length}`;
  }
}

let waiting;
function changed(at) {
  const entry = data.entries[at];
  typed[at].touched = true;
  const saved = keep(entry, { texts: typed[at].texts, fuzzy: typed[at].fuzzy, sent: entry.sent });
  judge(entry, at);
  clearTimeout(waiting);
  if (saved) waiting = setTimeout(count, 300);
}

for (const field of fields) {
  field.addEventListener("input", () => {
    const at = Number(field.dataset.at);
    typed[at].texts[Number(field.dataset.form)] = field.value;
    // Who writes a text anew has looked at it.
    if (typed[at].fuzzy) {
      typed[at].fuzzy = false;
      for (const check of checks) if (Number(check.dataset.at) === at) check.checked = true;
    }
    changed(at);
  });
}

for (const check of checks) {
  check.addEventListener("change", () => {
    const at = Number(check.dataset.at);
    typed[at].fuzzy = !check.checked;
    changed(at);
  });
}

const escapes = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r" };
const quoted = (text) => `"${text.replace(/["\\\n\t\r]/g, (sign) => escapes[sign])}"`;

function clean(text, source) {
  const inner = text.replace(/\r\n?/g, "\n").trim();
  return inner && source.endsWith("\n") ? `${inner}\n` : inner;
}

function po() {
  const lines = ['msgid ""', 'msgstr ""', ...data.header.split("\n").filter(Boolean).map((line) => quoted(`${line}\n`))];
  data.entries.forEach((entry, at) => {
    lines.push("");
    for (const comment of entry.comments) lines.push(`#${comment}`);
    for (const comment of entry.extracted) lines.push(comment ? `#. ${comment}` : "#.");
    if (typed[at].fuzzy && typed[at].texts.some((text) => text.trim() !== "")) {
      lines.push("#, fuzzy");
      if (entry.previous) lines.push(`#| msgid ${quoted(entry.previous)}`);
    }
    if (entry.context !== null) lines.push(`msgctxt ${quoted(entry.context)}`);
    lines.push(`msgid ${quoted(entry.source)}`);
    const texts = typed[at].texts.map((text) => clean(text, entry.source));
    if (entry.plural) {
      lines.push(`msgid_plural ${quoted(entry.plural)}`);
      texts.forEach((text, form) => lines.push(`msgstr[${form}] ${quoted(text)}`));
    } else {
      lines.push(`msgstr ${quoted(texts[0])}`);
    }
  });
  return `${lines.join("\n")}\n`;
}

document.getElementById("save").addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([po()], { type: "text/x-gettext-translation;charset=utf-8" }));
  link.download = data.file;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  tell(words.saved.replace("{file}", data.file));
});

// A click on a button takes the focus from the field.
let last = null;
document.addEventListener("focusin", (event) => {
  if (fields.includes(event.target)) last = event.target;
});

document.getElementById("next").addEventListener("click", () => {
  const here = fields.indexOf(last);
  const order = [...fields.slice(here + 1), ...fields.slice(0, here + 1)];
  const open = order.find((field) => {
    const own = typed[field.dataset.at];
    if (data.entries[field.dataset.at].optional) return own.fuzzy;
    return own.fuzzy || own.texts[field.dataset.form].trim() === "";
  });
  if (!open) return tell(words.done);
  open.focus();
  open.closest("article").scrollIntoView({ block: "center" });
});

// One recording at a time.
document.addEventListener("play", (event) => {
  for (const other of document.querySelectorAll("audio")) if (other !== event.target) other.pause();
}, true);

restore();
data.entries.forEach(judge);
count();
if (!storage) tell(words.unkept);
document.documentElement.dataset.ready = "yes";
