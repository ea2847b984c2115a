// A course that begins from the page: node begin.mjs BROWSER ADEM FOLDER SCRATCH. The folder has nothing of a course, but a file of
// somebody. With STUDIO_SHOTS, a folder, the card is put there as a picture.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Browser, Program, accessible, microphone, pictures } from "./room.mjs";

const [executable, adem, folder, scratch] = process.argv.slice(2);
const sound = join(scratch, "microphone.wav");
microphone(sound, 2);
const program = new Program(adem, folder, 0);
const browser = new Browser(executable, join(scratch, "profile"), sound);
const read = (path) => readFileSync(join(folder, path), "utf8");
const english = "There is no course in this folder yet";
const dutch = "In deze map is nog geen cursus";
const asks = (page, body) => page.evaluate(async (text) => {
  const answer = await fetch("/studio/course", { method: "POST", headers: { "x-adem": "studio", "content-type": "application/json" }, body: text });
  return [answer.status, (await answer.json()).id];
}, JSON.stringify(body));

try {
  writeFileSync(join(folder, "README.md"), "# Mine\n");
  // No file may have more than four kilobytes, as on a disk that is full.
  await program.start(8);
  const page = await browser.open(program.link);
  await page.getByRole("heading", { name: english }).waitFor();
  assert.equal(await page.locator("#errors code").textContent(), folder);
  assert.equal(await page.locator(".mistakes").count(), 0);
  await accessible(page, "a folder without a course");
  await pictures(page, "begin-en");

  // A file with nothing in it is as none; one with something in it, or of a course, is not begun over.
  writeFileSync(join(folder, "course.toml"), "# Of two.\n");
  await page.getByRole("heading", { name: "The course has errors" }).waitFor();
  assert.deepEqual(await asks(page, { language: "nl" }), [409, "course-there"]);
  writeFileSync(join(folder, "course.toml"), "\n");
  await page.getByRole("heading", { name: english }).waitFor();
  assert.equal((await asks(page, { language: "no language" }))[0], 400);
  assert.equal(existsSync(join(folder, "scripts")), false);

  await page.getByLabel("Language of these pages").selectOption("nl");
  await page.getByRole("heading", { name: dutch }).waitFor();
  await pictures(page, "begin-nl");
  // At 400 % of a window of 1280 pixels.
  await page.setViewportSize({ width: 320, height: 256 });
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320, "it scrolls sideways");
  await page.setViewportSize({ width: 1280, height: 900 });
  assert.equal(await page.getByLabel("De taal waarin je schrijft").inputValue(), "nl");
  // The disk refuses: it is said in Dutch, and nothing of a course is left.
  await page.getByRole("button", { name: "Een cursus beginnen" }).click();
  const refused = page.getByRole("alert");
  await page.getByText("De studio kon dit niet doen. Het bestand wordt te groot voor deze schijf.").waitFor();
  assert.equal(await refused.locator("[lang=en]").count(), 0);
  assert.deepEqual(readdirSync(folder).filter((name) => !name.startsWith(".")).sort(), ["README.md", "course.toml"]);
  assert.equal(read("course.toml"), "\n");
  // What only has English words is a quotation behind a Dutch sentence.
  const quoted = await page.evaluate(async () => {
    const { toldProblem } = await import("/web/api.js");
    const told = document.createElement("p");
    told.append(...toldProblem({ id: "not-toml", values: { file: "a.toml", why: "expected `=`" } }));
    return told.innerHTML;
  });
  assert.equal(quoted, "a.toml heeft een fout. ‘Controle’ bij de werktafel laat zien waar. De melding is in het Engels: <q lang=\"en\">expected `=`</q>");
  if (spawnSync("prlimit", ["--pid", String(program.child.pid), "--fsize=unlimited"]).status !== 0) {
    await program.end();
    await program.start();
  }

  // From the keyboard alone.
  await page.getByLabel("De taal waarin je schrijft").focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: dutch }).waitFor({ state: "detached" });
  await page.locator("#course", { hasText: "Mijn cursus" }).waitFor();
  await page.getByRole("heading", { name: "Opnemen" }).waitFor();
  assert.match(read("course.toml"), /languages = \["nl"\]/);
  assert.match(read("scripts/even-stil.toml"), /Welkom/);
  assert.equal(read("README.md"), "# Mine\n");
  assert.deepEqual(await asks(page, { language: "en" }), [409, "course-there"]);
  // The exercise stands at the desk, and is heard at once.
  await page.getByRole("link", { name: "Werktafel" }).click();
  await page.locator(".strip .phrase").first().waitFor();
  // Both rooms say how many of its phrases have no recording: one that is spoken twice is one.
  const { scripts } = await page.evaluate(async () => (await fetch("/studio/voices/nl/mijn-stem/pickups", { headers: { "x-adem": "studio" } })).json());
  assert.ok(scripts[0].unrecorded > 5);
  await page.getByText(`zonder opname: ${scripts[0].unrecorded}`, { exact: false }).waitFor();
  // The ring of the field that is typed in lies over nothing that is told of its phrase.
  const marked = page.locator(".step", { has: page.locator(".tag") }).first();
  await marked.locator("textarea").focus();
  const gap = await marked.evaluate((step) => {
    const [field, tag] = [step.querySelector("textarea"), step.querySelector(".tag")];
    const { outlineStyle, outlineWidth, outlineOffset } = getComputedStyle(field);
    const ring = outlineStyle === "none" ? 0 : Number.parseFloat(outlineWidth) + Number.parseFloat(outlineOffset);
    return { ring: outlineStyle, gap: tag.getBoundingClientRect().top - field.getBoundingClientRect().bottom - ring };
  });
  assert.equal(gap.ring, "solid");
  assert.ok(gap.gap >= 0, `the ring lies ${-gap.gap} px over the tag`);

  // Where the scripts are still there, a course.toml that is gone is told, and nothing is begun over them.
  const script = read("scripts/even-stil.toml");
  rmSync(join(folder, "course.toml"));
  await page.getByRole("heading", { name: "De cursus heeft fouten" }).waitFor();
  assert.equal(await page.getByRole("heading", { name: dutch }).count(), 0);
  assert.deepEqual(await asks(page, { language: "en" }), [409, "course-there"]);
  assert.equal(read("scripts/even-stil.toml"), script);
  assert.ok(!readdirSync(folder).includes("course.toml"));
} finally {
  if (browser.child?.exitCode === null && browser.child.signalCode === null) await browser.kill();
  if (program.child?.exitCode === null) program.child.kill("SIGKILL");
}
process.exit();
