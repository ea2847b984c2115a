// Renders the version that is shown, or builds a delivery, with its progress: how much of the whole, of each file, the time that is
// left as far as it is known, what went wrong with a place to go to, and what was made to download.

import { get, post, toldProblem } from "../api.js";
import { fill, h, switchOff } from "../dom.js";
import { listen } from "../line.js";
import { wrongWords } from "../mend.js";
import { number, say, time } from "../words.js";

/** The most files that are listed for download; the others are in the folder. */
const LISTED = 60;
const CHOSEN = "adem-studio-formats";
/** What is heard comes first in the list; its chapters, subtitles and reports come after it. */
const isSound = ({ name }) => /\.(wav|flac|mp3|opus|m4a)$/.test(name);

/** `on` has `version()`, the pairs of the address of the version that is shown, `script()`, and `go`, which leads to a place. */
export function makeMaking(on) {
  const formats = h("div", { class: "formats row", role: "group", "aria-label": say("making.formats") });
  const render = h("button", { type: "button", class: "main", onclick: startRender }, say("making.render"));
  const none = h("span", { class: "soft", role: "status" });
  const delivery = h("select", { "aria-label": say("making.delivery") });
  const build = h("button", { type: "button", onclick: () => start("/studio/making/build", { delivery: delivery.value }) }, say("making.build"));
  const builds = h("div", { class: "row" }, h("label", {}, h("span", {}, say("making.delivery")), delivery), build);
  const page = h("p", {}, h("a", { href: "/studio/site/", target: "_blank", rel: "noopener" }, say("making.page")));
  const problem = h("p", { class: "wrong", role: "alert" });
  const headline = h("p", { role: "status", "aria-live": "polite" });
  const whole = h("progress", { max: 1, "aria-label": say("making.whole") });
  const detail = h("p", { class: "soft" });
  const stop = h("button", { type: "button", onclick: () => post("/studio/making/stop").catch(() => {}) }, say("making.stop"));
  const running = h("div", { class: "running" }, h("div", { class: "row" }, whole, stop), detail);
  const files = h("ul", { class: "making-files" });
  const wrong = h("ul", { class: "problems" });
  const made = h("ul", { class: "made" });
  const element = h("details", { class: "card making" }, h("summary", {}, h("h2", {}, say("making.title"))),
    h("div", { class: "row choices" }, formats, render, none), builds, problem, headline, running, files, wrong, made, page);
  let job = null;
  let listed = "";
  let said = "";

  const chosen = () => (localStorage.getItem(CHOSEN) ?? "wav24").split(",");

  async function look() {
    try {
      const state = await get("/studio/making");
      const wanted = chosen();
      fill(formats, state.formats.map(({ id, ending }) => h("label", { class: "check" },
        h("input", { type: "checkbox", value: id, checked: wanted.includes(id), onchange: keep }), ending === "opus" ? "Opus" : ending.toUpperCase())));
      fill(delivery, state.deliveries.map((name) => h("option", { value: name }, name)));
      builds.hidden = state.deliveries.length === 0;
      page.hidden = !state.site;
      show(state.job);
    } catch (error) {
      fill(problem, error.told ?? String(error));
    }
  }

  const picked = () => [...formats.querySelectorAll("input:checked")].map((input) => input.value);

  function keep() {
    localStorage.setItem(CHOSEN, picked().join(","));
    enable();
  }

  function enable() {
    const busy = job?.running === true;
    const isNone = picked().length === 0;
    switchOff(render, busy || isNone);
    switchOff(build, busy);
    fill(none, isNone ? say("refused.no-formats") : "");
  }

  function startRender() {
    start(`/studio/making/render?${on.version()}`, { script: on.script(), formats: picked() });
  }

  async function start(path, body) {
    fill(problem);
    element.open = true;
    try {
      show(await post(path, body));
    } catch (error) {
      fill(problem, error.told ?? String(error), places(error.problem?.errors ?? []));
    }
  }

  const size = (bytes) => (bytes < 1e6 ? `${number(Math.max(1, bytes / 1e3))} kB` : `${number(bytes / 1e6, 1)} MB`);

  function places(errors) {
    return errors.map((one) => {
      const { first, rest } = wrongWords(one);
      return h("span", { class: "place" }, " ", h("button", { type: "button", class: "link", onclick: () => on.go.to(one) }, `${one.file}:${one.line}`),
        " ", first, " ", h("span", { class: "soft" }, rest));
    });
  }

  /** What is being done now, in a line. */
  function doing() {
    const [n, of] = job.count ?? [0, 0];
    if (job.stopping && job.running) return say("making.stopping");
    if (job.phase === "comparing") return say("making.comparing", { n, of });
    if (job.phase === "decoding") return say("making.decoding", { n, of });
    if (job.phase === "drafting") return say("making.drafting", { n, of });
    if (job.phase === "measuring") return `${say("making.measuring")} · ${say("making.percent", { n: Math.floor(job.share * 100) })}`;
    if (job.phase === "rendering" && job.share >= 1) return say("making.finishing");
    if (job.phase === "rendering") return [say("making.percent", { n: Math.floor(job.share * 100) }), job.left === null ? null : say("making.left", { time: left(job.left) })].filter(Boolean).join(" · ");
    return say(`making.${job.phase}`);
  }

  /** A time that is left is told no more exactly than it is known. */
  function left(seconds) {
    if (seconds < 10) return say("making.moment");
    return seconds < 55 ? `${Math.ceil(seconds / 10) * 10} s` : time(Math.ceil(seconds / 30) * 30);
  }

  function show(fresh) {
    // An older one may come late.
    if (fresh && job && fresh.number < job.number) return;
    job = fresh;
    enable();
    for (const part of [headline, running, files, wrong, made]) part.hidden = !job;
    if (!job) return;
    running.hidden = !job.running;
    files.hidden = !job.running || job.files.length < 2;
    if (job.running) {
      if (["measuring", "rendering"].includes(job.phase) && job.share > 0) whole.value = job.share;
      else whole.removeAttribute("value");
      fill(detail, doing(), job.targets > 1 && job.kind === "build" ? ` · ${say("making.count", { n: job.finished, of: job.targets })}` : "");
      fill(files, job.files.filter((file) => file.state !== "done").slice(0, 12).map((file) => h("li", { class: file.state },
        h("progress", { max: 1, value: file.share, "aria-label": file.name }), h("span", {}, file.name), file.state === "failed" ? h("span", { class: "tag out" }, say("making.file.failed")) : null)));
    }
    const line = job.running ? say(`making.now.${job.kind}`, { name: job.name }) : say(`making.end.${job.phase}`, { name: job.name });
    if (line !== said) {
      said = line;
      fill(headline, h("b", {}, line), !job.running && job.current ? ` · ${say("making.current", { n: job.current })}` : "");
    }
    fill(wrong, job.problems.map((one) => h("li", { class: "error" }, h("p", {}, toldProblem(one)), h("p", {}, places(one.errors ?? [])))));
    wrong.hidden = job.problems.length === 0;
    made.hidden = job.made.length === 0;
    const names = job.made.map(({ address }) => address).join(" ");
    if (names === listed) return;
    listed = names;
    const rest = job.made.length - LISTED;
    const all = job.made.slice(0, LISTED);
    const link = (file) => h("li", {}, h("a", { href: file.address, download: file.name.split("/").at(-1) }, file.name), h("span", { class: "soft" }, ` ${size(file.bytes)}`));
    const beside = all.filter((file) => !isSound(file));
    fill(made, all.filter(isSound).map(link), beside.length ? h("li", {}, h("details", {}, h("summary", { class: "soft" }, say("making.beside", { n: beside.length })), h("ul", {}, beside.map(link)))) : null,
      rest > 0 ? h("li", { class: "soft" }, say("making.more", { n: rest })) : null);
  }

  const silence = listen(({ event, job: fresh }) => {
    if (event === "making") {
      show(fresh);
      if (!fresh.running) look();
    } else if (event === "lost" || event === "course") {
      look();
    }
  });
  look();
  return { element, close: silence };
}
