#!/usr/bin/env python3
"""Makes docs/performance.md and its picture of a log that benches/compare.py wrote.

    python3 benches/page.py LOG

Needs matplotlib. The same log makes the same page.
"""

import json
import sys
from pathlib import Path
from statistics import median

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/performance.md"
PICTURE = ROOT / "docs/pictures/performance.svg"
NAMES = {
    "ours": "adem",
    "csound": "Csound, then ffmpeg",
    "ffmpeg": "ffmpeg, clips in a row",
    "ffmpeg-amix": "ffmpeg, amix",
    "ffmpeg-par": "ffmpeg, flac and lame side by side",
}
COLOURS = {"ours": "#1b7f79", "csound": "#b5651d", "ffmpeg": "#5b5ea6", "ffmpeg-amix": "#a23b72"}
MINUTES = {"m3": 3, "m10": 10, "m20": 20, "m45": 45, "m120": 120}
CLIPS = {"c50": 50, "c200": 200, "c1000": 1000}
PEERS = ["csound", "ffmpeg", "ffmpeg-par"]


class Log:
    """The lines of a log: those of bench.py have a peer, those of compare.py a kind."""

    def __init__(self, path):
        self.lines = [json.loads(line) for line in Path(path).read_text().splitlines()]
        failed = [line for line in self.lines if line.get("ok") is False]
        assert not failed, failed

    def runs(self, name, peer, mode="wav"):
        wanted = {"set": name, "peer": peer, "mode": mode}
        return [line for line in self.lines if wanted.items() <= line.items()]

    def of(self, name, peer, what, mode="wav"):
        return median(run[what] for run in self.runs(name, peer, mode))

    def best(self, name, what, mode="wav"):
        return min(self.of(name, peer, what, mode) for peer in PEERS if self.runs(name, peer, mode))

    def kind(self, kind, **wanted):
        return [line for line in self.lines if {"kind": kind, **wanted}.items() <= line.items()]

    def median(self, kind, what, **wanted):
        return median(line[what] for line in self.kind(kind, **wanted))


def targets(log):
    """The targets: what is compared, the result, how it is printed, its direction, and the required and the aimed value."""
    ours = lambda name, what, mode="wav": log.of(name, "ours", what, mode)
    every = [line["rss"] for line in log.lines if line.get("peer") == "ours"]
    written = log.kind("written")[0]
    memory = max(ours("m120", "rss") / ours("m3", "rss"), ours("c1000", "rss") / ours("c50", "rss"))
    exact = log.kind("exactness")
    loudness = max(abs(line["loudness"] + 18) for line in exact)
    flac = log.median("format", "cpu", format="flac", threads=1)
    times, share, least, most = "{:.1f} ×", "{:.2f} ×", "≥", "≤"
    return [
        ("20 minutes, cpu: best peer / adem", log.best("m20", "cpu") / ours("m20", "cpu"), times, least, 3, 6),
        ("20 minutes, wall: best peer / adem", log.best("m20", "wall") / ours("m20", "wall"), times, least, 4, 9),
        ("120 minutes, cpu: ffmpeg / adem", log.of("m120", "ffmpeg", "cpu") / ours("m120", "cpu"), times, least, 8, 15),
        ("200 clips, cpu: ffmpeg amix / adem", log.of("c200", "ffmpeg-amix", "cpu") / ours("c200", "cpu"), times, least, 15, 30),
        ("cpu of 120 minutes / 10 minutes", ours("m120", "cpu") / ours("m10", "cpu"), times, most, 13, 12.2),
        ("cpu of 1000 clips / 200 clips, as many seconds", ours("c1000", "cpu") / ours("c200", "cpu"), share, most, 1.15, 1.05),
        ("peak memory, any set", max(every), "{:.0f} MiB", most, 48, 24),
        ("peak memory, 120 / 3 minutes and 1000 / 50 clips", memory, share, most, 1.25, 1.05),
        ("bytes written beside the file, 20 minutes", written["written"] - written["file"], "{} (messages)", most, 4096, 0),
        ("first byte, 45 minutes: best peer / adem", log.best("m45", "ttfb") / ours("m45", "ttfb"), times, least, 6, 15),
        ("first sound, speech anchor, clips prepared", 1000 * log.median("first audio", "seconds", set="m20"), "{:.0f} ms", most, 100, 30),
        ("WAV, FLAC and MP3, cpu: adem / best peer", ours("m20", "cpu", "all") / log.best("m20", "cpu", "all"), share, most, 1.3, 0.8),
        ("WAV, FLAC and MP3, wall: adem / best peer", ours("m20", "wall", "all") / log.best("m20", "wall", "all"), share, most, 0.8, 0.5),
        ("residual to the reference before the limiter", max(line["residual"] for line in exact), "{:.0f} dB", most, -90, -110),
        ("error of the loudness", loudness, "{:.3f} LU", most, 0.1, 0.05),
        ("a whole render to FLAC, cpu: adem / flac of its sound", flac / log.median("floor", "cpu", format="flac"), share, most, 1.2, 1.0),
    ]


def target_rows(log):
    for number, (what, reached, show, sign, must, aim) in enumerate(targets(log), 1):
        within = lambda bound: reached >= bound if sign == "≥" else reached <= bound
        verdict = "aim" if within(aim) else "yes" if within(must) else "**no**"
        yield f"| {number} | {what} | **{show.format(reached)}** | {sign} {must} | {sign} {aim} | {verdict} |"


def set_rows(log, names, peers, mode="wav"):
    for name in names:
        for peer in peers:
            runs = log.runs(name, peer, mode)
            if not runs:
                continue
            of = lambda what: log.of(name, peer, what, mode)
            work = f"{MINUTES[name]} minutes" if name in MINUTES else f"20 minutes, {CLIPS[name]} clips"
            first = f"{of('ttfb'):.2f}" if mode == "wav" else ""
            shown = "**adem**" if peer == "ours" else NAMES[peer]
            yield (
                f"| {work if peer == 'ours' else ''} | {shown} | {len(runs)} | {of('cpu'):.2f} | {of('wall'):.2f} "
                f"| {runs[0]['dur'] / of('cpu'):.0f} | {of('rss'):.0f} | {first} |"
            )


def format_rows(log):
    """What an hour costs, from what 3 minutes cost."""
    for format in ["wav", "flac", "mp3", "opus", "ogg"]:
        of = lambda what, threads: log.median("format", what, format=format, threads=threads)
        alone = log.kind("floor", format="copy" if format == "wav" else format)
        floor = f"{20 * median(line['cpu'] for line in alone):.1f}" if alone else "–"
        yield (
            f"| {format} | {20 * of('cpu', 1):.1f} | {20 * of('wall', 1):.1f} | {20 * of('wall', 2):.1f} "
            f"| {180 / of('wall', 2):.0f} | {floor} | {max(of('memory', 1), of('memory', 2)):.0f} |"
        )


def picture(log):
    plt.rcParams.update({"svg.hashsalt": "adem", "font.size": 10, "axes.spines.top": False, "axes.spines.right": False})
    figure, (length, clips) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for axes, names, title in [(length, MINUTES, "minutes of sound"), (clips, CLIPS, "clips in 20 minutes")]:
        for peer, colour in COLOURS.items():
            points = [(x, log.of(name, peer, "cpu")) for name, x in names.items() if log.runs(name, peer)]
            if points:
                axes.plot(*zip(*points), "o-", color=colour, label=NAMES[peer], linewidth=2 if peer == "ours" else 1.2)
        axes.set(xscale="log", yscale="log", xlabel=title, ylabel="cpu seconds")
        axes.set_xticks(list(names.values()), [str(x) for x in names.values()])
        axes.minorticks_off()
        axes.grid(alpha=0.25)
    figure.legend(*clips.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    figure.savefig(PICTURE, metadata={"Date": None})


def by_hand():
    """What was measured in other ways, and is written by hand between two headings of the page."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    begin, end = text.find("\n## Building\n"), text.find("\n## Limits\n")
    return text[begin + 1 : end + 1] if 0 <= begin < end else ""


def page(log):
    machine = log.kind("machine")[0]
    loads = [line["load"] for line in log.lines if "load" in line]
    rounds = min(len(log.runs(name, "ours")) for name in [*MINUTES, *CLIPS])
    gigabytes = log.kind("written")[0]["file"] / log.median("floor", "wall", format="copy") / 1e9
    lines = lambda rows: "\n".join(rows)
    return f"""\
# Performance

The same work with adem and with other programs: a voice, a bed and cues mixed on exact frames, ducked, brought to −18 LUFS
and under −1 dBTP, written as a 24-bit WAV at 48 kHz. Each program gets the same clips; an independent check (length,
loudness, true peak, place of the clips, depth of the duck, level of the bed) accepts each result.

Measured on {machine['date']} with adem {machine['version']}: {machine['cores']} cores of an {machine['processor']}, {machine['system']}, release
build, cache off. Medians of {rounds} rounds; in each round every program ran once, one after the other. The
median load of the machine before a run, including the programs measured before it, was {median(loads):.1f}.

![cpu seconds against length and against clips](pictures/performance.svg)

## Targets

| | compared in one run | result | required | aim | met |
|---|---|---|---|---|---|
{lines(target_rows(log))}

The best peer is the cheapest of those in the tables below. Line 9 counts all bytes that the program writes, minus the file.

## Comparison

| work | program | rounds | cpu s | wall s | × realtime per cpu s | peak MiB | first byte s |
|---|---|---|---|---|---|---|---|
{lines(set_rows(log, MINUTES, COLOURS))}
{lines(set_rows(log, CLIPS, COLOURS))}

WAV, FLAC (level 5) and MP3 (192 kb/s) of one mix:

| work | program | rounds | cpu s | wall s | × realtime per cpu s | peak MiB | |
|---|---|---|---|---|---|---|---|
{lines(set_rows(log, ["m20"], ["ours", "csound", "ffmpeg", "ffmpeg-par"], "all"))}

{by_hand()}## Limits

The cost of an hour of sound in each format, computed from 3 minutes, including the verification of encoded files. The floor
is the cpu time of flac, lame or opusenc alone for the same sound, and for WAV that of copying the file.

| format | cpu s, one thread | wall s, one thread | wall s, two threads | × realtime, two threads | floor, cpu s | peak MiB |
|---|---|---|---|---|---|---|
{lines(format_rows(log))}

- **WAV** is limited by the system: copying a file of that size runs at {gigabytes:.1f} GB a second here, and a third of the time of a
  render is spent in the kernel, reading the bed and writing the file. The largest part of the rest is the loudness
  filter, which is recursive. Two stretches of a sound filtered side by side were tried, the second warmed up before it: 3.4 ns
  a frame where one after another costs 3.1 ns, as left and right fill the registers of two numbers already (with
  registers of four numbers it would be 1.9 ns for 2.5 ns).
- **Lossy formats** are limited by the encoder: one stream of LAME or Opus is one serial thread. Several tracks at a time use
  all cores.
- **Memory** does not grow with length or clips; it holds the windows being rendered, the clips near the current
  position and the queue of each encoder.

`benches/compare.py` runs the comparison and `benches/page.py` makes this page from its log. `cargo bench` measures the
kernels one by one, in multiples of realtime.
"""


def main():
    log = Log(sys.argv[1])
    picture(log)
    PAGE.write_text(page(log), encoding="utf-8")


if __name__ == "__main__":
    main()
