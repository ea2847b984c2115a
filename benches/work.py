"""The work of the comparison: its inputs, made the same each time, and what a mix of them has to be.

A set is a folder: script.json says what sounds when, voice/ holds mono clips of 16 bits, alternately at 44.1 and 48 kHz,
bell.wav and tone.wav the cues, bed.wav 90 s of a stereo bed of 24 bits at 48 kHz. The mix of a set:

1. The last 4 s of the bed, crossfaded (cosine and sine) over its first 4 s, make a unit of 86 s, which is repeated.
2. The bed is lowered by 9 dB while a clip sounds: a straight line in dB over the 250 ms before it, and one over the 800 ms
   after it; where two lines meet, the lower one counts.
3. Clips and cues are added in the middle, clips brought to 48 kHz.
4. One gain brings the mix to -18 LUFS, and a limiter keeps it under -1 dBTP.

    python3 benches/work.py FOLDER SET...

makes sets. Needs espeak-ng, numpy, scipy and soundfile.
"""

import json
import math
import random
import subprocess
import sys
from pathlib import Path

RATE = 48_000
BED, CROSSFADE = 90, 4
DEPTH_DB, FALL_MS, RISE_MS = -9.0, 250, 800
LUFS, DBTP = -18.0, -1.0
# Minutes, clips, and the shortest and longest clip in seconds.
SETS = {
    "m3": (3, 15, (2, 8)),
    "m10": (10, 50, (2, 8)),
    "m20": (20, 100, (2, 8)),
    "m45": (45, 225, (2, 8)),
    "m120": (120, 600, (2, 8)),
    "c50": (20, 50, (2, 8)),
    "c200": (20, 200, (2, 7)),
    "c1000": (20, 1000, (0.7, 1.1)),
}
SENTENCES = [
    "Sit in a way that lets your back be upright and your shoulders rest.",
    "Notice where the body meets the chair, and let the weight go there.",
    "Breathe in for as long as is easy, and breathe out a little longer.",
    "If the mind has wandered to a plan or a worry, that is what minds do.",
    "Come back to the next breath, without having to mend anything.",
    "Think of somebody who is glad that you exist, and see their face.",
    "May you be safe, may you be well, may you live with ease.",
    "Let the sounds of the room come and go as they like.",
    "There is nothing to reach here and nobody to become.",
    "Feel the air at the nostrils, cool as it enters and warm as it leaves.",
]


def load(folder):
    return json.loads((Path(folder) / "script.json").read_text(encoding="utf-8"))


def make_sets(folder, names):
    """Makes the sets that are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [name for name in names if not (folder / name / "script.json").exists()]
    spoken = speak(folder) if missing else None
    for name in missing:
        make_set(folder / name, *SETS[name], spoken)


def speak(folder):
    """Ten sentences of espeak-ng in one row, at 48 kHz."""
    import numpy
    import soundfile
    from scipy.signal import resample_poly

    parts = []
    for sentence in SENTENCES:
        path = folder / "sentence.wav"
        subprocess.run(["espeak-ng", "-v", "en", "-s", "130", "-w", path, sentence], check=True)
        sound, rate = soundfile.read(path)
        parts.append(resample_poly(sound, RATE, rate))
        path.unlink()
    return numpy.concatenate(parts)


def make_set(folder, minutes, count, lengths, spoken):
    import numpy
    import soundfile
    from scipy.signal import resample_poly

    dice = random.Random(f"{minutes} {count}")
    (folder / "voice").mkdir(parents=True, exist_ok=True)
    total = minutes * 60_000
    sounding = [round(1000 * dice.uniform(*lengths)) for _ in range(count)]
    shares = [dice.uniform(0.5, 1.5) for _ in range(count + 1)]
    silence = total - sum(sounding) - 100 * count
    assert silence > 0, "the clips fit into the set"
    voice, at = [], 0
    for number, (length, share) in enumerate(zip(sounding, shares)):
        at += 50 + int(silence * share / sum(shares))
        rate = [44_100, 48_000][number % 2]
        start = dice.randrange(len(spoken) - length * RATE // 1000)
        clip = spoken[start : start + length * RATE // 1000] * dice.uniform(0.5, 0.8)
        fade = numpy.minimum(1, numpy.arange(len(clip)) / 480)
        clip = resample_poly(clip * fade * fade[::-1], rate // 300, RATE // 300)
        name = f"voice/{number + 1:04}.wav"
        soundfile.write(folder / name, clip, rate, "PCM_16")
        voice.append({"file": name, "at_ms": at, "samples": len(clip), "sr": rate})
        at += length + 50
    cues = [{"file": "bell.wav", "at_ms": at} for at in [*range(0, total - 20_000, 300_000), total - 9_000]]
    for block in range(0, total, 300_000):
        tones = [block + 20_000 + 10_000 * number for number in range(10)]
        cues += [{"file": "tone.wav", "at_ms": at} for at in tones if at + 3_000 < total - 9_000]
    script = {
        "sample_rate": RATE,
        "duration_ms": total,
        "voice": voice,
        "cues": cues,
        "bed": {"file": "bed.wav", "crossfade_ms": CROSSFADE * 1000},
        "duck": {"attack_ms": FALL_MS, "release_ms": RISE_MS, "depth_db": DEPTH_DB},
        "target": {"lufs": LUFS, "dbtp": DBTP},
    }
    time = numpy.arange(8 * RATE) / RATE
    partials = [(220, 0.5, 2.5), (606, 0.25, 1.6), (1188, 0.12, 0.9)]
    bell = sum(level * numpy.exp(-time / decay) * numpy.sin(math.tau * hz * time) for hz, level, decay in partials)
    soundfile.write(folder / "bell.wav", bell * numpy.minimum(1, time / 0.002), RATE, "PCM_16")
    time = numpy.arange(3 * RATE) / RATE
    tone = 0.08 * numpy.sin(math.pi * time / 3) ** 2 * numpy.sin(math.tau * 174 * time)
    soundfile.write(folder / "tone.wav", tone, RATE, "PCM_16")
    noise = numpy.random.default_rng(1).standard_normal((2, BED * RATE))
    spectrum = numpy.fft.rfft(noise)
    spectrum[:, 1:] /= numpy.sqrt(numpy.arange(1, spectrum.shape[1]))
    spectrum[:, 0] = 0
    pink = numpy.fft.irfft(spectrum)
    soundfile.write(folder / "bed.wav", 0.02 * (pink / pink.std()).T, RATE, "PCM_24")
    (folder / "script.json").write_text(json.dumps(script, indent=1), encoding="utf-8")


def spans(script):
    """The start and end of each clip, in frames of the mix."""
    for clip in script["voice"]:
        start = clip["at_ms"] * RATE // 1000
        yield start, start + -(-clip["samples"] * RATE // clip["sr"])


def duck_points(script):
    """The gain of the bed as a line: frames and dB, each point later than the one before."""
    fall, rise = FALL_MS * RATE // 1000, RISE_MS * RATE // 1000
    clips = list(spans(script))
    first = clips[0][0]
    points = [(0, min(0.0, DEPTH_DB * (fall - first) / fall))]
    points += [(first - fall, 0.0)] if first > fall else []
    for (start, end), (following, _) in zip(clips, [*clips[1:], (script["duration_ms"] * RATE // 1000 * 2, 0)]):
        points += [(start, DEPTH_DB), (end, DEPTH_DB)]
        if following - end >= rise + fall:
            points += [(end + rise, 0.0), (following - fall, 0.0)]
        else:
            # The rise after one clip meets the fall before the next.
            meet = round((end * fall + following * rise) / (rise + fall))
            points.append((meet, DEPTH_DB * (1 - (meet - end) / rise)))
    return points


def reference(folder):
    """The mix of a set before its gain and limiter, and its bed before it is lowered: numpy arrays of two rows."""
    import numpy
    import soundfile
    from scipy.signal import resample_poly

    folder, script = Path(folder), load(folder)
    frames = script["duration_ms"] * RATE // 1000
    bed = soundfile.read(folder / "bed.wav")[0].T
    cross = CROSSFADE * RATE
    angle = math.pi / 2 * (numpy.arange(cross) + 0.5) / cross
    unit = bed[:, :-cross].copy()
    unit[:, :cross] = unit[:, :cross] * numpy.sin(angle) + bed[:, -cross:] * numpy.cos(angle)
    bed = numpy.tile(unit, -(-frames // unit.shape[1]))[:, :frames]
    at, level = zip(*duck_points(script))
    gain = 10 ** (numpy.interp(numpy.arange(frames), at, level) / 20)
    mix = bed * gain
    for clip in script["voice"]:
        sound, rate = soundfile.read(folder / clip["file"])
        if rate != RATE:
            # A window of 64 zero crossings to each side: its error is under that of 16 bits.
            up, down = RATE // 300, rate // 300
            taps = numpy.sinc(numpy.arange(-64 * down, 64 * down + 1) / down) * numpy.kaiser(128 * down + 1, 14)
            sound = resample_poly(sound, up, down, window=taps / taps.sum())
        add(mix, sound, clip["at_ms"] * RATE // 1000)
    for cue in script["cues"]:
        add(mix, soundfile.read(folder / cue["file"])[0], cue["at_ms"] * RATE // 1000)
    return mix, bed


def add(mix, sound, start):
    end = min(start + len(sound), mix.shape[1])
    mix[:, start:end] += sound[: end - start]


if __name__ == "__main__":
    make_sets(Path(sys.argv[1]), sys.argv[2:])
