// Opens every page of a toy course at two widths: node toys.mjs LANGUAGE BROWSER SITE WAVEFORM PAGE…
// The courses are those of tests/words.rs; a page is a file, with `:LANGUAGE` after it where the page itself is in another language.
// WAVEFORM is the name of an SVG and a PNG of one drawing. Ends with an error that names all that is wrong.

import assert from "node:assert/strict";
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { basename, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [language, browserPath, site, waveform, ...pages] = process.argv.slice(2);
const FONTS = new URL("../../src/export/fonts/", import.meta.url);
const DIRECTIONS = { ar: "rtl" };
const KINDS = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".json": "application/json", ".mp3": "audio/mpeg" };
const WIDTHS = [360, 1280];

/** What is wrong with how a page shows its texts. Runs in the page. */
function faults() {
  const wrong = [];
  const sideways = document.documentElement.scrollWidth - innerWidth;
  if (sideways > 0) wrong.push(`${sideways} pixels have to be moved sideways`);
  const arabic = /[\u0600-\u06ff]/;
  // Marks and small letters that begin no line (JIS X 4051), and brackets that end none.
  const neverFirst = /[、。，．・：；？！」』）】〉》ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ々…]/;
  const neverLast = /[「『（【〈《]/;
  const shown = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const box = (node, from, to) => {
    const range = document.createRange();
    range.setStart(node, from);
    range.setEnd(node, to);
    return range.getBoundingClientRect();
  };
  for (let node = shown.nextNode(); node; node = shown.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent;
    if (!text.trim() || element.closest("script, style, svg, option, .skip, thead") || !element.checkVisibility()) continue;
    // What only screen readers meet.
    if (element.closest(".hidden") || element.getBoundingClientRect().width <= 1) continue;
    const style = getComputedStyle(element);
    const first = text.match(/\p{L}/u)?.[0] ?? "";
    // A text stands in its own direction: the element's, or that of the letters where it says so.
    const isolated = ["isolate", "plaintext", "isolate-override"].includes(style.unicodeBidi) || element.closest("bdi, [dir=auto]");
    if (arabic.test(first) && style.direction !== "rtl" && !isolated && !/[\u2066-\u2069]/.test(text)) wrong.push(`runs to the right: ${text}`);
    if (arabic.test(text) && /[.،؟:]\s*$/.test(text)) {
      const end = text.trimEnd().length;
      const [mark, before] = [box(node, end - 1, end), box(node, end - 2, end - 1)];
      if (arabic.test(text[end - 2]) && mark.top === before.top && mark.left >= before.left) wrong.push(`its mark is at the wrong end: ${text}`);
    }
    if (arabic.test(text) && Number.parseFloat(style.letterSpacing)) wrong.push(`joined letters are spaced: ${text}`);
    if (/[\u3040-\u30ff\u4e00-\u9fff]/.test(text)) {
      if (!element.closest("[lang]").lang.startsWith("ja")) wrong.push(`the letters of another language may be drawn: ${text}`);
      const letters = [...text.matchAll(/\S/gu)].map((match) => [match[0], box(node, match.index, match.index + match[0].length)]);
      for (let at = 1; at < letters.length; at += 1) {
        const [[last, above], [next, below]] = [letters[at - 1], letters[at]];
        if (below.top <= above.top + above.height / 2) continue;
        if (neverFirst.test(next)) wrong.push(`a line begins with ${next}: ${text}`);
        if (neverLast.test(last)) wrong.push(`a line ends with ${last}: ${text}`);
      }
    }
    // Words of English say so where a page is in another language.
    if (/[a-z]{3,} [a-z]{3,}/i.test(text) && !/^(en|und)/.test(element.closest("[lang]").lang) && !element.closest("code, bdi:not([lang])")) wrong.push(`English without its language: ${text}`);
    // Slanted by the browser, where the font has no italics.
    if (style.fontStyle !== "normal" && !style.fontSynthesis.startsWith("weight")) wrong.push(`slanted: ${text}`);
    const { left, right } = box(node, 0, text.length);
    if (right > left && (left < -0.5 || right > innerWidth + 0.5)) wrong.push(`beside the page: ${text}`);
  }
  return wrong;
}

/** The share of the letters of a picture that a browser draws elsewhere, from the same SVG with the same fonts. */
async function drawnElsewhere(browser) {
  const fonts = { "Noto Sans": "NotoSans-Regular.ttf", "Noto Sans Arabic": "NotoSansArabic-Regular.ttf" };
  const faces = Object.entries(fonts).map(([name, file]) => `@font-face{font-family:"${name}";src:url(data:font/ttf;base64,${readFileSync(new URL(file, FONTS)).toString("base64")})}`);
  const page = await browser.newPage({ viewport: { width: 1200, height: 600 } });
  await page.setContent(`<!DOCTYPE html><style>${faces.join("")}body{margin:0}svg{display:block;width:1200px;height:auto}</style>${readFileSync(`${waveform}.svg`, "utf8")}`);
  await page.evaluate(() => document.fonts.ready);
  const theirs = (await page.locator("svg").screenshot()).toString("base64");
  const ours = readFileSync(`${waveform}.png`).toString("base64");
  const share = await page.evaluate(async (pictures) => {
    const [one, other] = await Promise.all(pictures.map(async (picture) => {
      const image = new Image();
      image.src = `data:image/png;base64,${picture}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const drawing = canvas.getContext("2d");
      drawing.drawImage(image, 0, 0);
      return drawing.getImageData(0, 0, image.width, image.height);
    }));
    // The titles of the parts, above the sound; a letter is dark.
    const rows = Math.round(0.12 * Math.min(one.height, other.height));
    const isDark = (picture, x, y) => picture.data[4 * (y * picture.width + x)] < 140;
    const near = (picture, x, y) => [-1, 0, 1].some((down) => [-1, 0, 1].some((right) => isDark(picture, x + right, Math.max(0, y + down))));
    let [ink, elsewhere] = [0, 0];
    for (let y = 0; y < rows; y += 1) {
      for (let x = 1; x < one.width - 1; x += 1) {
        for (const [picture, twin] of [[one, other], [other, one]]) {
          if (!isDark(picture, x, y)) continue;
          ink += 1;
          if (!near(twin, x, y)) elsewhere += 1;
        }
      }
    }
    return ink > 500 ? elsewhere / ink : 1;
  }, [ours, theirs]);
  await page.close();
  return share;
}

/** Serves a folder to this machine, with parts of files, which a player asks for. */
function serve(folder) {
  const server = createServer((request, response) => {
    let file = join(folder, decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    if (existsSync(file) && statSync(file).isDirectory()) file = join(file, "index.html");
    if (!existsSync(file)) return response.writeHead(404).end();
    const size = statSync(file).size;
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    const start = range ? Number(range[1]) : 0;
    const end = range?.[2] ? Math.min(Number(range[2]), size - 1) : size - 1;
    const headers = { "content-type": KINDS[extname(file)] ?? "application/octet-stream", "accept-ranges": "bytes", "content-length": end - start + 1 };
    if (range) headers["content-range"] = `bytes ${start}-${end}/${size}`;
    response.writeHead(range ? 206 : 200, headers);
    return createReadStream(file, { start, end }).pipe(response);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

const server = await serve(site);
const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const wrong = [];
try {
  const address = `http://127.0.0.1:${server.address().port}/${language}/index.html`;
  const opened = [[address, "site", language], ...pages.map((page) => {
    const [, file, own] = /^(.*?)(?::([a-z]+))?$/.exec(page);
    return [pathToFileURL(file).href, basename(file), own ?? language];
  })];
  for (const width of WIDTHS) {
    for (const [url, name, own] of opened) {
      const page = await browser.newPage({ viewport: { width, height: 844 } });
      const tell = (told) => wrong.push(...told.map((line) => `${name} at ${width}: ${line}`));
      page.on("pageerror", (error) => tell([String(error)]));
      await page.goto(url);
      const [lang, dir] = await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]);
      if (lang !== own || dir !== (DIRECTIONS[own] ?? "ltr")) tell([`lang=${lang} dir=${dir}`]);
      tell(await page.evaluate(faults));
      if (name === "site") {
        await page.click("a.track");
        await page.waitForSelector("#lines li");
        await page.selectOption("#timer", "10");
        await page.waitForSelector("#ends bdi[lang=en]");
        tell(await page.evaluate(faults));
        tell(await page.evaluate(() => {
          const left = (id) => document.getElementById(id).getBoundingClientRect().left;
          const told = [];
          if (left("elapsed") >= left("left") || left("back") >= left("ahead")) told.push("the player does not run to the right");
          const [minus, digit] = [[0, 1], [1, 2]].map(([from, to]) => {
            const range = document.createRange();
            range.setStart(document.getElementById("left").firstChild, from);
            range.setEnd(document.getElementById("left").firstChild, to);
            return range.getBoundingClientRect().left;
          });
          if (minus >= digit) told.push("the sign of the time that is left is at its end");
          return told;
        }));
      }
      await page.close();
    }
  }
  if (language === "ar") {
    const share = await drawnElsewhere(browser);
    if (share > 0.02) wrong.push(`${(100 * share).toFixed(1)} % of the letters of the waveform are elsewhere in a browser`);
  }
  assert.deepEqual([...new Set(wrong)], []);
  console.log(`${opened.length} pages in ${language} look right`);
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
}
