"""What other programs read from the files of a render, as one JSON document on stdout.

    python facts.py FOLDER ENDING...

The endings are those of files of sound.

Needs ffprobe, and of Python packages mutagen, webvtt-py, jsonschema and rpp.
"""
import html.parser
import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree

import jsonschema
import mutagen
import mutagen.id3
import rpp
import webvtt

# After the specifications of the Podcast namespace: JSON chapters 1.2.0 and JSON transcripts 1.0.0.
CHAPTERS = {
    "type": "object",
    "required": ["version", "chapters"],
    "properties": {
        "version": {"const": "1.2.0"},
        "title": {"type": "string"},
        "podcastName": {"type": "string"},
        "author": {"type": "string"},
        "chapters": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["startTime"],
                "properties": {"startTime": {"type": "number", "minimum": 0}, "title": {"type": "string"}},
            },
        },
    },
}
CUES = {
    "type": "object",
    "required": ["version", "segments"],
    "properties": {
        "version": {"const": "1.0.0"},
        "segments": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["startTime", "body"],
                "properties": {
                    "startTime": {"type": "number"},
                    "endTime": {"type": "number"},
                    "body": {"type": "string"},
                },
            },
        },
    },
}


def ffprobe(path):
    show = ["-show_chapters", "-show_format", "-show_streams", "-of", "json"]
    found = json.loads(subprocess.run(["ffprobe", "-v", "error", *show, path], check=True, capture_output=True).stdout)
    audio = next(stream for stream in found["streams"] if stream["codec_type"] == "audio")
    tags = {**found["format"].get("tags", {}), **audio.get("tags", {})}
    return {
        "duration": float(found["format"]["duration"]),
        "chapters": [[float(c["start_time"]), c.get("tags", {}).get("title", "")] for c in found["chapters"]],
        "tags": {name.lower(): value for name, value in tags.items()},
        "cover": any(stream.get("disposition", {}).get("attached_pic") for stream in found["streams"]),
    }


def by_mutagen(path):
    file = mutagen.File(path)
    tags = file.tags or {}
    found = {"duration": file.info.length, "tags": {}, "chapters": [], "cover": bool(getattr(file, "pictures", []))}
    for name in sorted(tags.keys()):
        value = tags[name]
        if name.startswith("CHAP:"):
            found["chapters"].append([value.start_time / 1000, str(value.sub_frames["TIT2"])])
        elif name.startswith("APIC"):
            found["cover"] = value.mime == "image/png" and len(value.data) > 0
        elif name == "covr":
            found["cover"] = value[0].imageformat == value[0].FORMAT_PNG and len(value[0]) > 0
        elif name.lower() == "metadata_block_picture":
            found["cover"] = True
        elif not name.startswith("CTOC"):
            first = value[0] if isinstance(value, list) else value
            found["tags"][name.lower()] = first.decode() if isinstance(first, bytes) else str(first)
    found["chapters"] += [[chapter.start, chapter.title] for chapter in getattr(file, "chapters", None) or []]
    starts = sorted(name for name in found["tags"] if name.startswith("chapter") and not name.endswith("name"))
    for name in starts:
        hours, minutes, seconds = found["tags"].pop(name).split(":")
        at = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        found["chapters"].append([at, found["tags"].pop(name + "name")])
    return found


def cue_points(path):
    """The cue points of a WAV with their labels, by walking through its chunks."""
    data, at, points, labels = path.read_bytes(), 12, {}, {}
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : at + 8 + size]
        if name == b"cue ":
            for index in range(int.from_bytes(body[:4], "little")):
                point = body[4 + 24 * index : 28 + 24 * index]
                points[int.from_bytes(point[:4], "little")] = int.from_bytes(point[20:24], "little")
        if name == b"LIST" and body[:4] == b"adtl":
            inner = 4
            while inner + 8 <= len(body):
                length = int.from_bytes(body[inner + 4 : inner + 8], "little")
                label = body[inner + 8 : inner + 8 + length]
                labels[int.from_bytes(label[:4], "little")] = label[4:].rstrip(b"\0").decode()
                inner += 8 + length + length % 2
        at += 8 + size + size % 2
    return [[points[key], labels[key]] for key in sorted(points)]


class Page(html.parser.HTMLParser):
    """The headings, and whether every element is closed correctly."""

    EMPTY = {"meta", "img", "br", "hr", "link", "path", "rect", "circle"}

    def __init__(self):
        super().__init__()
        self.open, self.headings, self.language, self.mistakes = [], [], None, []

    def handle_starttag(self, tag, attributes):
        if tag == "html":
            self.language = dict(attributes)["lang"]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.mistakes.append(tag)

    def handle_data(self, data):
        if self.open and self.open[-1] in ("h1", "h2"):
            self.headings.append(data.strip())


def page(path):
    parser = Page()
    parser.feed(path.read_text(encoding="utf-8"))
    return {"language": parser.language, "headings": parser.headings, "mistakes": parser.mistakes + parser.open}


def captions(path):
    found = webvtt.from_srt(path) if path.suffix == ".srt" else webvtt.read(path)
    return [[caption.start, caption.end, caption.text.replace("\n", " ")] for caption in found]


def by_schema(path, schema):
    document = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    return document


def reaper(path):
    project = rpp.loads(path.read_text(encoding="utf-8"))
    tracks = project.findall("TRACK")
    return {
        "tracks": {track.find("NAME")[1]: len(track.findall("ITEM")) for track in tracks},
        "envelopes": len(project.findall(".//VOLENV")),
        "markers": sum(1 for entry in project if isinstance(entry, list) and entry[0] == "MARKER" and entry[4] == "0"),
        "regions": sum(1 for entry in project if isinstance(entry, list) and entry[0] == "MARKER" and entry[4] == "1") // 2,
        "files": sorted({source.find("FILE")[1] for source in project.findall(".//SOURCE")}),
    }


def facts(folder, formats):
    found = {}
    for path in sorted(pathlib.Path(folder).iterdir()):
        ending = path.name.split(".", 1)[-1]
        if path.suffix[1:] in formats:
            found[ending] = {"ffprobe": ffprobe(path), "mutagen": by_mutagen(path)}
            if path.suffix == ".wav":
                found[ending]["cues"] = cue_points(path)
        elif path.suffix in (".vtt", ".srt"):
            found[ending] = captions(path)
        elif path.suffix == ".html":
            found[ending] = page(path)
        elif path.suffix == ".svg":
            found[ending] = xml.etree.ElementTree.parse(path).getroot().tag
        elif path.suffix == ".rpp":
            found["rpp"] = reaper(path)
        elif ending == "chapters.json":
            found[ending] = by_schema(path, CHAPTERS)
        elif ending == "cues.json":
            found[ending] = by_schema(path, CUES)
        elif path.suffix == ".json":
            found[ending] = json.loads(path.read_text(encoding="utf-8"))
    return found


json.dump(facts(sys.argv[1], sys.argv[2:]), sys.stdout, ensure_ascii=False)
