// Translates on the page of a pack as a translator would, from a file: node translate.mjs PAGE BROWSER FOLDER
// The pack is that of tests/translate.rs. What the page saves is written into FOLDER.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [path, browserPath, folder] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const address = pathToFileURL(path).href;
const profile = join(folder, "profile");
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: browserPath,
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
  acceptDownloads: true,
  viewport: { width: 320, height: 640 },
});

try {
  const page = await browser.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("requestfailed", (request) => wrong.push(request.url()));
  const ready = () => page.waitForSelector("html[data-ready]");
  await page.goto(address);
  await ready();
  const field = (context) => page.locator(`article:has(p.place:text-is("${context}")) textarea`).first();
  const told = (context) => page.locator(`article:has(p.place:text-is("${context}")) p.told`);

  await field("plek/vrij").fill('Du kannst "immer" \\ aufhören.');
  await field("plek/in-uit").fill("Ein und aus");
  assert.match(await told("plek/in-uit").textContent(), /Bars \(\|\) in the original: 1/);
  await field("plek/in-uit").fill("Ein | und aus");
  assert.equal(await told("plek/in-uit").textContent(), "");
  console.log("a lost bar is told while typing");

  await field("adem:silence").fill("silence de {tijd}");
  assert.match(await told("adem:silence").textContent(), /Keep \{length\}/);
  await field("adem:silence").fill("silence de {length}");
  assert.equal(await told("adem:silence").textContent(), "");
  console.log("a lost word in braces is told while typing");

  const next = async () => {
    await page.click("#next");
    return page.evaluate(() => document.activeElement.id);
  };
  const visited = [await next(), await next(), await next()];
  assert.equal(new Set(visited).size, 3, `the next open text is another one: ${visited}`);
  const contents = await page.locator("#contents a").count();
  assert.equal(contents, await page.locator("section").count());
  assert.match(await page.locator("#contents .done").first().textContent(), /^\d+ \/ \d+$/);
  console.log("it leads to what is open");

  await page.reload();
  await ready();
  assert.equal(await field("plek/vrij").inputValue(), 'Du kannst "immer" \\ aufhören.');
  console.log("what was typed is there after a reload");

  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(sideways <= 0, `${sideways} pixels have to be moved sideways at 320`);
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag22aa"] }));
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes[0].html]), [], scheme);
  }
  console.log("it can be used by everybody, by day and by night");

  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
  assert.equal(download.suggestedFilename(), "fr.po");
  await download.saveAs(join(folder, "fr.po"));
  assert.deepEqual(wrong, []);
  console.log("it saves a PO file");
} finally {
  await browser.close();
}
