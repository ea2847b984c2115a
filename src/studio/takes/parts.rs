//! A part of a take that is recorded again: the words between two of its silences. The part is kept in its session as it was recorded,
//! and joined to the take as a new one (`dsp::punch`).

use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};

use super::incoming::EndedTake;
use super::place::{
    Placed, UnnamedTake, already_placed, find_take, free_in_session, keep_in_session, name_take,
    placed_in_session, text,
};
use super::sidecar::{TakeOrigin, UnheardWhy, capture_of_sidecar};
use crate::decode::decode_all;
use crate::dsp::punch::{PunchIn, PunchedIn};
use crate::dsp::speech::find_speech;
use crate::export::write_whole;
use crate::files::{Files as _, open_anywhere};
use crate::http::problem::Problem;
use crate::script::session::PhraseKey;
use crate::script::takes_file::TakeState;
use crate::studio::StudioCourse;
use crate::studio::disk::part_file::{PartFile, RetakenPart, TakeStart};
use crate::studio::disk::wav_head::{TakeHead, wav};
use crate::studio::refusal::{Refusal, failed};
use crate::unit::SampleRate;

/// A part that is kept and not joined to its take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LonePart {
    /// Below the folder of the voice.
    file: String,
    script: String,
    phrase: String,
}

impl LonePart {
    /// Below the folder of the voice.
    pub fn file(&self) -> &str {
        &self.file
    }
}

/// The part whose take has this id, where it is kept and was not joined.
pub(super) fn lone_part(
    course: &StudioCourse,
    voice: &str,
    session: &str,
    key: &PhraseKey,
    take: &str,
) -> Option<LonePart> {
    let file = placed_in_session(course, voice, session, &stem(key), take)?;
    Some(LonePart { file, script: key.file.clone(), phrase: key.id.clone() })
}

/// The name of a part without its number and ending.
pub(super) fn stem(key: &PhraseKey) -> String {
    format!("part-{}-{}", key.file, key.id)
}

/// A take of which a part is recorded again.
pub(super) struct PartedTake {
    /// Below the folder of the voice.
    file: String,
    samples: Vec<f32>,
    rate: SampleRate,
    speech: Vec<(usize, usize)>,
    /// The frames after which sound was lost in it.
    drops: Vec<u64>,
}

impl PartedTake {
    /// Reads a take, which has to be one channel.
    fn read(course: &StudioCourse, voice: &str, key: &PhraseKey, number: u32) -> Result<Self, Problem> {
        let found = find_take(course, voice, key, number)?;
        let path = format!("{voice}/{}", found.file);
        let source = course.files().open(Path::new(&path)).map_err(failed)?;
        let sound = decode_all(source).map_err(|error| Refusal::BrokenSound.by(&error))?.buffer;
        if sound.channels() != 1 {
            return Err(Refusal::TwoChannels.problem());
        }
        let (samples, rate) = (sound.plane(0).to_vec(), sound.rate());
        let speech = find_speech(&samples, rate).map(|speech| speech.islands).unwrap_or_default();
        let beside = text(course, &format!("{}.toml", path.trim_end_matches(".wav")))?;
        let (_, drops) = capture_of_sidecar(&beside);
        Ok(Self { file: found.file, samples, rate, speech, drops })
    }
}

/// Where a take speaks, in seconds of its file: what lies between are the places at which a part can be joined.
pub(super) fn words(
    course: &StudioCourse,
    voice: &str,
    key: &PhraseKey,
    number: u32,
) -> Result<Value, Problem> {
    let take = PartedTake::read(course, voice, key, number)?;
    let seconds = |frame: usize| frame as f64 / take.rate.as_f64();
    let spoken: Vec<_> = take.speech.iter().map(|(from, to)| json!([seconds(*from), seconds(*to)])).collect();
    Ok(json!({ "rate": take.rate.hz(), "words": spoken }))
}

/// The take that a part is of, if it has that part and the rate that the part has.
pub(super) fn find_part(
    course: &StudioCourse,
    voice: &str,
    key: &PhraseKey,
    part: RetakenPart,
    rate: Option<u32>,
) -> Result<PartedTake, Problem> {
    let take = PartedTake::read(course, voice, key, part.take)?;
    if part.first > part.last || part.last >= take.speech.len() {
        return Err(Refusal::NoPart.problem());
    }
    if let Some(other) = rate.filter(|rate| *rate != take.rate.hz()) {
        return Err(Refusal::OtherRate.with(&[("own", &take.rate.hz()), ("other", &other)]));
    }
    Ok(take)
}

/// The stretches of speech of a take that lie between two moments, in seconds, as a part of it; one that no take has where nothing
/// is spoken there.
pub(super) fn part_between(
    course: &StudioCourse,
    voice: &str,
    key: &PhraseKey,
    number: u32,
    (from, to): (f64, f64),
) -> Result<RetakenPart, Problem> {
    let take = PartedTake::read(course, voice, key, number)?;
    let middle =
        |(begins, ends): &(usize, usize)| f64::midpoint(*begins as f64, *ends as f64) / take.rate.as_f64();
    let is_within = |speech: &(usize, usize)| (from..=to).contains(&middle(speech));
    let first = take.speech.iter().position(is_within);
    let last = take.speech.iter().rposition(is_within);
    let (first, last) = first.zip(last).unwrap_or((1, 0));
    Ok(RetakenPart { take: number, first, last })
}

/// Joins a part to its take and keeps both. Where that cannot be done any more, the part is kept all the same.
pub(super) fn place_part(
    course: &StudioCourse,
    part: &mut PartFile,
    key: &PhraseKey,
    of: RetakenPart,
) -> Result<EndedTake, Problem> {
    let start = part.start().clone();
    let voice = format!("voice/{}/{}", start.language, start.voice);
    let _alone = course.alone()?;
    let kept = free_in_session(course, &voice, &start.session, &stem(key))?;
    let placed = match already_placed(course, &voice, key, &start.take) {
        Some(placed) => Some(placed),
        None => join(course, &voice, part, key, of, &kept)?,
    };
    keep_in_session(course, &voice, part, &kept)?;
    Ok(match placed {
        Some(placed) => EndedTake::Phrase(placed),
        None => {
            EndedTake::LonePart(LonePart { file: kept, script: key.file.clone(), phrase: key.id.clone() })
        }
    })
}

/// Where sound was lost in a joined take: in what is left of the take, and in the part.
fn drops_of(joined: &PunchedIn, take: &[u64], part: &[u64]) -> Vec<u64> {
    let [first, second] = [&joined.joints[0], &joined.joints[1]];
    let place = |at: usize| at as u64;
    let before = take.iter().copied().filter(|at| *at < place(first.end));
    let within = part.iter().filter_map(|at| Some(at.checked_sub(place(joined.from))? + place(first.start)));
    let after = take.iter().filter_map(|at| Some(at.checked_sub(place(joined.rest))? + place(second.start)));
    let after = after.filter(|at| *at < place(joined.samples.len()));
    before.chain(within.filter(|at| *at < place(second.end))).chain(after).collect()
}

/// The new take; `None` where nobody speaks in the part, or the take is no longer what it was.
fn join(
    course: &StudioCourse,
    voice: &str,
    part: &PartFile,
    key: &PhraseKey,
    of: RetakenPart,
    kept: &str,
) -> Result<Option<Placed>, Problem> {
    let start = part.start();
    let Ok(take) = find_part(course, voice, key, of, Some(start.rate)) else { return Ok(None) };
    let source = open_anywhere(&part.path()).map_err(failed)?;
    let sound = decode_all(source).map_err(failed)?.buffer;
    let spoken = find_speech(sound.plane(0), take.rate).map(|speech| speech.islands).unwrap_or_default();
    let punch = PunchIn {
        rate: take.rate,
        take: &take.samples,
        take_speech: &take.speech,
        replaced: of.first..of.last + 1,
        part: sound.plane(0),
        part_speech: &spoken,
    };
    let Some(joined) = punch.joined() else { return Ok(None) };
    let description = start.description();
    let head = TakeHead {
        rate: start.rate,
        description: &description,
        reference: &start.take,
        started: &start.started,
    };
    let bytes = wav(&head, &joined.samples);
    let start = &TakeStart { drops: drops_of(&joined, &take.drops, &start.drops), ..start.clone() };
    let take = UnnamedTake {
        key,
        start,
        frames: joined.samples.len() as u64,
        hash: blake3::hash(&bytes).to_hex().to_string(),
        state: TakeState::Unheard,
        unheard: Some(UnheardWhy::Joined),
        origin: TakeOrigin::Joined { take: &take.file, part: kept },
    };
    let (placed, target) = name_take(course, voice, take)?;
    write_whole(&target, &bytes).map_err(failed)?;
    Ok(Some(placed))
}
