#!/usr/bin/env python3
"""Makes the recordings of ambience/ from the files of their authors, which are CC0 or in the public domain.

    python3 docs/recordings.py FOLDER [OUT]

FOLDER has ambience/birds.ogg, wind.ogg, summer-night.ogg and fireplace.ogg (rafaelmardojai/blanket, data/resources/sounds) and
bells/jetrye-bell-meditation.wav (yuvallanger/meditate) and perc_bell.flac (sonic-pi-net/sonic-pi, etc/samples). docs/beds.md
says what is done to each and why. Needs numpy, scipy and soundfile; oggenc and flac write the files.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from scipy import signal

ROOT = Path(__file__).resolve().parent.parent


def high_pass(sound, rate, hz):
    """Without what is below `hz`, and without an offset. Run once in each direction, so that nothing moves in time."""
    return signal.sosfiltfilt(signal.butter(2, hz, "high", fs=rate, output="sos"), sound, axis=0)


def softened(sound, rate, above, share, seconds=0.25):
    """With what is more than `above` dB over the median level lowered by a share of the rest. The gain follows the level of
    `seconds`, so that a whole call is lowered and keeps its shape."""
    hop = rate // 100
    power = np.mean(sound[: len(sound) // hop * hop].reshape(-1, hop * sound.shape[1]) ** 2, axis=1)
    window = signal.windows.hann(int(100 * seconds))
    level = 10 * np.log10(signal.fftconvolve(power, window / window.sum(), "same").clip(1e-12))
    gain = -share * np.maximum(level - np.median(level) - above, 0)
    gain = signal.fftconvolve(gain, window / window.sum(), "same")
    at = (np.arange(len(gain)) + 0.5) * hop
    return sound * 10 ** (np.interp(np.arange(len(sound)), at, gain) / 20)[:, None]


def widened(sound, rate, later, shared):
    """Two sides from one: the right one is the same place `later` seconds on, with a share of each side in the other. Where
    the recording ends, its start follows in a crossfade of two seconds."""
    mono, fade = sound.mean(axis=1), 2 * rate
    turn = np.sin(np.linspace(0, np.pi / 2, fade)) ** 2
    ring = mono[: len(mono) - fade].copy()
    # Equal power, as the two ends have nothing in common.
    ring[:fade] = ring[:fade] * np.sqrt(turn) + mono[-fade:] * np.sqrt(1 - turn)
    other = np.roll(ring, -later * rate)
    return np.stack([ring + shared * other, other + shared * ring], axis=1) / np.sqrt(1 + shared**2)


def at_peak(sound, db):
    return sound * (10 ** (db / 20) / np.abs(sound).max())


def faded(sound, rate, rise, fall):
    """With a raised cosine at each end, in seconds."""
    sound = sound.copy()
    rise, fall = int(rise * rate), int(fall * rate)
    sound[:rise] *= (0.5 - 0.5 * np.cos(np.pi * np.arange(rise) / rise))[:, None]
    sound[-fall:] *= (0.5 + 0.5 * np.cos(np.pi * np.arange(1, fall + 1) / fall))[:, None]
    return sound


def write(path, sound, rate, quality=None):
    """Ogg Vorbis of a quality, or FLAC of 16 bits with the dither of sox."""
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "sound.wav"
        soundfile.write(wav, sound, rate, subtype="FLOAT" if quality is None else "PCM_24")
        if quality is None:
            # -R: the same dither in every run.
            subprocess.run(["sox", "-R", wav, "-b", "16", path, "dither"], check=True)
        else:
            # A serial number that is always the same, so that the file is.
            command = ["oggenc", "-Q", "-q", str(quality), "-s", "1", "-o", path, wav]
            subprocess.run(command, check=True)
    print(f"{path.name}: {len(sound) / rate:.1f} s, {path.stat().st_size} bytes")


def main():
    source, out = Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "ambience"
    (out / "bells").mkdir(parents=True, exist_ok=True)

    def read(name):
        return soundfile.read(source / name, always_2d=True)

    birds, rate = read("ambience/birds.ogg")
    birds = softened(high_pass(birds, rate, 80), rate, above=2, share=0.85)
    write(out / "vogels.ogg", at_peak(birds, -3), rate, 4)

    wind, rate = read("ambience/wind.ogg")
    write(out / "veldwind.ogg", at_peak(high_pass(wind, rate, 50), -3), rate, 4)

    night, rate = read("ambience/summer-night.ogg")
    # Without the fade at its start.
    night = widened(high_pass(night[rate // 2 :], rate, 50), rate, later=17, shared=0.4)
    write(out / "zomernacht.ogg", at_peak(night, -3), rate, 4)

    fire, rate = read("ambience/fireplace.ogg")
    fire = widened(high_pass(fire[rate // 5 :], rate, 30), rate, later=11, shared=0.5)
    write(out / "haard.ogg", at_peak(fire, -3), rate, 5)

    bell, rate = read("bells/jetrye-bell-meditation.wav")
    # From 6 ms before the stroke, which comes up over them.
    stroke = np.argmax(np.abs(bell[:, 0]) > 0.1)
    bell = faded(bell[stroke - int(0.006 * rate) :], rate, 0.008, 2)
    write(out / "bells" / "handbel.flac", at_peak(bell, -3), rate)

    ting, rate = read("bells/perc_bell.flac")
    # The hum of the mains lies below its partials.
    ting = high_pass(np.concatenate([np.zeros((rate // 100, 2)), ting]), rate, 500)
    ting = faded(ting[: 5 * rate], rate, 0.008, 2)
    write(out / "bells" / "ting.flac", at_peak(ting, -3), rate)


if __name__ == "__main__":
    main()
