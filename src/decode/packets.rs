//! FLAC, AAC and Ogg Vorbis, decoded by symphonia. Faults of a file that symphonia passes over
//! silently become errors here.

use std::io::ErrorKind;

use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;

use super::alac::AlacCodes;
use super::container::{skip_tags, tags_behind};
use super::slice::Slice;
use super::{DecodeError, PacketStream, StreamInfo};
use crate::files::Source;
use crate::unit::{Frames, SampleRate};

/// One audio track of a file, decoded packet by packet.
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a file")]
pub(super) struct Packets {
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    /// Of Apple Lossless, whose decoder does not see damage.
    alac: Option<AlacCodes>,
    track: u32,
    info: StreamInfo,
    options: AudioDecoderOptions,
    /// Whether the samples are uncompressed: a file without a declared length then ends wherever its data ends.
    plain: bool,
    cut_short: bool,
    /// Whether the end of the file is missing, so that its last packet may be a part of one.
    is_cut: bool,
    /// A packet that was read to see whether there is one.
    next: Option<Packet>,
    verified: bool,
    /// How many packets were taken.
    taken: u64,
    given: u64,
    lost: Option<(Frames, Frames)>,
}

impl Packets {
    pub(super) fn open(source: Slice) -> Result<Self, DecodeError> {
        let reader = probe_sound(source).map_err(from_symphonia)?;
        let track = reader.default_track(TrackType::Audio).ok_or_else(no_track)?.clone();
        let options = AudioDecoderOptions::default().verify(true);
        let decoder = decoder_for(&track, options)?;
        let info = info_of(&track, decoder.codec_params(), decoder.codec_info().short_name)?;
        let cookie = decoder.codec_params().extra_data.as_deref().filter(|_| info.codec == "alac");
        Ok(Self {
            alac: cookie.and_then(AlacCodes::of),
            decoder,
            options,
            plain: info.codec.starts_with("pcm"),
            track: track.id,
            info,
            reader,
            cut_short: false,
            is_cut: false,
            next: None,
            verified: true,
            taken: 0,
            given: 0,
            lost: None,
        })
    }

    /// The same, of a file whose end is missing.
    pub(super) fn cut(self) -> Self {
        Self { is_cut: true, ..self }
    }

    /// How many packets were taken so far.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Opens the next link of a chained Ogg stream, which has its own headers and must have the same rate and
    /// channels.
    fn next_link(&mut self) -> Result<(), DecodeError> {
        self.verified &= self.decoder.finalize().verify_ok != Some(false);
        let track = self.reader.default_track(TrackType::Audio).ok_or_else(no_track)?.clone();
        self.decoder = decoder_for(&track, self.options)?;
        let info = info_of(&track, self.decoder.codec_params(), self.info.codec)?;
        if (info.rate, info.channels) != (self.info.rate, self.info.channels) {
            return Err(DecodeError::changes_midway());
        }
        self.track = track.id;
        self.info.declared = self.info.declared.zip(info.declared).map(|(before, here)| before + here);
        Ok(())
    }
}

impl PacketStream for Packets {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn next_block(&mut self, planes: &mut Vec<Vec<f32>>) -> Result<bool, DecodeError> {
        loop {
            let read = self.next.take().map_or_else(|| self.reader.next_packet(), |next| Ok(Some(next)));
            let packet = match read {
                Ok(Some(packet)) => packet,
                Ok(None) => return Ok(false),
                Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                    self.cut_short = true;
                    return Ok(false);
                }
                Err(Error::ResetRequired) => {
                    self.next_link()?;
                    continue;
                }
                Err(error) => return Err(from_symphonia(error)),
            };
            if packet.track_id != self.track {
                continue;
            }
            self.taken += 1;
            let whole = self.alac.as_ref().is_none_or(|codes| codes.is_whole(&packet.data));
            let decoded = self.decoder.decode(&packet);
            match if whole { decoded } else { Err(Error::DecodeError("its codes do not end with it")) } {
                Ok(sound) if sound.frames() == 0 => continue,
                Ok(sound) => {
                    self.info.rate = SampleRate::of_file(sound.spec().rate()).unwrap_or(self.info.rate);
                    self.info.channels = sound.num_planes();
                    sound.copy_to_vecs_planar(planes);
                }
                Err(Error::IoError(error)) if error.raw_os_error().is_some() => {
                    return Err(DecodeError::Io(error));
                }
                Err(_) => {
                    if self.is_cut {
                        self.next = self.reader.next_packet().ok().flatten();
                        if self.next.is_none() {
                            self.cut_short = true;
                            return Ok(false);
                        }
                    }
                    // A packet that cannot be decoded is silent, so that what follows keeps its place.
                    let frames = packet.dur.get().clamp(1, MOST_LOST);
                    planes.clear();
                    planes.resize(self.info.channels, vec![0.0; frames as usize]);
                    let (first, sum) = self.lost.unwrap_or((Frames(self.given), Frames::ZERO));
                    self.lost = Some((first, sum + Frames(frames)));
                }
            }
            self.given += planes[0].len() as u64;
            return Ok(true);
        }
    }

    fn lost(&self) -> Option<(Frames, Frames)> {
        self.lost
    }

    fn check_end(&mut self, decoded: Frames) -> Result<(), DecodeError> {
        self.info.check_length(decoded, self.cut_short && !self.plain)?;
        if !self.verified || self.decoder.finalize().verify_ok == Some(false) {
            return Err(DecodeError::Damaged { reason: super::CHECKSUM.into() });
        }
        Ok(())
    }
}

/// The most frames that a packet may have.
const MOST_LOST: u64 = 8_192;

/// The bytes of the first packets of a file; none if it cannot be read.
pub(super) fn first_packets(source: Slice, count: usize) -> Vec<Vec<u8>> {
    let Ok(mut reader) = probe_sound(source) else { return Vec::new() };
    let Some(track) = reader.default_track(TrackType::Audio).map(|track| track.id) else { return Vec::new() };
    std::iter::from_fn(|| reader.next_packet().ok().flatten())
        .take(8 * count)
        .filter(|packet| packet.track_id == track)
        .take(count)
        .map(|packet| packet.data.to_vec())
        .collect()
}

/// Opens a file to decode its audio. Symphonia can mistake part of a tag with a picture for MPEG layer I, so reading
/// starts after the tags.
fn probe_sound(mut source: Slice) -> Result<Box<dyn FormatReader>, Error> {
    let start = skip_tags(&mut source)?;
    let end = tags_behind(&source)?;
    probe_from(source.part(start..end))
}

/// Opens a file including its tags.
pub(super) fn probe(source: Box<dyn Source>) -> Result<Box<dyn FormatReader>, Error> {
    probe_from(Slice::whole(source))
}

pub(super) fn probe_from(source: impl MediaSource + 'static) -> Result<Box<dyn FormatReader>, Error> {
    let stream = MediaSourceStream::new(Box::new(source), MediaSourceStreamOptions::default());
    // No hint: the name of a file is not reliable.
    symphonia::default::get_probe().probe(
        &Hint::new(),
        stream,
        FormatOptions::default(),
        MetadataOptions::default(),
    )
}

pub(super) fn no_track() -> DecodeError {
    DecodeError::NotAudio { looks_like: "a media file without an audio track" }
}

fn decoder_for(track: &Track, options: AudioDecoderOptions) -> Result<Box<dyn AudioDecoder>, DecodeError> {
    let parameters = track.codec_params.as_ref().and_then(|params| params.audio()).ok_or_else(no_track)?;
    symphonia::default::get_codecs().make_audio_decoder(parameters, &options).map_err(from_symphonia)
}

fn info_of(
    track: &Track,
    parameters: &AudioCodecParameters,
    codec: &'static str,
) -> Result<StreamInfo, DecodeError> {
    let damaged = |reason: &str| DecodeError::Damaged { reason: reason.into() };
    let hz = parameters.sample_rate.ok_or_else(|| damaged("its header has no sample rate"))?;
    let channels = parameters.channels.as_ref().map_or(0, symphonia::core::audio::Channels::count);
    if channels == 0 {
        return Err(damaged("its header has no channels"));
    }
    Ok(StreamInfo {
        rate: SampleRate::of_file(hz).ok_or_else(|| damaged("its header has a sample rate of zero"))?,
        channels,
        bits: bits_of(parameters, codec),
        declared: track.num_frames.map(Frames),
        codec,
    })
}

/// The bits per stored sample; floats are recognised by the name of the codec.
fn bits_of(parameters: &AudioCodecParameters, codec: &str) -> Option<u32> {
    match codec {
        name if name.starts_with("pcm_f32") => Some(32),
        name if name.starts_with("pcm_f64") => Some(64),
        name if name.starts_with("pcm") || name == "flac" => {
            parameters.bits_per_coded_sample.or(parameters.bits_per_sample)
        }
        _ => None,
    }
}

/// What the library says is meant for its users; those of adem are told what they can see.
pub(super) fn from_symphonia(error: Error) -> DecodeError {
    if let Error::IoError(error) = error {
        if error.kind() == ErrorKind::UnexpectedEof {
            return DecodeError::Damaged { reason: "it ends inside its header".into() };
        }
        if error.raw_os_error().is_some() {
            return DecodeError::Io(error);
        }
    } else if let Error::Unsupported(_) = error {
        return DecodeError::Unsupported { what: "a recording with an unusual coding".into() };
    }
    DecodeError::Damaged { reason: "its header cannot be read".into() }
}

impl MediaSource for Slice {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.claimed())
    }
}
