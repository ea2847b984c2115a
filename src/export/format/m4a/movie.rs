//! The index of an M4A (the box `moov`): an audio track with its edit list, and a text track of titles, which Apple
//! players show as chapters (QuickTime File Format, "Chapter Lists").

use super::boxes::Boxes;
use super::tags;
use crate::export::{Tags, TrackSpec};
use crate::unit::Position;

/// Frames of an access unit, which is also the delay of the encoder (ISO/IEC 14496-3).
pub(super) const UNIT: u64 = 1_024;
/// Access units per chunk, whose offset is in the index: two thirds of a second at 48 kHz.
const UNITS_A_CHUNK: u64 = 32;
/// The most bytes of an access unit for each channel: 6144 bits.
const MOST_BYTES: u64 = 768;
/// An upper bound for all of the file except the media.
const MOST_ELSE: u64 = 1 << 26;
/// The numbers of the tracks.
const SOUND: u32 = 1;
const TITLES: u32 = 2;
/// Flags of a track (ISO/IEC 14496-12, 8.3.2): enabled, and part of the presentation.
const PLAYED: u32 = 3;
const NOT_PLAYED: u32 = 2;
/// The size of the style of titles, which players ignore: flags, colours, box and font (QuickTime File Format, "Text
/// Sample Description").
const TITLE_LOOKS: usize = 44;

/// A chapter in frames.
pub(super) struct M4aChapter {
    pub start: u64,
    pub end: u64,
    pub title: String,
}

/// The index of a file, without the sizes of its access units.
pub(super) struct Movie {
    spec: TrackSpec,
    /// Three letters of 5 bits each (8.4.2).
    language: u16,
    /// The decoder configuration.
    config: Vec<u8>,
    bit_rate: u32,
    labels: Vec<u8>,
    chapters: Vec<M4aChapter>,
    /// Whether times need 64 bits.
    is_long: bool,
    /// Whether offsets need 64 bits.
    is_large: bool,
}

impl Movie {
    /// `config` is the `AudioSpecificConfig`, `bit_rate` in bits a second.
    pub(super) fn new(spec: &TrackSpec, tags: &Tags, config: &[u8], bit_rate: u32) -> Self {
        let units = units(spec);
        let chapters = chapters(spec, tags);
        let padding = (units - 1) * UNIT - spec.frames.0;
        let letters = tags.language_code().bytes();
        Self {
            spec: *spec,
            language: letters.fold(0, |packed, letter| packed << 5 | u16::from(letter & 0x1F)),
            config: config.to_vec(),
            bit_rate,
            labels: tags::labels(tags, spec, UNIT, padding, &chapters),
            chapters,
            is_long: spec.frames.0 + UNIT > u64::from(u32::MAX),
            is_large: units * (MOST_BYTES * spec.channels as u64 + 8) + MOST_ELSE > u64::from(u32::MAX),
        }
    }

    /// The number of access units.
    pub(super) fn units(&self) -> usize {
        units(&self.spec) as usize
    }

    /// The bytes before the media, for access units of these sizes in a file that starts at `start`. The length does
    /// not depend on the sizes.
    pub(super) fn head(&self, sizes: &[u32], start: u64) -> Vec<u8> {
        let length = self.head_before(sizes, 0).len() as u64;
        self.head_before(sizes, start + length)
    }

    /// The first media samples: the titles, each with its length and a mark for UTF-8.
    pub(super) fn texts(&self) -> Vec<u8> {
        let mut texts = Boxes::default();
        for part in &self.chapters {
            texts.u16(part.title.len() as u16);
            texts.bytes(part.title.as_bytes());
            texts.put(*b"encd", |encoding| encoding.u32(0x100));
        }
        texts.into_bytes()
    }

    fn head_before(&self, sizes: &[u32], media: u64) -> Vec<u8> {
        let texts = self.texts().len() as u64;
        let mut head = Boxes::default();
        head.put(*b"ftyp", |kind| kind.bytes(b"M4A \0\0\0\0M4A mp42isom"));
        head.put(*b"moov", |movie| {
            self.movie_header(movie);
            self.sound(movie, sizes, media + texts);
            if !self.chapters.is_empty() {
                self.titles(movie, media);
            }
            movie.bytes(&self.labels);
        });
        head.media(self.is_large, texts + sizes.iter().map(|size| u64::from(*size)).sum::<u64>());
        head.into_bytes()
    }

    /// The time scale is the sample rate, so that all times are exact.
    fn movie_header(&self, movie: &mut Boxes) {
        self.timed(movie, *b"mvhd", 0, |header| {
            header.u32(self.spec.rate.hz());
            header.times(self.is_long, &[self.spec.frames.0]);
            header.u32(0x1_0000); // at its own speed
            header.u16(0x100); // at its own level
            header.zeros(10);
            header.matrix();
            header.zeros(24);
            header.u32(TITLES + 1); // the number of a track to come
        });
    }

    /// Adds a box that starts with creation and modification times. They are 0, so that a render is reproducible.
    fn timed(&self, inside: &mut Boxes, name: [u8; 4], flags: u32, fill: impl FnOnce(&mut Boxes)) {
        inside.full(name, u8::from(self.is_long), flags, |inside| {
            inside.times(self.is_long, &[0, 0]);
            fill(inside);
        });
    }

    fn sound(&self, movie: &mut Boxes, sizes: &[u32], at: u64) {
        movie.put(*b"trak", |track| {
            self.track_header(track, SOUND, PLAYED, 0x100);
            self.edits(track, &[(self.spec.frames.0, UNIT)]);
            if !self.chapters.is_empty() {
                track.put(*b"tref", |reference| reference.put(*b"chap", |chapters| chapters.u32(TITLES)));
            }
            track.put(*b"mdia", |media| {
                self.media_header(media, *b"soun", "Sound", UNIT + self.spec.frames.0);
                media.put(*b"minf", |information| {
                    information.full(*b"smhd", 0, 0, |header| header.zeros(4));
                    here(information);
                    information.put(*b"stbl", |table| self.units_table(table, sizes, at));
                });
            });
        });
    }

    fn titles(&self, movie: &mut Boxes, at: u64) {
        let first = self.chapters.first().map_or(0, |part| part.start);
        let length = self.spec.frames.0 - first;
        movie.put(*b"trak", |track| {
            self.track_header(track, TITLES, NOT_PLAYED, 0);
            if first > 0 {
                // An empty edit, then the whole media.
                self.edits(track, &[(first, u64::MAX), (length, 0)]);
            }
            track.put(*b"mdia", |media| {
                self.media_header(media, *b"text", "Chapters", length);
                media.put(*b"minf", |information| {
                    general_header(information);
                    here(information);
                    information.put(*b"stbl", |table| self.titles_table(table, at));
                });
            });
        });
    }

    fn track_header(&self, track: &mut Boxes, number: u32, flags: u32, volume: u16) {
        self.timed(track, *b"tkhd", flags, |header| {
            header.u32(number);
            header.zeros(4);
            header.times(self.is_long, &[self.spec.frames.0]);
            header.zeros(12);
            header.u16(volume);
            header.zeros(2);
            header.matrix();
            header.zeros(8); // no width and no height
        });
    }

    /// Edits: the length of each and its start in the media (8.6.6); −1 is an empty edit.
    fn edits(&self, track: &mut Boxes, stretches: &[(u64, u64)]) {
        track.put(*b"edts", |edits| {
            edits.full(*b"elst", u8::from(self.is_long), 0, |list| {
                list.u32(stretches.len() as u32);
                for (length, from) in stretches {
                    list.times(self.is_long, &[*length, *from]);
                    list.u32(0x1_0000); // at its own speed
                }
            });
        });
    }

    fn media_header(&self, media: &mut Boxes, kind: [u8; 4], name: &str, length: u64) {
        self.timed(media, *b"mdhd", 0, |header| {
            header.u32(self.spec.rate.hz());
            header.times(self.is_long, &[length]);
            header.u16(self.language);
            header.zeros(2);
        });
        media.full(*b"hdlr", 0, 0, |handler| {
            handler.zeros(4);
            handler.bytes(&kind);
            handler.zeros(12);
            handler.bytes(name.as_bytes());
            handler.u8(0);
        });
    }

    /// The sample table: offsets, durations and the decoder. The last unit ends with the track.
    fn units_table(&self, table: &mut Boxes, sizes: &[u32], at: u64) {
        let units = units(&self.spec);
        let last = self.spec.frames.0 - (units - 2) * UNIT;
        described(table, |entries| self.coding(entries));
        durations(table, &[((units - 1) as u32, UNIT as u32), (1, last as u32)]);
        chunks(table, units, UNITS_A_CHUNK);
        lengths(table, sizes);
        let mut next = at;
        let chunks = sizes.chunks(UNITS_A_CHUNK as usize).map(|chunk| {
            let place = next;
            next += chunk.iter().map(|size| u64::from(*size)).sum::<u64>();
            place
        });
        places(table, self.is_large, &chunks.collect::<Vec<_>>());
    }

    /// The sample table of the titles, which are one chunk.
    fn titles_table(&self, table: &mut Boxes, at: u64) {
        described(table, |entries| {
            entries.put(*b"text", |entry| {
                entry.zeros(6);
                entry.u16(1);
                entry.zeros(TITLE_LOOKS);
            });
        });
        let spans = self.chapters.iter().map(|part| (1, part.end.saturating_sub(part.start) as u32));
        durations(table, &spans.collect::<Vec<_>>());
        chunks(table, self.chapters.len() as u64, self.chapters.len() as u64);
        let sizes = self.chapters.iter().map(|part| part.title.len() as u32 + 14);
        lengths(table, &sizes.collect::<Vec<_>>());
        places(table, self.is_large, &[at]);
    }

    /// The sample entry of AAC (ISO/IEC 14496-14, 5.6).
    fn coding(&self, entries: &mut Boxes) {
        entries.put(*b"mp4a", |entry| {
            entry.zeros(6);
            entry.u16(1); // the sound is in this file
            entry.zeros(8);
            entry.u16(self.spec.channels as u16);
            entry.u16(16);
            entry.zeros(4);
            // 16.16 bits; higher rates are only in the decoder configuration.
            entry.u32(u16::try_from(self.spec.rate.hz()).map_or(0, |hz| u32::from(hz) << 16));
            entry.full(*b"esds", 0, 0, |stream| self.descriptors(stream));
        });
    }

    /// Descriptors (ISO/IEC 14496-1, 7.2.6), each with tag and length: the stream, the decoder, its configuration and
    /// the synchronisation layer.
    fn descriptors(&self, stream: &mut Boxes) {
        let config = self.config.len() as u8;
        stream.bytes(&[3, 3 + 2 + 13 + 2 + config + 3, 0, 0, 0]);
        // MPEG-4 AAC, an audio stream.
        stream.bytes(&[4, 13 + 2 + config, 0x40, 0x15]);
        let buffer = (MOST_BYTES * self.spec.channels as u64) as u32;
        stream.bytes(&buffer.to_be_bytes()[1..]);
        stream.u32(self.bit_rate);
        stream.u32(self.bit_rate);
        stream.bytes(&[5, config]);
        stream.bytes(&self.config);
        stream.bytes(&[6, 1, 2]);
    }
}

/// The number of access units for the delay and all frames.
fn units(spec: &TrackSpec) -> u64 {
    spec.frames.0.div_ceil(UNIT) + 1
}

/// Each chapter ends at the start of the next one, the last at the end of the track.
fn chapters(spec: &TrackSpec, tags: &Tags) -> Vec<M4aChapter> {
    let end = Position::START + spec.frames;
    let chapters: Vec<_> = tags.chapters.iter().filter(|part| part.start < end).collect();
    let ends = chapters.iter().skip(1).map(|next| next.start).chain([end]);
    let chapter_of = |(chapter, end): (&&crate::layout::Chapter, Position)| M4aChapter {
        start: chapter.start.0,
        end: end.0,
        title: chapter.title.chars().take(MOST_LETTERS).collect(),
    };
    chapters.iter().zip(ends).map(chapter_of).collect()
}

/// The longest title: its length is two bytes, and a character takes up to four.
const MOST_LETTERS: usize = 1 << 13;

/// The media are in this file (8.7.2).
fn here(information: &mut Boxes) {
    information.put(*b"dinf", |data| {
        data.full(*b"dref", 0, 0, |references| {
            references.u32(1);
            references.full(*b"url ", 0, 1, |_| {});
        });
    });
}

/// The header of media other than audio and video (QuickTime File Format, "Base Media Information Atoms").
fn general_header(information: &mut Boxes) {
    information.put(*b"gmhd", |header| {
        header.full(*b"gmin", 0, 0, |media| {
            [0x40, 0x8000, 0x8000, 0x8000, 0, 0].into_iter().for_each(|number| media.u16(number));
        });
        header.put(*b"text", Boxes::matrix);
    });
}

fn described(table: &mut Boxes, entry: impl FnOnce(&mut Boxes)) {
    table.full(*b"stsd", 0, 0, |entries| {
        entries.u32(1);
        entry(entries);
    });
}

/// Runs of samples with the same duration (8.6.1.2).
fn durations(table: &mut Boxes, runs: &[(u32, u32)]) {
    table.full(*b"stts", 0, 0, |list| {
        list.u32(runs.len() as u32);
        runs.iter().for_each(|(count, duration)| [*count, *duration].into_iter().for_each(|n| list.u32(n)));
    });
}

/// Samples per chunk, from a chunk on (8.7.4); the last chunk may have fewer.
fn chunks(table: &mut Boxes, samples: u64, a_chunk: u64) {
    let (full, rest) = (samples / a_chunk, samples % a_chunk);
    let runs = [(1, a_chunk, full), (full + 1, rest, rest)];
    let runs: Vec<_> = runs.into_iter().filter(|(.., there)| *there > 0).collect();
    table.full(*b"stsc", 0, 0, |list| {
        list.u32(runs.len() as u32);
        for (first, samples, _) in runs {
            [first as u32, samples as u32, 1].into_iter().for_each(|number| list.u32(number));
        }
    });
}

fn lengths(table: &mut Boxes, sizes: &[u32]) {
    table.full(*b"stsz", 0, 0, |list| {
        list.u32(0); // not all the same
        list.u32(sizes.len() as u32);
        sizes.iter().for_each(|size| list.u32(*size));
    });
}

fn places(table: &mut Boxes, is_large: bool, places: &[u64]) {
    table.full(if is_large { *b"co64" } else { *b"stco" }, 0, 0, |list| {
        list.u32(places.len() as u32);
        list.times(is_large, places);
    });
}
