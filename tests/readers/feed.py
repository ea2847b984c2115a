"""Reads podcast feeds and checks what podcast apps need: feed.py FEED…"""

import sys
import uuid
import xml.etree.ElementTree as ElementTree
from email.utils import parsedate_to_datetime

ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
PODCAST = "{https://podcastindex.org/namespace/1.0}"
ATOM = "{http://www.w3.org/2005/Atom}"


def needed(element, name):
    found = element.find(name)
    assert found is not None, f"no {name} in {element.tag}"
    return found


def check(path):
    channel = needed(ElementTree.parse(path).getroot(), "channel")
    for name in ("title", "link", "description", "language", ITUNES + "author", ITUNES + "explicit", PODCAST + "guid"):
        # An author is only there if the course names one.
        if name == ITUNES + "author" and channel.find(name) is None:
            continue
        assert needed(channel, name).text.strip(), name
    uuid.UUID(needed(channel, PODCAST + "guid").text)
    assert needed(channel, ITUNES + "image").get("href").startswith("https://")
    assert needed(channel, ITUNES + "category").get("text")
    assert needed(channel, ITUNES + "type").text == "serial"
    assert needed(channel, ATOM + "link").get("rel") == "self"
    days, ids = [], set()
    for item in channel.findall("item"):
        enclosure = needed(item, "enclosure")
        assert enclosure.get("url").startswith("https://") and int(enclosure.get("length")) > 1000
        assert enclosure.get("type") == "audio/mpeg"
        guid = needed(item, "guid")
        uuid.UUID(guid.text)
        ids.add(guid.text)
        days.append(parsedate_to_datetime(needed(item, "pubDate").text))
        assert int(needed(item, ITUNES + "duration").text) > 0
        assert int(needed(item, ITUNES + "season").text) == int(needed(item, PODCAST + "season").text)
        assert int(needed(item, ITUNES + "episode").text) == int(needed(item, PODCAST + "episode").text)
        assert needed(item, PODCAST + "chapters").get("url")
        kinds = [transcript.get("type") for transcript in item.findall(PODCAST + "transcript")]
        assert kinds == ["text/vtt", "text/html", "application/x-subrip"], kinds
        assert needed(item, "title").text and needed(item, "description").text
    assert len(ids) == len(days) and days == sorted(days)
    try:
        import feedparser
    except ImportError:
        print("skipped: feedparser is not installed", file=sys.stderr)
        return
    with open(path, "rb") as file:
        feed = feedparser.parse(file)
    assert not feed.bozo, feed.get("bozo_exception")
    assert len(feed.entries) == len(ids)
    for entry in feed.entries:
        assert entry.id in ids and entry.enclosures[0].type == "audio/mpeg" and entry.published_parsed


for path in sys.argv[1:]:
    check(path)
