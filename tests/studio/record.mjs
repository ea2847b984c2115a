// Records as a voice does: node record.mjs BROWSER ADEM COURSE SCRATCH. Every take is compared with what the microphone was fed,
// sample by sample; the program and the browser are killed while somebody speaks.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Browser, Program, RATE, accessible, busy, microphone, pictures, placeOf, samplesOf } from "./room.mjs";

const [executable, adem, course, scratch] = process.argv.slice(2);
const sound = join(scratch, "microphone.wav");
const fed = microphone(sound);
const program = new Program(adem, course, 0);
const browser = new Browser(executable, join(scratch, "profile"), sound);
const voice = join(course, "voice/nl/anna-de-wit");
const began = Date.now();
const step = (name) => console.log(`${((Date.now() - began) / 1000).toFixed(1)} s  ${name}`);
const rest = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
const parts = () => readdirSync(join(course, ".adem/takes")).filter((name) => name.endsWith(".part.wav"));

/** The take of a phrase, compared with what was fed. */
function exact(file, least) {
  const samples = samplesOf(join(voice, file));
  placeOf(samples, fed);
  assert.ok(samples.length > least * RATE, `${file} has ${samples.length} frames, and more than ${least} s were spoken`);
  return samples.length;
}

const saved = (page, number) => page.getByText(`Take ${number} is saved`).waitFor();
const record = (page) => page.getByRole("button", { name: /^Record/ }).click();
const stop = (page) => page.getByRole("button", { name: "Stop", exact: true }).click();

await program.start();
try {
  let page = await browser.open(program.link);
  assert.equal(new URL(page.url()).search, "", "the key is gone from the address");
  await page.getByRole("heading", { name: "Recording" }).waitFor();
  step("let in");

  // Who speaks, and with what.
  await page.getByLabel("Voice").selectOption("new");
  await page.getByLabel("Name, as it").fill("Anna de Wit");
  await page.getByLabel("Language", { exact: true }).selectOption("nl");
  await page.getByLabel("I agree").check();
  await page.getByRole("button", { name: "Switch the microphone on" }).click();
  await page.getByText("44,100 Hz").waitFor();
  await page.getByText("This is good.").waitFor();
  // A level that is clipped holds back; one that is only near to it, or low, is a doubt.
  const judged = await page.evaluate(async () => {
    const { levelOf } = await import("/web/record/level.js");
    return [[-60, -55, -52], [-30, -20, 0], [-30, -20, -2], [-60, -50, -45], [-30, -20, -10]].map(levelOf);
  });
  assert.deepEqual(judged, ["nothing", "loud", "near", "quiet", "good"]);
  await page.getByRole("button", { name: "Listen to the room" }).click();
  await pictures(page, "setup");
  // Somebody speaks all the time, which holds the voice back; what is only uneven leaves a way on that says what comes of it.
  const [roomTold, go] = [page.getByText(/dBFS\)|Something was heard/), page.getByRole("button", { name: "To the first phrase" })];
  await roomTold.waitFor();
  const anyway = page.getByRole("button", { name: "Go on all the same" });
  for (let times = 0; times < 8 && !await anyway.isVisible(); times += 1) {
    assert.ok(await go.isDisabled());
    await page.getByRole("button", { name: "Once more" }).click();
    await roomTold.waitFor({ state: "hidden" });
    await roomTold.waitFor();
  }
  assert.ok(await go.isDisabled());
  await page.getByText("What was heard in it may be heard").waitFor();
  await anyway.click();
  await accessible(page, "setup");
  const session = readdirSync(join(voice, "sessions"))[0];
  const about = readFileSync(join(voice, "sessions", session, "session.toml"), "utf8");
  assert.match(about, /"echoCancellation", "noiseSuppression", "autoGainControl"/, about);
  assert.match(about, /\[room\]\nfile = "room-tone(_\d)?.wav"/, about);
  assert.match(readFileSync(join(voice, "voice.toml"), "utf8"), /who = "Anna de Wit"/);
  placeOf(samplesOf(join(voice, "sessions", session, "room-tone.wav")), fed);
  await go.click();
  assert.ok(!existsSync(join(voice, "room-tone.wav")), "what somebody said into it lies under no voice");
  await page.locator("#now", { hasText: "Welkom." }).waitFor();
  // What is stopped as soon as it was begun is no take.
  await page.keyboard.press(" ");
  await page.keyboard.press(" ");
  await page.getByText("That was too short").waitFor();
  step("set up");

  // A phrase, while the page is busy for 300 ms at a time.
  await record(page);
  await busy(page);
  await stop(page);
  await saved(page, 1);
  exact("plek/welkom_t1.wav", 1.6);
  assert.match(readFileSync(join(voice, "plek/welkom_t1.toml"), "utf8"), /text = "Welkom."/);
  await page.locator("svg.waveform").waitFor();
  await accessible(page, "a take");
  await pictures(page, "take");
  step("a take, exact");

  // Once more; the second is rejected and lies apart, and the first is heard in its place.
  await page.keyboard.press("a");
  await rest(1);
  await page.keyboard.press(" ");
  await saved(page, 2);
  await page.getByRole("heading", { name: "Take 2" }).waitFor();
  await page.keyboard.press("x");
  await page.getByText("Rejected: it lies apart").waitFor();
  exact("plek/rejected/welkom_t2.wav", 1);
  assert.ok(!existsSync(join(voice, "plek/welkom_t2.wav")) && existsSync(join(voice, "plek/rejected/welkom_t2.toml")));
  await page.getByRole("button", { name: "Take 1" }).click();
  await page.getByRole("heading", { name: "Take 1" }).waitFor();
  const place = "/studio/voices/nl/anna-de-wit/takes/plek/welkom/1/context?track=plek";
  const heard = await page.evaluate(async (place) => {
    const answer = await fetch(place);
    const bytes = await answer.arrayBuffer();
    return [answer.status, answer.ok ? new TextDecoder().decode(bytes.slice(0, 4)) : new TextDecoder().decode(bytes), bytes.byteLength];
  }, place);
  assert.deepEqual(heard.slice(0, 2), [200, "RIFF"]);
  assert.ok(heard[2] > 48000 * 4, `${heard[2]} bytes of context`);
  // While it is being made ready the page says so, and then that it plays.
  const isPlace = (url) => url.pathname.endsWith("/context");
  let release;
  const held = new Promise((done) => { release = done; });
  await page.route(isPlace, async (route) => { await held; await route.continue(); });
  const telling = page.locator(".take-card .playing");
  await page.locator("[data-act=context]").click();
  await telling.getByText("One moment: it is being made ready").waitFor();
  release();
  await telling.getByText("The take plays in its track.").waitFor();
  await page.unroute(isPlace);
  await page.locator(".take-card button.quiet", { hasText: "Stop the sound" }).click();
  await page.waitForFunction(() => document.querySelector(".take-card .playing").textContent === "");
  // What is kept in spite of its faults is said to be good from then on.
  if (await page.getByRole("button", { name: /Keep it/ }).isVisible()) await page.keyboard.press("k");
  await page.getByRole("button", { name: /Keep it/ }).waitFor({ state: "hidden" });
  assert.match(readFileSync(join(voice, "takes.toml"), "utf8"), /file = "plek\/welkom_t1.wav"[^[]*state = "accepted"/);
  step("retaken, rejected, kept, heard in its place");

  // The same page in Dutch says what is wrong in Dutch.
  const words = await page.evaluate(async () => {
    const kinds = ["clipped", "noise", "level", "length"].map((kind, at) => ({ check: kind, kind, number: [2, 30.4, -12, 0.2][at], at: at ? null : 1.5, wrong: "x", advice: "y" }));
    localStorage.setItem("adem-studio-language", "nl");
    await (await import("/web/words.js")).loadWords();
    const told = kinds.map((await import("/web/record/faults.js")).faultWords);
    localStorage.setItem("adem-studio-language", "en");
    await (await import("/web/words.js")).loadWords();
    return told.map(({ wrong }) => wrong);
  });
  assert.deepEqual(words, ["Hij is op 2 plaatsen overstuurd (op 1,5 s).", "Hij ruist: de ruis ligt maar 30 dB onder de stem.", "Hij is 12 LU zachter dan de rest van de sessie.", "Hij is te kort voor de tekst: 20 % van wat die duurt."]);

  // A button that has the focus does what it says; and whoever goes on before the page has answered loses no phrase.
  await page.keyboard.press("Enter");
  await page.locator("#now", { hasText: "Je kunt altijd stoppen." }).waitFor();
  await page.getByRole("button", { name: /^Back/ }).press("Enter");
  await page.locator("#now", { hasText: "Welkom." }).waitFor();
  await page.getByRole("button", { name: /^Skip/ }).press(" ");
  await page.locator("#now", { hasText: "Je kunt altijd stoppen." }).waitFor();
  await page.getByText("All phrases of the list").click();
  const listed = await page.locator(".phrases li").allTextContents();
  assert.equal(new Set(listed.map((text) => text.replace(/^(to record|new words|has a fault|recorded) /, ""))).size, listed.length, listed.join(" · "));
  await page.getByText("All phrases of the list").click();

  // The program is killed while somebody speaks, and comes back.
  await record(page);
  await rest(0.8);
  await program.end();
  await page.getByText("The studio does not answer").waitFor();
  await program.start();
  await rest(0.8);
  await stop(page);
  await saved(page, 1);
  exact("plek/vrij_t1.wav", 1.6);
  step("the program killed, nothing lost");

  // Somebody makes a mistake in a file while the voice speaks: she goes on, and the room stays.
  await page.keyboard.press("Enter");
  await page.locator("#now", { hasText: "Voel je voeten." }).waitFor();
  const script = join(course, "scripts/plek.toml");
  const right = readFileSync(script, "utf8");
  writeFileSync(script, right.replace('id = "voeten"', 'idd = "voeten"'));
  await page.locator("#errors .card").waitFor();
  await page.locator("#script option", { hasText: "has a mistake" }).waitFor({ state: "attached" });
  await record(page);
  await rest(1.2);
  await stop(page);
  await page.getByText("It can be judged when the course has no mistakes").waitFor();
  exact("plek/voeten_t1.wav", 1.2);
  writeFileSync(script, right);
  await page.locator("#errors .card").waitFor({ state: "detached" });
  await page.locator("#script option", { hasText: "has a mistake" }).waitFor({ state: "detached" });
  // Words that are changed elsewhere, and a script that comes, are on the page at once.
  writeFileSync(script, right.replace("Voel je voeten.", "Voel je voeten nu."));
  await page.locator("#now", { hasText: "Voel je voeten nu." }).waitFor();
  writeFileSync(script, right);
  await page.locator("#now", { hasText: "Voel je voeten." }).waitFor();
  const fresh = join(course, "scripts/kort.toml");
  writeFileSync(fresh, 'language = "nl"\ntitle = "Kort"\nlevels = ["full"]\n[[part]]\nsteps = [{ say = "Je mag stoppen.", id = "stop", safety = true }]\n');
  await page.locator("#script option", { hasText: "Kort" }).waitFor({ state: "attached" });
  rmSync(fresh);
  await page.locator("#script option", { hasText: "Kort" }).waitFor({ state: "detached" });
  step("a mistake elsewhere");

  // The browser is killed while somebody speaks. What the studio had is saved when the page is opened again.
  await record(page);
  await rest(1.5);
  const written = statSync(join(course, ".adem/takes", parts()[0])).size;
  await browser.kill();
  page = await browser.open(program.link);
  await page.getByText("Nothing was lost").waitFor();
  const frames = exact("plek/voeten_t2.wav", 1.2);
  assert.ok(frames * 4 >= written - 1000, `${frames} frames of ${written} bytes`);
  await page.getByText("A recording of “Voel je voeten.” was cut short").waitFor();
  // It is used only when somebody has heard it and keeps it.
  const stateOf = (file) => readFileSync(join(voice, "takes.toml"), "utf8").split("[[take]]").find((one) => one.includes(`"${file}"`)).match(/state = "([a-z-]+)"/)?.[1] ?? "accepted";
  assert.equal(stateOf("plek/voeten_t2.wav"), "unheard");
  assert.match(readFileSync(join(voice, "plek/voeten_t2.toml"), "utf8"), /unheard = "recovered"/);
  // Whoever was recording goes on in the same session.
  await page.getByRole("button", { name: "Switch the microphone on" }).click();
  await page.getByRole("button", { name: "Go on with today's session" }).click();
  await page.locator("#now").waitFor();
  await accessible(page, "what was saved");
  await pictures(page, "recovered");
  assert.deepEqual(parts(), []);
  step("the browser killed, what was written is saved");

  // A take ends by itself after a silence that follows its words.
  await page.getByText("All phrases of the list").click();
  await page.getByRole("button", { name: /Voel je voeten/ }).click();
  await page.locator("#now", { hasText: "Voel je voeten." }).waitFor();
  await page.getByText("Take 1 is used until you have heard this one").waitFor();
  await page.keyboard.press("k");
  await page.getByText("Hear it first").waitFor();
  assert.equal(stateOf("plek/voeten_t2.wav"), "unheard");
  await page.keyboard.press("k");
  await page.getByText("Take 1 is used until").waitFor({ state: "detached" });
  assert.equal(stateOf("plek/voeten_t2.wav"), "accepted");
  await page.getByLabel("The silence after which").fill("0.5");
  await page.getByLabel("Stop by itself").check();
  await record(page);
  await saved(page, 3);
  const own = exact("plek/voeten_t3.wav", 1);
  assert.ok(own < 8 * RATE, `${own} frames until it ended by itself`);
  await page.getByLabel("Stop by itself").uncheck();
  step("ended by itself");

  // A part of it again: outside of the two joints every sample is one of the two recordings.
  await page.getByRole("heading", { name: "Take 3" }).waitFor();
  await page.keyboard.press("r");
  const second = page.getByRole("button", { name: /^Part 2 of/ });
  // How many parts a take has depends on the moment at which it began.
  const isLast = (await second.getAttribute("aria-label") ?? await second.textContent()).startsWith("Part 2 of 2");
  await second.click();
  await accessible(page, "a part");
  await pictures(page, "part");
  await page.getByRole("button", { name: "Record this part" }).click();
  await rest(2.5);
  await stop(page);
  await saved(page, 4);
  const part = exact(`sessions/${session}/part-plek-voeten.wav`, 2);
  const [take, joined] = ["plek/voeten_t3.wav", "plek/voeten_t4.wav"].map((file) => samplesOf(join(voice, file)));
  const same = (count, from, to) => take.subarray(from).subarray(0, count).every((sample, at) => sample === joined[to + at]);
  assert.ok(part > 2 * RATE && same(RATE / 10, 0, 0), "it begins as the take does");
  assert.ok(isLast || same(RATE / 10, take.length - RATE / 10, joined.length - RATE / 10), "and ends as it does");
  assert.match(readFileSync(join(voice, "plek/voeten_t4.toml"), "utf8"), /joined = \{ take = "plek\/voeten_t3.wav", part = "sessions\/[^"]*\/part-plek-voeten.wav" \}/);
  assert.equal(stateOf("plek/voeten_t4.wav"), "unheard");
  await page.getByText("is used until you have heard this one").waitFor();
  step("a part again");

  await browser.kill();
  assert.equal(await program.end("SIGTERM"), 0, "it ends when it is asked to");
  step("done");
} finally {
  if (browser.child?.exitCode === null && browser.child.signalCode === null) await browser.kill();
  if (program.child?.exitCode === null) program.child.kill("SIGKILL");
}
process.exit();
