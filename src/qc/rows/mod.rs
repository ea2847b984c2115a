//! The rows of the checklist: a table, and one file for each family of rows.

mod as_made;
mod bed;
mod breath;
mod clicks;
mod file;
mod hum;
mod level;
mod limiter;
mod loud_moments;
mod phrases;
mod placement;
mod reproducible;
mod silence;
mod stereo;

use super::report::{CheckResult, Finding};
use super::subject::Subject;

/// A measurement that is not made in every case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// The length and the scan of single samples, which are cheap while rendering.
    Samples,
    /// Loudness, range and true peak of the whole.
    Levels,
    /// The loudness of the speech.
    Speech,
    /// The loudness of each phrase.
    Phrases,
    /// The full analysis of the finished file, and the files beside it.
    Analysis,
}

/// A row of the table.
struct RowEntry {
    id: RowId,
    /// A short name of what is checked.
    name: &'static str,
    /// The measurement that it needs.
    needs: Needs,
    judge: fn(&Subject) -> Finding,
}

/// Defines [`RowId`] and the table from lines `number id: name, needs, judge`.
macro_rules! checklist {
    ($($number:literal $id:ident: $name:literal, $needs:ident, $judge:path;)+) => {
        /// A row of the checklist (docs/sound.md, section 8). Its number never changes.
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
    14 VoiceOverBed: "voice over the rest", Analysis, bed::voice_over_bed;
    15 AccessibleBed: "voice over the rest, accessible", Analysis, bed::accessible;
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
    26 Reproducible: "reproducible", Analysis, reproducible::reproducible;
    27 LossyDecoded: "lossy file decoded", Analysis, file::lossy;
    28 Labels: "tags, chapters", Analysis, file::labels;
    29 Limiter: "limiter", Samples, limiter::limiter;
    30 StemsAddUp: "stems add up to the file", Analysis, limiter::stems_add_up;
    31 AsMade: "as it was made", Analysis, as_made::whole;
    32 InTime: "as it was made: time", Analysis, as_made::in_time;
    33 AsLoud: "as it was made: level", Analysis, as_made::level;
    34 SameTone: "as it was made: tone", Analysis, as_made::tone;
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

    /// The number in reports.
    pub fn number(self) -> usize {
        self as usize
    }

    /// A short name of what is checked.
    pub fn name(self) -> &'static str {
        TABLE[self.number() - 1].name
    }
}

/// Judges every row whose measurements are available; the others get a reason.
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

/// A value with its unit, rounded to hundredths; zero has no sign.
fn number(value: f64, unit: &str) -> String {
    let rounded = (value * 100.0).round() / 100.0 + 0.0;
    format!("{rounded:.2} {unit}")
}

/// A quantile of values in ascending order.
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
