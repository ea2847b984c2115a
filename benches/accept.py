#!/usr/bin/env python3
"""Judges a mix of a set of the comparison: length, loudness, true peak, places of the clips, depth of the duck, level of the
bed, and how far it lies from the reference.

    python3 benches/accept.py SET FILE

Needs numpy, scipy and soundfile, and ffmpeg for the meter. Ends with 1 where the work was not done.
"""

import re
import subprocess
import sys
from pathlib import Path

import numpy
import soundfile
from scipy.signal import correlate

from work import DBTP, DEPTH_DB, LUFS, RATE, load, reference, spans


def judge(folder, path):
    """What was measured, and what of it is wrong."""
    script, (mix, bed) = load(folder), reference(folder)
    sound, rate = soundfile.read(path)
    sound = sound.T
    wrong = []
    expect(wrong, rate == RATE and abs(sound.shape[1] - mix.shape[1]) <= 48, "length", sound.shape[1])
    frames = min(sound.shape[1], mix.shape[1])
    sound, mix, bed = sound[:, :frames], mix[:, :frames], bed[:, :frames]
    gain = float((sound * mix).sum() / (mix * mix).sum())
    residual = decibels(((sound - gain * mix) ** 2).mean() / ((gain * mix) ** 2).mean())
    loudness, peak = metered(path)
    expect(wrong, abs(loudness - LUFS) <= 0.5, "loudness", loudness)
    expect(wrong, peak <= DBTP + 0.05, "true peak", peak)
    # Where the voice sounds, mid is the voice; the sides are the bed alone.
    lag, late = 480, 0
    clips = list(spans(script))
    for start, end in clips[:: max(1, len(clips) // 30)]:
        begin, finish = max(start - lag, 0), min(end + lag, frames)
        wanted = mix[:, start:end].sum(axis=0)
        heard = sound[:, begin:finish].sum(axis=0)
        found = correlate(heard, wanted, mode="valid").argmax() + begin - start
        late = max(late, abs(int(found)))
    expect(wrong, late <= 48, "place of a clip, frames", late)
    side, plain = (part[0] - part[1] for part in [sound / gain, bed])
    inside = numpy.zeros(frames, bool)
    outside = numpy.ones(frames, bool)
    for start, end in clips:
        inside[start + RATE // 4 : end] = True
        outside[max(start - RATE, 0) : end + 2 * RATE] = False
    if inside.any():
        depth = decibels((side[inside] ** 2).mean() / (plain[inside] ** 2).mean())
        expect(wrong, abs(depth - DEPTH_DB) <= 2, "depth of the duck, dB", depth)
    if outside.sum() > RATE:
        level = decibels((side[outside] ** 2).mean() / (plain[outside] ** 2).mean())
        expect(wrong, abs(level) <= 1, "level of the bed, dB", level)
    return {"residual": residual, "loudness": loudness, "peak": peak}, wrong


def expect(wrong, is_right, what, value):
    if not is_right:
        wrong.append(f"{what}: {value}")


def decibels(power):
    return float(10 * numpy.log10(power))


def metered(path):
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-i", path, "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", said)[-1]), float(re.findall(r"Peak:\s+(-?[\d.]+)", said)[-1])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    measured, wrong = judge(Path(sys.argv[1]), sys.argv[2])
    print(" ".join(f"{name} {value:.2f}" for name, value in measured.items()), "; ".join(wrong) or "OK")
    sys.exit(1 if wrong else 0)
