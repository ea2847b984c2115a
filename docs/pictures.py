#!/usr/bin/env python3
"""Analyses the beds and bells of this repository and draws the pictures of docs/beds.md and docs/bells.md.

    cargo build --release --example bed
    python3 docs/pictures.py                     a minute of every bed and each bell, as pictures in docs/pictures
    python3 docs/pictures.py --compare FOLDER    and curves of the recordings in FOLDER beside those of the beds
    python3 docs/pictures.py --hour              an hour of every bed, as figures in docs/pictures/hour.md
    python3 docs/pictures.py --hour FOLDER       and an hour of every recording in FOLDER, looped by itself

Needs numpy, scipy and matplotlib; --compare needs ffmpeg.
"""

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from scipy import signal

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "pictures"
PROGRAM = ROOT / "target" / "release" / "examples" / "bed"
RATE = 48_000
GRAIN = 1 << 18
# Recordings that some beds are compared with: file, credit.
RECORDINGS = {
    "zee": ("waves.ogg", "Luftrum, freesound 48412, CC BY"),
    "wind": ("wind.ogg", "felix.blume, freesound 217506, CC0"),
    "regen": ("rain.ogg", "alex36917, freesound 524605, CC BY"),
    "nacht": ("summer-night.ogg", "Lisa Redfern, soundbible 2083, public domain"),
    "vuur": ("fireplace.ogg", "ezwa, soundbible 1543, public domain"),
}
# Beds of which thirty seconds show too little: a roll of thunder comes once a minute, a bowl is touched four times.
SECONDS = {"onweer": 90, "klankschaal": 60}
# Beds without highs, and the highest frequency that is shown of them.
HIGHEST = {"tanpura": 8_000}
# The recording that the small bell is modelled on: file, seconds to its stroke, pitch in Hz, credit.
BELL = ("jetrye-bell-meditation.wav", 0.2025, 2_149.4, "JetRye, freesound 140128, CC0")


def made(kind, name, seconds, folder, course=ROOT):
    """Left and right of a bed or a bell, mapped from the file the example writes."""
    path = Path(folder) / f"{kind}-{name}.wav"
    subprocess.run([PROGRAM, course, name, str(seconds), path, kind], check=True, capture_output=True)
    with path.open("rb") as file:
        start = file.read(200).index(b"data") + 8
    return np.memmap(path, np.float32, "r", start).reshape(-1, 2)


def recorded(folder, file):
    """Left and right of a recording at the same rate."""
    command = ["ffmpeg", "-v", "error", "-i", Path(folder) / file, "-ar", str(RATE), "-ac", "2", "-f", "f32le", "-"]
    return np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, np.float32).reshape(-1, 2)


def spectrum(sound):
    """Power density in dB by thirds of octaves, normalised to the same total."""
    hz, power = signal.welch(sound[:, 0], RATE, nperseg=16_384)
    centres = 25 * 2 ** (np.arange(30) / 3)
    bands = [power[(hz >= c * 2 ** (-1 / 6)) & (hz < c * 2 ** (1 / 6))].mean() for c in centres]
    return centres, 10 * np.log10(np.array(bands) / np.mean(np.square(sound[:, 0])) + 1e-15)


def levels(sound, seconds=0.1):
    """The level of each section in dB."""
    hop = int(RATE * seconds)
    whole = sound[: len(sound) // hop * hop, 0].astype(float).reshape(-1, hop)
    return 10 * np.log10(np.mean(whole**2, axis=1) + 1e-15)


def modulation(sound):
    """The modulation spectrum: the power of the envelope by frequency, in dB relative to its mean."""
    hop = RATE // 100
    power = np.mean(sound[: len(sound) // hop * hop, 0].astype(float).reshape(-1, hop) ** 2, axis=1)
    envelope = np.sqrt(power)
    hz, density = signal.welch(envelope / envelope.mean(), 100, nperseg=min(2_048, len(envelope)))
    centres = 2.0 ** np.arange(-4, 6)
    bands = [(density * hz)[(hz >= c / 2**0.5) & (hz < c * 2**0.5)].mean() for c in centres]
    return centres, 10 * np.log10(np.array(bands) + 1e-12)


def portrait(sound, title, path, most=16_000):
    """Waveform and spectrogram."""
    figure, (wave, spectre) = plt.subplots(2, 1, figsize=(9, 4.2), height_ratios=[1, 2.2], sharex=True)
    time = np.arange(len(sound)) / RATE
    step = max(1, len(sound) // 3_000)
    size = min(4_096, max(512, len(sound) // 16))
    cut = sound[: len(sound) // step * step, 0].reshape(-1, step)
    wave.fill_between(time[::step][: len(cut)], cut.min(1), cut.max(1), lw=0.3, color="#33658a")
    wave.set_title(title, fontsize=10)
    hz, at, power = signal.spectrogram(sound.mean(1), RATE, nperseg=size, noverlap=size - max(size // 8, len(sound) // 900))
    keep = (hz >= 40) & (hz <= most)
    db = 10 * np.log10(power[keep] + 1e-16)
    top = np.percentile(db, 99.7)
    spectre.pcolormesh(at, hz[keep], db, vmin=top - 60, vmax=top, cmap="magma", shading="nearest", rasterized=True)
    spectre.set(yscale="log", ylabel="Hz", xlabel="s", ylim=(40, most))
    figure.tight_layout()
    save(figure, path)


def save(figure, path):
    """A small picture: few colours are enough."""
    figure.savefig(path, dpi=72)
    plt.close(figure)
    try:
        from PIL import Image

        Image.open(path).convert("P", palette=Image.Palette.ADAPTIVE, colors=64).save(path, optimize=True)
    except ImportError:
        pass


def comparison(name, bed, recording, credit):
    """Three curves of a bed and of a recording."""
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.2))
    for sound, label, colour in ((bed, f"adem, {name}", "#33658a"), (recording, f"recording ({credit})", "#d1603d")):
        axes[0].semilogx(*spectrum(sound), color=colour, label=label)
        spread = levels(sound) - np.median(levels(sound))
        axes[1].plot(np.sort(spread), np.linspace(0, 100, len(spread)), color=colour)
        axes[2].semilogx(*modulation(sound), color=colour)
    axes[0].set(title="density, dB", xlabel="Hz", ylim=(-100, -10))
    axes[1].set(title="levels of 0.1 s, % below", xlabel="dB from the median", xlim=(-20, 20))
    axes[2].set(title="movement of the envelope, dB", xlabel="times a second")
    for axis in axes:
        axis.grid(alpha=0.3)
        axis.title.set_fontsize(9)
    figure.legend(loc="lower center", ncols=2, fontsize=8, frameon=False)
    figure.tight_layout(rect=(0, 0.07, 1, 1))
    save(figure, OUT / f"compare-{name}.png")


def bells_compared(file, folder):
    """The spectrograms of the recorded bell and of a small bell of its pitch, and their densities over the first second."""
    _, stroke, pitch, credit = BELL
    recording = recorded(file.parent, file.name)[int(stroke * RATE) :, :]
    bells = Path(folder) / "course" / "ambience" / "bells"
    bells.mkdir(parents=True)
    (bells.parent.parent / "course.toml").write_text('title = "Bells"\nlanguages = ["en"]\nvoices = { en = "nobody" }\n')
    about = 'title = "A"\ncredit = "a"\nlicence = "CC0-1.0"\n'
    (bells / "belletje.toml").write_text(f"{about}chime = {{ pitch = {pitch}, ring = 17 }}\n")
    bell_picture(recording, np.array(made("bell", "belletje", 0, folder, bells.parent.parent)), credit)


def bell_picture(recording, bell, credit):
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.4))
    labels = ((recording, f"recording ({credit})", "#d1603d"), (bell, "adem, chime of the same pitch", "#33658a"))
    for axis, (sound, label, colour) in zip(axes, labels):
        hz, at, power = signal.spectrogram(sound[: 4 * RATE].mean(1), RATE, nperseg=2_048, noverlap=1_536)
        db = 10 * np.log10(power + 1e-16)
        axis.pcolormesh(at, hz, db, vmin=db.max() - 80, vmax=db.max(), cmap="magma", shading="nearest", rasterized=True)
        axis.set(title=label, ylim=(0, 16_000), xlabel="s", ylabel="Hz")
        part = sound[RATE // 20 : RATE // 20 + RATE].mean(1) * np.blackman(RATE)
        db = 20 * np.log10(np.abs(np.fft.rfft(part)) + 1e-9)
        axes[2].plot(np.fft.rfftfreq(RATE, 1 / RATE), db - db.max(), color=colour, lw=0.8, alpha=0.8)
    axes[2].set(title="0.05 to 1.05 s after the stroke, dB", xlim=(1_500, 10_000), ylim=(-80, 3), xlabel="Hz")
    axes[2].grid(alpha=0.3)
    for axis in axes:
        axis.title.set_fontsize(9)
    figure.tight_layout()
    save(figure, OUT / "compare-belletje.png")


def likeness(sound):
    """The autocorrelation of the envelope by lag in tenths of a second, and the value for unrelated sounds."""
    envelope = levels(sound)
    flat = envelope - signal.savgol_filter(envelope, 601, 2)
    size = 1 << (2 * len(flat) - 1).bit_length()
    power = np.abs(np.fft.rfft(flat, size)) ** 2
    same = np.fft.irfft(power)[: len(flat) // 2]
    same = same / same[0]
    # Chance: 18,000 lags, of which those within the width of the main peak are correlated.
    return same, 4.2 * np.sqrt(np.sum(same[:60] ** 2) * 2 / len(flat))


def hour(name, sound):
    """One row of figures about an hour."""
    five = levels(sound, 300)
    same, chance = likeness(sound)
    grain = GRAIN / RATE * 10
    # Removing changes within a minute leaves a correlation within a minute.
    at_grain = max(abs(same[round(grain * k)]) for k in range(12, 330))
    anywhere = np.abs(same[620:]).max()
    bend = lambda at: np.abs(np.diff(np.asarray(sound[at - 24 : at + 25], float), 2, axis=0)).max()
    borders = np.array([bend(k * GRAIN) for k in range(1, len(sound) // GRAIN)])
    dice = np.random.default_rng(1)
    others = np.array([bend(at) for at in dice.integers(100, len(sound) - 100, 20_000)])
    rank = np.mean([np.mean(others < border) for border in borders])
    return (
        f"| `{name}` | {five.max() - five.min():.2f} | {np.polyfit(np.arange(len(five)), five, 1)[0] * 12:+.2f} "
        f"| {at_grain:.3f} | {anywhere:.3f} | {chance:.3f} | {rank:.3f} | {borders.max() / others.max():.2f} |"
    )


def sharpest(sound):
    """The bends of the waveform: the sharpest of every 10 ms, relative to the third sharpest of its 21 neighbours."""
    bends = []
    for start in range(0, len(sound) - 2, RATE * 60):
        block = np.asarray(sound[start : start + RATE * 60 + 2], float)
        bend = np.abs(np.diff(block, 2, axis=0)).max(1)
        bends.append(bend[: len(bend) // 480 * 480].reshape(-1, 480).max(1))
    bends = np.concatenate(bends)
    around = np.sort(np.lib.stride_tricks.sliding_window_view(bends, 21), axis=1)[:, 18]
    return bends[10:-10] / np.maximum(around, 1e-6)


def jump(sound):
    """The largest change of level between neighbouring windows of 0.4 s, in steps of 10 ms."""
    power = 10 ** (levels(sound, 0.01) / 10)
    moments = 10 * np.log10(np.convolve(power, np.ones(40) / 40, "valid"))
    return np.abs(moments[40:] - moments[:-40]).max()


def recorded_hour(file, folder):
    """One row of figures about an hour of a looped recording, compared with the recording itself."""
    course, name = Path(folder) / "course", file.stem
    (course / "ambience").mkdir(parents=True)
    (course / "course.toml").write_text('title = "Beds"\nlanguages = ["en"]\nvoices = { en = "nobody" }\n')
    shutil.copy(file, course / "ambience")
    about = 'title = "A"\ncredit = "a"\nlicence = "CC0-1.0"\n\n[[layer]]\n'
    (course / "ambience" / f"{name}.toml").write_text(f'{about}file = "{file.name}"\n')
    (course / "ambience" / "plain.toml").write_text(f'{about}file = "{file.name}"\ncrossfade = 2\n')
    seconds = len(recorded(file.parent, file.name)) / RATE
    plain = made("bed", "plain", 3_600, folder, course)
    # The plain loop repeats exactly; its first pass is the recording itself, except at its ends.
    again = np.abs(likeness(plain)[0][620:]).max()
    own = np.array(plain[2 * RATE : int((seconds - 4) * RATE)])
    # The result for a single crackle depends on where the 10 ms start, so they start at eight places.
    bends = max(sharpest(own[shift:]).max() for shift in range(0, 480, 60))
    (Path(folder) / "bed-plain.wav").unlink()
    sound = made("bed", name, 3_600, folder, course)
    five = levels(sound, 300)
    same, chance = likeness(sound)
    return (
        f"| `{file.name}` | {seconds:.0f} | {five.max() - five.min():.2f} | {np.polyfit(np.arange(12), five, 1)[0] * 12:+.2f} "
        f"| {np.abs(same[620:]).max():.2f} | {again:.2f} | {chance:.2f} "
        f"| {sharpest(sound).max():.2f} | {bends:.2f} | {jump(sound):.1f} | {jump(own):.1f} |"
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compare")
    parser.add_argument("--hour", nargs="?", const="", metavar="FOLDER")
    wanted = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    beds = sorted(path.stem for path in (ROOT / "ambience").glob("*.toml"))
    bells = sorted(path.stem for path in (ROOT / "ambience" / "bells").glob("*.toml"))
    rows = []
    for name in beds:
        with tempfile.TemporaryDirectory() as folder:
            if wanted.hour is not None:
                rows.append(hour(name, made("bed", name, 3_600, folder)))
                continue
            sound = np.array(made("bed", name, 120, folder))
            seconds = SECONDS.get(name, 30)
            title = f"{name}: {seconds} seconds"
            portrait(sound[: seconds * RATE], title, OUT / f"{name}.png", HIGHEST.get(name, 16_000))
            if wanted.compare and name in RECORDINGS:
                file, credit = RECORDINGS[name]
                comparison(name, sound, recorded(wanted.compare, file), credit)
    if wanted.hour is not None:
        for file in sorted(Path(wanted.hour).glob("*.ogg")) if wanted.hour else []:
            with tempfile.TemporaryDirectory() as folder:
                rows.append(recorded_hour(file, folder))
        (OUT / "hour.md").write_text("\n".join(rows) + "\n")
        return
    for name in bells:
        with tempfile.TemporaryDirectory() as folder:
            portrait(np.array(made("bell", name, 0, folder)), name, OUT / f"bell-{name}.png", 12_000)
    file = Path(wanted.compare or "") / BELL[0]
    if wanted.compare and file.exists():
        with tempfile.TemporaryDirectory() as folder:
            bells_compared(file, folder)
    with tempfile.TemporaryDirectory() as folder:
        portrait(np.array(made("swell", "4-6", 0, folder)), "a breath: in 4 s, out 6 s", OUT / "swell.png", 12_000)


if __name__ == "__main__":
    main()
