//! The rows of the checklist: one table, and their judgements by family, a file each.

mod bed;
mod breath;
mod clicks;
mod file;
mod hum;
mod level;
mod loud_moments;
mod phrases;
mod placement;
mod reproducible;
mod silence;
mod stereo;

use super::report::{CheckResult, Finding};
use super::subject::Subject;

/// What is measured of a file, as far as it is not measured in every case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// Its length and what single samples show, which a render gets for next to nothing.
    Samples,
    /// Loudness, range and true peak of the whole.
    Levels,
    /// The loudness of the speech.
    Speech,
    /// The loudness of each phrase.
    Phrases,
    /// The whole analysis of the finished file, and what lies beside it.
    Analysis,
}

/// What is known of a row.
struct RowEntry {
    id: RowId,
    /// What the row asks, in few words.
    name: &'static str,
    /// What has to be measured to judge it.
    needs: Needs,
    judge: fn(&Subject) -> Finding,
}

/// Makes [`RowId`] and its table of lines `number id: name, needs, judge`.
macro_rules! checklist {
    ($($number:literal $id:ident: $name:literal, $needs:ident, $judge:path;)+) => {
        /// A row of the checklist (docs/sound.md, section 8), by its number, which does not change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum RowId {
            $(#[doc = $name] $id = $number,)+
        }

        /// Every row, in order.
        const TABLE: &[RowEntry] = &[
            $(RowEntry { id: RowId::$id, name: $name, needs: Needs::$needs, judge: $judge },)+
        ];
    };
}

checklist! {
    1 Whole: "decodes, whole, as planned", Samples, file::whole;
    2 SampleFormat: "rate, channels, bits", Samples, file::form;
    3 SpeechLoudness: "loudness of speech", Speech, level::speech;
    4 VoicelessLoudness: "loudness without a voice", Levels, level::voiceless;
    5 ProgrammeLoudness: "loudness of the whole", Levels, level::whole;
    6 TruePeak: "true peak", Levels, level::true_peak;
    7 Clipping: "clipping, flat tops", Samples, level::clipping;
    8 DcOffset: "DC offset", Samples, level::offset;
    9 Clicks: "clicks", Analysis, clicks::clicks;
    10 HardEdges: "hard edges", Samples, silence::hard_edges;
    11 Dropouts: "dropouts", Analysis, silence::dropouts;
    12 DigitalSilence: "digital silence", Samples, silence::digital_silence;
    13 HeadAndTail: "head and tail", Analysis, silence::head_and_tail;
    14 VoiceOverBed: "voice over bed", Analysis, bed::voice_over_bed;
    15 AccessibleBed: "voice over bed, accessible", Analysis, bed::accessible;
    16 Duck: "duck", Analysis, bed::duck;
    17 PhraseSpread: "spread of phrases", Phrases, phrases::spread;
    18 PauseNoise: "noise in pauses", Analysis, phrases::noise;
    19 LoudMoments: "loudest moments", Analysis, loud_moments::loudest;
    20 Startle: "startle", Analysis, loud_moments::startle;
    21 Stereo: "stereo", Analysis, stereo::stereo;
    22 Hum: "hum, rumble", Analysis, hum::hum;
    23 LoopSeams: "loop seams", Analysis, clicks::seams;
    24 Placement: "every sound at its place", Analysis, placement::events;
    25 Breath: "breath", Analysis, breath::breath;
    26 Reproducible: "made again", Analysis, reproducible::reproducible;
    27 LossyDecoded: "lossy file decoded", Analysis, file::lossy;
    28 Labels: "tags, chapters", Analysis, file::labels;
}

const _: () = {
    let mut at = 0;
    while at < TABLE.len() {
        assert!(TABLE[at].id as usize == at + 1, "a row stands at the place of its number");
        at += 1;
    }
};

impl RowId {
    /// Every row, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|entry| entry.id)
    }

    /// The number people know it by.
    pub fn number(self) -> usize {
        self as usize
    }

    /// What it asks, in few words.
    pub fn name(self) -> &'static str {
        TABLE[self.number() - 1].name
    }
}

/// Judges every row whose needs are met; of the others it says why not.
pub(super) fn judge(
    subject: &Subject,
    is_measured: impl Fn(Needs) -> bool,
    otherwise: &str,
) -> Vec<CheckResult> {
    let row = |RowEntry { id, needs, judge, .. }: &RowEntry| {
        let finding = if is_measured(*needs) { judge(subject) } else { Finding::not_judged(otherwise) };
        CheckResult { id: *id, finding }
    };
    TABLE.iter().map(row).collect()
}

/// A value in dB or so, with its unit, in hundredths; a zero has no sign.
fn number(value: f64, unit: &str) -> String {
    let rounded = (value * 100.0).round() / 100.0 + 0.0;
    format!("{rounded:.2} {unit}")
}

/// A list of values in ascending order, at a place from 0 to 1 in it.
fn percentile(values: &mut [f64], place: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = place * (values.len() - 1) as f64;
    let (low, high) = (values[at.floor() as usize], values[at.ceil() as usize]);
    low + (high - low) * at.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_its_line_in_the_docs_and_none_is_there_twice() {
        let page = include_str!("../../../docs/sound.md");
        let (_, section) = page.split_once("## 8. The checklist").expect("the section of the checklist");
        let section = section.split("\n## ").next().unwrap_or_default();
        let lines =
            section.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok());
        assert_eq!(lines.collect::<Vec<usize>>(), RowId::all().map(RowId::number).collect::<Vec<_>>());
    }
}
