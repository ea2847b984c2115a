#!/usr/bin/env python3
"""Draws docs/pictures/voice.png: a phrase from a poor room before the voice chain, after its filters, and after all of it.

    cargo build --release
    python3 docs/voice-pictures.py
    python3 docs/voice-pictures.py FOLDER    a person instead, as docs/pictures/reader.png, and figures of three readers

FOLDER holds folders of recordings: ljspeech, kerstin and css10. Needs numpy and matplotlib, and espeak-ng or FOLDER.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
ADEM = Path(os.environ.get("ADEM", ROOT / "target" / "release" / "adem"))
SAY = "Sit down softly. Let the stillness of this place come closer."
NONE = "rumble = 0, clicks = false, tone = 0, sibilance = 0, breath = 0, peaks = 0, room = false"
CHAINS = {
    "Before: every stage at nought": f"{{ {NONE} }}",
    "rumble and clicks": "{ tone = 0, sibilance = 0, breath = 0, peaks = 0, room = false }",
    'After: chain = "speech"': '"speech"',
}


def read(path):
    """Rate and left channel of a WAV file of 16 or 24 bits."""
    with wave.open(str(path)) as file:
        width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
        data = np.frombuffer(file.readframes(file.getnframes()), np.uint8).reshape(-1, channels, width)[:, 0]
    words = np.zeros((len(data), 4), np.uint8)
    words[:, 4 - width :] = data
    return rate, words.view("<i4")[:, 0] / 2.0**31


def recording(folder):
    """The spoken phrase with rumble at 45 Hz, hiss, a breath in its pause, and a click."""
    spoken = folder / "spoken.wav"
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "130", "-w", spoken, "--", SAY], check=True)
    rate, voice = read(spoken)
    lead, random = int(0.9 * rate), np.random.default_rng(1)
    whole = np.concatenate([np.zeros(lead), 0.7 * voice, np.zeros(lead)])
    quiet = np.convolve(np.abs(voice), np.ones(rate // 4), "same")[rate : len(voice) - rate]
    pause = lead + rate + int(np.argmin(quiet))
    whole += 0.01 * np.sin(2 * np.pi * 45 * np.arange(len(whole)) / rate)
    whole += 0.0004 * random.standard_normal(len(whole))
    breath = 0.006 * random.standard_normal(int(0.45 * rate)) * np.hanning(int(0.45 * rate))
    whole[int(0.2 * rate) : int(0.2 * rate) + len(breath)] += breath
    whole[pause] += 0.3
    with wave.open(str(folder / "voice/en/demo/demo/say.wav"), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes((np.clip(whole, -1, 1) * 32_767).astype("<i2").tobytes())


def rendered(folder, chain, kind):
    """The voice stem of a render with this chain."""
    describe = f'name = "Demo"\nkind = "{kind}"\ncredit = "Demo"\nlicence = "CC0-1.0"\n'
    (folder / "voice/en/demo/voice.toml").write_text(f"{describe}chain = {chain}\n")
    command = [ADEM, "render", "demo", "--length", "natural", "--mix", "voice", "--format", "wav16", "-o", "out.wav"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env={**os.environ, "ADEM_CACHE": "off"})
    return read(folder / "out.wav")


def course(folder, phrases):
    """A course of these phrases, without recordings yet."""
    (folder / "voice/en/demo/demo").mkdir(parents=True)
    (folder / "scripts").mkdir()
    (folder / "course.toml").write_text('title = "Demo"\nlanguages = ["en"]\nvoices = { en = "demo" }\n')
    steps = "".join(f'  {{ say = "Phrase {phrase}.", id = "{phrase}", pause = 1 }},\n' for phrase in phrases)
    (folder / "scripts/demo.toml").write_text(f'language = "en"\ntitle = "Demo"\n\n[[part]]\nsteps = [\n{steps}]\n')


def figures(files):
    """The effect of the chain on the recordings of a reader: the least, median and most of each figure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        phrases = {f"p{index}": file for index, file in enumerate(files)}
        course(folder, phrases)
        for phrase, file in phrases.items():
            shutil.copy(file, folder / f"voice/en/demo/demo/{phrase}{file.suffix}")
        about = 'name = "Demo"\nkind = "human"\ncredit = "Demo"\nlicence = "CC0-1.0"\n'
        (folder / "voice/en/demo/voice.toml").write_text(about)
        command = [ADEM, "plan", "demo", "--clips", "--json"]
        told = subprocess.run(command, cwd=folder, check=True, capture_output=True, env={**os.environ, "ADEM_CACHE": "off"})
    clips = json.loads(told.stdout)["clips"]
    cells = []
    for name in ("noise_under_voice_db", "rumble_db", "clicks", "sibilance_db", "breath_db", "level_db"):
        values = sorted(clip[name] for clip in clips if clip[name] is not None)
        whole = name == "clicks"
        cells.append(" / ".join(f"{values[at]:.0f}" if whole else f"{values[at]:.1f}" for at in (0, len(values) // 2, -1)))
    return f"| {len(clips)} | {' | '.join(cells)} |"


def main():
    folder_of_readers = Path(sys.argv[1]) if sys.argv[1:] else None
    if folder_of_readers:
        for reader in ("ljspeech", "kerstin", "css10"):
            print(f"| {reader} {figures(sorted((folder_of_readers / reader).glob('*.flac')))}")
    picture, kind = ("reader.png", "human") if folder_of_readers else ("voice.png", "synthetic")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        course(folder, ["say"])
        if folder_of_readers:
            shutil.copy(folder_of_readers / "ljspeech/LJ001-0001.flac", folder / "voice/en/demo/demo/say.flac")
        else:
            recording(folder)
        figure, axes = plt.subplots(6, 1, figsize=(9, 9), height_ratios=[1, 2] * 3, constrained_layout=True)
        for (title, chain), above, below in zip(CHAINS.items(), axes[::2], axes[1::2]):
            rate, sound = rendered(folder, chain, kind)
            sound = sound[: int(7.5 * rate)] + 1e-9 * np.random.default_rng(2).standard_normal(int(7.5 * rate))[: len(sound)]
            above.plot(np.arange(len(sound)) / rate, sound, linewidth=0.3)
            above.set(title=title, xlim=(0, len(sound) / rate), ylim=(-1, 1), xticks=[])
            below.specgram(sound, NFFT=1024, Fs=rate, noverlap=512, vmin=-150, vmax=-50, cmap="magma")
            below.set(ylim=(0, 11_000), ylabel="Hz")
        figure.savefig(folder / "voice.png", dpi=72)
        (ROOT / "docs/pictures").mkdir(exist_ok=True)
        few = Image.open(folder / "voice.png").convert("RGB").quantize(24, dither=Image.Dither.NONE)
        few.save(ROOT / "docs/pictures" / picture, optimize=True)


if __name__ == "__main__":
    main()
