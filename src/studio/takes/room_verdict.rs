//! Whether the tone of a room can be one.

use serde::Serialize;

use crate::dsp::room::RoomNoiseLevel;

/// What is louder than this is no room tone, in dBFS: a voice that is recorded well is hardly louder.
const LOUDEST: f64 = -40.0;
/// What is louder than this is heard under a voice, in dBFS.
const LOUD: f64 = -50.0;
/// What is louder than this may be heard in long silences, in dBFS.
const FAIR: f64 = -60.0;

/// How a room sounds to somebody who wants to record in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoomVerdict {
    Good,
    Fair,
    /// It is heard under a voice. Somebody may have no other room.
    Loud,
    /// Something is heard in it: a step, a word, a door.
    Uneven,
    /// As loud as speech: something is wrong with the microphone, or somebody speaks all the time.
    NoRoom,
    Clipped,
}

impl RoomVerdict {
    pub fn of(room: &RoomNoiseLevel) -> Self {
        match room {
            RoomNoiseLevel { clipped: true, .. } => Self::Clipped,
            RoomNoiseLevel { floor, .. } if *floor > LOUDEST => Self::NoRoom,
            RoomNoiseLevel { uneven: true, .. } => Self::Uneven,
            RoomNoiseLevel { floor, .. } if *floor > LOUD => Self::Loud,
            RoomNoiseLevel { floor, .. } if *floor > FAIR => Self::Fair,
            RoomNoiseLevel { .. } => Self::Good,
        }
    }

    /// Whether nobody can record with it.
    pub fn is_none(self) -> bool {
        matches!(self, Self::NoRoom | Self::Clipped)
    }

    /// Whether it may lie under a whole voice.
    pub fn is_even(self) -> bool {
        !self.is_none() && self != Self::Uneven
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_as_loud_as_speech_is_no_room() {
        let of = |floor: f64, uneven: bool, clipped: bool| {
            RoomVerdict::of(&RoomNoiseLevel { floor, hum: None, uneven, clipped })
        };
        for (floor, uneven, clipped, verdict) in [
            (-70.0, false, false, RoomVerdict::Good),
            (-55.0, false, false, RoomVerdict::Fair),
            (-45.0, false, false, RoomVerdict::Loud),
            (-70.0, true, false, RoomVerdict::Uneven),
            (-3.5, false, false, RoomVerdict::NoRoom),
            (-3.5, true, false, RoomVerdict::NoRoom),
            (-70.0, true, true, RoomVerdict::Clipped),
        ] {
            assert_eq!(of(floor, uneven, clipped), verdict, "{floor} {uneven} {clipped}");
        }
        assert!(RoomVerdict::Clipped.is_none() && !RoomVerdict::Loud.is_none());
        assert!(RoomVerdict::Loud.is_even() && !RoomVerdict::Uneven.is_even());
    }
}
