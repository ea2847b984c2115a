//! The rows that can be judged cheaply while a track is rendered: from single samples and from the facts of the clips.

use super::analysis::{Analysis, Envelope, LoudnessCurve, LowEnd, SampleScan};
use super::missing::Missing;
use super::plan::PlannedTrack;
use super::report::Report;
use super::rows::{self, Needs};
use super::subject::{ClipLoudness, Stems, Subject};
use crate::decode::tags::Labels;
use crate::delivery::preset::{Anchor, Preset};
use crate::dsp::limiter::LimiterWork;
use crate::dsp::meter::{Measurement, Meter};
use crate::unit::SampleRate;

/// Why the other rows are not judged.
const LATER: &str = "not judged while rendering: run `adem qc` on the file";

/// Scans the samples of a track while it is rendered.
pub struct RenderScan {
    rate: SampleRate,
    channels: usize,
    frames: u64,
    samples: SampleScan,
}

/// Other facts of a track that is being rendered.
#[derive(Clone, Copy, Debug)]
pub struct RenderFacts<'a> {
    /// The loudness of the voice from its clips.
    pub clips: &'a ClipLoudness,
    /// The bits of a stored sample; `None` in a lossy file.
    pub bits: Option<u32>,
    /// The levels of the finished sound, if they have been measured.
    pub levels: Option<&'a Measurement>,
    /// What the limiter did.
    pub limited: LimiterWork,
}

impl RenderScan {
    pub fn new(rate: SampleRate, channels: usize) -> Self {
        Self { rate, channels, frames: 0, samples: SampleScan::new(rate, channels) }
    }

    /// Adds a block, one slice per channel.
    ///
    /// # Panics
    /// If the slices differ in length, or their number is not the number of channels.
    pub fn push(&mut self, planes: &[&[f32]]) {
        self.frames += planes[0].len() as u64;
        self.samples.push(planes);
    }

    /// Judges the rows that these facts suffice for.
    pub fn report(self, file: &str, plan: PlannedTrack, preset: Preset, known: RenderFacts<'_>) -> Report {
        let RenderFacts { clips, bits, levels, limited } = known;
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
                side_delays: Vec::new(),
                low_end: LowEnd::default(),
            },
            plan: Some(plan),
            stems: Stems::default(),
            preset,
            clips: Some(clips.clone()),
            limited: Some(limited),
            sum: None,
            made: Err(Missing::Course),
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

/// Whether the loudness of the clips gives that of the voice in the mix: only with the speech anchor.
fn clips_tell(subject: &Subject) -> bool {
    let speech = subject.clips.as_ref().and_then(|clips| clips.speech);
    let by_speech = subject.preset.anchor == Anchor::Speech && !subject.is_acx();
    by_speech && speech.is_some() && subject.spoken().is_ok()
}
