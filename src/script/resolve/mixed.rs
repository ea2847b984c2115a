//! The finished recording that the clips of a session were cut from, and the beds that cannot be under it.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, Sink, Span};
use crate::script::course::Course;
use crate::script::mixed::{MixedRecording, RECORDINGS};
use crate::script::session::{MixedSource, Part, Phrase, Variant};
use crate::script::voice::Voice;

/// The recording that clips of this voice for these phrases were cut from.
pub(super) fn source_of(
    course: &Course,
    variant: &Variant,
    voice: &Voice,
    phrases: &[Phrase],
) -> Option<MixedSource> {
    let files: BTreeSet<&str> = phrases.iter().map(|phrase| phrase.key.file.as_str()).collect();
    let folders: Vec<String> = files.into_iter().map(|file| format!("{}/{file}", voice.folder())).collect();
    let is_used = |recording: &&MixedRecording| folders.iter().any(|folder| recording.has_clips_of(folder));
    let recording = course.recordings.values().find(is_used)?;
    Some(MixedSource {
        name: recording.id.clone(),
        fixed: recording.fixed.clone(),
        keeps_level: variant.preset.is_none() && course.header.preset.is_none(),
    })
}

/// Refuses beds other than those of finished recordings: the clips have a bed already.
pub(super) fn refuse_other_beds<'p>(
    course: &Course,
    own: &MixedSource,
    parts: impl Iterator<Item = &'p Part>,
    place: Span,
    sink: &Sink,
) {
    let Some(recording) = course.recordings.get(&own.name).filter(|own| own.makes_way()) else { return };
    let of_recordings: BTreeSet<&str> =
        course.recordings.values().filter_map(|one| Some(one.bed.as_ref()?.value.as_str())).collect();
    let beds: BTreeSet<&str> = parts.filter_map(|part| Some(part.bed.as_ref()?.name.as_str())).collect();
    let Some(other) = beds.into_iter().find(|bed| !of_recordings.contains(bed)) else { return };
    let message = format!("the bed `{other}` cannot be under this voice: its clips have a bed in them");
    let clash = Diagnostic::error(Code::Clash, place, message).note(format!(
        "they were cut from {RECORDINGS}/{}.toml, where voice and bed are one sound",
        own.name
    ));
    sink.emit(match &recording.bed {
        Some(bed) => {
            clash.help(format!("use `{}`, the bed of the recording, or choose another voice", bed.value))
        }
        None => clash.help("use `none`, or choose another voice"),
    });
}
