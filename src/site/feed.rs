//! The podcast feed of a language: a season is a week, an episode is a track in its usual version.
//!
//! RSS 2.0 with the elements of Apple Podcasts and the podcast namespace
//! (<https://podcastindex.org/namespace/1.0>). Ids are made from names that authors choose and keep, never from the content,
//! so that a rebuilt track is not a new episode.

use std::collections::BTreeMap;

use rss::extension::itunes::{
    ITunesCategory, ITunesChannelExtension, ITunesItemExtension, ITunesOwner, NAMESPACE as ITUNES,
};
use rss::extension::{Extension, ExtensionMap};
use rss::{Channel, Enclosure, Guid, Image, Item};
use uuid::{Uuid, uuid};

use super::address::address as encoded;
use super::contents::{SiteContents, SiteFile, SiteTrack};
use super::data::disclosures;
use crate::delivery::format::Format;
use crate::export::text::page::printable;
use crate::script::Course;
use crate::script::site::Site;
use crate::script::words::AddedWords;

/// The namespace of ids of podcasts.
const PODCASTS: Uuid = uuid!("ead4c236-bf58-58c6-a2c6-a6b28d128cb6");
const PODCAST: &str = "https://podcastindex.org/namespace/1.0";
const ATOM: &str = "http://www.w3.org/2005/Atom";
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The name of a feed in the folder of its language.
pub(super) const FEED: &str = "feed.xml";
/// The name of its cover.
pub(super) const COVER: &str = "cover.png";

/// The feed of a page; `address` is that of the site.
pub(super) fn feed(course: &Course, site: &Site, address: &str, page: &SiteContents) -> String {
    let words = &page.words;
    let language = page.language.as_str();
    let publish = &course.header.publish;
    let own = |path: &str| in_site(address, &format!("{language}/{path}"));
    let id = course_id(site, language);
    let cover = own(COVER);
    let author = publish.author.as_deref().map(clean);
    let mut podcast: BTreeMap<String, Vec<Extension>> = BTreeMap::new();
    let mut add = |extension: Extension| {
        let name = extension.name.trim_start_matches("podcast:").to_owned();
        podcast.entry(name).or_default().push(extension);
    };
    add(element("guid", Some(id.to_string()), &[]));
    add(element("medium", Some("course".to_owned()), &[]));
    add(element(
        "locked",
        Some("yes".to_owned()),
        &site.contact.iter().map(|owner| ("owner", owner.as_str())).collect::<Vec<_>>(),
    ));
    if let Some(licence) = &publish.licence {
        add(element("license", Some(clean(licence)), &[]));
    }
    if let Some(author) = &author {
        add(element("person", Some(author.clone()), &[("role", "author")]));
    }
    let link = attributes(
        "atom:link",
        None,
        &[("href", &own(FEED)), ("rel", "self"), ("type", "application/rss+xml")],
    );
    let extensions = ExtensionMap::from([
        ("podcast".to_owned(), podcast),
        ("atom".to_owned(), BTreeMap::from([("link".to_owned(), vec![link])])),
    ]);
    let owner = site.contact.clone().map(|email| ITunesOwner { name: author.clone(), email: Some(email) });
    let channel = Channel {
        title: clean(&page.title),
        link: own("index.html"),
        description: clean(&about_course(page, words)),
        language: Some(language.to_owned()),
        copyright: publish.copyright.as_deref().map(clean),
        generator: Some("adem".to_owned()),
        pub_date: site.released.map(|day| date(day, 0)),
        image: Some(Image {
            url: cover.clone(),
            title: clean(&page.title),
            link: own("index.html"),
            ..Image::default()
        }),
        itunes_ext: Some(ITunesChannelExtension {
            author: author.clone(),
            image: Some(cover),
            explicit: Some("false".to_owned()),
            r#type: Some("serial".to_owned()),
            owner,
            categories: vec![ITunesCategory {
                text: "Health & Fitness".to_owned(),
                subcategory: Some(Box::new(ITunesCategory {
                    text: "Mental Health".to_owned(),
                    subcategory: None,
                })),
            }],
            ..ITunesChannelExtension::default()
        }),
        namespaces: [("itunes", ITUNES), ("podcast", PODCAST), ("atom", ATOM)]
            .map(|(prefix, name)| (prefix.to_owned(), name.to_owned()))
            .into(),
        extensions,
        items: page
            .tracks
            .iter()
            .enumerate()
            .map(|(at, track)| item(site, address, page, at, track))
            .collect(),
        ..Channel::default()
    };
    let mut bytes = Vec::new();
    channel.pretty_write_to(&mut bytes, b' ', 1).expect("a feed fits into memory");
    bytes.push(b'\n');
    String::from_utf8(bytes).expect("a feed is text")
}

/// The public address of a file of the site.
fn in_site(address: &str, path: &str) -> String {
    format!("{address}{}", encoded(path))
}

/// The id of a course in a language.
fn course_id(site: &Site, language: &str) -> Uuid {
    Uuid::new_v5(&PODCASTS, format!("adem/{}/{language}", site.id).as_bytes())
}

fn item(site: &Site, address: &str, page: &SiteContents, at: usize, track: &SiteTrack) -> Item {
    let words = &page.words;
    let language = page.language.as_str();
    let usual = track.usual();
    let address_of = |file: &SiteFile| in_site(address, &file.path);
    let week = page.week_of(at);
    let season = week.and_then(|week| week.number);
    let mut podcast: BTreeMap<String, Vec<Extension>> = BTreeMap::new();
    if let Some(season) = season {
        let title = week.and_then(|week| week.title.as_deref()).map(clean);
        let name: Vec<_> = title.iter().map(|title| ("name", title.as_str())).collect();
        podcast.insert("season".to_owned(), vec![element("season", Some(season.to_string()), &name)]);
    }
    if let Some(number) = track.number {
        podcast.insert("episode".to_owned(), vec![element("episode", Some(number.to_string()), &[])]);
    }
    if let Some(chapters) = usual.texts.get("chapters.json") {
        let kind = [("url", address_of(chapters)), ("type", "application/json+chapters".to_owned())];
        podcast.insert("chapters".to_owned(), vec![element("chapters", None, &borrowed(&kind))]);
    }
    let kinds = [("vtt", "text/vtt"), ("transcript.html", "text/html"), ("srt", "application/x-subrip")];
    let transcripts = kinds.into_iter().filter_map(|(ending, kind)| {
        let url = address_of(usual.texts.get(ending)?);
        let mut told = vec![("url", url), ("type", kind.to_owned()), ("language", language.to_owned())];
        told.extend((ending != "transcript.html").then(|| ("rel", "captions".to_owned())));
        Some(element("transcript", None, &borrowed(&told)))
    });
    podcast.insert("transcript".to_owned(), transcripts.collect());
    let id = Uuid::new_v5(&course_id(site, language), track.id.as_bytes());
    let order = u32::try_from(at).unwrap_or(u32::MAX);
    Item {
        title: Some(clean(&track.title)),
        link: Some(format!("{}#{}", in_site(address, &format!("{language}/index.html")), track.id)),
        description: Some(clean(&about_track(page, track, words))),
        guid: Some(Guid { value: id.to_string(), permalink: false }),
        pub_date: site.released.map(|day| date(day, order)),
        enclosure: Some(Enclosure {
            url: address_of(&usual.sound),
            length: usual.sound.bytes.to_string(),
            mime_type: media_type(usual.sound.ending()).to_owned(),
        }),
        itunes_ext: Some(ITunesItemExtension {
            duration: Some(format!("{:.0}", usual.entry.seconds)),
            season: season.map(|season| season.to_string()),
            episode: track.number.map(|number| number.to_string()),
            episode_type: Some("full".to_owned()),
            explicit: Some("false".to_owned()),
            ..ITunesItemExtension::default()
        }),
        extensions: ExtensionMap::from([("podcast".to_owned(), podcast)]),
        ..Item::default()
    }
}

/// What a listener has to know, and who speaks.
fn about_course(page: &SiteContents, words: &AddedWords) -> String {
    let mut lines = vec![page.title.clone()];
    lines.extend(page.is_synthetic().then(|| words.page.synthetic.clone()));
    lines.extend(page.has_drafts().then(|| words.page.drafts.clone()));
    if !page.before.is_empty() {
        lines.push(format!("{}:", words.before));
        lines.extend(page.before.iter().cloned());
    }
    lines.join("\n")
}

fn about_track(page: &SiteContents, track: &SiteTrack, words: &AddedWords) -> String {
    let usual = track.usual();
    let mut lines =
        vec![format!("{} · {}", words.page.length(usual.entry.seconds), page.words.posture(track.posture))];
    lines.extend(disclosures(words, usual).into_iter().map(str::to_owned));
    lines.extend(page.before.iter().chain(&track.before).cloned());
    lines.join("\n")
}

/// An element of the podcast namespace.
fn element(name: &str, value: Option<String>, told: &[(&str, &str)]) -> Extension {
    attributes(&format!("podcast:{name}"), value, told)
}

fn attributes(name: &str, value: Option<String>, told: &[(&str, &str)]) -> Extension {
    let attrs = told.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Extension { name: name.to_owned(), value, attrs, children: BTreeMap::new() }
}

fn borrowed<'a>(told: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    told.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// Text that XML allows.
fn clean(text: &str) -> String {
    printable(text)
}

/// The media type of a file by its ending, as podcast apps know it.
fn media_type(ending: &str) -> &'static str {
    match Format::of_ending(ending, Format::Wav24).unwrap_or(Format::Wav24) {
        Format::Mp3 => "audio/mpeg",
        Format::M4a => "audio/x-m4a",
        Format::Opus | Format::Ogg => "audio/ogg",
        Format::Flac => "audio/flac",
        Format::Wav16 | Format::Wav24 | Format::Wav32f => "audio/wav",
    }
}

/// A day at six in the morning UTC, and so many minutes later, as mail writes it (RFC 2822). Podcast apps sort by it, so that
/// each episode comes a minute after the one before.
fn date([year, month, day]: [u32; 3], minutes: u32) -> String {
    let minutes = 6 * 60 + minutes;
    let days = days(year, month, day) + minutes / (24 * 60);
    let (hour, minute) = (minutes / 60 % 24, minutes % 60);
    let weekday = WEEKDAYS[days as usize % 7];
    // The episodes of a course fit into a day.
    format!("{weekday}, {day:02} {} {year} {hour:02}:{minute:02}:00 +0000", MONTHS[month as usize - 1])
}

/// Days since 1 January 1970, a Thursday.
fn days(year: u32, month: u32, day: u32) -> u32 {
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = |year: u32| year / 4 - year / 100 + year / 400;
    let before = 365 * (year - 1969) + leaps(year) - leaps(1969);
    before + (153 * month + 2) / 5 + day - 1 - 306
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_as_mail_writes_it() {
        assert_eq!(date([1970, 1, 1], 0), "Thu, 01 Jan 1970 06:00:00 +0000");
        assert_eq!(date([2026, 11, 27], 75), "Fri, 27 Nov 2026 07:15:00 +0000");
        assert_eq!(date([2028, 2, 29], 0), "Tue, 29 Feb 2028 06:00:00 +0000");
    }

    #[test]
    fn ids_depend_on_names_only() {
        let site = |id: &str| Site {
            id: id.to_owned(),
            deliveries: Vec::new(),
            address: None,
            released: None,
            contact: None,
        };
        // Published ids: if this changes, every listener's app shows every episode again.
        assert_eq!(course_id(&site("proef"), "nl").to_string(), "0a2bb2df-cec4-5012-af4f-c098062b13ec");
        assert_ne!(course_id(&site("proef"), "en"), course_id(&site("proef"), "nl"));
        assert_ne!(course_id(&site("ander"), "nl"), course_id(&site("proef"), "nl"));
    }
}
