//! Generated sounds, made as a layer asks for them.

use crate::dsp::brook::{Brook, Stream};
use crate::dsp::brown::Brown;
use crate::dsp::drips::{Cave, Drips};
use crate::dsp::drone::{self, Drone, Tone};
use crate::dsp::generator::Generator;
use crate::dsp::pink::{Pink, White};
use crate::dsp::rain::{Rain, Sky};
use crate::dsp::sea::{Sea, Shore};
use crate::dsp::wind::{Weather, Wind};
use crate::script::generate::{Chord, Generate};
use crate::unit::SampleRate;

/// The sound of a layer.
pub(super) fn generator(sound: &Generate, rate: SampleRate, seed: u64) -> Box<dyn Generator> {
    match *sound {
        Generate::White { width } => Box::new(White::new(seed, width)),
        Generate::Pink { width } => Box::new(Pink::new(rate, seed, width)),
        Generate::Brown { width } => Box::new(Brown::new(rate, seed, width)),
        Generate::Rain { heaviness, nearness } => {
            Box::new(Rain::new(rate, seed, Sky { heaviness, nearness }))
        }
        Generate::Sea { period, surf, nearness } => {
            Box::new(Sea::new(rate, seed, Shore { period, surf, nearness }))
        }
        Generate::Brook { flow, nearness } => Box::new(Brook::new(rate, seed, Stream { flow, nearness })),
        Generate::Drops { rate: per_second, space } => {
            Box::new(Drips::new(rate, seed, Cave { rate: per_second, space }))
        }
        Generate::Drone { pitch, chord, brightness } => {
            let tone = Tone { pitch_hz: pitch, chord: held(chord), brightness };
            Box::new(Drone::new(rate, seed, tone))
        }
        Generate::Wind { gusts, leaves } => Box::new(Wind::new(rate, seed, Weather { gusts, leaves })),
    }
}

fn held(chord: Chord) -> drone::Chord {
    match chord {
        Chord::Octave => drone::Chord::Octave,
        Chord::Fifth => drone::Chord::Fifth,
        Chord::Fourth => drone::Chord::Fourth,
        Chord::Major => drone::Chord::Major,
        Chord::Minor => drone::Chord::Minor,
    }
}
