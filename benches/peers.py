#!/usr/bin/env python3
"""The work of the comparison done with the programs that people use for it.

    python3 benches/peers.py PEER SET OUT wav|all

SET is a folder that benches/work.py made. OUT gets out.wav, with `all` out.flac and out.mp3 of the same mix as well.
Standard library only, so that a peer is not charged for the start of a large interpreter.
"""

import math
import re
import subprocess
import sys
from pathlib import Path

from work import BED, CROSSFADE, DBTP, LUFS, RATE, duck_points, load

FFMPEG = ["ffmpeg", "-v", "error", "-nostdin", "-y"]
# Where the compressor begins: it takes half of what is above, which is 9 dB for these clips. Its release is close to the
# rise of the work; its attack begins with a clip, not before it.
THRESHOLD = 0.0125
# The most a limiter lets through: peaks between samples rise over it by about half a dB.
LIMIT = 10 ** ((DBTP - 0.5) / 20)


def csound(folder, out):
    """Every clip, cue and round of the bed is an event of a score; the bed is lowered along a line of the score."""
    script = load(folder)
    seconds = script["duration_ms"] / 1000
    unit = BED - CROSSFADE
    events = [f"i 2 0 {CROSSFADE} {unit} 0 {CROSSFADE}"]
    for start in range(0, math.ceil(seconds), unit):
        events.append(f"i 2 {start} {min(BED, seconds - start)} 0 {CROSSFADE} {BED}")
    frames = script["duration_ms"] * RATE // 1000
    points = [*duck_points(script), (frames, 0.0)]
    for (start, level), (end, target) in zip(points, points[1:]):
        if start < end <= frames:
            events.append(f"i 1 {start / RATE:.9f} {(end - start) / RATE:.9f} {level:.6f} {target:.6f}")
    for clip in script["voice"]:
        length = clip["samples"] / clip["sr"]
        events.append(f'i 3 {clip["at_ms"] / 1000} {length:.9f} "{folder / clip["file"]}"')
    lengths = {"bell.wav": 8, "tone.wav": 3}
    for cue in script["cues"]:
        events.append(f'i 3 {cue["at_ms"] / 1000} {lengths[cue["file"]]} "{folder / cue["file"]}"')
    score = "\n".join([*events, f"e {seconds}"])
    (out / "mix.csd").write_text(f"""<CsoundSynthesizer>
<CsInstruments>
sr = {RATE}
ksmps = 48
nchnls = 2
0dbfs = 1
gaDuck init 1
instr 1
  aLevel line p4, p3, p5
  gaDuck = ampdb(aLevel)
endin
instr 2
  aLeft, aRight diskin2 "{folder / "bed.wav"}", 1, p4
  if p5 > 0 then
    aRise linseg 0, p5, 1, p3, 1
  else
    aRise = 1
  endif
  aFall linseg 0, p6 - {CROSSFADE}, 0, {CROSSFADE}, 1
  aGain = sin(aRise * $M_PI_2) * cos(aFall * $M_PI_2) * gaDuck
  outs aLeft * aGain, aRight * aGain
endin
instr 3
  aSound diskin2 p4, 1, 0, 0, 0, 16
  outs aSound, aSound
endin
</CsInstruments>
<CsScore>
{score}
</CsScore>
</CsoundSynthesizer>
""")
    run(["csound", "-d", "-m0", "--format=wav:float", "-o", out / "mix.wav", out / "mix.csd"])


def ffmpeg(folder, out):
    """Clips padded to the start of the next and put in a row; a compressor that listens to them lowers the bed."""
    script = load(folder)
    graph, inputs = [], []
    starts = [clip["at_ms"] for clip in script["voice"]]
    for number, (clip, until) in enumerate(zip(script["voice"], [*starts[1:], script["duration_ms"]])):
        inputs += ["-i", folder / clip["file"]]
        length = (until - clip["at_ms"]) * RATE // 1000
        graph.append(f"[{number}]aresample={RATE},apad=whole_len={length},atrim=end_sample={length}[v{number}]")
    row = "".join(f"[v{number}]" for number in range(len(starts)))
    graph.append(f"{row}concat=n={len(starts)}:v=0:a=1,adelay={starts[0]}[voice]")
    mix(script, folder, out, inputs, graph)


def ffmpeg_amix(folder, out):
    """Each clip delayed to its start, and all of them mixed at once."""
    script = load(folder)
    graph, inputs = [], []
    for number, clip in enumerate(script["voice"]):
        inputs += ["-i", folder / clip["file"]]
        graph.append(f"[{number}]aresample={RATE},adelay={clip['at_ms']}[v{number}]")
    row = "".join(f"[v{number}]" for number in range(len(script["voice"])))
    frames = script["duration_ms"] * RATE // 1000
    graph.append(f"{row}amix=inputs={len(script['voice'])}:normalize=0:dropout_transition=0,apad=whole_len={frames}[voice]")
    mix(script, folder, out, inputs, graph)


def mix(script, folder, out, inputs, graph):
    """Adds cues and the bed to a voice, in a file of 32-bit float."""
    frames, first = script["duration_ms"] * RATE // 1000, len(script["voice"])
    unit = (BED - CROSSFADE) * RATE
    inputs += ["-i", folder / "bed.wav", "-i", folder / "bell.wav", "-i", folder / "tone.wav"]
    graph += [
        f"[{first}]asplit=3[b0][b1][b2]",
        f"[b0]atrim=end_sample={CROSSFADE * RATE},afade=in:ss=0:ns={CROSSFADE * RATE}:curve=qsin[in]",
        f"[b1]atrim=start_sample={unit},asetpts=N/SR/TB,afade=out:ss=0:ns={CROSSFADE * RATE}:curve=qsin[out]",
        f"[b2]atrim=start_sample={CROSSFADE * RATE}:end_sample={unit},asetpts=N/SR/TB[rest]",
        "[in][out]amix=inputs=2:normalize=0[joint]",
        f"[joint][rest]concat=n=2:v=0:a=1,aloop=loop=-1:size={unit},atrim=end_sample={frames}[bed]",
        "[voice]asplit=2[said][key]",
        f"[bed][key]sidechaincompress=threshold={THRESHOLD}:ratio=2:attack=60:release=800:knee=1:detection=rms[low]",
    ]
    names = ["[low]", "[said]"]
    for number, name in enumerate(["bell.wav", "tone.wav"]):
        at = [cue["at_ms"] for cue in script["cues"] if cue["file"] == name]
        parts = "".join(f"[c{number}_{part}]" for part in range(len(at)))
        graph.append(f"[{first + 1 + number}]asplit={len(at)}{parts}")
        delayed = [f"[c{number}_{part}]adelay={start}[d{number}_{part}]" for part, start in enumerate(at)]
        graph += delayed
        names += [f"[d{number}_{part}]" for part in range(len(at))]
    stereo = "aformat=channel_layouts=stereo"
    named = []
    for index, name in enumerate(names[1:]):
        graph.append(f"{name}pan=stereo|c0=c0|c1=c0[s{index}]")
        named.append(f"[s{index}]")
    every = names[0] + "".join(named)
    graph.append(f"{every}amix=inputs={len(names)}:normalize=0:dropout_transition=0:duration=first,{stereo}[mix]")
    (out / "graph").write_text(";\n".join(graph))
    files = [*inputs, "-filter_complex_script", out / "graph", "-map", "[mix]"]
    run([*FFMPEG, *files, "-c:a", "pcm_f32le", out / "mix.wav"])


def finish(out, everything, side_by_side):
    """Brings mix.wav to the loudness and under the ceiling; with `everything` codes it as well."""
    said = subprocess.run(
        ["ffmpeg", "-nostdin", "-hide_banner", "-i", out / "mix.wav", "-af", "ebur128=framelog=verbose", "-f", "null", "-"],
        check=True, capture_output=True, text=True,
    ).stderr
    gain = LUFS - float(re.findall(r"I:\s+(-?[\d.]+) LUFS", said)[-1])
    chain = f"volume={gain}dB,alimiter=limit={LIMIT}:level=false:attack=5:release=50:latency=1"
    command = [*FFMPEG, "-i", out / "mix.wav", "-filter_complex"]
    wav = ["-c:a", "pcm_s24le", out / "out.wav"]
    flac = ["-c:a", "flac", "-sample_fmt", "s32", "-compression_level", "5", out / "out.flac"]
    mp3 = ["-c:a", "libmp3lame", "-b:a", "192k", out / "out.mp3"]
    if not everything:
        run([*command, f"[0]{chain}[a]", "-map", "[a]", *wav])
    elif side_by_side:
        run([*command, f"[0]{chain}[a]", "-map", "[a]", *wav])
        coders = [["flac", "-5", "--silent", "--force", "-o", "out.flac"], ["lame", "--quiet", "-b", "192"]]
        programs = [subprocess.Popen([*coders[0], "out.wav"], cwd=out)]
        programs.append(subprocess.Popen([*coders[1], "out.wav", "out.mp3"], cwd=out))
        if any(program.wait() for program in programs):
            sys.exit("an encoder failed")
    else:
        split = f"[0]{chain},asplit=3[a][b][c]"
        run([*command, split, "-map", "[a]", *wav, "-map", "[b]", *flac, "-map", "[c]", *mp3])


def run(command):
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


# How a peer mixes, and whether its encoders run side by side.
PEERS = {
    "csound": (csound, True),
    "ffmpeg": (ffmpeg, False),
    "ffmpeg-amix": (ffmpeg_amix, False),
    "ffmpeg-par": (ffmpeg, True),
}

if __name__ == "__main__":
    if len(sys.argv) != 5 or sys.argv[1] not in PEERS:
        sys.exit(__doc__)
    mixed, parallel = PEERS[sys.argv[1]]
    target = Path(sys.argv[3]).resolve()
    target.mkdir(parents=True, exist_ok=True)
    mixed(Path(sys.argv[2]).resolve(), target)
    finish(target, sys.argv[4] == "all", parallel)
