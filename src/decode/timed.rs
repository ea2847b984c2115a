//! Packets of which the container tells the time, as browsers record them. What follows a pause keeps its place.

use symphonia::core::errors::Error;
use symphonia::core::formats::FormatReader;

use super::ogg_codec::Codec;
use super::{DecodeError, PacketStream, StreamInfo};
use crate::unit::Frames;

/// A pause between packets has at least this length, in seconds, as the clock of a browser is not more exact. A longer one
/// than a minute is damage.
const PAUSES: std::ops::Range<f64> = 0.1..60.0;
/// The frames of the first packet, where it cannot be decoded: 20 ms of Opus.
const USUAL_PACKET: usize = 960;
/// The most frames that one packet can have, and that are made silent for it.
pub(super) const MOST_LOST: usize = 8_192;
/// How far the told length of a packet may be off, in frames.
const ROUNDED: usize = 8;
/// The most frames of a block.
const BLOCK: usize = 4_096;

/// Gives the time in seconds of each packet of the track, by its time in the units of the reader. Asked once for each, in order.
pub(super) type Clock = Box<dyn FnMut(i64) -> Option<f64> + Send>;

/// What of the decoded sound is played.
pub(super) struct Played {
    /// The frames to leave out at the start.
    pub skip: u64,
    /// The frames that are left out at the end.
    pub padding: usize,
    /// The most frames.
    pub most: u64,
    /// The frames of each packet, where all have the same: one that gives others is damaged.
    pub each: Option<usize>,
    /// How many frames a unit of the lengths of packets is; `None` where the container tells no lengths.
    pub per_unit: Option<f64>,
}

impl Played {
    /// Whether a packet of this length in units can have so many frames. The length of one before a pause, and of the last, is often
    /// another; then it has as many frames as the packet before it, `usual`.
    fn fits(&self, frames: usize, units: u64, usual: Option<usize>) -> bool {
        let Some(per_unit) = self.per_unit else { return self.each.is_none_or(|each| each == frames) };
        // Lengths are rounded to units, and those of browsers by a little more.
        let near = |length: usize| frames.abs_diff(length) <= (per_unit.ceil() as usize).max(ROUNDED);
        let told = (units as f64 * per_unit).round() as usize;
        self.each.is_some_and(|each| near(each) || each > MOST_LOST) || usual == Some(frames) || near(told)
    }
}

/// A track, decoded packet by packet.
pub(super) struct TimedPackets {
    reader: Box<dyn FormatReader>,
    track: u32,
    clock: Clock,
    codec: Codec,
    info: StreamInfo,
    played: Played,
    /// Sound that waits, as the last of it may be padding.
    held: Vec<Vec<f32>>,
    /// The time at which the last packet ends, in seconds.
    end: Option<f64>,
    /// The sum of what was held and given.
    sum: u64,
    lost: Option<(Frames, Frames)>,
    /// How many packets the file has at least, of all tracks; `None` if it is cut.
    count: Option<u64>,
    /// How many packets were taken, of all tracks.
    taken: u64,
    /// The frames of the last packet.
    usual: usize,
    /// Whether a packet was whole.
    has_whole: bool,
    ended: bool,
}

impl TimedPackets {
    pub(super) fn new(
        reader: Box<dyn FormatReader>,
        track: u32,
        clock: Clock,
        codec: Codec,
        played: Played,
        count: Option<u64>,
    ) -> Self {
        let Codec { rate, channels, name, bits, .. } = codec;
        Self {
            reader,
            track,
            clock,
            info: StreamInfo { rate, channels, bits, declared: None, codec: name },
            held: vec![Vec::new(); channels],
            codec,
            played,
            end: None,
            sum: 0,
            lost: None,
            count,
            taken: 0,
            usual: USUAL_PACKET,
            has_whole: false,
            ended: false,
        }
    }

    /// Decodes the next packet; `false` at the end.
    fn take(&mut self) -> Result<bool, DecodeError> {
        let packet = match self.reader.next_packet() {
            Ok(Some(packet)) => packet,
            Err(Error::IoError(error)) if error.raw_os_error().is_some() => {
                return Err(DecodeError::Io(error));
            }
            // Its end, or where it is cut or damaged, which the number of packets shows.
            Ok(None) | Err(_) => return Ok(false),
        };
        self.taken += 1;
        if packet.track_id != self.track {
            return Ok(true);
        }
        let before = self.held[0].len();
        let rate = f64::from(self.info.rate.hz());
        let time = (self.clock)(packet.pts.get());
        if let Some(pause) = time.zip(self.end).map(|(time, end)| time - end)
            && PAUSES.contains(&pause)
        {
            self.add_silence((pause * rate).round() as usize);
        }
        let sound = self.held[0].len();
        let is_whole = self.codec.decode(&packet.data, &mut self.held);
        let frames = self.held[0].len() - sound;
        let usual = self.has_whole.then_some(self.usual);
        if is_whole && self.played.fits(frames, packet.dur.get(), usual) {
            self.usual = frames;
            self.has_whole = true;
        } else {
            self.usual = self.played.each.unwrap_or(self.usual).min(MOST_LOST);
            self.held.iter_mut().for_each(|plane| plane.truncate(sound));
            let (first, sum) = self.lost.unwrap_or((Frames(self.sum), Frames::ZERO));
            self.lost = Some((first, sum + Frames(self.usual as u64)));
            self.add_silence(self.usual);
        }
        self.end = time.map(|time| time + (self.held[0].len() - sound) as f64 / rate);
        let added = self.held[0].len() - before;
        let skipped = self.played.skip.min(self.held[0].len() as u64) as usize;
        self.played.skip -= skipped as u64;
        self.sum += added.saturating_sub(skipped) as u64;
        self.held.iter_mut().for_each(|plane| drop(plane.drain(..skipped)));
        Ok(true)
    }

    fn add_silence(&mut self, frames: usize) {
        self.held.iter_mut().for_each(|plane| plane.resize(plane.len() + frames, 0.0));
    }
}

impl PacketStream for TimedPackets {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn next_block(&mut self, planes: &mut Vec<Vec<f32>>) -> Result<bool, DecodeError> {
        while self.held[0].len() <= self.played.padding && !self.ended {
            self.ended = !self.take()?;
        }
        let frames = self.held[0].len().saturating_sub(self.played.padding).min(BLOCK);
        let frames = (frames as u64).min(self.played.most) as usize;
        if frames == 0 {
            return Ok(false);
        }
        self.played.most -= frames as u64;
        planes.clear();
        planes.extend(self.held.iter_mut().map(|plane| plane.drain(..frames).collect::<Vec<f32>>()));
        Ok(true)
    }

    fn lost(&self) -> Option<(Frames, Frames)> {
        self.lost
    }

    fn check_end(&mut self, decoded: Frames) -> Result<(), DecodeError> {
        let is_whole = self.played.most == 0 || self.count.is_some_and(|count| self.taken >= count);
        self.info.check_length(decoded, !is_whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_has_its_own_length_that_of_all_or_that_of_the_one_before() {
        let played = |each, per_unit| Played { skip: 0, padding: 0, most: u64::MAX, each, per_unit };
        let uneven = played(None, Some(1.0));
        // Before a pause, and one that was overwritten.
        assert!(uneven.fits(2_880, 5_360, Some(2_880)));
        assert!(!uneven.fits(480, 2_880, Some(2_880)));
        // The last one.
        assert!(played(Some(2_880), Some(1.0)).fits(480, 480, Some(2_880)));
        // AAC at 44.1 kHz in a track of 48,000 units a second, of which 1,115 are 1,024.4 frames.
        let coarse = played(Some(1_025), Some(44_100.0 / 48_000.0));
        assert!(coarse.fits(1_024, 1_115, None));
        assert!(!coarse.fits(512, 1_115, Some(1_024)));
        // A container that tells no lengths.
        assert!(played(None, None).fits(120, 0, None));
    }
}
