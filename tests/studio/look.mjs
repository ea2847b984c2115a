import { join } from "node:path";
import { Program, axe, chromium } from "./room.mjs";
const [course, program, browserPath, shots] = process.argv.slice(2);
const studio = new Program(program, course, 0);
await studio.start();
const browser = await chromium.launch({ executablePath: browserPath });
try {
const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1440, height: 900 } });
const page = await context.newPage();
page.setDefaultTimeout(60000);
page.on("pageerror", (e) => console.log("ERR", String(e)));
page.on("console", (l) => { if (l.type() === "error") console.log(l.text()); });
await page.goto(studio.link);
const address = new URL(studio.link).origin;
await page.goto(`${address}/#desk/veilige-plek`);
await page.reload();
await page.waitForSelector(".script .words");
await page.waitForTimeout(1500);
console.log(page.url());
await page.locator("details.making summary").click();
await page.getByRole("button", { name: /^Settings of: Binnen/ }).click();
await page.locator("details.part-actions summary").nth(1).click();
async function all(name, widths = [360, 768, 1440, 2560], full = false) {
  await page.evaluate(axe);
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    const { violations } = await page.evaluate(() => window.axe.run());
    for (const one of violations) console.log(name, scheme, one.id, one.nodes.map((n) => n.html).join(" ").slice(0, 300));
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      await page.waitForTimeout(150);
      if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) console.log(name, width, "scrolls sideways");
      await page.screenshot({ path: join(shots, `${name}-${width}-${scheme}.png`), ...(full ? {} : { clip: { x: 0, y: 0, width, height: 1800 }, fullPage: true }) });
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
}
await all("desk");
await page.getByRole("button", { name: "Add breaths after it" }).first().click();
await all("dialog", [360, 1440]);
await page.keyboard.press("Escape");
await page.getByRole("button", { name: "Repeat from here" }).first().click();
await page.screenshot({ path: join(shots, "repeat.png") });
await page.keyboard.press("Escape");
for (const f of ["WAV", "FLAC"]) await page.locator(".making").getByLabel(f).check();
await page.getByRole("button", { name: "Render this version" }).click();
await page.waitForTimeout(1200);
await page.screenshot({ path: join(shots, "refused.png") });
await page.locator("[data-key=draft]").check();
await page.waitForFunction(() => !document.querySelector(".strip .phrase.predicted"), null, { timeout: 120000 }).catch(() => console.log("no draft"));
await page.getByRole("button", { name: "Render this version" }).click();
await page.waitForFunction(() => document.querySelector(".making .running progress")?.value > 0.05, null, { timeout: 120000 }).catch(() => console.log("no progress"));
await page.waitForTimeout(2500);
await page.locator(".making").screenshot({ path: join(shots, "making.png") });
await all("making", [360, 1440]);
await page.getByRole("button", { name: "Stop", exact: true }).click().catch(() => {});
await page.waitForTimeout(2000);
await page.locator(".making").screenshot({ path: join(shots, "stopped.png") });
await page.goto(`${address}/#translate/en/veilige-plek`);
await page.waitForSelector(".text textarea");
await page.waitForTimeout(3000);
await all("translate");
} finally {
await browser.close();
await studio.end("SIGTERM");
}
