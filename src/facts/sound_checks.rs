//! What is judged of the recording of a bed or a bell before it is used: one table, each row with its number, its limits and
//! its advice (docs/sound.md, section 9).

use super::clip_checks::ClipLimit;
use crate::dsp::sound::SoundMeasures;
use crate::unit::literal::print_measured;
use crate::unit::{Db, HUNDREDTH, TENTH};

/// What a recording is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoundUse {
    /// A layer of a bed, which is repeated.
    Layer,
    /// A bell, which is struck once.
    Bell,
}

/// A row of the table.
pub struct SoundCheck {
    /// Its name, which never changes.
    pub id: &'static str,
    /// What the number counts.
    pub unit: &'static str,
    /// The limits of a layer and of a bell; `None` where there is none.
    pub layer: Option<ClipLimit>,
    pub bell: Option<ClipLimit>,
    number: fn(&SoundMeasures) -> Option<f64>,
    /// What is wrong, after the name of the file.
    wrong: fn(f64) -> String,
    pub advice: &'static str,
}

/// The rows, in order. A silent recording breaks the first alone.
static TABLE: [SoundCheck; 8] = [
    SoundCheck {
        id: "silent",
        unit: "dBFS",
        layer: Some(ClipLimit::Least(-80.0)),
        bell: None,
        number: |sound| Some(sound.peak.0),
        wrong: |_| "is silent: this layer of the bed is not heard".to_owned(),
        advice: "put the right recording in its place, or take the layer out",
    },
    SoundCheck {
        id: "clipped",
        unit: "places a minute",
        layer: Some(ClipLimit::Most(10.0)),
        bell: Some(ClipLimit::Most(60.0)),
        number: |sound| Some(sound.clipped as f64 / (sound.seconds / 60.0).max(1.0 / 60.0)),
        wrong: |runs| format!("is clipped in {runs:.0} places a minute"),
        advice: "record or export it again with less gain: peaks under -3 dBFS",
    },
    SoundCheck {
        id: "rate",
        unit: "Hz",
        layer: Some(ClipLimit::Least(16_000.0)),
        bell: Some(ClipLimit::Least(16_000.0)),
        number: |sound| Some(sound.rate.as_f64()),
        wrong: |hz| {
            format!("sounds like a telephone: at {hz:.0} Hz there is nothing above {:.1} kHz", hz / 2_000.0)
        },
        advice: "take a recording at 44.1 or 48 kHz",
    },
    SoundCheck {
        id: "side",
        unit: "dB",
        layer: Some(ClipLimit::Most(30.0)),
        bell: Some(ClipLimit::Most(30.0)),
        number: |sound| sound.side.map(|side| side.0),
        wrong: |_| "has one side that is as good as empty".to_owned(),
        advice: "export it as mono, from the side with the sound",
    },
    SoundCheck {
        id: "cancelled",
        unit: "dB",
        layer: Some(ClipLimit::Most(10.0)),
        bell: Some(ClipLimit::Most(10.0)),
        number: |sound| {
            sound.cancelled.filter(|_| sound.side.is_none_or(|side| side < Db(20.0))).map(|lost| lost.0)
        },
        wrong: |lost| format!("has sides that cancel each other: on one loudspeaker it loses {lost:.0} dB"),
        advice: "turn the polarity of one side round",
    },
    SoundCheck {
        id: "start",
        unit: "s",
        layer: Some(ClipLimit::Most(1.0)),
        bell: Some(ClipLimit::Most(0.3)),
        number: |sound| Some(sound.before),
        wrong: |seconds| format!("begins with {} of silence", print_measured(seconds, TENTH)),
        advice: "cut it where the sound begins",
    },
    SoundCheck {
        id: "end",
        unit: "s",
        layer: Some(ClipLimit::Most(1.0)),
        bell: None,
        number: |sound| Some(sound.after),
        wrong: |seconds| {
            format!("ends with {} of silence, a gap at every repetition", print_measured(seconds, TENTH))
        },
        advice: "cut it where the sound ends",
    },
    SoundCheck {
        id: "length",
        unit: "s",
        layer: Some(ClipLimit::Least(3.0)),
        bell: Some(ClipLimit::Within(0.03, 120.0)),
        number: |sound| Some(sound.seconds),
        wrong: |seconds| {
            if seconds < 3.0 {
                format!("lasts only {}", print_measured(seconds, HUNDREDTH))
            } else {
                format!("lasts {}, longer than a bell rings", print_measured(seconds, TENTH))
            }
        },
        advice: "check that this is the right file; a bed is a recording of half a minute or more, a bell one stroke until it has \
                 rung out",
    },
];

/// The rows, in order.
pub fn sound_checks() -> impl Iterator<Item = &'static SoundCheck> {
    TABLE.iter()
}

/// Judges a recording by every row: the rows it breaks, each with what is wrong, after the name of the file.
pub fn judge_sound(sound: &SoundMeasures, used: SoundUse) -> Vec<(&'static SoundCheck, String)> {
    let broken = |check: &'static SoundCheck| {
        let limit = match used {
            SoundUse::Layer => check.layer,
            SoundUse::Bell => check.bell,
        };
        let number =
            (check.number)(sound).filter(|number| limit.is_some_and(|limit| !limit.holds(*number)))?;
        Some((check, (check.wrong)(number)))
    };
    let mut found: Vec<_> = sound_checks().filter_map(broken).collect();
    if found.first().is_some_and(|(check, _)| check.id == "silent") {
        found.truncate(1);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::SampleRate;

    #[test]
    fn each_row_tells_its_fault_alone() {
        let good = SoundMeasures {
            rate: SampleRate::DEFAULT,
            seconds: 60.0,
            peak: Db(-12.0),
            clipped: 0,
            side: Some(Db(2.0)),
            cancelled: Some(Db(3.0)),
            before: 0.0,
            after: 0.0,
        };
        let bad: [(SoundMeasures, [&[&str]; 2]); 9] = [
            (good.clone(), [&[], &[]]),
            (
                SoundMeasures { peak: Db(-140.0), before: 60.0, after: 60.0, ..good.clone() },
                [&["silent"], &["start"]],
            ),
            (SoundMeasures { clipped: 100, ..good.clone() }, [&["clipped"], &["clipped"]]),
            (
                SoundMeasures { rate: SampleRate::of_file(8_000).unwrap(), ..good.clone() },
                [&["rate"], &["rate"]],
            ),
            (SoundMeasures { side: Some(Db(60.0)), ..good.clone() }, [&["side"], &["side"]]),
            (SoundMeasures { cancelled: Some(Db(30.0)), ..good.clone() }, [&["cancelled"], &["cancelled"]]),
            (SoundMeasures { before: 0.5, after: 4.0, ..good.clone() }, [&["end"], &["start"]]),
            (SoundMeasures { seconds: 0.01, ..good.clone() }, [&["length"], &["length"]]),
            (SoundMeasures { seconds: 500.0, ..good }, [&[], &["length"]]),
        ];
        for (sound, expected) in bad {
            for (used, expected) in [SoundUse::Layer, SoundUse::Bell].into_iter().zip(expected) {
                let found: Vec<_> = judge_sound(&sound, used).iter().map(|(check, _)| check.id).collect();
                assert_eq!(found, expected, "{used:?} {sound:?}");
            }
        }
    }
}
