//! Adding, moving and dropping a part of a script, as replacements of ranges of its file. Comments right above a part move with it.

use std::ops::Range;

use super::lists::{StepSlot, line_end};
use super::spots::FileSpots;
use super::{EditError, Splice, line_break};

/// A part and what belongs to it: its lines, from the comments above its header to the last of its values.
struct PartBlock {
    /// The byte at which its header begins.
    at: usize,
    lines: Range<usize>,
}

/// The parts of a file, in order.
fn parts(text: &str, spots: &FileSpots) -> Vec<PartBlock> {
    let mut found: Vec<PartBlock> = Vec::new();
    for section in &spots.sections {
        let Some(header) = &section.header else { continue };
        let name = text[header.clone()].trim_matches(['[', ']', ' ', '\t']);
        let last = section.fields.last().map_or(header.end, |field| field.value.range.end);
        let end = line_end(text, last);
        if name == "part" {
            found.push(PartBlock { at: header.start, lines: with_comments(text, header.start)..end });
        } else if name.starts_with("part.")
            && let Some(part) = found.last_mut()
        {
            part.lines.end = end;
        }
    }
    found
}

/// Where the comments right above a line begin.
pub(super) fn with_comments(text: &str, at: usize) -> usize {
    let mut start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    while start > 0 {
        let above = text[..start - 1].rfind('\n').map_or(0, |at| at + 1);
        if !text[above..start].trim_start().starts_with('#') {
            break;
        }
        start = above;
    }
    start
}

fn find(parts: &[PartBlock], at: usize) -> Result<&PartBlock, EditError> {
    parts.iter().find(|part| part.at == at).ok_or(EditError::NoStep)
}

/// Lines, each with its break.
pub(super) fn with_breaks<T: AsRef<str>>(lines: &[T], end: &str) -> String {
    lines.iter().flat_map(|line| [line.as_ref(), end]).collect()
}

/// Puts lines before or after others, with an empty line between.
pub(super) fn beside(text: &str, near: &Range<usize>, slot: StepSlot, lines: &str) -> Splice {
    let end = line_break(text);
    match slot {
        StepSlot::Before(_) => Splice::at(near.start, &format!("{lines}{end}")),
        StepSlot::After(_) => {
            let last = if text[..near.end].ends_with('\n') { "" } else { end };
            Splice::at(near.end, &format!("{last}{end}{lines}"))
        }
    }
}

/// Adds a part with these lines under its header.
pub(super) fn add(
    text: &str,
    spots: &FileSpots,
    slot: StepSlot,
    lines: &[String],
) -> Result<Vec<Splice>, EditError> {
    let (StepSlot::Before(at) | StepSlot::After(at)) = slot;
    let (all, end) = (parts(text, spots), line_break(text));
    let part = find(&all, at)?;
    let typed = with_breaks(lines, end);
    Ok(vec![beside(text, &part.lines, slot, &format!("[[part]]{end}{typed}"))])
}

/// Moves a part before or after another.
pub(super) fn move_part(
    text: &str,
    spots: &FileSpots,
    at: usize,
    slot: StepSlot,
) -> Result<Vec<Splice>, EditError> {
    let (StepSlot::Before(to) | StepSlot::After(to)) = slot;
    let all = parts(text, spots);
    let (part, near) = (find(&all, at)?, find(&all, to)?);
    if at == to {
        return Err(EditError::IntoItself);
    }
    Ok(moved(text, &part.lines, &near.lines, slot))
}

/// Takes whole lines from their place to one beside others.
pub(super) fn moved(text: &str, own: &Range<usize>, near: &Range<usize>, slot: StepSlot) -> Vec<Splice> {
    let mut lines = text[own.clone()].to_owned();
    if !lines.ends_with('\n') {
        lines.push_str(line_break(text));
    }
    vec![Splice::new(with_gap(text, own), ""), beside(text, near, slot, &lines)]
}

/// Removes a part. Its comments stay.
pub(super) fn drop_part(text: &str, spots: &FileSpots, at: usize) -> Result<Vec<Splice>, EditError> {
    let all = parts(text, spots);
    let part = find(&all, at)?;
    if all.len() == 1 {
        return Err(EditError::LastPart);
    }
    let end = line_break(text);
    let comments = super::spots::comments_in_order(&text[part.lines.clone()]);
    let kept = with_breaks(&comments, end);
    Ok(vec![if kept.is_empty() {
        Splice::new(with_gap(text, &part.lines), "")
    } else {
        Splice::new(part.lines.clone(), &kept)
    }])
}

/// The lines of a part with the empty lines behind it; before it, where it is the last of the file.
pub(super) fn with_gap(text: &str, lines: &Range<usize>) -> Range<usize> {
    let behind = &text[lines.end..];
    let empty = |line: &str| line.trim().is_empty();
    let gap: usize = behind.split_inclusive('\n').take_while(|line| empty(line)).map(str::len).sum();
    if gap > 0 && lines.end + gap < text.len() {
        return lines.start..lines.end + gap;
    }
    let before = text[..lines.start].split_inclusive('\n').rev();
    let gap: usize = before.take_while(|line| empty(line)).map(str::len).sum();
    lines.start - gap..lines.end
}
