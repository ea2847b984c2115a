import { readFileSync } from "node:fs";
import { Program, chromium } from "./room.mjs";
const [course, program, browserPath, old] = process.argv.slice(2);
const studio = new Program(program, course, 0);
await studio.start();
const browser = await chromium.launch({ executablePath: browserPath });
const page = await browser.newPage();
page.on("pageerror", (e) => console.log("ERR", String(e)));
await page.goto(studio.link);
await page.goto(new URL(studio.link).origin + "/#desk/veilige-plek");
await page.reload();
await page.waitForSelector(".script .words");
await page.waitForTimeout(3000);
const cpu = () => { const f = readFileSync(`/proc/${studio.child.pid}/stat`, "utf8").split(") ")[1].split(" "); return (Number(f[11]) + Number(f[12])) * 10; };
async function time(name, what, n = 40) {
  const before = cpu();
  const ms = await page.evaluate(async ([what, n]) => {
    const sheet = await (await fetch("/studio/desk/tracks/veilige-plek")).json();
    const all = []; const walk = (steps) => steps.forEach((s) => { all.push(s); walk(s.steps ?? []); }); sheet.parts.forEach((p) => walk(p.steps));
    const say = all.find((s) => s.kind === "say" && s.file.includes("veilige"));
    const t0 = performance.now(); let bytes = 0;
    for (let i = 0; i < n; i += 1) {
      const body = what === "pause" ? { edit: { change: "pause", step: say.at, natural: 5 + (i % 10) / 2 } } : what === "word" ? { edit: { change: "reword", step: say.at, text: say.phrase.text + "a".repeat(i) } } : null;
      const path = what === "sheet" ? "/studio/desk/tracks/veilige-plek" : what === "lengths" ? "/studio/desk/tracks/veilige-plek/lengths" : what === "problems" ? "/studio/problems" : "/studio/desk/tracks/veilige-plek/preview";
      const send = what === "length" ? { seconds: 600 + i * 7 } : what === "old" ? { file: say.file, edit: { change: "pause", step: say.at, natural: 5 + (i % 10) / 2 } } : body && { edit: { file: say.file, edit: body.edit } };
      const answer = await fetch(path, send ? { method: "POST", headers: { "x-adem": "studio", "content-type": "application/json" }, body: JSON.stringify(send) } : {});
      bytes = (await answer.text()).length;
      if (!answer.ok) return answer.status;
    }
    return [(performance.now() - t0) / n, bytes];
  }, [what, n]);
  console.log(name, "ms, bytes", ms, "cpu ms", (cpu() - before) / n);
}
if (old) await time("old pause", "old"); else { await time("pause", "pause"); await time("word", "word"); await time("length", "length"); }
await time("sheet", "sheet"); await time("lengths", "lengths", 5);
await time("problems", "problems", 1);
await browser.close();
await studio.end("SIGTERM");
