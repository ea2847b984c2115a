#!/usr/bin/env python3
"""Measures beds and recordings as a listener hears them: the figures of "Judged by a listener's measures" in docs/beds.md.

    python3 docs/bed-measures.py FILE...                       the measures of each file
    python3 docs/bed-measures.py --against REFERENCE FILE...   and how far each is from a recording
    python3 docs/bed-measures.py --thirds FILE...              with every third-octave
    python3 docs/bed-measures.py --likeness FILE...            how like parts of each file are to others of it
    python3 docs/bed-measures.py --movement FILE...            the same of how their levels move, for beds of lasting tones
                                                               (--against OTHER: chance from a bed with another seed)
    python3 docs/bed-measures.py --cost PROGRAM COURSE BED     the processor seconds an hour of a bed takes

FILE is anything that libsndfile reads. PROGRAM is `target/release/examples/bed`. Needs numpy, scipy and soundfile.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from scipy import fft, signal

# The nominal third-octaves from 63 Hz to 12.5 kHz (IEC 61260-1), at their exact base-ten centres.
CENTRES = 1000 * 10 ** (np.arange(-12, 12) / 10)
HIGHS_HZ = 4000
MODULATION_HZ = (0.2, 2)
# The levels whose modulation is measured are of windows of this many seconds.
WINDOW = 0.05


def read(path):
    """The channels of a file, one a column, and the rate."""
    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return sound.astype(float), rate


def thirds(sound, rate):
    """The level of each third-octave in dB relative to the sum of all of them, both channels together."""
    hz, density = signal.welch(sound, rate, nperseg=1 << 15, axis=0)
    density = density.mean(axis=1)
    step = hz[1] - hz[0]
    power = []
    for centre in CENTRES:
        low, high = centre * 10**-0.05, centre * 10**0.05
        # A bin counts by the share of it that lies in the band.
        share = np.clip((np.minimum(hz + step / 2, high) - np.maximum(hz - step / 2, low)) / step, 0, 1)
        power.append((share * density).sum())
    power = np.array(power)
    return 10 * np.log10(power / power.sum() + 1e-12)


def modulation(sound, rate):
    """The standard deviation in dB of the level of 50 ms, in the band from 0.2 to 2 Hz."""
    hop = int(rate * WINDOW)
    power = (sound[: len(sound) // hop * hop] ** 2).mean(axis=1).reshape(-1, hop).mean(axis=1)
    level = 10 * np.log10(power + 1e-12)
    band = signal.butter(2, MODULATION_HZ, "bandpass", fs=1 / WINDOW, output="sos")
    moved = signal.sosfiltfilt(band, level - level.mean())
    # The filter rings in and out over a second or two.
    return moved[30:-30].std()


def crest(sound, rate):
    """The median over seconds and channels of the peak of a second over its RMS, in dB."""
    second = sound[: len(sound) // rate * rate].reshape(-1, rate, sound.shape[1])
    rms = np.sqrt((second**2).mean(axis=1))
    loud = rms > 1e-6
    return np.median(20 * np.log10(np.abs(second).max(axis=1)[loud] / rms[loud]))


def kurtosis(sound, rate):
    """The fourth moment of the samples above 4 kHz over the square of their second; 3 for plain noise, the mean of the channels."""
    highs = signal.sosfilt(signal.butter(4, HIGHS_HZ, "highpass", fs=rate, output="sos"), sound, axis=0)[rate // 10 :]
    return ((highs**4).mean(axis=0) / (highs**2).mean(axis=0) ** 2).mean()


def mono(sound):
    """How many dB the level falls if both channels are added, and the largest fall in a third-octave."""
    middle = sound.mean(axis=1, keepdims=True)
    return 10 * np.log10((sound**2).mean() / (middle**2).mean())


# Bands in which a bed is audible, and the stretch that is compared: a grain of a generator at 48 kHz.
LIKENESS_HZ = (50, 16_000)
STRETCH = 1 << 18
# So many stretches are compared at once, and what is no more alike than this is no more than chance.
TOGETHER = 8
STANDS_OUT = 0.035


def likeness(sound, rate):
    """How like any two stretches of the left channel are at the distance at which they are most alike, as a share of their
    energy, after both were brought to an even spectrum; and the two, in seconds. Zero if that is no more than chance."""
    size = 2 * STRETCH
    hz = fft.rfftfreq(size, 1 / rate)
    heard = (hz >= LIKENESS_HZ[0]) & (hz <= LIKENESS_HZ[1])
    # Its ends fade so softly that the low frequencies do not leak into the high ones.
    window = signal.windows.tukey(STRETCH, 1 / 4).astype(np.float32) ** 2
    spectra = []
    for start in range(0, len(sound) - STRETCH + 1, STRETCH):
        bins = fft.rfft(sound[start : start + STRETCH, 0].astype(np.float32) * window, size)
        bins *= heard / np.maximum(np.abs(bins), 1e-20)
        spectra.append(bins.astype(np.complex64))
    def alike(one, other):
        products = fft.irfft(one * other.conj(), size, overwrite_x=True)
        return np.abs(products).max() * size / (2 * heard.sum())

    # Each with the sum of several others: what is like one of them stands out of the rest, and then each is tried.
    most = (0, 0, 0)
    for one in range(len(spectra)):
        for group in range(one + 1, len(spectra), TOGETHER):
            others = range(group, min(group + TOGETHER, len(spectra)))
            if alike(spectra[one], sum(spectra[other] for other in others)) < max(STANDS_OUT, most[0]):
                continue
            for other in others:
                found = alike(spectra[one], spectra[other])
                most = max(most, (found, one * STRETCH / rate, other * STRETCH / rate))
    return most


# Levels are those of so many windows a second, in bands of a sixth of an octave; passages of so many seconds are compared.
LEVELS_A_SECOND = 8
MOVEMENT_HZ = (50, 8_000)
PASSAGE = 30


def levels_of_bands(sound, rate):
    """The levels of bands in dB, each less its mean and over its deviation."""
    hop = rate // LEVELS_A_SECOND
    hz, _, bins = signal.stft(sound[:, 0], rate, nperseg=2 * hop, noverlap=hop, boundary=None, padded=False)
    power = np.abs(bins) ** 2
    edges = np.geomspace(*MOVEMENT_HZ, 1 + round(6 * np.log2(MOVEMENT_HZ[1] / MOVEMENT_HZ[0])))
    bands = [power[(hz >= low) & (hz < high)].sum(axis=0) for low, high in zip(edges, edges[1:])]
    levels = 10 * np.log10(np.array(bands) + 1e-12)
    levels -= levels.mean(axis=1, keepdims=True)
    return (levels / np.maximum(levels.std(axis=1, keepdims=True), 1e-3)).astype(np.float32)


def movement(sound, rate, against=None):
    """How like the movement of any passage is to that of any later one: the correlation of the levels of all bands; 1 for a
    passage that comes back, whatever tones last. And the same against another bed of the same kind, or against the sound
    played backwards, in which nothing comes back: what chance gives."""
    levels = levels_of_bands(sound, rate)
    width = PASSAGE * LEVELS_A_SECOND

    def most(one, other, first):
        found = (-1.0, 0, 0)
        sums = lambda values: np.convolve(values, np.ones(width), "valid")
        own, its = [sums((levels**2).sum(axis=0)) for levels in (one, other)]
        for lag in range(first, one.shape[1] - width, 2):
            alike = sums((one[:, : one.shape[1] - lag] * other[:, lag:]).sum(axis=0))
            alike /= np.sqrt(own[: len(alike)] * its[lag : lag + len(alike)])
            best = alike.argmax()
            found = max(found, (alike[best], best / LEVELS_A_SECOND, (best + lag) / LEVELS_A_SECOND))
        return found

    other = levels[:, ::-1] if against is None else levels_of_bands(*read(against))[:, : levels.shape[1]]
    return most(levels, levels, width), most(levels, other, 0)[0]


def measures(path):
    sound, rate = read(path)
    return {
        "thirds": thirds(sound, rate),
        "modulation": modulation(sound, rate),
        "crest": crest(sound, rate),
        "kurtosis": kurtosis(sound, rate),
        "mono": mono(sound),
    }


def cost(program, course, bed, seconds=3600):
    """The processor seconds that an hour of a bed takes, writing it to a file included."""
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([program, course, bed, str(seconds), Path(folder) / "bed.wav"], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*")
    parser.add_argument("--against", metavar="REFERENCE")
    parser.add_argument("--thirds", action="store_true")
    parser.add_argument("--likeness", action="store_true")
    parser.add_argument("--movement", action="store_true")
    parser.add_argument("--cost", nargs=3, metavar=("PROGRAM", "COURSE", "BED"))
    wanted = parser.parse_args()
    if wanted.cost:
        print(f"{wanted.cost[2]}: {cost(*wanted.cost):.1f} cpu seconds an hour")
    if wanted.likeness:
        for path in wanted.files:
            most, one, other = likeness(*read(path))
            where = f"{most:.3f}, from {one:.1f} s and from {other:.1f} s" if most else f"below {STANDS_OUT}"
            print(f"{Path(path).name}: {where}")
        return
    if wanted.movement:
        for path in wanted.files:
            (most, one, other), chance = movement(*read(path), wanted.against)
            print(f"{Path(path).name}: {most:.2f}, from {one:.0f} s and from {other:.0f} s; chance {chance:.2f}")
        return
    reference = wanted.against and measures(wanted.against)
    missed = False
    for path in ([wanted.against] if wanted.against else []) + wanted.files:
        found = measures(path)
        line = (
            f"{Path(path).name}: modulation {found['modulation']:.2f} dB, crest {found['crest']:.1f} dB, "
            f"kurtosis {found['kurtosis']:.1f}, mono -{found['mono']:.1f} dB"
        )
        if reference and path != wanted.against:
            off = found["thirds"] - reference["thirds"]
            worst = np.abs(off).argmax()
            ratio = found["kurtosis"] / reference["kurtosis"]
            within = (
                abs(off[worst]) <= 3
                and abs(found["modulation"] - reference["modulation"]) <= 2
                and abs(found["crest"] - reference["crest"]) <= 3
                and 0.5 <= ratio <= 2
            )
            missed |= not within
            line += (
                f"; off: thirds {off[worst]:+.1f} dB at {CENTRES[worst]:.0f} Hz, modulation "
                f"{found['modulation'] - reference['modulation']:+.2f} dB, crest {found['crest'] - reference['crest']:+.1f} dB, "
                f"kurtosis x {ratio:.2f}: {'within' if within else 'MISSED'}"
            )
        print(line)
        if wanted.thirds:
            print("   " + " ".join(f"{centre:.0f}:{level:.1f}" for centre, level in zip(CENTRES, found["thirds"])))
    sys.exit(missed)


if __name__ == "__main__":
    main()
