//! The codecs of an Ogg file: Opus by opus-pure (RFC 7845), Vorbis and FLAC by symphonia.

use opus_pure::{MAX_PACKET_SAMPLES, OpusDecoder, OpusMSDecoder};
use symphonia::core::codecs::audio::well_known::{CODEC_ID_FLAC, CODEC_ID_VORBIS};
use symphonia::core::codecs::audio::{
    AudioCodecParameters, AudioDecoder, AudioDecoderOptions, VerificationCheck,
};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

use super::{CHECKSUM, DecodeError};
use crate::unit::{Frames, SampleRate};

/// The headers of a stream, until all of them are there.
pub(super) enum Headers {
    Opus(Vec<u8>),
    Vorbis(Vec<Vec<u8>>),
    /// The first packet, and how many header packets are still to come, where that is known.
    Flac(Vec<u8>),
}

impl Headers {
    /// The codec of a stream by its first packet; `None` if it is none of those.
    pub(super) fn of(first: &[u8]) -> Option<Self> {
        if first.starts_with(b"OpusHead") {
            Some(Self::Opus(first.to_vec()))
        } else if first.starts_with(b"\x01vorbis") {
            Some(Self::Vorbis(vec![first.to_vec()]))
        } else if first.starts_with(b"\x7fFLAC") {
            Some(Self::Flac(first.to_vec()))
        } else {
            None
        }
    }

    /// Takes the next packet; the codec once the last header has been taken. The first packet of sound is given back
    /// where it shows that there are no more headers.
    pub(super) fn take(&mut self, packet: &[u8]) -> Result<Taken, DecodeError> {
        match self {
            Self::Opus(head) => Ok(Taken::Last(Codec::opus(head)?)),
            Self::Vorbis(headers) => {
                headers.push(packet.to_vec());
                match headers.as_slice() {
                    [ident, _, setup] => Ok(Taken::Last(Codec::vorbis(ident, setup)?)),
                    _ => Ok(Taken::Header),
                }
            }
            // Packets of sound begin with the sync code of a frame.
            Self::Flac(head) if packet.first() == Some(&0xff) => Ok(Taken::Sound(Codec::flac(head)?)),
            Self::Flac(_) => Ok(Taken::Header),
        }
    }
}

/// What a packet was.
pub(super) enum Taken {
    Header,
    /// The last header.
    Last(Codec),
    /// The first packet of sound.
    Sound(Codec),
}

/// A codec with its state.
pub(super) struct Codec {
    pub(super) rate: SampleRate,
    pub(super) channels: usize,
    pub(super) name: &'static str,
    pub(super) bits: Option<u32>,
    /// The frames to leave out at the start.
    pub(super) delay: u64,
    /// The length, where the header has it.
    pub(super) total: Option<Frames>,
    coder: Coder,
}

#[expect(clippy::large_enum_variant, reason = "there is one of it while a file is read")]
enum Coder {
    Opus { decoder: OpusDecoder, block: Vec<f32> },
    Surround { decoder: OpusMSDecoder, block: Vec<f32>, gain: f32 },
    Symphonia(Box<dyn AudioDecoder>),
}

fn header(what: &str) -> DecodeError {
    DecodeError::Damaged { reason: format!("its {what} header cannot be read") }
}

impl Codec {
    /// Opus by its header (RFC 7845, section 5.1).
    pub(super) fn opus(head: &[u8]) -> Result<Self, DecodeError> {
        let wrong = || header("Opus");
        let &[channels, skip_low, skip_high, _, _, _, _, gain_low, gain_high, family] =
            head.get(9..19).and_then(|bytes| bytes.first_chunk::<10>()).ok_or_else(wrong)?;
        let gain = i16::from_le_bytes([gain_low, gain_high]);
        let count = usize::from(channels);
        let block = vec![0.0; MAX_PACKET_SAMPLES * count];
        let coder = match (family, count) {
            (0 | 1, 1 | 2) => {
                let mut decoder = OpusDecoder::new(48_000, count).map_err(|_| wrong())?;
                decoder.gain_q8 = i32::from(gain);
                Coder::Opus { decoder, block }
            }
            (1, 3..=8) => {
                let decoder = OpusMSDecoder::new(48_000, count, 1).map_err(|_| wrong())?;
                let layout = decoder.layout();
                let usual = head.get(19..21)
                    == Some(&[layout.nb_streams as u8, layout.nb_coupled_streams as u8])
                    && head.get(21..21 + count) == Some(layout.mapping.as_slice());
                if !usual {
                    return Err(DecodeError::Unsupported {
                        what: "Opus with an unusual layout of channels".into(),
                    });
                }
                Coder::Surround { decoder, block, gain: 10f32.powf(f32::from(gain) / 256.0 / 20.0) }
            }
            _ => {
                return Err(DecodeError::Unsupported {
                    what: format!("Opus with {count} separate channels"),
                });
            }
        };
        Ok(Self {
            rate: SampleRate::DEFAULT,
            channels: count,
            name: "opus",
            bits: None,
            delay: u64::from(u16::from_le_bytes([skip_low, skip_high])),
            total: None,
            coder,
        })
    }

    fn vorbis(ident: &[u8], setup: &[u8]) -> Result<Self, DecodeError> {
        let wrong = || header("Vorbis");
        let channels = *ident.get(11).ok_or_else(wrong)?;
        let hz =
            u32::from_le_bytes(ident.get(12..16).and_then(|four| four.try_into().ok()).ok_or_else(wrong)?);
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(CODEC_ID_VORBIS)
            .with_sample_rate(hz)
            .with_extra_data([ident, setup].concat().into_boxed_slice());
        Ok(Self {
            rate: SampleRate::of_file(hz).ok_or_else(wrong)?,
            channels: Some(usize::from(channels)).filter(|count| *count > 0).ok_or_else(wrong)?,
            name: "vorbis",
            bits: None,
            delay: 0,
            total: None,
            coder: Coder::Symphonia(decoder(&parameters).map_err(|_| wrong())?),
        })
    }

    /// STREAMINFO follows 9 bytes of the mapping, `fLaC` and a block header of four bytes.
    fn flac(head: &[u8]) -> Result<Self, DecodeError> {
        let wrong = || header("FLAC");
        let info = head.get(17..51).ok_or_else(wrong)?;
        let packed = info[10..18].iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        let (hz, channels) = ((packed >> 44) as u32, (packed >> 41 & 7) as usize + 1);
        let (bits, total) = ((packed >> 36 & 31) as u32 + 1, packed & 0xf_ffff_ffff);
        let mut parameters = AudioCodecParameters::new();
        parameters.for_codec(CODEC_ID_FLAC).with_sample_rate(hz).with_bits_per_sample(bits);
        parameters.with_extra_data(info.into());
        let sum: [u8; 16] = info[18..34].try_into().map_err(|_| wrong())?;
        if sum != [0; 16] {
            parameters.with_verification_code(VerificationCheck::Md5(sum));
        }
        Ok(Self {
            rate: SampleRate::of_file(hz).ok_or_else(wrong)?,
            channels,
            name: "flac",
            bits: Some(bits),
            delay: 0,
            total: (total > 0).then_some(Frames(total)),
            coder: Coder::Symphonia(decoder(&parameters).map_err(|_| wrong())?),
        })
    }

    /// A codec of symphonia that needs no more than what a container tells, of packets that stand alone.
    pub(super) fn of_packets(parameters: &AudioCodecParameters) -> Result<Self, DecodeError> {
        let coder = decoder(parameters).map_err(|_| header("codec"))?;
        let (known, name) = (coder.codec_params(), coder.codec_info().short_name);
        let channels = known.channels.as_ref().map_or(0, symphonia::core::audio::Channels::count);
        let rate = known.sample_rate.and_then(SampleRate::of_file).ok_or_else(|| header(name))?;
        Ok(Self {
            rate,
            channels: Some(channels).filter(|count| *count > 0).ok_or_else(|| header(name))?,
            name,
            bits: known.bits_per_coded_sample.or(known.bits_per_sample),
            delay: 0,
            total: None,
            coder: Coder::Symphonia(coder),
        })
    }

    /// Whether positions in the file say where sound ends; the lengths of FLAC frames are exact by themselves.
    pub(super) fn is_trimmed(&self) -> bool {
        self.name != "flac"
    }

    /// Appends the sound of a packet to the planes; `false` if it cannot be decoded.
    pub(super) fn decode(&mut self, packet: &[u8], planes: &mut [Vec<f32>]) -> bool {
        let channels = self.channels;
        let mut spread = |block: &[f32], gain: f32| {
            for (channel, plane) in planes.iter_mut().enumerate() {
                plane.extend(block.iter().skip(channel).step_by(channels).map(|sample| sample * gain));
            }
        };
        match &mut self.coder {
            Coder::Opus { decoder, block } => match decoder.decode(packet, MAX_PACKET_SAMPLES, block) {
                Ok(frames) => spread(&block[..frames * channels], 1.0),
                Err(_) => return false,
            },
            Coder::Surround { decoder, block, gain } => {
                match decoder.decode(packet, MAX_PACKET_SAMPLES, block) {
                    Ok(frames) => spread(&block[..frames * channels], *gain),
                    Err(_) => return false,
                }
            }
            Coder::Symphonia(decoder) => {
                let packet = Packet::new(0, Timestamp::ZERO, Duration::ZERO, packet);
                match decoder.decode(&packet) {
                    Ok(sound) if sound.frames() == 0 => {}
                    Ok(sound) if sound.num_planes() == channels => {
                        let mut block = Vec::new();
                        sound.copy_to_vecs_planar::<f32>(&mut block);
                        planes.iter_mut().zip(block).for_each(|(plane, part)| plane.extend(part));
                    }
                    _ => return false,
                }
            }
        }
        true
    }

    /// Called at the end of the stream.
    ///
    /// # Errors
    /// If it does not match its checksum.
    pub(super) fn finish(&mut self) -> Result<(), DecodeError> {
        match &mut self.coder {
            Coder::Symphonia(decoder) => match decoder.finalize().verify_ok {
                Some(false) => Err(DecodeError::Damaged { reason: CHECKSUM.into() }),
                Some(true) | None => Ok(()),
            },
            Coder::Opus { .. } | Coder::Surround { .. } => Ok(()),
        }
    }
}

fn decoder(
    parameters: &AudioCodecParameters,
) -> Result<Box<dyn AudioDecoder>, symphonia::core::errors::Error> {
    let options = AudioDecoderOptions::default().verify(true);
    symphonia::default::get_codecs().make_audio_decoder(parameters, &options)
}
