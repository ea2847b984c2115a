// Uses the teacher's desk and the translator's table in headless Chromium: node desk.mjs COURSE PROGRAM BROWSER [SHOTS]
// The course is that of tests/desk.rs. Starts the studio, prints a line for each thing that works, and ends with an error at
// the first that does not. With SHOTS, a folder, screenshots are put there.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program, axe, chromium } from "./room.mjs";

const [course, program, browserPath, shots] = process.argv.slice(2);
const SCRIPT = join(course, "scripts/plek.toml");
const PO = join(course, "scripts/po/en.po");
const HOSTILE = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`;
const text = (path) => readFileSync(path, "utf8");
const told = (line) => console.log(`  ${line}`);

/** Asks until the answer is right; fails with the last one. */
async function until(what, ask, isRight = Boolean) {
  let answer;
  for (let left = 2400; left > 0; left -= 1) {
    answer = await ask();
    if (isRight(answer)) return answer;
    await new Promise((done) => setTimeout(done, 25));
  }
  throw new Error(`${what}: ${JSON.stringify(answer)}`);
}

/** The lines of two texts that differ. */
function differing(before, after) {
  const [old, now] = [before.split("\n"), after.split("\n")];
  return [old.filter((line) => !now.includes(line)), now.filter((line) => !old.includes(line))];
}

async function faultless(page, name) {
  await page.evaluate(axe);
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    const { violations } = await page.evaluate(() => window.axe.run());
    const faults = violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" ").slice(0, 400)}`);
    assert.deepEqual(faults, [], `${name}, ${scheme}`);
    if (!shots) continue;
    for (const width of [360, 768, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: join(shots, `${name}-${width}-${scheme}.png`), fullPage: true });
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  }
  await page.emulateMedia({ colorScheme: "light" });
  const wide = [];
  for (const width of [360, 768, 2560]) {
    await page.setViewportSize({ width, height: 900 });
    if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) wide.push(width);
  }
  assert.deepEqual(wide, [], `${name} scrolls sideways`);
  await page.setViewportSize({ width: 1280, height: 900 });
}

const studio = new Program(program, course, 0);
await studio.start();
const { link } = studio;
const browser = await chromium.launch({ executablePath: browserPath, args: ["--autoplay-policy=no-user-gesture-required", "--mute-audio"] });
try {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("console", (line) => { if (line.type() === "error" && !line.text().includes("status of 4")) wrong.push(line.text()); });
  await page.goto(link);
  const address = new URL(link).origin;
  await page.goto(`${address}/#desk/plek`);
  await page.reload();
  // The sounds of the course are heard for the first time.
  await page.waitForSelector(".script .words", { timeout: 120_000 });
  // The style of another room does not reach this one: its parts stand below each other.
  await page.evaluate(() => { location.hash = "#record"; });
  await page.waitForSelector("link[href='/web/record/record.css']", { state: "attached" });
  await page.waitForSelector(".script", { state: "detached" });
  await page.evaluate(() => { location.hash = "#desk/plek"; });
  await page.waitForSelector(".script .words");
  const ends = await page.locator(".script .part").evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect()).map(({ top, bottom }) => [top, bottom]));
  assert.ok(ends.length > 1 && ends.slice(1).every(([top], at) => top >= ends[at][1]), JSON.stringify(ends));
  const step = (target, id) => target.locator("li.step", { has: target.locator(`[aria-label="Words of plek/${id}"]`) });
  const words = (target, id) => target.locator(`[aria-label="Words of plek/${id}"]`);

  // What is drawn is the timeline.
  assert.equal(await page.locator(".strip .phrase").count() >= 4, true);
  assert.equal(await page.locator(".strip .bell").count(), 1);
  assert.equal(await page.locator(".strip .breath").count(), 4);
  assert.equal(await page.locator(".strip .bed").count(), 1);
  await until("the natural length is told", () => page.locator(".outcome").innerText(), (line) => line.includes("natural "));
  told("the timeline shows phrases, breaths, a bell and the bed");
  await faultless(page, "desk");
  told("the desk has no fault that axe finds, by day and by night, and fits 360 to 2560 pixels");

  // A pause that is dragged changes its number and nothing else.
  const original = text(SCRIPT);
  let before = original;
  await page.locator("select[aria-label='Scale of the timeline']").selectOption("32");
  const grip = page.locator(".strip .pause .grip").nth(0);
  await grip.scrollIntoViewIfNeeded();
  const box = await grip.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  // As far again as it is long: two seconds.
  const { width } = await page.locator(".strip .pause:has(.grip)").nth(0).boundingBox();
  await page.mouse.move(box.x + box.width / 2 + width / 2, box.y + box.height / 2, { steps: 4 });
  await page.mouse.move(box.x + box.width / 2 + width, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  await until("the pause is written", () => text(SCRIPT), (now) => now !== before);
  let [old, now] = differing(before, text(SCRIPT));
  assert.deepEqual([old.length, now.length], [1, 1]);
  assert.equal(now[0], old[0].replace("pause = 2", "pause = 4"));
  assert.match(now[0], /# blijft/);
  told("a pause that is dragged changes its number, and every comment stays");

  // The same by the keyboard.
  before = text(SCRIPT);
  const slider = step(page, "welkom").locator("input[type=range]");
  await until("the page shows it", () => slider.inputValue(), (value) => value === "4");
  await slider.focus();
  await page.keyboard.press("ArrowRight");
  await until("the pause is written", () => text(SCRIPT), (after) => after.includes("pause = 4.5"));
  [old, now] = differing(before, text(SCRIPT));
  assert.deepEqual([old.length, now.length], [1, 1]);
  await until("what it does is told", () => page.locator(".outcome").innerText(), (line) => line.includes("longer by"));
  told("and by the keyboard, with what it does to the length");

  // What is typed is laid out over the one line of the page, which answers sooner than a request, and what stays is not drawn again.
  await until("the edit is shown", () => page.locator(".outcome").innerText(), (line) => !line.includes("Pause after it"));
  const requests = [];
  const noted = (request) => { if (request.method() !== "GET") requests.push(request.url()); };
  page.on("request", noted);
  const written = () => page.evaluate(() => window.written);
  await page.evaluate(() => {
    window.written = {};
    for (const watched of [".outcome", ".lanes"]) {
      const watcher = new MutationObserver((changes) => { window.written[watched] += changes.length; });
      watcher.observe(document.querySelector(watched), { childList: true, subtree: true, characterData: true, attributes: true });
    }
  });
  await until("the lengths are told", () => page.locator(".outcome").innerText(), (line) => line.includes("natural "));
  await words(page, "voeten").focus();
  await page.keyboard.press("End");
  // A space changes no sound. The edits before it may still be coming in, which draws the timeline.
  await until("a space draws nothing but what is told", async () => {
    await page.keyboard.press("Escape");
    await page.evaluate(() => { window.written = { ".outcome": 0, ".lanes": 0 }; });
    await page.keyboard.press("Space");
    await until("what is typed is told", written, (count) => count[".outcome"] > 0);
    return written();
  }, (count) => count[".lanes"] === 0);
  await page.keyboard.type("and much longer than it was");
  await until("the timeline shows it", written, (count) => count[".lanes"] > 0);
  assert.deepEqual(requests, []);
  page.off("request", noted);
  await page.keyboard.press("Escape");
  const refused = await page.evaluate(async () => {
    const { ask } = await import("/web/line.js");
    const { asText } = await import("/web/api.js");
    return ask({ do: "preview", preview: { script: "nowhere", version: {} } }).catch((error) => asText(error.told));
  });
  assert.match(refused, /nowhere/);
  const bell = page.locator(".strip .bell");
  await bell.hover();
  assert.match(await bell.getAttribute("title"), /^\d+:\d\d Bell/);
  told("what is typed is laid out without a request, and what stays is not drawn again");

  // Words, settings, moves, additions and removals.
  await words(page, "voeten").fill(HOSTILE);
  await page.keyboard.press("Enter");
  await until("the words are written", () => text(SCRIPT), (after) => after.includes("window.hacked=1"));
  await until("the page shows the words", () => words(page, "voeten").inputValue(), (value) => value === HOSTILE);
  await until("its recording is of other words", () => step(page, "voeten").locator(".said").innerText(), (line) => line.includes("still says the words of before"));
  await page.getByRole("button", { name: /^Settings of: <img/ }).click();
  const note = step(page, "voeten").getByLabel("Note for the voice");
  await note.fill(HOSTILE);
  await note.press("Tab");
  await until("the note is written", () => text(SCRIPT), (after) => after.includes("note = "));
  const silence = step(page, "voeten").getByLabel("Pause, seconds");
  const wasLong = await silence.inputValue();
  await silence.fill("-3");
  await silence.press("Enter");
  await until("it is no pause", () => step(page, "voeten").locator(".said").innerText(), (line) => line.startsWith("That cannot stand here"));
  assert.equal(await silence.inputValue(), wasLong);
  await step(page, "voeten").getByLabel("Worth (1 goes first)").selectOption("8");
  await until("the worth is written", () => text(SCRIPT), (after) => after.includes("worth = 8"));
  await step(page, "voeten").getByRole("button", { name: "Up", exact: true }).click();
  await until("it is moved", () => text(SCRIPT), (after) => after.indexOf("hacked") < after.indexOf("vrij"));
  await step(page, "voeten").getByRole("button", { name: "Add a phrase after it" }).click();
  await page.getByLabel("What is said").fill("Een nieuwe zin.");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await until("it is added", () => text(SCRIPT), (after) => after.includes(`{ say = "Een nieuwe zin.", id = "een-nieuwe-zin", pause = 4 },`));
  await page.getByRole("button", { name: "Settings of: Een nieuwe zin." }).click();
  await step(page, "een-nieuwe-zin").getByRole("button", { name: "Remove" }).click();
  await until("it is gone", () => text(SCRIPT), (after) => !after.includes("nieuwe"));
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.equal(await page.locator("main img, main script").count(), 0);
  assert.match(text(SCRIPT), /# blijft/);
  told("words, notes, worth, moves, additions and removals are written; markup stays text");

  // A bell, breaths, a fragment, a repeat around two steps, and parts: each is one edit.
  const asks = async (button, fill) => {
    await button.click();
    const dialog = page.locator("dialog.add");
    await dialog.waitFor();
    await fill?.(dialog);
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
  };
  const settings = async (id, label) => {
    if ((await step(page, id).getByRole("button", { name: "Add a bell after it" }).count()) === 0) await page.getByRole("button", { name: `Settings of: ${label}` }).click();
    return step(page, id);
  };
  const welkom = await settings("welkom", "Welkom.");
  await asks(welkom.getByRole("button", { name: "Add a bell after it" }), (dialog) => dialog.getByLabel("Bell").selectOption("tik"));
  await until("the bell is written", () => text(SCRIPT), (after) => after.includes(`# blijft\n  { bell = "tik" },\n`));
  await asks(step(page, "welkom").getByRole("button", { name: "Add breaths after it" }));
  await until("the breaths are written", () => text(SCRIPT), (after) => after.includes("{ breathe = { in = 4, out = 6, times = [2, 4, 8] } }"));
  await asks(step(page, "welkom").getByRole("button", { name: "Add a fragment after it" }));
  await until("the fragment is written", () => text(SCRIPT), (after) => after.includes(`{ use = "slot" }`));
  await until("the page shows it", () => page.locator("li.use").count(), (count) => count === 2);
  await asks(step(page, "welkom").getByRole("button", { name: "Repeat from here" }), (dialog) => dialog.getByLabel("Up to and with").selectOption("1"));
  await until("the repeat is written", () => text(SCRIPT), (after) => after.includes(`{ repeat = [2, 3, 6], steps = [\n    { say = "Welkom."`));
  told("a bell, breaths, a fragment and a repeat are added where they are asked for");
  const change = page.locator("details.part-actions");
  await change.first().locator("summary").click();
  await asks(change.first().getByRole("button", { name: "Add a part after it" }), async (dialog) => {
    await dialog.getByLabel("Title").fill("Nieuw deel");
    await dialog.getByLabel("What is said").fill(HOSTILE);
  });
  await until("the part is written", () => text(SCRIPT), (after) => after.includes(`\n[[part]]\ntitle = "Nieuw deel"\nsteps = [\n  { say = "<img`));
  await until("the page shows it", () => page.locator(".script .part").count(), (count) => count === 4);
  assert.equal(await page.locator("main img, main script").count(), 0);
  await change.nth(1).locator("summary").click();
  await change.nth(1).getByRole("button", { name: "Part up" }).click();
  await until("the part is moved", () => text(SCRIPT), (after) => after.indexOf("Nieuw deel") < after.indexOf("Aankomen"));
  await until("the page shows it", () => page.locator(".script .part h2").first().innerText(), (title) => title === "Nieuw deel");
  await change.first().getByRole("button", { name: "Remove the part" }).click();
  await until("the part is gone", () => text(SCRIPT), (after) => !after.includes("Nieuw deel"));
  assert.match(text(SCRIPT), /# blijft/);
  told("a part is added, moved and removed");

  // All of it is taken back, to the byte.
  const undo = page.getByRole("button", { name: "Undo" });
  for (let left = 30; left > 0 && text(SCRIPT) !== original; left -= 1) {
    const count = text(SCRIPT);
    await undo.click();
    await until("it is taken back", () => text(SCRIPT), (after) => after !== count);
  }
  assert.equal(text(SCRIPT), original);
  await until("nothing is left to take back", () => undo.isDisabled());
  told("every edit is taken back, to the byte");

  // What is being typed or moved stays while the course is read again, and so does every step that did not change.
  const asked = page.getByRole("textbox", { name: "Length in minutes and seconds" });
  await page.evaluate(() => { for (const item of document.querySelectorAll("li.step")) item.isOld = true; });
  const steps = await page.locator("li.step").count();
  const elsewhere0 = async (from, to) => {
    writeFileSync(SCRIPT, text(SCRIPT).replace(from, to));
    await until("the page shows it", () => words(page, "vrij").inputValue(), (value) => value.includes(to));
  };
  await asked.fill("1:3");
  await asked.evaluate((field) => field.setSelectionRange(1, 1));
  await elsewhere0("Je kunt altijd stoppen.", "Je kunt nu stoppen.");
  assert.deepEqual(await asked.evaluate((field) => [field.value, field.selectionStart, field === document.activeElement]), ["1:3", 1, true]);
  await asked.press("Escape");
  await page.getByRole("button", { name: "Settings of: Welkom." }).click();
  const half = step(page, "welkom").getByLabel("Note for the voice");
  if (!(await half.count())) await page.getByRole("button", { name: "Settings of: Welkom." }).click();
  await half.fill("half a no");
  await half.evaluate((field) => field.setSelectionRange(4, 4));
  await elsewhere0("Je kunt nu stoppen.", "Je kunt altijd stoppen.");
  assert.deepEqual(await half.evaluate((field) => [field.value, field.selectionStart, field === document.activeElement]), ["half a no", 4, true]);
  assert.equal(await page.evaluate(() => [...document.querySelectorAll("li.step")].filter((item) => item.isOld).length), steps);
  await half.fill("");
  await half.press("Tab");
  assert.equal(text(SCRIPT), original);
  told("what is being typed stays while the course is read again, with the cursor, and so does every step");

  // What is typed while the words before it are being written is no part of them, and stays.
  await words(page, "welkom").focus();
  await page.keyboard.press("End");
  await page.keyboard.type(" Ga");
  await page.keyboard.press("Enter");
  await page.keyboard.type(" zitten");
  await until("the first words are written", () => text(SCRIPT), (after) => after.includes("Welkom. Ga\""));
  await until("the page shows it", () => page.getByRole("button", { name: "Settings of: Welkom. Ga", exact: true }).count());
  assert.equal(await words(page, "welkom").inputValue(), "Welkom. Ga zitten");
  await page.keyboard.press("Enter");
  await until("the others too", () => text(SCRIPT), (after) => after.includes("Welkom. Ga zitten\""));
  for (let left = 4; left > 0 && text(SCRIPT) !== original; left -= 1) {
    const before = text(SCRIPT);
    await undo.click();
    await until("it is taken back", () => text(SCRIPT), (after) => after !== before);
  }
  assert.equal(text(SCRIPT), original);
  told("what is typed while an edit is written stays");

  // Titles are in the language of the version, with what is written beside them.
  const heading = page.locator(".script .part h2").first();
  const background = page.locator(".controls select[data-focus=bed] option:checked");
  assert.equal(await page.locator(".strip .bed").first().textContent(), await background.textContent());
  await page.locator(".controls select[data-focus=language]").selectOption("en");
  await until("the part has its English title", () => heading.innerText(), (title) => title === "Arriving");
  assert.deepEqual(await heading.evaluate((own) => [own.lang, own.title]), ["en", "Aankomen"]);
  assert.equal(await page.locator(".head select option:checked").textContent(), "2. The place");
  await page.locator(".controls select[data-focus=language]").selectOption("nl");
  await until("and its own one again", () => heading.innerText(), (title) => title === "Aankomen");
  told("titles are in the language of the version");

  // The second click of a double click is not for what its first one has brought; what was meant to be clicked twice is.
  const clicked = async (isSame) => {
    await page.evaluate((isSame) => {
      window.clicks = [];
      const button = (name) => Object.assign(document.createElement("button"), { textContent: name, style: "position: fixed; left: 0; top: 0; width: 90px; height: 40px; z-index: 9" });
      const [first, next] = [button("Keep"), button(isSame ? "Keep" : "Throw away")];
      first.onclick = () => { window.clicks.push(1); first.replaceWith(next); };
      next.onclick = () => { window.clicks.push(2); next.remove(); };
      document.body.append(first);
    }, isSame);
    await page.mouse.dblclick(20, 20);
    const clicks = await page.evaluate(() => window.clicks);
    if (clicks.length < 2) await page.mouse.click(20, 20);
    return clicks;
  };
  assert.deepEqual([await clicked(false), await clicked(true)], [[1], [1, 2]]);
  assert.deepEqual(await page.evaluate(() => window.clicks), [1, 2]);
  told("a double click does not fall through");

  // Two tabs and an editor.
  const other = await context.newPage();
  await other.goto(`${address}/#desk/plek`);
  await other.waitForSelector(".script .words");
  await words(page, "welkom").fill("Welkom hier.");
  // While that is being typed, somebody changes another line in an editor.
  writeFileSync(SCRIPT, text(SCRIPT).replace("Je kunt altijd stoppen.", "Je kunt altijd even stoppen."));
  await until("both tabs show it", () => words(other, "vrij").inputValue(), (value) => value.includes("even"));
  await until("both tabs show it", () => words(page, "vrij").inputValue(), (value) => value.includes("even"));
  assert.equal(await words(page, "welkom").inputValue(), "Welkom hier.");
  await words(page, "welkom").press("Enter");
  await page.getByRole("button", { name: "Keep both" }).click();
  await until("both are there", () => text(SCRIPT), (after) => after.includes("Welkom hier.") && after.includes("even stoppen"));
  told("what is typed in one tab and what an editor writes are both kept, after a question");

  // The same line: both are shown, and nothing is overwritten.
  await until("the other tab shows it", () => words(other, "welkom").inputValue(), (value) => value === "Welkom hier.");
  await words(page, "welkom").fill("Van de ene.");
  await words(other, "welkom").fill("Van de andere.");
  await words(other, "welkom").press("Enter");
  await until("the other is written", () => text(SCRIPT), (after) => after.includes("Van de andere."));
  await words(page, "welkom").press("Enter");
  const dialog = page.locator("dialog");
  await dialog.waitFor();
  const shown = await dialog.innerText();
  assert.match(shown, /Van de ene\./);
  assert.match(shown, /Van de andere\./);
  assert.equal(await page.getByRole("button", { name: "Keep both" }).count(), 0);
  // Escape chooses nothing: what was typed is still there.
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await until("that nothing was chosen is told", () => step(page, "welkom").locator(".said").innerText(), (line) => line.includes("not written yet"));
  assert.equal(await words(page, "welkom").inputValue(), "Van de ene.");
  await words(page, "welkom").press("Enter");
  await dialog.waitFor();
  await page.getByRole("button", { name: "Keep the other, leave mine out" }).click();
  await until("the page shows the other", () => words(page, "welkom").inputValue(), (value) => value === "Van de andere.");
  assert.equal(text(SCRIPT).includes("Van de ene."), false);
  told("where both change the same words both are shown, and neither is overwritten");
  await other.close();

  // It plays from anywhere.
  await step(page, "vrij").getByRole("button", { name: /^Play from/ }).click();
  await until("it plays", () => page.evaluate(() => document.querySelector(".player button").innerText), (word) => word === "Pause");
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  told("it plays from a phrase");

  // A mistake made elsewhere is told with a place that leads there.
  writeFileSync(SCRIPT, text(SCRIPT).replace("Voel je voeten.", "Voel nu je voeten.").replace(`id = "voeten"`, `id = "voeten", instead = "nergens"`));
  await until("the mistake is told", () => page.locator("#errors").innerText(), (line) => line.includes("nergens"));
  writeFileSync(SCRIPT, text(SCRIPT).replace(`, instead = "nergens"`, ""));
  await until("it is gone", () => page.locator("#errors").innerText(), (line) => !line.includes("nergens"));
  const checked = page.locator("details.card", { has: page.getByRole("heading", { name: "Check" }) });
  await checked.locator("summary").click();
  await until("the check is there", () => checked.innerText(), (line) => /warnings: \d|nothing is wrong/.test(line));
  told("a mistake made in an editor is told at once, and is gone when it is mended");

  // The same mistake is mended where it is told, in its very line; meanwhile the other exercises are open.
  const closing = text(SCRIPT).replace(`id = "voeten"`, `id = "voeten", instead = "nergens"`);
  const ANOTHER = join(course, "scripts/ander.toml");
  writeFileSync(ANOTHER, `language = "nl"\ntitle = "Iets anders, met een titel die op een telefoon niet naast elkaar past"\ntrack = 9\n\n[[part]]\nsteps = [\n  { say = "Je kunt altijd stoppen.", id = "stop", safety = true, pause = 4 },\n]\n`);
  writeFileSync(SCRIPT, closing);
  await until("the mistake is told", () => page.locator("#errors").innerText(), (line) => line.includes("nergens") && line.includes(`Closed until these are mended: ${/^title = "(.*)"/m.exec(text(SCRIPT))[1]}`));
  const answers = async (path) => page.evaluate(async (path) => (await fetch(path)).status, path);
  await until("the other one is open", () => answers("/studio/desk/tracks/ander"), (status) => status === 200);
  assert.equal(await answers("/studio/desk/tracks/plek"), 409);
  await page.locator("#errors").getByRole("button", { name: /^scripts\/plek\.toml:/ }).first().click();
  const mending = page.locator("dialog.mend");
  const line = mending.locator("textarea");
  assert.match(await line.inputValue(), /nergens/);
  await faultless(page, "mend");
  await line.fill(`\u202e${await line.inputValue()}`);
  await line.press("Enter");
  await until("the sign is refused", () => mending.innerText(), (line) => line.includes("shows letters in another order (U+202E)"));
  await line.fill((await line.inputValue()).replace("\u202e", "").replace(`, instead = "nergens"`, ""));
  await line.press("Enter");
  await mending.waitFor({ state: "detached" });
  assert.equal(text(SCRIPT), closing.replace(`, instead = "nergens"`, ""));
  await until("it is open again", () => page.locator("#errors").innerText(), (line) => line === "");
  await until("the page shows it", () => page.locator(".strip.refused").count(), (count) => count === 0);
  rmSync(ANOTHER);
  told("a mistake closes one exercise, and is mended in its line");

  // A length that cannot be made is not taken; the nearest one is a click away, also when the page is loaded again.
  const length = page.getByRole("textbox", { name: "Length in minutes and seconds" });
  const refusal = page.locator(".desk > p.wrong");
  const isShort = (line) => line.startsWith("0:05 cannot be made: this version lasts");
  // The exercise that was removed last is still being looked at.
  await until("it is no length", async () => {
    await length.fill("many");
    await length.press("Enter");
    return refusal.innerText();
  }, (line) => line.startsWith("This is no length."));
  const usual = await length.inputValue();
  const outcome = page.locator(".outcome");
  for (const [typed, told] of [["99:99", "This is no length."], ["0,05", "0:03 cannot be made: this version lasts"], ["-5", "This is no length."]]) {
    await length.fill(typed);
    await until(`what is wrong with ${typed} is told while it is typed`, () => outcome.innerText(), (line) => line.startsWith(told));
  }
  await length.fill("0:05");
  await length.press("Enter");
  await until("it is refused", () => refusal.innerText(), isShort);
  assert.equal(await length.inputValue(), usual);
  await until("the line is that of the version which stays", () => outcome.innerText(), (line) => line.startsWith(usual));
  // From another page, as a page that is open takes the length at once and forgets it.
  await page.goto("about:blank");
  await page.goto(`${address}/#desk/plek?length=5s`);
  await page.waitForSelector(".script .words");
  await until("it is refused", () => refusal.innerText(), isShort);
  assert.ok(!page.url().includes("length="), page.url());
  const nearest = await refusal.getByRole("button").innerText();
  await refusal.getByRole("button").click();
  await until("it is taken", () => length.inputValue(), (value) => nearest === `Take ${value}`);
  await page.getByRole("button", { name: "Usual", exact: true }).click();
  await until("the usual one is back", () => length.inputValue(), (value) => value === usual);
  told("a length that cannot be made is not taken, and the nearest one is a click away");

  // What the desk refuses it says in the language of the page.
  const welcome0 = await words(page, "welkom").inputValue();
  await words(page, "welkom").fill(`\u202e${welcome0}`);
  await words(page, "welkom").press("Enter");
  // Beside the words it is about.
  await until("the sign is refused", () => step(page, "welkom").locator(".said").innerText(), (line) => line.includes("shows letters in another order (U+202E)"));
  await words(page, "welkom").press("Escape");
  const inDutch = await page.evaluate(async () => {
    localStorage.setItem("adem-studio-language", "nl");
    await (await import("/web/words.js")).loadWords();
    const { asText, get, toldMistakes, toldProblem } = await import("/web/api.js");
    const { wrongWords } = await import("/web/mend.js");
    const mistake = { code: "empty-text", severity: "error", file: "scripts/plek.toml", line: 7, message: "the phrase has no words", help: ["write them"] };
    const { first, rest } = wrongWords(mistake);
    const refusal = asText(toldProblem({ id: "would-mistake", values: { why: mistake.message }, errors: [mistake] }));
    const told = await get("/studio/desk/tracks/nergens").catch((error) => asText(error.told));
    const gone = await get("/studio/voices/nl/niemand/pickups").catch((error) => asText(error.told));
    // What the player says, which has no list of mistakes.
    const played = asText([toldProblem({ id: "course-errors", errors: [mistake] }), toldMistakes({ errors: [mistake, { ...mistake, severity: "warning" }] })]);
    localStorage.setItem("adem-studio-language", "en");
    await (await import("/web/words.js")).loadWords();
    return [told, gone, first, rest.outerHTML, refusal, played];
  });
  assert.equal(inDutch[0], "Deze versie kan niet. In de cursus staat geen ‘nergens’. Kies iets anders, of laad de pagina opnieuw.");
  assert.equal(inDutch[1], "De cursus heeft geen stem nl/niemand.");
  const general = "Een zin heeft geen woorden. Schrijf ze, of verwijder de stap.";
  assert.deepEqual(inDutch.slice(2), [general, `<span lang="en">the phrase has no words; write them</span>`, `Dit zou een fout in de cursus maken. ${general}`,
    `Fouten in de bestanden van de cursus houden dit tegen: scripts/plek.toml:7 ${general}`]);
  told("refusals are in the language of the page");

  // A bell at a clock time.
  const cues = page.locator("details.cues");
  await cues.locator("summary").click();
  // One after the end would leave no version to show.
  await cues.getByLabel("Time of a new bell").fill("99m");
  await cues.getByRole("button", { name: "Add a bell" }).click();
  await until("it is refused", () => page.locator(".said").innerText(), (line) => line.includes("nothing was changed"));
  assert.ok(!text(SCRIPT).includes("99m"));
  await cues.getByLabel("Time of a new bell").fill("3s");
  await cues.getByRole("button", { name: "Add a bell" }).click();
  await until("the bell is written", () => text(SCRIPT), (after) => after.includes(`[[cue]]\nat = "3s"\nbell = `));
  await until("the page shows it", () => cues.getByLabel("Time of bell 1").count(), (count) => count === 1);
  await cues.getByLabel("Time of bell 1").fill("4s");
  await cues.getByLabel("Time of bell 1").press("Enter");
  await until("the time is written", () => text(SCRIPT), (after) => after.includes(`at = "4s"`));
  await until("the page shows it", () => cues.getByLabel("Time of bell 1").inputValue(), (value) => value === "4s");
  await cues.getByRole("button", { name: /^Remove bell 1/ }).click();
  await until("the bell is gone", () => text(SCRIPT), (after) => !after.includes("[[cue]]"));
  told("a bell at a clock time is added, moved and removed");

  // What is added has no translation yet, and is written all the same while a translation is shown.
  const beforeAdding = text(SCRIPT);
  await page.locator(".controls").getByLabel("Language").selectOption("en");
  await until("the translation is shown", () => page.url(), (url) => url.includes("language=en"));
  await until("the steps are in sight", () => words(page, "welkom").isVisible());
  const first = step(page, "welkom");
  if ((await first.getByRole("button", { name: "Add a phrase after it" }).count()) === 0) await first.locator("button[aria-expanded]").first().click();
  await asks(first.getByRole("button", { name: "Add a phrase after it" }), (dialog) => dialog.getByLabel("What is said").fill("Nog niet vertaald."));
  await until("it is written", () => text(SCRIPT), (after) => after.includes("Nog niet vertaald."));
  await page.getByRole("button", { name: "Undo" }).click();
  await until("it is taken back", () => text(SCRIPT), (after) => after === beforeAdding);
  await page.goto("about:blank");
  await page.goto(`${address}/#desk/plek`);
  await page.waitForSelector(".script .words");
  told("a phrase is added while a translation is shown");

  // Files are made: those that a render and a build from the command line make.
  const making = page.locator("details.making");
  await making.locator("summary").click();
  await making.locator(".formats input").first().waitFor();
  for (const box of await making.locator(".formats input").all()) await box.uncheck();
  assert.equal(await making.getByRole("button", { name: "Render this version" }).isDisabled(), true);
  await making.getByText("Choose at least one format.").waitFor();
  for (const format of ["WAV", "Opus"]) await making.getByLabel(format).check();
  assert.equal(await making.getByText("Choose at least one format.").count(), 0);
  await making.getByRole("button", { name: "Render this version" }).click();
  await until("it is rendered", () => making.innerText(), (line) => line.includes("Done: De plek"));
  const links = making.locator(".made a");
  assert.deepEqual((await links.allInnerTexts()).slice(0, 2), ["02-plek-nl.wav", "02-plek-nl.opus"]);
  const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
  const fetched = async (link) => page.evaluate(async (path) => {
    const hash = await crypto.subtle.digest("SHA-256", await (await fetch(path)).arrayBuffer());
    return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }, await link.getAttribute("href"));
  const elsewhere = mkdtempSync(join(tmpdir(), "adem-desk-"));
  const command = spawnSync(program, ["render", "plek", "--format", "wav,opus", "-o", `${elsewhere}/`], { cwd: course, encoding: "utf8" });
  assert.equal(command.status, 0, command.stderr);
  for (const [at, name] of ["02-plek-nl.wav", "02-plek-nl.opus"].entries()) {
    const own = await fetched(links.nth(at));
    assert.equal(own, sha256(readFileSync(join(elsewhere, name))), `${name} is what adem render writes`);
    assert.equal(own, sha256(readFileSync(join(course, "out", name))), `${name} is what lies in out`);
  }
  told("a version is rendered in two formats, byte for byte as by the command line, and downloaded");
  // A phrase without a recording is told with a place that leads there.
  const clip = join(course, "voice/nl/anna/plek/voeten.wav");
  const recording = readFileSync(clip);
  rmSync(clip);
  await making.getByRole("button", { name: "Render this version" }).click();
  const place = making.locator(".problems button.link").first();
  await place.waitFor();
  assert.match(await place.innerText(), /^scripts\/plek\.toml:\d+$/);
  await place.click();
  assert.equal(await page.evaluate(() => document.activeElement?.closest("li.step") !== null), true);
  writeFileSync(clip, recording);
  told("what keeps a version from being made is told with a place that leads there");
  await making.getByRole("button", { name: "Build the delivery" }).click();
  await until("it is built", () => making.innerText(), (line) => line.includes("Done: net"));
  const builtName = (await making.locator(".made a").allInnerTexts())[0];
  const built = spawnSync(program, ["build", "net", "--out", join(elsewhere, "out")], { cwd: course, encoding: "utf8" });
  assert.equal(built.status, 0, built.stderr);
  assert.equal(await fetched(making.locator(".made a").first()), sha256(readFileSync(join(elsewhere, "out", builtName))), `${builtName} is what adem build writes`);
  told("a delivery is built, byte for byte as by the command line");

  // The page of the delivery: it works, loads nothing but itself, and is no way to other files.
  const preview = await context.newPage();
  preview.on("pageerror", (error) => wrong.push(`page of the delivery: ${error}`));
  const answer = await preview.goto(`${address}/studio/site/`);
  const policy = answer.headers()["content-security-policy"];
  assert.match(policy, /connect-src http:\/\/127\.0\.0\.1:\d+\/studio\/site\/;.*worker-src 'none'/);
  await preview.goto(`${address}/studio/site/nl/index.html`);
  await until("the page shows the track", () => preview.locator("body").innerText(), (line) => line.includes("De plek"));
  const reach = (path, options = {}) => preview.evaluate(async ([path, options]) => { try { return (await fetch(path, options)).status; } catch { return "refused"; } }, [path, options]);
  assert.equal(await reach("/studio/course"), "refused");
  assert.equal(await reach("/studio/desk/undo", { method: "POST", headers: { "x-adem": "studio" } }), "refused");
  assert.equal(await preview.evaluate(() => navigator.serviceWorker.getRegistrations().then((all) => all.length)), 0);
  await preview.close();
  const status = (path) => page.evaluate(async (path) => (await fetch(path)).status, path);
  for (const path of ["..%2f..%2fcourse.toml", "%2e%2e/%2e%2e/course.toml", "sw.js", "nl", "nl/../../course.toml", "assets", ".build/site"]) {
    assert.ok([404, 409].includes(await status(`/studio/site/${path}`)), path);
  }
  for (const path of ["9999/files/0", "1/files/99", "1/files/..%2f0", "x/files/0"]) assert.ok([400, 404].includes(await status(`/studio/making/${path}`)), path);
  // A script that this program has not written does not run with the rights of the studio.
  const script = readdirSync(join(course, "out/site/assets")).map((folder) => join(course, "out/site/assets", folder, "app.js"))[0];
  const own = readFileSync(script, "utf8");
  writeFileSync(script, `${own}\nwindow.hacked = 1;`);
  assert.equal(await status(`/studio/site/${script.slice(join(course, "out/site/").length)}`), 409);
  writeFileSync(script, own);
  rmSync(elsewhere, { recursive: true, force: true });
  told("the page of the delivery is shown below its own path, and leads nowhere else");

  // The translator's table.
  await page.goto(`${address}/#translate/en/plek`);
  await page.waitForSelector(".text textarea");
  await faultless(page, "translate");
  told("the translator's table has no fault that axe finds, and fits 360 to 2560 pixels");
  before = text(PO);
  const stale = page.locator("article", { hasText: "Voel nu je voeten." });
  await until("the stale text is marked", () => stale.innerText(), (line) => line.includes("the original has changed") && line.includes("Voel je voeten."));
  const welcome = page.locator("article", { hasText: "Van de andere." });
  await welcome.locator("textarea").fill(HOSTILE);
  await welcome.locator("textarea").press("Tab");
  await until("it is written", () => text(PO), (after) => after.includes("window.hacked"));
  await until("the page shows it", () => welcome.locator("textarea").inputValue(), (value) => value === HOSTILE);
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  const kept = text(PO);
  const title = page.locator("article", { hasText: "De plek" }).first();
  await title.locator("textarea").fill("The quiet place");
  await title.locator("textarea").press("Tab");
  await until("it is written", () => text(PO), (after) => after.includes("The quiet place"));
  [old, now] = differing(kept, text(PO));
  assert.deepEqual([old, now], [[`msgstr "The place"`], [`msgstr "The quiet place"`]]);
  assert.match(text(PO), /^# Beth translates\.$/m);
  told("a translation changes its own line of the PO file; fuzzy and stale ones are marked");
  await page.getByRole("button", { name: "Undo" }).click();
  await until("it is taken back", () => text(PO), (after) => after === kept);
  told("and is taken back");
  // The same sign as at the desk is refused in the same words.
  await title.locator("textarea").fill("\u202eThe quiet place");
  await title.locator("textarea").press("Tab");
  await until("the sign is refused", () => page.locator(".translate p.wrong").first().innerText(), (line) => line.includes("shows letters in another order (U+202E)"));
  assert.equal(text(PO), kept);
  await title.locator("textarea").fill("The place");
  await title.locator("textarea").press("Tab");
  // The length and the wording are told while it is typed, and the track is heard from a row.
  const feet = page.locator("article", { hasText: "Je kunt altijd even stoppen." });
  await feet.locator("textarea").fill("Stop at once, and breathe deeply, so that all your pain will be gone for ever, and stay here, and stay here.");
  await until("the wording is checked", () => feet.locator(".told").innerText(), (line) => line.includes("at most"));
  await feet.locator("textarea").fill("You may always stop.");
  await until("and is fine again", () => feet.locator(".told").innerText(), (line) => !line.includes("at most"));
  await feet.getByRole("button", { name: /^From here/ }).click();
  await until("the row that is heard is marked", () => page.locator("article.heard").count(), (count) => count === 1);
  await page.locator(".player").first().getByRole("button", { name: "Pause", exact: true }).click();
  told("the wording is checked while it is typed, and the whole track is heard from a row on");
  // Whoever leaves with something typed leaves it written.
  await feet.locator("textarea").fill("You may stop at any time.");
  await page.evaluate(() => { location.hash = "#desk/plek"; });
  await until("it is written", () => text(PO), (after) => after.includes("You may stop at any time."));
  await page.waitForSelector(".script .words");
  told("what is typed is written when the room is left");
  assert.deepEqual(wrong, []);
} finally {
  await browser.close();
  await studio.end("SIGTERM");
}
