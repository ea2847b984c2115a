//! Long recordings in which phrases are looked for: what is heard of them, phrases as another voice says them, and parts cut out.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::World;
use crate::align::island::frames;
use crate::align::listen::{Heard, RATE, ReadingListener};
use crate::asset::{draft, told_flaw};
use crate::decode::{Decoder, decode_all, stretches};
use crate::dsp::fade::{Curve, fade_in, fade_out};
use crate::dsp::resample::StreamResampler;
use crate::event::Task;
use crate::files::open_anywhere;
use crate::script::language::Language;
use crate::unit::SampleRate;

/// The longest reading, in seconds: two hours and a half of session, and as much again.
pub const LONGEST_READING: f64 = 5.0 * 3_600.0;
/// Silence between files of one reading, in seconds.
const BETWEEN: f64 = 2.0;
/// The sum of two channels is so much weaker than either where they cancel each other.
const CANCELLED: f64 = 0.05;

/// Why a reading cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReadingFault {
    #[error(transparent)]
    World(#[from] World),
    #[error("{} is longer than {} hours, alone or with the files before it", .0.display(), LONGEST_READING / 3_600.0)]
    Long(PathBuf),
    #[error("{} cannot be brought to {RATE} Hz; convert it to 48 kHz", .0.display())]
    Rate(PathBuf),
    #[error("nothing is heard in {}; check that it is the right file", .0.display())]
    Silent(PathBuf),
}

/// A file of a reading.
#[derive(Clone, Debug)]
pub struct ReadingFile {
    pub path: PathBuf,
    /// Where it begins in the reading, in seconds.
    pub from: f64,
    /// How long it is, in seconds.
    pub seconds: f64,
    /// What is missing from a damaged file, each as a sentence with its remedy.
    pub damage: Vec<String>,
}

/// One or several files that were read one after the other.
#[derive(Clone, Debug)]
pub struct HeardReading {
    pub files: Vec<ReadingFile>,
    pub heard: Heard,
}

/// Listens to files in their order, block by block.
///
/// # Errors
/// [`ReadingFault`] if one cannot be read, is too long or silent.
pub fn hear_reading(paths: &[PathBuf], task: &Task<'_>) -> Result<HeardReading, ReadingFault> {
    let mut reading = HeardReading { files: Vec::new(), heard: Heard::default() };
    for path in paths {
        if !reading.files.is_empty() {
            reading.heard.rest(frames(BETWEEN));
        }
        let (mut heard, damage, is_cancelled) = hear(path, Mixing::Both, task)?;
        if is_cancelled {
            heard = hear(path, Mixing::First, task)?.0;
        }
        if heard.peak.iter().all(|peak| *peak < 1e-4) {
            return Err(ReadingFault::Silent(path.clone()));
        }
        let from = reading.heard.seconds();
        if from + heard.seconds() > LONGEST_READING {
            return Err(ReadingFault::Long(path.clone()));
        }
        reading.files.push(ReadingFile { path: path.clone(), from, seconds: heard.seconds(), damage });
        reading.heard.append(&heard);
    }
    Ok(reading)
}

/// Which channels of a recording are listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mixing {
    Both,
    First,
}

/// What is heard of one file, what it lacks, and whether its channels cancel each other.
fn hear(path: &Path, mixing: Mixing, task: &Task<'_>) -> Result<(Heard, Vec<String>, bool), ReadingFault> {
    let decode = |source| World::Decode { path: path.to_owned(), source };
    let mut decoder = Decoder::open(open_anywhere(path).map_err(World::from)?).map_err(decode)?;
    let rate = decoder.rate();
    let is_long = |frames: u64| frames as f64 / rate.as_f64() > LONGEST_READING;
    // Hours of sound need not be heard for that.
    if decoder.declared_frames().is_some_and(|frames| is_long(frames.0)) {
        return Err(ReadingFault::Long(path.to_owned()));
    }
    let to = SampleRate::new(RATE as u32).ok_or_else(|| ReadingFault::Rate(path.to_owned()))?;
    let mut resampler = StreamResampler::new(rate, to, 1).map_err(|_| ReadingFault::Rate(path.to_owned()))?;
    let mut listener = ReadingListener::new();
    let mut block = Vec::new();
    let mut mono = Vec::new();
    let mut output = vec![Vec::new()];
    let (mut power, mut sum_power, mut taken) = (0.0f64, 0.0f64, 0u64);
    while decoder.next_block(&mut block).map_err(decode)? {
        if task.is_cancelled() {
            break;
        }
        mix(&block, mixing, &mut mono);
        let energy = |plane: &[f32]| plane.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        power += block.iter().map(|plane| energy(plane)).sum::<f64>() / block.len() as f64;
        sum_power += energy(&mono);
        taken += mono.len() as u64;
        if is_long(taken) {
            return Err(ReadingFault::Long(path.to_owned()));
        }
        resampler.push(&[&mono], &mut output);
        listener.push(&output[0]);
        output[0].clear();
    }
    resampler.finish(&mut output);
    listener.push(&output[0]);
    let name = path.display().to_string();
    let damage = decoder.flaws().iter().map(|flaw| told_flaw(&name, *flaw, rate)).collect();
    let is_cancelled = mixing == Mixing::Both && decoder.channels() > 1 && sum_power < CANCELLED * power;
    Ok((listener.finish(), damage, is_cancelled))
}

fn mix(block: &[Vec<f32>], mixing: Mixing, mono: &mut Vec<f32>) {
    mono.clear();
    let Some(first) = block.first() else { return };
    mono.extend_from_slice(first);
    if mixing == Mixing::Both && block.len() > 1 {
        for plane in &block[1..] {
            mono.iter_mut().zip(plane).for_each(|(sum, x)| *sum += x);
        }
        let share = 1.0 / block.len() as f32;
        mono.iter_mut().for_each(|x| *x *= share);
    }
}

/// Texts as the default voice of a language says them; none of them where no voice speaks the language, or where the program
/// is not installed.
pub fn other_voices(language: &Language, texts: &[String]) -> Vec<Option<Heard>> {
    let say = |text: &String| {
        let bytes = draft::say(language, &text.replace('|', ","))?;
        let sound = decode_all(Box::new(Cursor::new(bytes))).ok()?.buffer;
        let to = SampleRate::new(RATE as u32)?;
        let mut resampler = StreamResampler::new(sound.rate(), to, 1).ok()?;
        let mut output = vec![Vec::new()];
        resampler.push(&[sound.plane(0)], &mut output);
        resampler.finish(&mut output);
        Some(Heard::of(&output[0]))
    };
    // One is tried first, so that a program that is missing is not looked for by each.
    let Some((first, rest)) = texts.split_first() else { return Vec::new() };
    let Some(heard) = say(first) else { return vec![None; texts.len()] };
    std::iter::once(Some(heard)).chain(rest.par_iter().map(say).collect::<Vec<_>>()).collect()
}

/// A part of a reading that becomes a file, in seconds of the reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReadingCut {
    pub from: f64,
    pub to: f64,
}

/// Cuts parts out of a reading, at its own rate and with its own channels, with a short fade at both ends, and gives each as a
/// 24-bit WAV with its number to `write`, in the order of the reading.
///
/// # Errors
/// [`World`] if a file cannot be read again, or what `write` fails with.
pub fn cut_reading<E: From<World>>(
    files: &[ReadingFile],
    cuts: &[ReadingCut],
    mut write: impl FnMut(usize, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    for file in files {
        let is_in = |cut: &ReadingCut| cut.from < file.from + file.seconds && cut.to > file.from;
        let own: Vec<usize> = (0..cuts.len()).filter(|number| is_in(&cuts[*number])).collect();
        if own.is_empty() {
            continue;
        }
        let failed = |source| E::from(World::Decode { path: file.path.clone(), source });
        let mut decoder = Decoder::open(open_anywhere(&file.path).map_err(World::from)?).map_err(failed)?;
        let rate = decoder.rate();
        let frame = |seconds: f64| ((seconds - file.from).max(0.0) * rate.as_f64()).round() as u64;
        let spans: Vec<_> = own.iter().map(|cut| frame(cuts[*cut].from)..frame(cuts[*cut].to)).collect();
        stretches(&mut decoder, &spans, failed, |number, mut planes| {
            planes.iter_mut().for_each(|plane| fade_edges(plane, rate));
            match wav(&planes, rate) {
                Some(bytes) => write(own[number], &bytes),
                None => Ok(()),
            }
        })?;
    }
    Ok(())
}

/// 5 ms in and 30 ms out.
fn fade_edges(plane: &mut [f32], rate: SampleRate) {
    let frames = |seconds: f64| ((seconds * rate.as_f64()) as usize).min(plane.len());
    let (rise, fall) = (frames(0.005), frames(0.030));
    fade_in(&mut plane[..rise], Curve::RaisedCosine);
    let from = plane.len() - fall;
    fade_out(&mut plane[from..], Curve::RaisedCosine);
}

/// `None` where there is nothing in it.
fn wav(planes: &[Vec<f32>], rate: SampleRate) -> Option<Vec<u8>> {
    const FULL: f32 = 8_388_608.0;
    let length = planes.iter().map(Vec::len).min().filter(|length| *length > 0)?;
    let spec = hound::WavSpec {
        channels: u16::try_from(planes.len()).ok()?,
        sample_rate: rate.hz(),
        bits_per_sample: 24,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).ok()?;
    for at in 0..length {
        for plane in planes {
            let sample = (plane[at] * FULL).round().clamp(-FULL, FULL - 1.0) as i32;
            writer.write_sample(sample).ok()?;
        }
    }
    writer.finalize().ok()?;
    Some(bytes.into_inner())
}
