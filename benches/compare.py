#!/usr/bin/env python3
"""Measures adem beside the programs people use for the same work, into a log that benches/page.py makes a page of.

    apt-get install ffmpeg flac lame opus-tools vorbis-tools espeak-ng csound
    python3 -m venv target/benches && target/benches/bin/pip install numpy==2.4.6 scipy==1.17.1 soundfile==0.14.0 matplotlib
    cargo build --release
    target/benches/bin/python benches/compare.py SCRATCH LOG [--rounds 5]
    target/benches/bin/python benches/page.py LOG

benches/work.py makes the inputs, benches/peers.py are the other programs, benches/accept.py judges every result of up to
20 minutes once. SCRATCH wants 10 GB. Needs Linux; wants a quiet machine for half an hour. --quick takes the set of 3
minutes alone, to see that everything is there.
"""

import argparse
import datetime
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import threading
from pathlib import Path

from work import SETS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PROGRAM = Path(os.environ.get("ADEM", ROOT / "target/release/adem"))
# What is run side by side: sets, what they become, peers.
RUNS = [
    ("m3,m10,m20,m45,m120", "wav", "ours,csound,ffmpeg"),
    ("c50,c1000", "wav", "ours,csound"),
    ("c200", "wav", "ours,csound,ffmpeg,ffmpeg-amix"),
    ("m20", "all", "ours,csound,ffmpeg,ffmpeg-par"),
]
# The encoders by themselves, on the same WAV: the floor of each format.
ENCODERS = {
    "flac": ["flac", "-5", "--silent", "--force", "-o", "alone.flac"],
    "mp3": ["lame", "--quiet", "-b", "192"],
    "opus": ["opusenc", "--quiet", "--bitrate", "128"],
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ["scratch", "log"]:
        parser.add_argument(name, type=lambda path: Path(path).resolve())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    Comparison(**vars(parser.parse_args())).measure()


class Comparison:
    def __init__(self, scratch, log, rounds, quick):
        self.inputs, self.scratch, self.log = scratch / "sets", scratch, log
        self.rounds, self.quick = rounds, quick
        scratch.mkdir(parents=True, exist_ok=True)

    def measure(self):
        self.log.write_text("")
        # In a process of its own: a process begins with the size of the one that starts it.
        names = ["m3"] if self.quick else list(SETS)
        subprocess.run([sys.executable, HERE / "work.py", self.inputs, *names], check=True)
        self.note(kind="machine", **machine())
        runs = [("m3", "wav", "ours,csound,ffmpeg,ffmpeg-amix"), ("m3", "all", "ours,ffmpeg-par")]
        for sets, mode, peers in runs if self.quick else RUNS:
            for name in sets.split(","):
                for number in range(self.rounds):
                    for peer in peers.split(","):
                        self.race(name, mode, peer, number == 0)
        if self.quick:
            return
        self.written()
        for name in ["m20", "c200", "m120"]:
            self.first_audio(name)
        for _ in range(self.rounds):
            self.formats()
        self.floors()
        # Last, as it makes this process large, and a process begins with the size of the one that starts it.
        for name in ["m3", "m10"]:
            self.exactness(name)

    def race(self, name, mode, peer, is_first):
        """One program does a set once."""
        out = self.scratch / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        program = [ROOT / "benches/ours"] if peer == "ours" else [sys.executable, "-E", "-S", HERE / "peers.py", peer]
        load = os.getloadavg()[0]
        usage = run([*program, self.inputs / name, out, mode], watched=out / "out.wav")
        ok = True
        if is_first and SETS[name][0] <= 20:
            # In a process of its own, for the same reason as above.
            judged = subprocess.run([sys.executable, HERE / "accept.py", self.inputs / name, out / "out.wav"])
            ok = judged.returncode == 0
        self.note(
            set=name, peer=peer, mode=mode, dur=60 * SETS[name][0], load=load, ok=ok,
            wall=usage["wall"], cpu=usage["cpu"], rss=usage["memory"], ttfb=usage["first"],
        )

    def note(self, **what):
        with self.log.open("a") as log:
            log.write(json.dumps(what) + "\n")

    def course(self, name, anchor="integrated"):
        """A set as a course folder; returns what renders it."""
        folder = self.scratch / "course"
        command = [sys.executable, ROOT / "benches/course_from_set.py", self.inputs / name, folder]
        subprocess.run(command, check=True)
        settings = folder / "course.toml"
        settings.write_text(settings.read_text().replace('anchor = "integrated"', f'anchor = "{anchor}"'))
        return [PROGRAM, "--trust", "-C", folder, "render", "bench"]  # its clips are links

    def written(self):
        """What a render writes in all, and how long the file is: a difference would be a file on the side."""
        out = self.scratch / "out.wav"
        with out.open("wb") as file:
            usage = run([*self.course("m20"), "--format", "wav", "-o", "-"], file)
        self.note(kind="written", written=usage["written"], file=out.stat().st_size)

    def first_audio(self, name):
        """From the start of the program to the first bytes of sound: speech anchor, all clips prepared."""
        command = [*self.course(name, anchor="speech"), "--format", "wav", "-o", "-"]
        for number in range(self.rounds + 1):
            start = time.perf_counter()
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as program:
                program.stdout.read(8192)
                seconds = time.perf_counter() - start
                program.stdout.close()
            if number > 0:  # the first one prepares
                self.note(kind="first audio", set=name, seconds=seconds)

    def exactness(self, name):
        """How far the mix lies from the reference before it is limited, and what another meter reads of the file."""
        import numpy
        import soundfile

        out, mix, stems = (self.scratch / part for part in ["out.wav", "mix.wav", "stems"])
        run([*self.course(name), "--format", "wav", "-o", out, "--stems", stems])
        parts = [soundfile.blocks(stems / f"{stem}.wav", 1 << 20, dtype="float32") for stem in ["voice", "cues", "bed"]]
        with soundfile.SoundFile(mix, "w", 48_000, 2, "FLOAT") as file:
            for blocks in zip(*parts):
                file.write(numpy.sum(blocks, axis=0))
        # Before the gain and the limiter its loudness is not that of the work, so only the residual is read.
        check = subprocess.run([sys.executable, HERE / "accept.py", self.inputs / name, mix], capture_output=True, text=True)
        residual = float(re.search(r"residual (\S+)", check.stdout)[1])
        self.note(kind="exactness", set=name, residual=residual, loudness=loudness(out))

    def formats(self):
        """One format after another and the encoder by itself, on one thread and on two."""
        command, folder = self.course("m3"), self.scratch / "format"
        for format in ["wav", "flac", "mp3", "opus", "ogg"]:
            for threads in [1, 2]:
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                usage = run([*command, "--format", format, "-o", folder / f"out.{format}"], threads=threads)
                self.note(kind="format", format=format, threads=threads, **usage)

    def floors(self):
        """What the machine and the encoders cost by themselves, for the same 3 minutes."""
        wav = self.scratch / "format/out.wav"
        run([*self.course("m3"), "--format", "wav", "-o", wav])
        for _ in range(self.rounds):
            copy = ["dd", f"if={wav}", f"of={self.scratch}/copy", "bs=1M"]
            self.note(kind="floor", format="copy", **run(copy))
            for format, encoder in ENCODERS.items():
                usage = run([*encoder, wav] + ([] if format == "flac" else [f"alone.{format}"]), cwd=self.scratch)
                self.note(kind="floor", format=format, **usage)


def machine():
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    system = f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}"
    version = said([PROGRAM, "--version"]).split()[1]
    today = datetime.date.today().isoformat()
    return {"date": today, "version": version, "processor": model[1], "cores": os.cpu_count(), "system": system}


def run(command, output=None, threads=None, cwd=None, watched=None):
    """Runs a program to its end. Seconds of wall and cpu, the most memory that one of its processes held in MiB, the bytes it
    wrote itself, and the seconds until the file `watched` had some sound."""
    environment = {**os.environ, "ADEM_CACHE": "off", "ADEM": str(PROGRAM)}
    if threads:
        environment["RAYON_NUM_THREADS"] = str(threads)
    start = time.perf_counter()
    program = subprocess.Popen(
        command, stdout=output or subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, cwd=cwd
    )
    first = []
    if watched:
        threading.Thread(target=watch, args=(watched, program.pid, start, first), daemon=True).start()
    # Ended but not yet waited for, it still tells what it wrote.
    os.waitid(os.P_PID, program.pid, os.WEXITED | os.WNOWAIT)
    wall = time.perf_counter() - start
    written = int(re.search(r"wchar: (\d+)", Path(f"/proc/{program.pid}/io").read_text())[1])
    _, status, usage = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    if program.returncode:
        sys.exit(f"{command} ended with {program.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    first = first[0] if first else wall
    return {"wall": wall, "cpu": cpu, "memory": usage.ru_maxrss / 1024, "written": written, "first": first}


def watch(path, process, start, first):
    """Notes when a file has more than a header, looking every 5 ms as long as the process is there."""
    while Path(f"/proc/{process}").exists():
        if path.exists() and path.stat().st_size > 4096:
            first.append(time.perf_counter() - start)
            return
        time.sleep(0.005)


def loudness(path):
    """The integrated loudness that ffmpeg's meter reads, to a thousandth of a LU."""
    graph = "ebur128=metadata=1,ametadata=print:key=lavfi.r128.I:file=-"
    report = said(["ffmpeg", "-v", "error", "-nostdin", "-i", path, "-af", graph, "-f", "null", "-"])
    return float(re.findall(r"lavfi.r128.I=(-?[\d.]+)", report)[-1])


def said(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
