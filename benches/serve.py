#!/usr/bin/env python3
"""Measures `adem serve` on loopback, and prints tables in Markdown.

    cargo build --release
    python3 benches/serve.py [--program target/release/adem] [--quick]

Standard library only, and ffmpeg for the comparison if it is there. Linux; wants a quiet machine for eight minutes, and a
few GB in the folder for temporary files. It runs from a clone alone: the versions are those of track 1, which has recordings
in Dutch and English. The load comes from one process on the same machine, whose own processor time stands in a column. It reads
sound with MSG_TRUNC, so the kernel throws the bytes away instead of copying them.
"""

import argparse
import datetime
import heapq
import json
import math
import multiprocessing
import os
import platform
import random
import re
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TRACK = 1
# What a player takes ahead, and how long it then plays, in seconds.
AHEAD, PLAYS = 5.0, 12.0
# New listeners a second.
ARRIVALS = {"same": 100.0, "wav24": 20.0, "opus": 10.0}
# Whoever waits longer for a second of sound counts as one who stalls.
PATIENCE = 10.0
TICKS = os.sysconf("SC_CLK_TCK")
random.seed(24)


class Versions:
    """Versions that nobody has asked for yet: lengths of a track in two languages, all different."""

    def __init__(self):
        step = [180 + number * 0.5 for number in range(600)]
        self.left = [(lang, seconds) for lang in ("en", "nl") for seconds in step]
        random.shuffle(self.left)

    def next(self, form="wav24"):
        lang, seconds = self.left.pop()
        return f"lang={lang}&length={seconds:g}s&format={form}"


class Service:
    """A service with nothing in its folder of finished files."""

    def __init__(self, bench):
        self.folder = Path(tempfile.mkdtemp(dir=bench.scratch))
        limits = "--rate 0 --listeners 10000 --queue 10000 --files 10000 --linger 1s --patience 60s --drain 1s".split()
        command = [bench.program, "serve", bench.course, "--listen", "127.0.0.1:0", "--folder", self.folder, "--no-watch"]
        began = time.monotonic()
        self.log = open(bench.scratch / "serve.log", "a")
        self.process = subprocess.Popen(
            [*command, *limits, "--log", "warn"], env=bench.environment, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        line = self.process.stdout.readline()
        self.started = time.monotonic() - began
        host, port = line.strip().rsplit("//", 1)[1].rsplit(":", 1)
        self.address = (host, int(port))
        self.course = self.json("/v1/courses")["courses"][0]["course"]

    def __enter__(self):
        # What is done once for a course: its recordings are measured, the window of its first bed is made.
        for lang in ("en", "nl"):
            fetch(self, self.track(f"/audio?lang={lang}"), seconds=1)
        self.idle = self.memory()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def track(self, rest):
        return f"/v1/courses/{self.course}/tracks/{TRACK}{rest}"

    def json(self, path):
        line = Line(self)
        status, _, body = line.ask(path)
        line.close()
        assert status == 200, (path, status, body[:300])
        return json.loads(body)

    def cpu(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


class Line:
    """A connection that is kept."""

    def __init__(self, service):
        self.socket = socket.create_connection(service.address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def send(self, path, headers=()):
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", *headers]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())

    def head(self):
        while b"\r\n\r\n" not in self.rest:
            self.more()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        first, *lines = head.decode().split("\r\n")
        return int(first.split()[1]), dict(line.lower().split(": ", 1) for line in lines)

    def more(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("the service closed the connection")
        self.rest += data

    def ask(self, path, headers=()):
        self.send(path, headers)
        status, found = self.head()
        size = 0 if status == 304 else int(found["content-length"])
        while len(self.rest) < size:
            self.more()
        body, self.rest = self.rest[:size], self.rest[size:]
        return status, found, body

    def close(self):
        self.socket.close()


def fetch(service, path, seconds, first=0):
    """The time until the first byte of the body, and until so many seconds of sound are there; and the length of the file."""
    line = Line(service)
    began = time.perf_counter()
    line.send(path, [f"Range: bytes={first}-"] if first else [])
    status, head = line.head()
    assert status in (200, 206), (path, status, line.rest[:300])
    while not line.rest:
        line.more()
    first_byte = time.perf_counter() - began
    wanted = int(seconds * BYTES["wav24"]) + (0 if first else 2000)
    while len(line.rest) < wanted:
        line.more()
    sound = time.perf_counter() - began
    line.close()
    size = head.get("content-range", head["content-length"]).rsplit("/")[-1]
    return first_byte, sound, int(size)


# Bytes of a second of sound. Opus is near the rate that it is asked for; a player takes what plays a second.
BYTES = {"wav24": 48000 * 2 * 3, "opus": 128_000 // 8}


class Listener:
    """One who plays: takes a few seconds ahead, then as much as is played."""

    def __init__(self, path, form, plays):
        self.path, self.rate, self.plays = path, BYTES[form], plays
        self.got, self.began, self.started, self.stalls, self.failed = 0, None, None, 0, None
        self.head = b""

    def connect(self, service, poll, by_file):
        self.began = time.perf_counter()
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 128 << 10)
        self.socket.connect(service.address)
        self.socket.sendall(f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        self.socket.setblocking(False)
        by_file[self.socket.fileno()] = self
        poll.register(self.socket, select.EPOLLIN)

    def wants(self, now):
        played = now - self.started if self.started else 0.0
        return int((played + AHEAD) * self.rate) - self.got

    def read(self, now):
        """Takes what is there. False at the end."""
        try:
            if not self.head.endswith(b"\r\n\r\n"):
                data = self.socket.recv(4096, socket.MSG_PEEK)
                end = data.find(b"\r\n\r\n")
                self.head = self.socket.recv(end + 4 if end >= 0 else len(data))
                status = self.head[9:12]
                if status != b"200":
                    self.failed = f"status {status.decode()}"
                    return False
                return True
            count = self.socket.recv_into(SINK, min(len(SINK), max(self.wants(now), 1)), socket.MSG_TRUNC)
        except BlockingIOError:
            return True
        except OSError as error:
            self.failed = str(error)
            return False
        if count == 0:
            self.failed = self.failed or "closed"
            return False
        if self.started and self.got < (now - self.started) * self.rate:
            # It plays on from here.
            self.stalls += 1
            self.started = now - self.got / self.rate
        self.got += count
        if not self.started and self.got >= self.rate:
            self.started, self.first = now, now - self.began
        return True


SINK = bytearray(1 << 18)


def listen(service, paths, form, arrivals, plays=PLAYS):
    """Listeners who come one after the other, and play till the last one has played for a while."""
    listeners = [Listener(path, form, plays) for path in paths]
    poll, by_file, resting = select.epoll(), {}, []
    begin = time.perf_counter()
    end = begin + len(listeners) / arrivals + plays
    own, cpu, most, looked = time.process_time(), service.cpu(), 0.0, 0.0
    coming = iter(enumerate(listeners))
    following = next(coming, None)
    while (now := time.perf_counter()) < end:
        while following and begin + following[0] / arrivals <= now:
            following[1].connect(service, poll, by_file)
            following = next(coming, None)
        while resting and resting[0][0] <= now:
            _, file = heapq.heappop(resting)
            poll.modify(file, select.EPOLLIN)
        if now > looked + 0.25:
            most, looked = max(most, service.memory()), now
        wait = min(0.05, resting[0][0] - now if resting else 1, begin + following[0] / arrivals - now if following else 1)
        for file, _ in poll.poll(max(wait, 0.001), 256):
            listener = by_file[file]
            if not listener.read(time.perf_counter()):
                poll.unregister(file)
            elif listener.started and listener.wants(now) < listener.rate // 2:
                poll.modify(file, 0)
                heapq.heappush(resting, (now + 1.0, file))
    own, cpu = time.process_time() - own, service.cpu() - cpu
    last = time.perf_counter()
    for listener in listeners:
        if listener.started and listener.got < (last - listener.started) * listener.rate:
            listener.stalls += 1
        if listener.began:
            listener.socket.close()
    first = sorted(listener.first for listener in listeners if listener.started)
    silent = [listener for listener in listeners if not listener.started]
    reasons = sorted({listener.failed for listener in listeners if listener.failed})
    return {
        "listeners": len(listeners),
        "stalled": sum(1 for listener in listeners if listener.stalls),
        "silent": len(silent),
        "late": sum(1 for time in first if time > PATIENCE),
        "reasons": reasons,
        "first": (middle(first), high(first)),
        "cpu": cpu / (last - begin),
        "own": own / (last - begin),
        "memory": most,
        "idle": service.idle,
    }


def middle(values):
    return statistics.median(values) if values else math.nan


def high(values, part=0.95):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else math.nan


def ms(value):
    return "–" if math.isnan(value) else f"{value * 1000:.1f}" if value < 0.1 else f"{value * 1000:.0f}"


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print(flush=True)


class Bench:
    def __init__(self, program, course, quick, scratch):
        self.program, self.course, self.quick = program.resolve(), course.resolve(), quick
        self.scratch = Path(tempfile.mkdtemp(prefix="adem-serve-", dir=scratch))
        state = {"ADEM_CACHE": str(self.scratch / "cache"), "ADEM_STATE": str(self.scratch / "state")}
        self.environment = {**os.environ, **state}
        self.environment.pop("ADEM_TOKENS", None)
        self.versions = Versions()

    def run(self):
        began = time.monotonic()
        self.machine()
        with Service(self):
            pass  # the first one converts the recordings
        for part in (self.singles, self.same, lambda: self.different("wav24"), lambda: self.different("opus"), self.plain):
            self.versions = Versions()
            try:
                part()
            except Exception as error:  # the other tables are still worth having
                print(f"**not measured**: {type(error).__name__}: {error}\n", flush=True)
        print(f"All of it took {time.monotonic() - began:.0f} s.")
        shutil.rmtree(self.scratch, ignore_errors=True)

    def machine(self):
        model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
        version = subprocess.run([self.program, "--version"], capture_output=True, text=True).stdout.strip()
        load = os.getloadavg()[0]
        print(
            f"Measured on {datetime.date.today()} with {version}: {os.cpu_count()} cores of {model[1] if model else 'unknown'}, "
            f"{platform.system()} {platform.release()}, Python {platform.python_version()}, load {load:.1f} before.\n"
        )

    def singles(self):
        rows = []
        count = 12 if self.quick else 60
        with Service(self) as service:
            cpu = service.cpu()
            pairs = [fetch(service, service.track(f"/audio?{self.versions.next()}"), 1)[:2] for _ in range(count)]
            cpu = (service.cpu() - cpu) / count
            first, sound = zip(*pairs)
            rows.append(["a new version: first byte", count, ms(middle(first)), ms(high(first)), ms(max(first)), "60 / 25"])
            rows.append(["a new version: one second of sound", count, ms(middle(sound)), ms(high(sound)), ms(max(sound)), "100 / 50"])
            rows.append(["… its processor time, server", count, ms(cpu), "", "", ""])
            sought = []
            while len(sought) < count:
                path = service.track(f"/audio?{self.versions.next()}")
                size = fetch(service, path, 1)[2]
                # Past what was rendered, at least two windows from each other.
                window = (1 << 18) * 6
                for place in random.sample(range(4, size // window - 2, 3), 4):
                    sought.append(fetch(service, path, 1, place * window + random.randrange(window))[1])
            rows.append(["a seek to what nobody rendered: one second of sound", len(sought), ms(middle(sought)), ms(high(sought)), ms(max(sought)), "150 / 60"])
            again = [fetch(service, path, 1)[1] for _ in range(count)]
            rows.append(["a version that somebody heard: one second of sound", count, ms(middle(again)), ms(high(again)), ms(max(again)), ""])
            rows += self.cached(service, path, "alone")
            paths = [path] * (50 if self.quick else 400)
            beside = multiprocessing.get_context("fork").Process(target=listen, args=(service, paths, "wav24", 200.0, 12.0))
            beside.start()
            time.sleep(len(paths) / 200 + 1)
            rows += self.cached(service, path, f"beside {len(paths)} listeners")
            beside.join()
        print("### Time to answer\n")
        print("In milliseconds; each on a new connection but the small requests, which share one.\n")
        table(["what", "times", "median", "p95", "most", "goal / aim"], rows)

    def cached(self, service, path, how):
        """Small ranges of what is rendered, and JSON."""
        line = Line(service)
        versions = path.replace("/audio?", "/version?"), path.replace("/audio?", "/chapters?").replace("&format=wav24", "")
        status, head, _ = line.ask(path, ["Range: bytes=0-1"])
        ranges, other = [], []
        for number in range(500 if self.quick else 3000):
            start = random.randrange(1_000_000)
            kind = number % 3
            began = time.perf_counter()
            if kind == 0:
                status, _, _ = line.ask(versions[number % 2])
            elif kind == 1:
                status, _, _ = line.ask(path, [f"If-None-Match: {head['etag']}"])
            else:
                status, _, _ = line.ask(path, [f"Range: bytes={start}-{start + random.choice([1, 4_000, 64_000])}"])
            took = time.perf_counter() - began
            assert status in (200, 206, 304), (status, kind)
            (ranges if kind == 2 else other).append(took)
        line.close()
        return [
            [f"small ranges that are rendered, {how}: median, p99, most", len(ranges), ms(middle(ranges)), ms(high(ranges, 0.99)), ms(max(ranges)), "p99 10"],
            [f"JSON and 304, {how}: median, p99, most", len(other), ms(middle(other)), ms(high(other, 0.99)), ms(max(other)), "p99 10"],
        ]

    def row(self, found):
        held = not (found["stalled"] or found["silent"] or found["late"])
        first, late = found["first"]
        return [
            found["listeners"],
            "**none**" if held else found["stalled"],
            found["silent"] + found["late"],
            ms(first),
            ms(late),
            f"{found['cpu']:.2f}",
            f"{found['own']:.2f}",
            f"{found['memory']:.0f}",
            f"{found['memory'] - found['idle']:.0f}",
            ", ".join(found["reasons"]),
        ], held

    HEAD = ["listeners", "stall", f"no sound in {PATIENCE:.0f} s", "first sound ms", "p95", "cores, server", "cores, load", "memory MiB", "above idle", ""]

    def climb(self, steps, paths, form, arrivals):
        rows = []
        for count in steps:
            with Service(self) as service:
                found = listen(service, paths(service, count), form, arrivals)
            row, held = self.row(found)
            rows.append(row)
            if not held:
                break
        table(self.HEAD, rows)

    def same(self):
        print("### Listeners of one version\n")
        print(
            f"WAV of 24 bits, {BYTES['wav24'] * 8 / 1e6:.1f} Mbit/s each. {ARRIVALS['same']:.0f} come in a second; each takes {AHEAD:.0f} s ahead and "
            f"then as much as plays, for at least {PLAYS:.0f} s. It ends at the first number that stalls.\n"
        )
        path = f"/audio?{self.versions.next()}"
        steps = [100] if self.quick else [100, 200, 400, 800, 1600, 2000]
        self.climb(steps, lambda service, count: [service.track(path)] * count, "wav24", ARRIVALS["same"])

    def different(self, form):
        print(f"### Different versions at once, {form}\n")
        print(f"{ARRIVALS[form]:.0f} new ones in a second, each of another length or language, played as above.\n")
        steps = {"wav24": [25, 50, 100, 200, 400, 600], "opus": [25, 50, 100, 200]}[form]

        def paths(service, count):
            self.versions = Versions()
            return [service.track(f"/audio?{self.versions.next(form)}") for _ in range(count)]

        self.climb(steps[:1] if self.quick else steps, paths, form, ARRIVALS[form])

    def plain(self):
        """A script for each request."""
        rounds = 2 if self.quick else 8
        rows = []
        with Service(self) as service:
            times = []
            cpu = service.cpu()
            for _ in range(rounds):
                times.append(fetch(service, service.track(f"/audio?{self.versions.next()}"), 1)[1])
            rows.append(["`adem serve`, first second of sound", ms(middle(times)), ms(high(times)), f"{(service.cpu() - cpu) / rounds:.2f}", "yes"])
            one = f"lang=en&length=300s"
            events = service.json(service.track(f"/timeline?{one}"))["events"]
        wav, bed = self.scratch / "plain.wav", self.scratch / "bed.wav"

        def render(*more):
            lang, length, _ = (part.split("=")[1] for part in self.versions.next().split("&"))
            return [self.program, "render", str(TRACK), "--lang", lang, "--length", length, "--quiet", *more]

        ways = [("a process of `adem render -o -` a request", lambda: render("-o", "-"), False)]
        ways.append(("a process of `adem render` to a file, then the file", lambda: render("-o", wav), True))
        if shutil.which("ffmpeg"):
            make = [self.program, "render", str(TRACK), "--lang", "en", "--length", "300s", "--mix", "bed", "--quiet", "-o", bed]
            subprocess.run(make, cwd=self.course, env=self.environment, check=True, capture_output=True)
            ways.append(("ffmpeg, clips and a bed that is there, one pass to a pipe", lambda: mix(self.course, events, bed, "pipe:1"), False))
            ways.append(("the same to a file, then the file", lambda: mix(self.course, events, bed, wav), True))
        for name, command, to_file in ways:
            times, cpus = [], []
            for _ in range(rounds):
                wav.unlink(missing_ok=True)
                took, cpu = self.process(command(), to_file)
                times.append(took)
                cpus.append(cpu)
            rows.append([name, ms(middle(times)), ms(high(times)), f"{middle(cpus):.2f}", "no" if to_file or "ffmpeg" in name else "length alone"])
        print("### The plain way\n")
        print(
            "A script that starts a program for each request, for versions of 3 to 8 minutes (ffmpeg: 5 minutes, the same clips at the same "
            "places, the bed of the service in a file, a compressor as duck, no loudness). Milliseconds till a second of sound can be sent, and "
            "seconds of processor time for all of the file; for `adem serve` till the second of sound is there.\n"
        )
        table(["way", "median ms", "p95 ms", "cpu s", "seeking while it renders"], rows)

    def process(self, command, to_file):
        before = os.times()
        began = time.perf_counter()
        child = subprocess.Popen(
            command, cwd=self.course, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        got, took = 0, None
        while data := child.stdout.read1(1 << 18):
            got += len(data)
            if took is None and got > BYTES["wav24"] + 2000:
                took = time.perf_counter() - began
        status = child.wait()
        if to_file or took is None:
            took = time.perf_counter() - began
        assert status == 0, f"{command[0]} ended with {status}"
        after = os.times()
        return took, after.children_user + after.children_system - before.children_user - before.children_system


def mix(course, events, bed, out):
    """The command that mixes the clips of a timeline over a bed."""
    clips = [event for event in events if event["kind"] == "phrase" and event.get("clip")]
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", bed]
    graph = []
    for number, clip in enumerate(clips, 1):
        command += ["-i", course / clip["clip"]]
        place = f"adelay={clip['start']}S:all=1,volume={clip['gain_db']:.2f}dB"
        graph.append(f"[{number}]aresample=48000,aformat=channel_layouts=stereo,{place}[v{number}]")
    row = "".join(f"[v{number}]" for number in range(1, len(clips) + 1))
    graph.append(f"{row}amix=inputs={len(clips)}:normalize=0,apad,asplit[voice][key]")
    graph.append("[0][key]sidechaincompress=threshold=0.0125:ratio=2:attack=200:release=2000[low]")
    graph.append("[low][voice]amix=inputs=2:normalize=0:duration=first,alimiter=limit=0.89:level=0[out]")
    return [*command, "-filter_complex", ";".join(graph), "-map", "[out]", "-c:a", "pcm_s24le", "-f", "wav", out]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=ROOT / "target/release/adem")
    parser.add_argument("--course", type=Path, default=ROOT)
    parser.add_argument("--scratch", type=Path, help="a folder for temporary files")
    parser.add_argument("--quick", action="store_true", help="the first step of each table, to see that everything is there")
    arguments = parser.parse_args()
    if not arguments.program.is_file():
        sys.exit(f"{arguments.program} is not there; build it with `cargo build --release`, or name another with --program")
    Bench(**vars(arguments)).run()


if __name__ == "__main__":
    main()
