//! The rows that can be judged while a track is rendered, for next to nothing: what single samples show, and what the
//! facts of the clips say of the voice.

use super::hear::{Envelope, Heard, Loud, Low, Watcher};
use super::plan::Plan;
use super::report::{ROWS, Report, Row, Verdict};
use super::rows;
use super::subject::{Stems, Subject};
use crate::decode::tags::Labels;
use crate::delivery::preset::{Anchor, Preset};
use crate::dsp::meter::{Measurement, Meter};
use crate::unit::SampleRate;

/// Why the other rows are left to `adem qc`.
const LATER: &str = "not judged while rendering: run `adem qc` on the file";

/// Listens to a track on its way to the encoder.
pub struct Quick {
    rate: SampleRate,
    channels: usize,
    frames: u64,
    watcher: Watcher,
}

/// What is known of the voice before a sample of it is made: the loudness of each phrase that is spoken, in LUFS, and
/// of all of them.
#[derive(Clone, Debug, Default)]
pub struct Voice {
    /// The loudness of the speech of this version.
    pub whole: Option<f64>,
    /// The loudness of each phrase of a second or more that is not soft, and when it begins, in seconds.
    pub phrases: Vec<(f64, f64)>,
}

/// What others know of a track that is being rendered.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// What the clips say of the voice.
    pub voice: &'a Voice,
    /// The bits of a stored sample; `None` in a lossy file.
    pub bits: Option<u32>,
    /// What the finished sound measures, where that is of use for something else too.
    pub levels: Option<&'a Measurement>,
}

impl Quick {
    /// An ear at the start of a track.
    pub fn new(rate: SampleRate, channels: usize) -> Self {
        Self { rate, channels, frames: 0, watcher: Watcher::new(rate, channels) }
    }

    /// Listens to the next block, one slice a channel.
    ///
    /// # Panics
    /// If the slices differ in length, or their number is not that of the channels.
    pub fn push(&mut self, planes: &[&[f32]]) {
        self.frames += planes[0].len() as u64;
        self.watcher.push(planes);
    }

    /// What was heard, as a report in which most rows are left to `adem qc`. Where somebody has measured the finished
    /// sound, its `levels` are judged as well.
    pub fn report(self, file: &str, plan: Plan, preset: Preset, known: Known<'_>) -> Report {
        let Known { voice, bits, levels } = known;
        let samples = self.watcher.finish();
        let finite = samples.offset.iter().all(|offset| offset.is_finite());
        let unheard = || Meter::new(self.rate, self.channels).finish();
        let subject = Subject {
            file: Heard {
                rate: self.rate,
                channels: self.channels,
                frames: self.frames,
                declared: None,
                bits,
                codec: "",
                levels: levels.copied().unwrap_or_else(unheard),
                loud: Loud::default(),
                envelope: Envelope::default(),
                samples,
                breaks: Vec::new(),
                low: Low::default(),
            },
            plan: Some(plan),
            stems: Stems::default(),
            preset,
            again: None,
            labels: Labels::default(),
        };
        let mut rows: Vec<Row> = (1..=ROWS).map(|row| Row::not_judged(row, LATER)).collect();
        let measured = levels.map(|_| rows::of_levels(&subject)).unwrap_or_default();
        for row in rows::of_samples(&subject).into_iter().chain(of_voice(&subject, voice)).chain(measured) {
            let place = row.number - 1;
            rows[place] = row;
        }
        if !finite {
            rows[0] = Row::judged(1, Verdict::Failure, "a value that is no number", "none");
        }
        Report { file: file.to_owned(), preset: subject.preset.name, rows }
    }
}

/// What the clips say of the voice, where it is the voice that is brought to the anchor.
fn of_voice(subject: &Subject, voice: &Voice) -> Vec<Row> {
    match (subject.spoken(), voice.whole) {
        (Ok(plan), Some(whole)) if subject.preset.anchor == Anchor::Speech && !subject.is_acx() => {
            vec![rows::speech_at(subject, plan, whole), rows::spread_of(subject, &voice.phrases)]
        }
        _ => Vec::new(),
    }
}
