#!/usr/bin/env python3
"""Turns a set of the benchmark into a course folder, to the frame.

  course_from_set.py SET_DIR COURSE_DIR

Every clip starts at exactly its at_ms, the track lasts exactly its duration_ms, and nothing in the script is
elastic: the silences between the clips are written as decimal seconds that round to the wanted frames. The audio
is linked, not copied. COURSE_DIR is made anew each time. Standard library only.
"""
import json
import shutil
import sys
from pathlib import Path

NANOS = 1_000_000_000


def frames_of_clip(samples, rate, render_rate):
    """A clip lasts as many frames as it takes to hold all of it."""
    return -(-samples * render_rate // rate)


def seconds(frames, rate):
    """Decimal seconds, to the nanosecond, that adem rounds to exactly these frames."""
    nanos = (2 * frames * NANOS + rate) // (2 * rate)
    assert (2 * nanos * rate + NANOS) // (2 * NANOS) == frames, frames
    return decimal(nanos)


def decimal(nanos):
    text = f"{nanos // NANOS}.{nanos % NANOS:09d}"
    return text.rstrip("0").rstrip(".")


def milliseconds(count):
    """A number of milliseconds as a script writes it."""
    return f'"{decimal(count * 1_000_000)}s"'


def gaps(js):
    """The frames of silence before the first clip, after each clip but the last, and after the last."""
    rate = js["sample_rate"]
    found, end = [], 0
    for clip in js["voice"]:
        start = clip["at_ms"] * rate // 1000
        assert start * 1000 == clip["at_ms"] * rate, "a clip starts at a whole frame"
        assert start >= end, f"{clip['file']} starts before the clip ahead of it has ended"
        found.append(start - end)
        end = start + frames_of_clip(clip["samples"], clip["sr"], rate)
    total = js["duration_ms"] * rate // 1000
    assert total >= end, "the last clip ends within the track"
    return found + [total - end]


def script(js, title):
    head, *between, tail = (seconds(gap, js["sample_rate"]) for gap in gaps(js))
    length = milliseconds(js["duration_ms"])
    duck = js["duck"]
    lead, rise = decimal(duck["attack_ms"] * 1_000_000), decimal(duck["release_ms"] * 1_000_000)
    lines = [
        "track = 1",
        'language = "en"',
        f'title = "{title}"',
        'levels = ["full"]',
        f"head = {{ fixed = {head} }}",
        f"tail = {{ fixed = {tail} }}",
        f"length = {{ usual = {length}, least = {length}, most = {length} }}",
        f'bed = {{ use = "bed", gain = 0, fade_in = 0, fade_out = 0, duck = {{ lead = {lead}, fall = {lead}, '
        f'hold = 0, rise = {rise}, depth = {-duck["depth_db"]}, shape = "linear" }} }}',
    ]
    for cue in js["cues"]:
        at, bell = milliseconds(cue["at_ms"]), Path(cue["file"]).stem
        lines += ["", "[[cue]]", f"at = {at}", f'bell = "{bell}"', "over = true"]
    lines += ["", "[[part]]", f'title = "{title}"', "steps = ["]
    for clip, pause in zip(js["voice"], [*between, "0"]):
        name = Path(clip["file"]).stem
        lines.append(f'  {{ say = "Phrase {name}.", id = "{name}", pause = {{ fixed = {pause} }} }},')
    return "\n".join([*lines, "]", ""])


def course(js, title):
    return f"""\
title = "{title}"
languages = ["en"]
voices = {{ en = "bench" }}

[defaults]
preset = "bench"

[presets.bench]
anchor = "integrated"
target = {js["target"]["lufs"]}
ceiling = {js["target"]["dbtp"]}
format = "wav24"
"""


VOICE = """\
name = "Bench"
kind = "synthetic"
credit = "made by the benchmark"
licence = "CC0-1.0"
chain = "off"
"""


def bed(js):
    crossfade = decimal(js["bed"]["crossfade_ms"] * 1_000_000)
    return f"""\
title = "Bed"
credit = "made by the benchmark"
licence = "CC0-1.0"

[[layer]]
file = "bed.wav"
crossfade = {crossfade}
gain = 0
"""


def bell(name):
    return f"""\
title = "{name.capitalize()}"
credit = "made by the benchmark"
licence = "CC0-1.0"
file = "{name}.wav"
gain = 0
"""


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main(source, target):
    source = source.resolve()
    js = json.loads((source / "script.json").read_text(encoding="utf-8"))
    title = f"Benchmark {source.name}"
    shutil.rmtree(target, ignore_errors=True)

    write(target / "course.toml", course(js, title))
    write(target / "scripts/bench.toml", script(js, title))
    write(target / "ambience/bed.toml", bed(js))
    (target / "ambience/bed.wav").symlink_to(source / js["bed"]["file"])
    for name in ("bell", "tone"):
        write(target / f"ambience/bells/{name}.toml", bell(name))
        (target / f"ambience/bells/{name}.wav").symlink_to(source / f"{name}.wav")

    write(target / "voice/en/bench/voice.toml", VOICE)
    # One link for the folder of all clips: a link for each would cost more than some renders.
    (folder,) = {Path(clip["file"]).parent for clip in js["voice"]}
    (target / "voice/en/bench/bench").symlink_to(source / folder)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
