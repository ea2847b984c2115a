//! The rows that can be judged while a track is rendered, for next to nothing: by what single samples show, and what
//! the facts of the clips say of the voice.

use super::analysis::{Analysis, Envelope, LoudnessCurve, LowEnd, SampleScan};
use super::plan::PlannedTrack;
use super::report::Report;
use super::rows::{self, Needs};
use super::subject::{ClipLoudness, Stems, Subject};
use crate::decode::tags::Labels;
use crate::delivery::preset::{Anchor, Preset};
use crate::dsp::meter::{Measurement, Meter};
use crate::unit::SampleRate;

/// Why the other rows are left to `adem qc`.
const LATER: &str = "not judged while rendering: run `adem qc` on the file";

/// Scans a track on its way to the encoder.
pub struct RenderScan {
    rate: SampleRate,
    channels: usize,
    frames: u64,
    samples: SampleScan,
}

/// What else is known of a track that is being rendered.
#[derive(Clone, Copy, Debug)]
pub struct RenderFacts<'a> {
    /// What the clips say of the voice.
    pub clips: &'a ClipLoudness,
    /// The bits of a stored sample; `None` in a lossy file.
    pub bits: Option<u32>,
    /// What the finished sound measures, where that was measured for something else.
    pub levels: Option<&'a Measurement>,
}

impl RenderScan {
    /// A scan from the start of a track.
    pub fn new(rate: SampleRate, channels: usize) -> Self {
        Self { rate, channels, frames: 0, samples: SampleScan::new(rate, channels) }
    }

    /// Takes the next block, one slice a channel.
    ///
    /// # Panics
    /// If the slices differ in length, or their number is not that of the channels.
    pub fn push(&mut self, planes: &[&[f32]]) {
        self.frames += planes[0].len() as u64;
        self.samples.push(planes);
    }

    /// Judges the rows whose needs are met; the others are left to `adem qc`.
    pub fn report(self, file: &str, plan: PlannedTrack, preset: Preset, known: RenderFacts<'_>) -> Report {
        let RenderFacts { clips, bits, levels } = known;
        let silence = || Meter::new(self.rate, self.channels).finish();
        let subject = Subject {
            file: Analysis {
                rate: self.rate,
                channels: self.channels,
                frames: self.frames,
                declared: None,
                bits,
                codec: "",
                levels: levels.copied().unwrap_or_else(silence),
                loudness: LoudnessCurve::default(),
                envelope: Envelope::default(),
                samples: self.samples.finish(),
                breaks: Vec::new(),
                low_end: LowEnd::default(),
            },
            plan: Some(plan),
            stems: Stems::default(),
            preset,
            clips: Some(clips.clone()),
            same_bytes: None,
            labels: Labels::default(),
        };
        let is_measured = |needs| match needs {
            Needs::Samples => true,
            Needs::Levels => levels.is_some(),
            Needs::Speech => match subject.preset.anchor {
                Anchor::Speech => clips_tell(&subject),
                Anchor::Integrated => levels.is_some() && !subject.is_acx(),
            },
            Needs::Phrases => clips_tell(&subject),
            Needs::Analysis => false,
        };
        let rows = rows::judge(&subject, is_measured, LATER);
        Report { file: file.to_owned(), preset: subject.preset.name, rows }
    }
}

/// Whether the clips tell of the voice: where it is the voice that is brought to the anchor.
fn clips_tell(subject: &Subject) -> bool {
    let speech = subject.clips.as_ref().and_then(|clips| clips.speech);
    let by_speech = subject.preset.anchor == Anchor::Speech && !subject.is_acx();
    by_speech && speech.is_some() && subject.spoken().is_ok()
}
