//! What sounds under each phrase besides the bed, and how far swells and beds make way for it.

use std::collections::BTreeMap;

use super::context::Context;
use super::event::{CueEvent, Event};
use super::levels::PhraseLevel;
use super::timeline::SwellDuck;
use crate::facts::BellFacts;
use crate::script::bed::BedSettings;
use crate::script::session::{Phrase, PhraseKey};
use crate::unit::{Db, Frames, Position, SampleRate};

/// The phrases of a timeline, in order.
pub(super) struct UnderPhrases {
    phrases: Vec<UnderPhrase>,
    /// Whether breath swells sound.
    swells: bool,
}

/// A phrase and the cues under it.
struct UnderPhrase {
    /// `None` where its clip is not there yet.
    level: Option<PhraseLevel>,
    /// The mean energy of the cues while it is spoken.
    cues: f64,
}

impl UnderPhrases {
    /// Of events in order.
    pub(super) fn of(context: &Context<'_>, events: &[Event]) -> Self {
        let cues: Vec<(&Event, &CueEvent)> =
            events.iter().filter_map(|event| Some((event, event.cue()?))).collect();
        let longest = cues.iter().map(|(event, _)| event.frames).max().unwrap_or(Frames::ZERO);
        let texts: BTreeMap<&PhraseKey, &Phrase> =
            context.session.all_phrases.iter().map(|phrase| (&phrase.key, phrase)).collect();
        let phrases = events.iter().filter_map(|event| {
            let phrase = texts.get(&event.phrase()?.key).copied();
            let end = event.start + event.frames;
            let first = cues.partition_point(|(cue, _)| cue.start + longest <= event.start);
            let near = cues[first..].iter().take_while(|(cue, _)| cue.start < end);
            let near = near.filter(|(cue, _)| cue.start + cue.frames > event.start);
            Some(UnderPhrase::of(context, event, phrase, near.copied()))
        });
        let phrases = phrases.collect();
        let swells = cues.iter().any(|(_, cue)| matches!(cue, CueEvent::Breath { .. }));
        Self { phrases, swells }
    }

    /// How far a bed falls under each phrase.
    pub(super) fn bed_depths(&self, context: &Context<'_>, bed: &BedSettings) -> Vec<Db> {
        let depth =
            |phrase: &UnderPhrase| context.levels.bed_depth(context.facts, bed, phrase.level, phrase.cues);
        self.phrases.iter().map(depth).collect()
    }

    /// How swells make way; `None` where none sounds.
    pub(super) fn swell_duck(&self, context: &Context<'_>) -> Option<SwellDuck> {
        let depths = || self.phrases.iter().map(|phrase| context.levels.swell_duck(phrase.level).depth);
        self.swells.then(|| SwellDuck { duck: context.levels.swell_duck(None), depths: depths().collect() })
    }
}

impl UnderPhrase {
    fn of<'e>(
        context: &Context<'_>,
        event: &Event,
        phrase: Option<&Phrase>,
        cues: impl Iterator<Item = (&'e Event, &'e CueEvent)>,
    ) -> Self {
        let facts = context.facts;
        let level = phrase.and_then(|phrase| context.levels.of_phrase(facts, phrase));
        let mut energy = 0.0;
        let mut swells = false;
        for (cue, kind) in cues {
            let sound = match kind {
                CueEvent::Bell { name } => facts.bells.get(name),
                CueEvent::Step { .. } => facts.tick.as_ref(),
                CueEvent::Breath { .. } => {
                    swells = true;
                    None
                }
            };
            energy += sound.map_or(0.0, |sound| energy_under(sound, cue, event, facts.rate));
        }
        let swell = level.filter(|_| swells).map_or(0.0, PhraseLevel::energy_of_swell);
        Self { level, cues: energy + swell }
    }
}

/// The energy of a bell or a tick while a phrase is spoken, averaged over the phrase.
fn energy_under(sound: &BellFacts, cue: &Event, phrase: &Event, rate: SampleRate) -> f64 {
    let hop = rate.hop() as u64;
    let since = |place: Position| (place.0.saturating_sub(cue.start.0) / hop) as usize;
    let (from, to) = (since(phrase.start), since(phrase.start + phrase.frames) + 1);
    let blocks = sound.blocks.iter().skip(from).take(to - from);
    let gain = cue.gain.0 * cue.gain.0;
    let hops = (phrase.frames.0 as f64 / hop as f64).max(1.0);
    blocks.sum::<f64>() * gain / hops
}
