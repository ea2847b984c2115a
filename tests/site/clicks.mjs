// Uses the page of a course as a listener would, in headless Chromium: node clicks.mjs SITE BROWSER
// The course is that of tests/site.rs. Prints a line for each thing that works, and ends with an error at the first that does not.

import assert from "node:assert/strict";
import { createReadStream, promises as files, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

const [site, browserPath] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const BELOW = "/some/where/";
const AT_ONCE = 3;
const KINDS = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mp3": "audio/mpeg",
  ".wav": "audio/wav",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};

/** A plain file server below a path, on this machine only; knows parts of files, as static hosts do. */
function serve() {
  const asked = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    asked.push(pathname);
    const path = decodeURIComponent(pathname);
    const inside = normalize(path.slice(BELOW.length) || "index.html");
    const file = join(site, inside.endsWith("/") ? `${inside}index.html` : inside);
    const found = path.startsWith(BELOW) && !inside.startsWith("..") ? await files.stat(file).catch(() => null) : null;
    if (!found?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    const start = range ? Number(range[1]) : 0;
    const end = range?.[2] ? Math.min(Number(range[2]), found.size - 1) : found.size - 1;
    const headers = { "content-type": KINDS[extname(file)] ?? "application/octet-stream", "accept-ranges": "bytes", "content-length": end - start + 1 };
    if (range) headers["content-range"] = `bytes ${start}-${end}/${found.size}`;
    response.writeHead(range ? 206 : 200, headers);
    createReadStream(file, { start, end }).pipe(response);
  });
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve({ address: `http://127.0.0.1:${server.address().port}${BELOW}`, asked, stop }));
  });
}

/** Asks until the answer is what is expected, also of an element that is not there yet; fails with the last answer. */
async function until(what, ask, isRight) {
  let answer;
  for (let left = 1200; left > 0; left -= 1) {
    try {
      answer = await ask();
      if (isRight(answer)) return answer;
    } catch (error) {
      answer = String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what}: ${JSON.stringify(answer)}`);
}

const server = await serve();
const browser = await chromium.launch({
  executablePath: browserPath,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--mute-audio", "--autoplay-policy=no-user-gesture-required",
  ],
});
const problems = [];

async function open(path, options = {}) {
  const context = await browser.newContext({ locale: "nl-NL", viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(server.address) && !url.startsWith("blob:") && !url.startsWith("data:")) problems.push(`asked for ${url}`);
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  await page.goto(server.address + path);
  return page;
}

const time = (page) => page.$eval("#audio", (audio) => audio.currentTime);
const plays = (page) => page.$eval("#audio", (audio) => !audio.paused);
const text = (page, selector) => page.$eval(selector, (element) => element.textContent);
const told = (name) => {
  assert.deepEqual(problems, [], name);
  console.log(`ok ${name}`);
};

async function checked(name, check) {
  try {
    await check();
  } catch (error) {
    console.error(`failed: ${name}`);
    throw error;
  }
  told(name);
}

const CHECKS = {
  "the first page leads to the reader's language": async () => {
    const page = await open("");
    await page.waitForURL("**/nl/index.html");
    await page.context().close();
    const english = await open("", { locale: "en-GB" });
    await english.waitForURL("**/en/index.html");
    await english.context().close();
  },

  "a track opens, plays and pauses": async () => {
    const page = await open("nl/index.html");
    assert.ok(await page.isVisible("#player .empty"));
    await page.click('#week-1 a.track:has-text("De plek")');
    assert.equal(await text(page, "#title"), "De plek");
    assert.equal(await page.evaluate(() => document.activeElement.id), "title");
    assert.equal(new URL(page.url()).hash, "#plek");
    assert.ok(!(await plays(page)), "nothing plays unasked");
    await page.click("#play");
    await until("the sound moves", () => time(page), (now) => now > 0.3);
    assert.equal(await page.getAttribute("#play", "aria-label"), "Pauze");
    assert.equal(await page.evaluate(() => navigator.mediaSession.metadata.title), "De plek");
    await page.click("#play");
    assert.ok(!(await plays(page)));
    assert.equal(await page.getAttribute("#play", "aria-label"), "Speel");
    await page.context().close();
  },

  "parts, words and the slider lead to their times": async () => {
    const page = await open("nl/index.html#plek");
    await page.waitForSelector("#lines button");
    const track = await page.evaluate(() => JSON.parse(document.getElementById("data").textContent).tracks.find(({ id }) => id === "plek"));
    const [start] = track.versions[0].chapters.find(([, title]) => title === "Adem");
    await page.click('#parts button:has-text("Adem")');
    assert.ok(Math.abs((await time(page)) - start) < 0.05);
    assert.equal(await text(page, '#parts [aria-current] span:not(.time)'), "Adem");
    await page.click('#lines button:has-text("Voel je voeten.")');
    await page.click("#play");
    await until("the line is marked", () => text(page, "#lines [aria-current]"), (line) => line === "Voel je voeten.");
    await until("the line is shown", () => text(page, "#caption"), (line) => line === "Voel je voeten.");
    await until("the text follows", () => text(page, "#lines [aria-current]"), (line) => line !== "Voel je voeten.");
    await page.click("#play");
    await page.focus("#seek");
    const before = await time(page);
    await page.keyboard.press("ArrowRight");
    const moved = await time(page);
    assert.ok(Number.isInteger(moved) && moved >= Math.floor(before) && moved <= before + 1, `${before} to ${moved}`);
    assert.match(await page.getAttribute("#seek", "aria-valuetext"), /^\d+ seconden? van \d+ seconden$/);
    await page.click("#back");
    assert.equal(await time(page), 0);
    await page.click("#ahead");
    assert.equal(await time(page), 15);
    await page.context().close();
  },

  "length and guidance are chosen, and stay for the next track": async () => {
    const page = await open("nl/index.html#plek");
    const source = () => page.$eval("#audio", (audio) => decodeURI(audio.src));
    const first = await source();
    const usual = await text(page, '#choose input[name="length"]:checked + span');
    await page.click('#parts button:has-text("Adem")');
    await page.click("#play");
    await until("the sound moves", () => time(page), (now) => now > 8);
    const before = await time(page);
    await page.click('#choose label:has-text("Licht")');
    assert.match(await source(), /_light/);
    await until("it goes on", () => time(page), (now) => now > before);
    assert.ok(await plays(page));
    await page.click('#choose label:has-text("40 s")');
    assert.match(await source(), /_light_40s/);
    assert.match(await text(page, "#left"), /^−0:[23]\d$/);
    await page.click('#choose label:has-text("Volledig")');
    await page.click(`#choose label:has-text("${usual}")`);
    assert.equal(await source(), first);
    await page.click('#choose label:has-text("Licht")');
    await page.reload();
    assert.match(await source(), /_light/);
    await page.context().close();
  },

  "the other language opens the same track": async () => {
    const page = await open("nl/index.html#plek");
    await page.click(".languages a[hreflang=en]");
    await page.waitForURL("**/en/index.html#plek");
    assert.equal(await text(page, "#title"), "The place");
    assert.equal(await page.getAttribute("html", "lang"), "en");
    await page.goto(server.address);
    await page.waitForURL("**/en/index.html");
    await page.context().close();
  },

  "the timer stops the sound, and a soft bell rings": async () => {
    const page = await open("nl/index.html");
    await page.clock.install();
    await page.reload();
    await page.click('#week-1 a.track');
    await page.check("#bell");
    await page.selectOption("#timer", "5");
    const chosen = await page.evaluate(() => Date.now());
    await page.click("#play");
    await until("the sound moves", () => time(page), (now) => now > 0.2);
    assert.equal(await text(page, "#ends"), "Stopt over 5 minuten.");
    // The clock of the page stands still, so that a slow machine does not come to the end of the timer.
    await page.clock.pauseAt(chosen + 290_000);
    await until("it fades", () => page.$eval("#audio", (audio) => audio.volume), (volume) => volume < 0.5);
    assert.ok(await plays(page));
    await page.clock.runFor(15_000);
    await until("it stops", () => plays(page), (now) => !now);
    assert.equal(await text(page, "#status"), "Het geluid is gestopt.");
    assert.equal(await page.inputValue("#timer"), "0");
    assert.equal(await page.$eval("#audio", (audio) => audio.volume), 1);
    await until("the bell is asked for", () => server.asked.some((path) => path.endsWith("/bell.wav")), Boolean);
    await page.context().close();
  },

  "colours and what was read are remembered": async () => {
    const page = await open("nl/index.html");
    await page.selectOption("#theme", "night");
    assert.equal(await page.$eval("body", (body) => getComputedStyle(body).backgroundColor), "rgb(0, 0, 0)");
    assert.ok(await page.isVisible("#before li"));
    await page.click("#before summary");
    await page.reload();
    assert.equal(await page.getAttribute("html", "data-theme"), "night");
    assert.ok(!(await page.isVisible("#before li")));
    await page.context().close();
  },

  "a hostile title is only text": async () => {
    const page = await open("nl/index.html#stilte");
    assert.equal(await text(page, "#title"), '</script><b onclick="x">Rust & "stilte"</b>');
    assert.equal(await page.$("b"), null);
    await page.context().close();
  },

  "a phone shows the list or the track, and a bar to go back": async () => {
    const page = await open("nl/index.html", { viewport: { width: 390, height: 844 }, hasTouch: true });
    assert.ok(await page.isVisible("#exercises"));
    assert.ok(!(await page.isVisible("#player")));
    await page.click("#week-1 a.track");
    assert.ok(!(await page.isVisible("#exercises")));
    await page.click("#play");
    await page.click(".to-list a");
    assert.ok(await page.isVisible("#exercises"));
    assert.ok(await page.isVisible("#mini"));
    assert.equal(await page.evaluate(() => document.activeElement.closest("li").dataset.track), "plek");
    await page.click("#mini button");
    assert.ok(!(await plays(page)));
    await page.click("#mini a");
    assert.ok(await page.isVisible("#title"));
    await page.goBack();
    assert.ok(await page.isVisible("#exercises"));
    await page.context().close();
  },

  "everything but the player works without scripts": async () => {
    const page = await open("nl/index.html", { javaScriptEnabled: false });
    assert.ok(await page.isVisible("#plek audio"));
    assert.ok(await page.isVisible('#plek a:has-text("Woorden als tekst")'));
    assert.ok(await page.isVisible("#week-1 a.archive"));
    assert.ok(!(await page.isVisible("#player")));
    assert.ok(!(await page.isVisible("#theme")));
    await page.context().close();
  },

  "every control is reached and used by keys": async () => {
    const page = await open("nl/index.html#plek");
    await page.waitForSelector("#lines button");
    const reached = new Set();
    for (let press = 0; press < 120; press += 1) {
      await page.keyboard.press("Tab");
      reached.add(await page.evaluate(() => document.activeElement.id || document.activeElement.className || document.activeElement.parentElement?.parentElement?.parentElement?.id || document.activeElement.name));
    }
    for (const id of ["theme", "play", "back", "ahead", "seek", "timer", "bell", "skip", "archive"]) {
      assert.ok([...reached].some((one) => String(one).split(" ").includes(id)), `${id} of ${[...reached]}`);
    }
    await page.focus("#play");
    await page.keyboard.press("Space");
    await until("it plays", () => plays(page), Boolean);
    await page.context().close();
  },

  "nothing is wider than the screen, and targets are large enough": async () => {
    for (const width of [320, 360, 390, 768, 1280, 1600]) {
      for (const path of ["nl/index.html", "nl/index.html#plek", "en/index.html#stilte"]) {
        const page = await open(path, { viewport: { width, height: 800 } });
        await page.waitForFunction(() => document.body.dataset.view);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wide <= 0, `${path} at ${width}: ${wide} px too wide`);
        const cut = await page.$$eval("select", (all) => {
          const width = (one, most) => Object.assign(one.style, { maxWidth: most }) && one.getBoundingClientRect().width;
          return all.filter((one) => one.offsetParent && width(one, "none") - width(one, "") > 0.5).map(({ id }) => id);
        });
        assert.deepEqual(cut, [], `the text of a list is cut off in ${path} at ${width}`);
        const label = await page.$eval(".colours span", (one) => one.getBoundingClientRect().width);
        assert.ok(label > 20, `the list of colours has no label in ${path} at ${width}`);
        const small = await page.$$eval("button, select, summary, .radios label, .check, a.track, .languages a, .archive, .to-list a, .files a, footer a", (all) =>
          all
            .map((one) => ({ name: one.id || one.className || one.textContent, box: one.getBoundingClientRect() }))
            .filter(({ box }) => box.width > 0 && (box.height < 43.9 || box.width < 43.9))
            .map(({ name, box }) => `${name} ${box.width}×${box.height}`),
        );
        assert.deepEqual(small, [], `${path} at ${width}`);
        await page.context().close();
      }
    }
  },

  "axe finds nothing": async () => {
    // Colours are the same at every width, and what is shown is the same in every theme.
    for (const [theme, width] of [["light", 320], ["dark", 1600], ["night", 320], ["light", 1600]]) {
      for (const path of ["nl/index.html", "nl/index.html#plek", "en/index.html#plek", "index.html"]) {
        const page = await open(path === "index.html" ? "nl/index.html" : path, { viewport: { width, height: 900 } });
        await page.selectOption("#theme", theme);
        if (path.includes("#")) {
          await page.waitForSelector("#lines button");
          await page.click("#lines li:nth-child(2) button");
        }
        await page.waitForTimeout(250);
        await page.evaluate(axe);
        const found = await page.evaluate(() =>
          axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
        );
        const violations = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("; ")}`);
        assert.deepEqual(violations, [], `${path}, ${theme}, ${width}`);
        await page.context().close();
      }
    }
  },

  "a kept week opens, plays and seeks without a connection": async () => {
    const page = await open("nl/index.html");
    await page.waitForFunction(() => navigator.serviceWorker.controller);
    const button = page.locator("button.keep[data-week=week-1]");
    assert.match(await button.textContent(), /^Bewaar voor offline \(\d,\d MB\)$/);
    await button.click();
    await until("the week is kept", () => text(page, ".keeping[data-week=week-1]"), (now) => now === "Bewaard op dit apparaat");
    assert.equal(await button.textContent(), "Verwijder van dit apparaat");
    server.stop();
    await page.reload();
    assert.equal(await text(page, "h1"), "Proef");
    await page.click("#week-1 a.track");
    await page.waitForSelector("#lines button");
    await page.click("#play");
    await until("the kept sound moves", () => time(page), (now) => now > 0.2);
    await page.$eval("#audio", (audio) => (audio.currentTime = 18));
    await until("a later part is played", () => time(page), (now) => now > 18.2);
    problems.length = 0;
    await page.click('#week-2 li[data-track="stilte"] a.track');
    await page.click("#play");
    await until("it says why", () => text(page, "#status"), (now) => now.startsWith("Deze oefening kan nu niet") || now.startsWith("Je bent offline"));
    // What cannot be loaded is an error in the console of a browser.
    problems.length = 0;
    await page.click("#week-1 a.track");
    await button.click();
    await until("the week is gone", () => button.textContent(), (now) => now.startsWith("Bewaar"));
    await page.context().close();
  },
};

const only = process.argv[4];
try {
  const wanted = Object.entries(CHECKS).filter(([name]) => !only || name.includes(only));
  // The last one stops the server. The others wait for sound most of the time, so that several of them go on side by side.
  const last = wanted.pop();
  const next = async () => {
    for (let check = wanted.shift(); check; check = wanted.shift()) await checked(...check);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  if (last) await checked(...last);
} finally {
  await browser.close();
  server.stop();
}
