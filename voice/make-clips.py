#!/usr/bin/env python3
"""Speak every phrase of the course with a machine, one clip a phrase.

Reads scripts/*.toml, scripts/fragments/*.toml and scripts/po/<language>.po and writes
voice/<language>/<voice>/<script or fragment>/<phrase>.ogg, mono, 48 kHz.

    voice/engines/install.py hibari kokoro    once: installs the engines that speak
    voice/make-clips.py                  make what is missing or changed
    voice/make-clips.py --only 'nl/*'    only clips whose <language>/<voice>/<file>/<phrase> matches
    voice/make-clips.py --all            make everything again

The same texts and the same programs give the same bytes. Each clip carries the hash of its recipe
(text, voice, treatment) in its tags, which is how a changed text is found.
"""

import argparse
import array
import fnmatch
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import wave
from pathlib import Path

COURSE = Path(__file__).resolve().parent.parent

sys.dont_write_bytecode = True
sys.path.insert(0, str(COURSE / "voice" / "engines"))
import install  # noqa: E402, beside the engines

# How each synthetic voice is spoken: the arguments of engines/speak.py, and words that the engine says better when they are
# spelt in another way, found with check-clips.py. The scripts keep their spelling.
VOICES = {
    "nl/duif": {
        "speak": ["kokoro", "if_sara", "nl", "0.85"],
        "respelt": {},
        "credit": "kokoro 0.1.0, voice if_sara",
    },
    "de/meise": {
        "speak": ["kokoro", "if_sara", "de", "0.85"],
        "respelt": {},
        "credit": "kokoro 0.1.0, voice if_sara",
    },
    "en/wren": {
        "speak": ["hibari", "heart", "en", "0.85"],
        "respelt": {},
        "credit": "hibari 0.2.1, voice heart",
    },
}

# Nothing but what lies under the lowest voice: these engines need no other correction.
TONE = ["highpass", "60"]
RATE = 48_000
BAR_SECONDS = 0.45   # near silence at each `|`, so that the clip can be cut there
HEAD_SECONDS = 0.10  # silence before the first sound
TAIL_SECONDS = 0.30  # room after the last one
TARGET_LUFS = -23.0  # counted as sent equally to left and right
PEAK_DBFS = -6.0     # the encoded clip stays under it
VORBIS_QUALITY = "3"
PROGRAMS = {"espeak-ng": "espeak-ng", "sox": "sox", "ffmpeg": "ffmpeg", "ffprobe": "ffmpeg"}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--all", action="store_true", help="make every clip again")
    options.add_argument("--only", metavar="GLOB", default="*", help="only these, as <language>/<voice>/<file>/<phrase>")
    options = options.parse_args()
    require_programs()
    wanted, kept = {}, 0
    for name, voice, text in clips():
        if not fnmatch.fnmatch(name, options.only):
            continue
        if not text:
            print(f"{name}: not translated yet; left out", file=sys.stderr)
            continue
        path = COURSE / "voice" / f"{name}.ogg"
        recipe = recipe_hash(voice, text)
        if not options.all and recipe_of(path) == recipe:
            kept += 1
        else:
            wanted.setdefault(voice, []).append((path, text, recipe))
    for voice, those in wanted.items():
        make_clips(voice, those)
    print(f"{sum(map(len, wanted.values()))} made, {kept} kept", file=sys.stderr)


def require_programs():
    missing = sorted({package for program, package in PROGRAMS.items() if not shutil.which(program)})
    if missing:
        sys.exit(f"These programs are not installed. On Debian or Ubuntu: apt install {' '.join(missing)}")


# What is to be spoken.

def clips():
    """Every clip of the course: <language>/<voice>/<file>/<phrase>, <language>/<voice>, text (none: not translated)."""
    course = tomllib.loads((COURSE / "course.toml").read_text(encoding="utf-8"))
    for language in course["languages"]:
        voice = f"{language}/{course['voices'][language]}"
        if voice not in VOICES:
            print(f"{voice}: no command for this voice in make-clips.py; left alone", file=sys.stderr)
            continue
        translations = read_po(COURSE / "scripts" / "po" / f"{language}.po")
        for file, source, phrase, text in phrases():
            if language != source:
                text = translations.get((f"{file}/{phrase}", text))
            yield f"{voice}/{file}/{phrase}", voice, text


def phrases():
    """Every phrase of every script and fragment: file, source language, phrase id, text."""
    scripts = COURSE / "scripts"
    for path in sorted(scripts.glob("*.toml")) + sorted(scripts.glob("fragments/*.toml")):
        script = tomllib.loads(path.read_text(encoding="utf-8"))
        for steps in [part.get("steps", []) for part in script.get("part", [])] + [script.get("steps", [])]:
            for step in says(steps):
                yield path.stem, script["language"], step["id"], step["say"]


def says(steps):
    """The steps that speak, those inside other steps too."""
    for step in steps:
        if "say" in step:
            yield step
        yield from says(step.get("steps", []) + step.get("together", []) + step.get("rotate", []))


def read_po(path):
    """The translations of a PO file by (msgctxt, msgid); nothing where there is no file."""
    if not path.exists():
        return {}
    entries, entry, field = {}, {}, None
    for line in path.read_text(encoding="utf-8").splitlines() + [""]:
        found = re.match(r'(msgctxt|msgid|msgstr)?\s*(".*")$', line.strip())
        if not found:
            # A blank line or a comment: whatever was being read is whole.
            field = None
            continue
        if found[1]:
            field = found[1]
            if field == "msgctxt" or (field == "msgid" and "msgid" in entry):
                entry = {}
            entry[field] = ""
        entry[field] += json.loads(found[2])
        if field == "msgstr":
            entries[entry.get("msgctxt", ""), entry["msgid"]] = entry["msgstr"]
    return entries


# How it is spoken.

def make_clips(name, clips):
    """Speaks these texts in one run of the engine and writes the treated clips."""
    voice = VOICES[name]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        spoken = [[(folder / f"{clip}-{piece}.wav", words) for piece, words in enumerate(pieces(voice, text))]
                  for clip, (_, text, _) in enumerate(clips)]
        synthesise(voice, [piece for clip in spoken for piece in clip])
        for (path, _, recipe), clip in zip(clips, spoken):
            dry, wet, done = folder / "dry.wav", folder / "wet.wav", folder / path.name
            join([out for out, _ in clip], dry)
            # 24 bits inside and no dither (-D), which would be random.
            run("sox", dry, "-D", "-r", RATE, "-b", 24, wet, "gain", "-8", *TONE, "fade", "t", "0.02", "-0", "0.08")
            encode(wet, gain_for(wet), voice["credit"], recipe, done)
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(done, path)
            print(path.relative_to(COURSE))


def pieces(voice, text):
    """What the engine is given for a text: its halves apart where it has a bar, each word as the engine says it best."""
    halves = [half.strip() for half in text.split("|")]
    # A comma keeps the melody up at a bar, so that the halves still belong together.
    spoken = [half if half[-1] in ",.?!…:;" else half + ("," if half is not halves[-1] else ".") for half in halves]
    return [respelt(voice, half) for half in spoken]


def respelt(voice, text):
    """The text with the words, or the whole text, that the engine says better in another spelling."""
    if text in voice["respelt"]:
        return voice["respelt"][text]
    return re.sub(r"\w+", lambda word: voice["respelt"].get(word[0], word[0]), text)


def synthesise(voice, pieces):
    """Speaks every piece into its file, with one thread."""
    engine, *how = voice["speak"]
    folder = install.folder() / engine
    if not (folder / "engine.json").exists():
        sys.exit(f"{engine} is not installed: voice/engines/install.py {engine}")
    list_of = "".join(f"{out}\t{words}\n" for out, words in pieces)
    done = subprocess.run([install.python(folder), folder / "speak.py", engine, *how], input=list_of, text=True, check=False)
    if done.returncode:
        sys.exit(f"{engine} failed")


def join(pieces, out):
    """Joins what was spoken to one file, 16-bit mono at the engine's own rate."""
    samples, rate = array.array("h"), None
    for index, piece in enumerate(pieces):
        sound, rate = speech(piece)
        gap = BAR_SECONDS if index else HEAD_SECONDS
        samples.extend([0] * round(gap * rate))
        samples.extend(sound)
    samples.extend([0] * round(TAIL_SECONDS * rate))
    with wave.open(str(out), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(samples.tobytes())


def speech(path):
    """The samples of one stretch of speech without the silence around it, and their rate."""
    with wave.open(str(path)) as file:
        rate = file.getframerate()
        samples = array.array("h", file.readframes(file.getnframes()))
    # Speech is what lies within 45 dB of the loudest sample, and 15 ms on either side of it.
    floor = max(map(abs, samples)) * 10 ** (-45 / 20)
    loud = [index for index, sample in enumerate(samples) if abs(sample) > floor]
    margin = round(0.015 * rate)
    return samples[max(0, loud[0] - margin):loud[-1] + margin], rate


def gain_for(wav):
    """The gain in dB that brings a clip to the target loudness, or less where its peak would be too high."""
    report = run("ffmpeg", "-nostats", "-i", wav, "-af", "ebur128=dualmono=true:peak=sample", "-f", "null", "-")
    summary = report[report.rindex("Summary:"):]
    loudness = float(re.search(r"I:\s+(\S+) LUFS", summary)[1])
    peak = float(re.search(r"Peak:\s+(\S+) dBFS", summary)[1])
    # Vorbis may raise a peak a little; half a decibel is kept for that.
    return min(TARGET_LUFS - loudness, PEAK_DBFS - 0.5 - peak)


def encode(wav, gain, credit, recipe, out):
    run("ffmpeg", "-y", "-i", wav, "-af", f"volume={gain:.2f}dB:precision=float", "-ac", 1, "-ar", RATE,
        "-c:a", "libvorbis", "-q:a", VORBIS_QUALITY, "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact",
        "-serial_offset", 1, "-metadata", f"comment=Synthetic voice: {credit}", "-metadata", f"recipe={recipe}", out)


def recipe_hash(name, text):
    """Changes whenever the clip would: the words as they are spoken, the voice and the treatment."""
    voice = VOICES[name]
    speech = install.ENGINES[voice["speak"][0]]
    treatment = [TONE, RATE, BAR_SECONDS, HEAD_SECONDS, TAIL_SECONDS, TARGET_LUFS, PEAK_DBFS, VORBIS_QUALITY]
    recipe = [pieces(voice, text), voice["speak"], speech, voice["credit"], treatment]
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]


def recipe_of(path):
    """The recipe that a clip was made by, None where there is no clip."""
    if not path.exists():
        return None
    report = run("ffprobe", "-v", "error", "-show_entries", "stream_tags:format_tags", "-of", "json", path)
    found = re.search(r'"recipe": "(\w+)"', report, re.IGNORECASE)
    return found and found[1]


def run(*command):
    """Runs an outside program; what it said, or the end of this one with its last words."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stderr[-2000:]}")
    return done.stdout + done.stderr


if __name__ == "__main__":
    main()
