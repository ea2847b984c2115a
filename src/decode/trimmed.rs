//! A stream without the frames at its ends that its file says are not played.

use std::ops::Range;

use super::packets::Packets;
use super::{DecodeError, PacketStream, StreamInfo};
use crate::unit::Frames;

/// What is played of a stream.
pub(super) struct Trimmed {
    packets: Packets,
    info: StreamInfo,
    /// The decoded frames that are played.
    played: Range<u64>,
    /// How many packets the file has, where it tells: all of them are all of the sound.
    count: Option<u64>,
    /// The number of frames decoded so far.
    at: u64,
}

impl Trimmed {
    pub(super) fn new(packets: Packets, played: Range<u64>, count: Option<u64>) -> Self {
        let declared = (played.end != u64::MAX).then(|| Frames(played.end.saturating_sub(played.start)));
        let info = StreamInfo { declared, ..packets.info().clone() };
        Self { packets, info, played, count, at: 0 }
    }
}

impl PacketStream for Trimmed {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn next_block(&mut self, planes: &mut Vec<Vec<f32>>) -> Result<bool, DecodeError> {
        while self.at < self.played.end && self.packets.next_block(planes)? {
            (self.info.rate, self.info.channels) = (self.packets.info().rate, self.packets.info().channels);
            let (start, frames) = (self.at, planes[0].len());
            self.at += frames as u64;
            let within = |place: u64| place.saturating_sub(start).min(frames as u64) as usize;
            let (from, until) = (within(self.played.start), within(self.played.end));
            if from < until {
                for plane in planes.iter_mut() {
                    plane.truncate(until);
                    plane.drain(..from);
                }
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn lost(&self) -> Option<(Frames, Frames)> {
        self.packets.lost()
    }

    fn check_end(&mut self, decoded: Frames) -> Result<(), DecodeError> {
        let all = self.count.is_some_and(|count| self.packets.taken() >= count);
        if all { Ok(()) } else { self.info.check_length(decoded, false) }
    }
}
