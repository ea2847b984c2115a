//! Coding: the bit rates of lossy formats, and mono or stereo.

use super::format::Format;
use crate::diag::Code;
use crate::toml::field::{Field, put};
use crate::toml::key::{Key, words};
use crate::toml::kind::Kind;
use crate::toml::table::{Node, Table, list};
use crate::unit::SampleRate;

/// The bit rate of an MP3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mp3Rate {
    /// Constant, in kbit/s.
    Constant(u32),
    /// Variable: LAME's V0, the largest, to V9.
    Variable(u8),
}

/// The coding of a file; `None` means the default of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Coding {
    /// The bit rate of MP3.
    pub mp3: Option<Mp3Rate>,
    /// The bit rate of M4A in kbit/s, for all channels together.
    pub m4a: Option<u32>,
    /// The bit rate of Opus in kbit/s, for all channels together.
    pub opus: Option<u32>,
    /// The quality of Ogg Vorbis, −1 to 10 as in other encoders.
    pub ogg: Option<f64>,
    /// One channel instead of two.
    pub mono: bool,
}

/// An unsupported coding: the problem and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impossible {
    /// `an mp3 file cannot have a rate of 96000 Hz`.
    pub what: String,
    /// `it can be at 44100 or 48000`.
    pub remedy: String,
}

/// The constant bit rates of MPEG-1 layer III in kbit/s (ISO/IEC 11172-3, 2.4.2.3), without 56, which the LAME binding
/// does not have.
const MPEG_1: [u32; 13] = [32, 40, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
/// The supported ones of MPEG-2 (ISO/IEC 13818-3).
const MPEG_2: [u32; 12] = [8, 16, 24, 32, 40, 48, 64, 80, 96, 112, 128, 160];
/// Those of MPEG-2.5; LAME has no higher ones.
const MPEG_2_5: [u32; 7] = [8, 16, 24, 32, 40, 48, 64];

/// The names of variable bit rates of MP3.
const VARIABLE: [(&str, Mp3Rate); 10] = [
    ("v0", Mp3Rate::Variable(0)),
    ("v1", Mp3Rate::Variable(1)),
    ("v2", Mp3Rate::Variable(2)),
    ("v3", Mp3Rate::Variable(3)),
    ("v4", Mp3Rate::Variable(4)),
    ("v5", Mp3Rate::Variable(5)),
    ("v6", Mp3Rate::Variable(6)),
    ("v7", Mp3Rate::Variable(7)),
    ("v8", Mp3Rate::Variable(8)),
    ("v9", Mp3Rate::Variable(9)),
];
/// The names of channel layouts, and whether each is mono.
const CHANNELS: [(&str, bool); 2] = [("mono", true), ("stereo", false)];

/// The keys of a preset about coding.
pub(super) static FIELDS: [Field<Coding>; 5] = [
    Field {
        key: Key::new(
            "channels",
            Kind::OneOf(&words(&CHANNELS)),
            "\"stereo\"",
            "mono or stereo. Default stereo.",
        ),
        set: |coding, node| put(&mut coding.mono, node.one_of(&CHANNELS)),
        typed: |coding| coding.mono.then(|| "\"mono\"".to_owned()),
    },
    Field {
        key: Key::new(
            "mp3",
            Kind::Either(&[Kind::Whole(8, 320), Kind::OneOf(&words(&VARIABLE))]),
            "128",
            "The bit rate of MP3 files: constant, in kbit/s, or variable, \"v0\" (the largest) to \"v9\". Default 192; 96 below 32 kHz and 48 below 16.",
        ),
        set: |coding, node| coding.mp3 = read_mp3(node),
        typed: |coding| {
            coding.mp3.map(|rate| match rate {
                Mp3Rate::Constant(rate) => rate.to_string(),
                Mp3Rate::Variable(quality) => format!("\"v{quality}\""),
            })
        },
    },
    Field {
        key: Key::new(
            "m4a",
            Kind::Whole(16, 320),
            "128",
            "The bit rate of M4A files (AAC-LC) in kbit/s. Default 192, mono 96; half as much below 32 kHz and a quarter below 16.",
        ),
        set: |coding, node| coding.m4a = node.whole().map(|rate| rate as u32),
        typed: |coding| coding.m4a.map(|rate| rate.to_string()),
    },
    Field {
        key: Key::new(
            "opus",
            Kind::Whole(6, 510),
            "96",
            "The bit rate of Opus files in kbit/s. Default 96, mono 64.",
        ),
        set: |coding, node| coding.opus = node.whole().map(|rate| rate as u32),
        typed: |coding| coding.opus.map(|rate| rate.to_string()),
    },
    Field {
        key: Key::new(
            "ogg",
            Kind::Number(-1.0, 10.0),
            "4",
            "The quality of Ogg Vorbis files, {range}. Default 4, about 128 kbit/s in stereo.",
        ),
        set: |coding, node| coding.ogg = node.number(),
        typed: |coding| coding.ogg.map(|quality| quality.to_string()),
    },
];

impl Coding {
    /// The number of channels.
    pub fn channels(&self) -> usize {
        if self.mono { 1 } else { 2 }
    }

    /// Checks that a format supports a rate and this coding.
    ///
    /// # Errors
    /// The problem and what is possible instead.
    pub fn possible(&self, format: Format, rate: SampleRate) -> Result<(), Impossible> {
        let ending = format.extension();
        format.takes(rate).map_err(|rates| Impossible {
            what: format!("an {ending} file cannot have a rate of {rate}"),
            remedy: format!("it can be at {}", numbers(rates)),
        })?;
        if let (Format::Mp3, Some(Mp3Rate::Constant(wanted))) = (format, self.mp3) {
            mp3_possible(wanted, rate)?;
        }
        if let (Format::M4a, Some(wanted)) = (format, self.m4a) {
            m4a_possible(wanted, rate, self.channels())?;
        }
        Ok(())
    }

    /// Reports an unsupported coding at the key of the preset that the author wrote.
    pub(super) fn refuse(&self, format: Format, rate: SampleRate, table: &Table<'_>) {
        let formats = [Some(format), self.mp3.map(|_| Format::Mp3), self.m4a.map(|_| Format::M4a)];
        let Some(why) = formats.into_iter().flatten().find_map(|format| self.possible(format, rate).err())
        else {
            return;
        };
        let Some(written) = ["rate", "format", "mp3", "m4a"].into_iter().find_map(|key| table.get(key))
        else {
            return;
        };
        table.sink().emit(written.refuse(Code::Clash, why.what).help(why.remedy));
    }
}

fn read_mp3(node: &Node<'_>) -> Option<Mp3Rate> {
    if node.is_text() {
        return node.one_of(&VARIABLE);
    }
    Some(Mp3Rate::Constant(node.whole()? as u32))
}

fn mp3_possible(wanted: u32, rate: SampleRate) -> Result<(), Impossible> {
    let known = mp3_rates(rate);
    if known.contains(&wanted) {
        return Ok(());
    }
    Err(Impossible {
        what: format!("an mp3 file at {rate} cannot have {wanted} kbit/s"),
        remedy: format!("it can have {}", numbers(known)),
    })
}

/// AAC has at most 6144 bits for 1024 frames of a channel (ISO/IEC 14496-3).
fn m4a_possible(wanted: u32, rate: SampleRate, channels: usize) -> Result<(), Impossible> {
    let most = 6 * channels as u32 * rate.hz() / 1_000;
    if wanted <= most {
        return Ok(());
    }
    let channels = if channels == 1 { "mono" } else { "stereo" };
    Err(Impossible {
        what: format!("an m4a file at {rate} in {channels} cannot have {wanted} kbit/s"),
        remedy: format!("it can have {most} at most"),
    })
}

fn mp3_rates(rate: SampleRate) -> &'static [u32] {
    match rate.hz() {
        ..16_000 => &MPEG_2_5,
        16_000..32_000 => &MPEG_2,
        _ => &MPEG_1,
    }
}

fn numbers(numbers: &[u32]) -> String {
    let numbers: Vec<_> = numbers.iter().map(u32::to_string).collect();
    list(numbers.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bit_rate_that_mpeg_does_not_know_at_that_rate_is_impossible() {
        let coding = Coding { mp3: Some(Mp3Rate::Constant(192)), ..Coding::default() };
        let rate = |hz| SampleRate::new(hz).unwrap();
        assert_eq!(coding.possible(Format::Mp3, rate(48_000)), Ok(()));
        let why = coding.possible(Format::Mp3, rate(24_000)).unwrap_err();
        assert_eq!(why.what, "an mp3 file at 24000 Hz cannot have 192 kbit/s");
        assert!(why.remedy.contains("160"), "{}", why.remedy);
        let coding = Coding { m4a: Some(192), mono: true, ..Coding::default() };
        assert_eq!(coding.possible(Format::M4a, rate(32_000)), Ok(()));
        let why = coding.possible(Format::M4a, rate(24_000)).unwrap_err();
        assert_eq!(why.what, "an m4a file at 24000 Hz in mono cannot have 192 kbit/s");
        assert!(why.remedy.contains("144"), "{}", why.remedy);
        assert_eq!(coding.possible(Format::Opus, rate(24_000)), Ok(()));
        assert!(coding.possible(Format::Opus, rate(44_100)).is_err());
    }
}
