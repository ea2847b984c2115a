//! Builds the parts of a session: those of the script itself, and the exercises of a programme.

use super::expand::Expand;
use super::own_bed;
use crate::diag::{Code, Diagnostic};
use crate::script::bed::{BedSettings, BedUse};
use crate::script::exercise::{Guidance, PartStart, PartText, Script};
use crate::script::session::{Block, Cue, Part};
use crate::toml::table::list;

/// The parts of a session as they are added, with their blocks and cues.
#[derive(Default)]
pub(super) struct PartList {
    pub(super) parts: Vec<Part>,
    pub(super) blocks: Vec<Block>,
    pub(super) cues: Vec<Cue>,
}

impl PartList {
    /// Adds a part of the script itself. A step pinned to a clock time starts another, untitled part.
    pub(super) fn part(
        &mut self,
        expand: &Expand<'_>,
        script: &Script,
        part: &PartText,
        bed: Option<&BedSettings>,
    ) {
        let first = self.parts.len();
        let at = part.at.as_ref().map(|at| (at.value, at.span));
        self.parts.push(Part {
            title: expand.part_title(script, part),
            bed: bed.cloned(),
            at,
            steps: Vec::new(),
        });
        for step in &part.steps {
            if let Some(at) = step.at.as_ref().filter(|_| expand.is_chosen(&step.when)) {
                let at = Some((PartStart::At(at.value), at.span));
                self.parts.push(Part { title: None, bed: bed.cloned(), at, steps: Vec::new() });
            }
            let steps = expand.steps(&script.id, std::slice::from_ref(step), 0);
            self.parts.last_mut().expect("one was pushed").steps.extend(steps);
        }
        if let Some(length) = &part.length {
            let at = self.parts[first].at.take();
            let (parts, length) = (first..self.parts.len(), Some(length.value));
            self.blocks.push(Block { span: part.span, script: None, parts, at, length, usual: None });
        }
    }

    /// Adds another script as a part of a programme: one chapter, with its own texts and bells.
    pub(super) fn exercise(
        &mut self,
        expand: &Expand<'_>,
        programme: &Script,
        part: &PartText,
        (inner, whole): (&Script, bool),
        guidance: Guidance,
        bed: &dyn Fn(&[&BedUse]) -> Option<BedSettings>,
    ) {
        if !inner.levels.contains(&guidance) {
            let message = format!("`{}` has no level `{}`", inner.id, guidance.name());
            let levels = list(inner.levels.iter().map(|level| level.name()));
            let unknown = Diagnostic::error(Code::UnknownLevel, part.span, message);
            let help = format!(
                "available: {levels}; add this level to its `levels`, or remove it from the `levels` of the programme"
            );
            expand.texts.sink.emit(unknown.help(help));
            return;
        }
        let first = self.parts.len();
        expand.within(inner, |own| {
            let is_kept = |inner_part: &&PartText| {
                own.is_chosen(&inner_part.when) && (whole || own.role(inner_part).is_none())
            };
            for inner_part in inner.parts.iter().filter(is_kept) {
                let mut beds = own_bed(part, programme);
                beds.extend(own_bed(inner_part, inner));
                self.part(own, inner, inner_part, bed(&beds).as_ref());
            }
        });
        let parts = first..self.parts.len();
        if parts.is_empty() {
            return;
        }
        let title = match &part.title {
            Some(title) => expand.texts.title(&format!("{}:part", programme.id), &title.value, title.span),
            None => expand.title(inner),
        };
        self.parts[parts.clone()].iter_mut().for_each(|part| part.title = None);
        self.parts[first].title = Some(title);
        // The clock times of its cues count from the start and the end of the exercise.
        if whole {
            let cues = inner.cues.iter().map(|cue| expand.cue(cue, parts.clone()));
            self.cues.extend(cues);
        }
        self.blocks.retain(|block| block.parts.start < first);
        self.blocks.push(Block {
            span: part.span,
            script: Some(inner.id.clone()),
            parts,
            at: part.at.as_ref().map(|at| (at.value, at.span)),
            length: part.length.as_ref().map(|length| length.value),
            usual: inner.length.map(|length| length.usual),
        });
    }
}
