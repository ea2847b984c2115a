//! The formats of audio files.

use crate::toml::key::words;
use crate::unit::SampleRate;

/// A format of audio files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// WAV, 16 bits, dithered.
    Wav16,
    /// WAV, 24 bits.
    Wav24,
    /// WAV, 32-bit float.
    Wav32f,
    /// FLAC, 24 bits.
    Flac,
    /// MP3.
    Mp3,
    /// AAC-LC in MP4.
    M4a,
    /// Opus in Ogg.
    Opus,
    /// Vorbis in Ogg.
    Ogg,
}

/// The properties of a format.
struct FormatInfo {
    format: Format,
    /// The name in scripts and on the command line.
    name: &'static str,
    /// The file name extension.
    extension: &'static str,
    /// Whether this is the default format for its extension.
    is_usual: bool,
    /// The bits of a stored sample; `None` for lossy formats.
    bits: Option<u32>,
    is_lossy: bool,
    /// Whether it can be written without seeking.
    streams: bool,
    /// The supported rates in Hz; `None` for all.
    rates: Option<&'static [u32]>,
}

/// The rates of MPEG-1, MPEG-2 and MPEG-2.5 (ISO/IEC 11172-3, 13818-3, and Fraunhofer's extension) in Hz.
const MP3_RATES: [u32; 9] = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];
/// The rates of AAC that adem supports (ISO/IEC 14496-3) in Hz.
const M4A_RATES: [u32; 12] =
    [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000];
/// The rates an Opus encoder takes (RFC 6716, 2.1.3) in Hz; it always decodes at 48000.
const OPUS_RATES: [u32; 5] = [8_000, 12_000, 16_000, 24_000, 48_000];

/// A WAV format with this number of bits.
const fn wav(format: Format, name: &'static str, bits: u32) -> FormatInfo {
    let is_usual = bits == 24;
    FormatInfo {
        format,
        name,
        extension: "wav",
        is_usual,
        bits: Some(bits),
        is_lossy: false,
        streams: true,
        rates: None,
    }
}

/// A lossy format whose name is its extension.
const fn lossy(
    format: Format,
    name: &'static str,
    streams: bool,
    rates: Option<&'static [u32]>,
) -> FormatInfo {
    FormatInfo { format, name, extension: name, is_usual: true, bits: None, is_lossy: true, streams, rates }
}

/// All formats, in the order of [`Format`].
static ROWS: [FormatInfo; 8] = [
    wav(Format::Wav16, "wav16", 16),
    wav(Format::Wav24, "wav24", 24),
    wav(Format::Wav32f, "wav32f", 32),
    FormatInfo {
        format: Format::Flac,
        name: "flac",
        extension: "flac",
        is_usual: true,
        bits: Some(24),
        is_lossy: false,
        streams: true,
        rates: None,
    },
    lossy(Format::Mp3, "mp3", false, Some(&MP3_RATES)),
    lossy(Format::M4a, "m4a", false, Some(&M4A_RATES)),
    lossy(Format::Opus, "opus", true, Some(&OPUS_RATES)),
    lossy(Format::Ogg, "ogg", true, None),
];

const _: () = {
    let mut at = 0;
    while at < ROWS.len() {
        assert!(ROWS[at].format as usize == at, "a format has the row of its number");
        at += 1;
    }
};

/// The number of extensions.
const ENDINGS: usize = {
    let (mut at, mut count) = (0, 0);
    while at < ROWS.len() {
        count += ROWS[at].is_usual as usize;
        at += 1;
    }
    count
};

impl Format {
    /// The number of names; `wav` means 24 bits.
    pub const NAMES: [&'static str; Self::WORDS.len()] = words(&Self::WORDS);
    /// All names with their formats.
    pub const WORDS: [(&'static str, Self); ROWS.len() + 1] = {
        let mut words = [("wav", Self::Wav24); ROWS.len() + 1];
        let mut at = 0;
        while at < ROWS.len() {
            words[at + 1] = (ROWS[at].name, ROWS[at].format);
            at += 1;
        }
        words
    };
    /// All extensions with their default formats.
    pub const ENDINGS: [(&'static str, Self); ENDINGS] = {
        let mut endings = [("wav", Self::Wav24); ENDINGS];
        let (mut at, mut next) = (0, 0);
        while at < ROWS.len() {
            if ROWS[at].is_usual {
                endings[next] = (ROWS[at].extension, ROWS[at].format);
                next += 1;
            }
            at += 1;
        }
        endings
    };

    fn row(self) -> &'static FormatInfo {
        ROWS.get(self as usize).expect("every format has a row")
    }

    /// Finds a format by name.
    pub fn named(name: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(word, _)| *word == name).map(|(_, format)| *format)
    }

    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The bits of a stored sample; `None` for lossy formats.
    pub fn bits(self) -> Option<u32> {
        self.row().bits
    }

    /// The file name extension.
    pub fn extension(self) -> &'static str {
        self.row().extension
    }

    /// The format of a file name extension: that of the preset if it has this extension, else the usual one.
    pub fn of_ending(ending: &str, preset: Self) -> Option<Self> {
        let (_, usual) = Self::ENDINGS.iter().find(|(known, _)| *known == ending)?;
        Some(if preset.extension() == ending { preset } else { *usual })
    }

    /// The end of a file's name that tells it from those of all other formats: `.wav`, or `_wav16.wav` where `.wav` means
    /// another format.
    pub fn name_end(self, preset: Self) -> String {
        let ending = self.extension();
        match Self::of_ending(ending, preset) {
            Some(meant) if meant != self => format!("_{}.{ending}", self.name()),
            Some(_) | None => format!(".{ending}"),
        }
    }

    /// Whether what is decoded is not quite what was encoded.
    pub fn is_lossy(self) -> bool {
        self.row().is_lossy
    }

    /// Whether it can be written without seeking, for example into a pipe.
    pub fn streams(self) -> bool {
        self.row().streams
    }

    /// The supported rates in Hz; `None` for all.
    pub fn rates(self) -> Option<&'static [u32]> {
        self.row().rates
    }

    /// Checks that the format supports a rate.
    ///
    /// # Errors
    /// The supported rates in Hz.
    pub fn takes(self, rate: SampleRate) -> Result<(), &'static [u32]> {
        match self.rates() {
            Some(rates) if !rates.contains(&rate.hz()) => Err(rates),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_and_every_ending_has_its_format() {
        assert!(Format::NAMES.iter().all(|name| Format::named(name).is_some()));
        assert!(Format::ENDINGS.iter().all(|(ending, format)| format.extension() == *ending));
        for row in &ROWS {
            assert!(Format::ENDINGS.iter().any(|(ending, _)| *ending == row.extension), "{}", row.name);
        }
        assert_eq!((Format::named("wav"), Format::named("aac")), (Some(Format::Wav24), None));
    }

    #[test]
    fn no_two_formats_share_the_end_of_a_name() {
        for preset in ROWS.iter().map(|row| row.format) {
            let ends: std::collections::BTreeSet<_> =
                ROWS.iter().map(|row| row.format.name_end(preset)).collect();
            assert_eq!(ends.len(), ROWS.len(), "{ends:?}");
            assert_eq!(preset.name_end(preset), format!(".{}", preset.extension()));
        }
        assert_eq!(Format::Wav24.name_end(Format::Mp3), ".wav");
        assert_eq!(Format::Wav24.name_end(Format::Wav16), "_wav24.wav");
    }

    #[test]
    fn an_mp3_and_an_m4a_take_only_their_own_rates_and_wav_and_flac_take_all() {
        let rate = |hz| SampleRate::new(hz).unwrap();
        assert_eq!(Format::Mp3.takes(rate(11_025)), Ok(()));
        assert!(Format::Mp3.takes(rate(96_000)).unwrap_err().contains(&48_000));
        assert_eq!(Format::M4a.takes(rate(96_000)), Ok(()));
        assert!(Format::M4a.takes(rate(192_000)).unwrap_err().contains(&96_000));
        assert_eq!(Format::Flac.takes(rate(SampleRate::MOST)), Ok(()));
        assert_eq!(Format::Wav16.takes(rate(12_345)), Ok(()));
    }
}
