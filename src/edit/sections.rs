//! Steps and cues that have headers of their own (`[[part.steps]]`, `[[cue]]`), as replacements of ranges of their file. What stands
//! under a header goes with it: its keys, the tables within it, and the comments right above it.

use std::ops::Range;

use super::fields::rounds;
use super::lists::{StepSlot, line_end};
use super::parts::{beside, moved, with_breaks, with_comments, with_gap};
use super::spots::{FileSpots, SectionSpot, StepSpot, comments_in_order};
use super::{EditError, Splice, UneditedNotation, line_break};

/// A table with a header of its own.
struct HeadedBlock {
    /// The byte at which its header begins.
    at: usize,
    /// The name in its header: `part.steps`.
    name: String,
    /// Its lines, from the comments above its header to the last of what is within it.
    lines: Range<usize>,
}

/// The name that a header has, without its brackets and spaces.
fn name_of(text: &str, section: &SectionSpot) -> Option<String> {
    let header = &text[section.header.clone()?];
    Some(header.chars().filter(|sign| !matches!(sign, '[' | ']' | ' ' | '\t')).collect())
}

/// The tables of the list that the one at a byte is of, in order.
fn siblings(text: &str, spots: &FileSpots, at: usize) -> Result<Vec<HeadedBlock>, EditError> {
    let index = spots
        .sections
        .iter()
        .position(|section| section.header.as_ref().is_some_and(|header| header.start == at))
        .ok_or(EditError::NoStep)?;
    let named: Vec<Option<String>> = spots.sections.iter().map(|section| name_of(text, section)).collect();
    let name = named[index].clone().ok_or(EditError::NoStep)?;
    let is_within = |other: &str| other.strip_prefix(&name).is_some_and(|rest| rest.starts_with('.'));
    let is_of =
        |other: &Option<String>| other.as_ref().is_some_and(|other| *other == name || is_within(other));
    let first = (0..=index).rev().take_while(|at| is_of(&named[*at])).last().unwrap_or(index);
    let mut found: Vec<HeadedBlock> = Vec::new();
    for (section, named) in spots.sections[first..].iter().zip(&named[first..]) {
        let (Some(header), Some(own)) = (&section.header, named.as_ref().filter(|_| is_of(named))) else {
            break;
        };
        let last = section.fields.last().map_or(header.end, |field| field.value.range.end);
        let end = line_end(text, last);
        if *own == name {
            let lines = with_comments(text, header.start)..end;
            found.push(HeadedBlock { at: header.start, name: name.clone(), lines });
        } else if let Some(block) = found.last_mut() {
            block.lines.end = end;
        }
    }
    Ok(found)
}

fn find(blocks: &[HeadedBlock], at: usize) -> Result<(usize, &HeadedBlock), EditError> {
    blocks.iter().enumerate().find(|(_, block)| block.at == at).ok_or(EditError::NoStep)
}

/// A step in braces as the lines of a table under this header.
fn lines_of(name: &str, typed: &str) -> Result<Vec<String>, EditError> {
    let whole = format!("x = {typed}\n");
    let spots = FileSpots::read(&whole).ok_or(EditError::Mistake)?;
    let fields = spots.sections.first().and_then(|section| section.fields.first()?.value.fields());
    let fields = fields.ok_or(EditError::Mistake)?;
    let field = |field: &super::spots::FieldSpot| whole[field.key_start..field.value.range.end].to_owned();
    Ok(std::iter::once(format!("[[{name}]]")).chain(fields.iter().map(field)).collect())
}

/// Adds a step, typed in braces, beside one with a header.
pub(super) fn add(
    text: &str,
    spots: &FileSpots,
    slot: StepSlot,
    typed: &str,
) -> Result<Vec<Splice>, EditError> {
    let (StepSlot::Before(at) | StepSlot::After(at)) = slot;
    let all = siblings(text, spots, at)?;
    let (_, near) = find(&all, at)?;
    let lines = with_breaks(&lines_of(&near.name, typed)?, line_break(text));
    Ok(vec![beside(text, &near.lines, slot, &lines)])
}

/// Moves a step beside another of the same kind of list.
pub(super) fn move_step(
    text: &str,
    spots: &FileSpots,
    at: usize,
    slot: StepSlot,
) -> Result<Vec<Splice>, EditError> {
    let (StepSlot::Before(to) | StepSlot::After(to)) = slot;
    let (own, others) = (siblings(text, spots, at)?, siblings(text, spots, to)?);
    let ((_, block), (_, near)) = (find(&own, at)?, find(&others, to)?);
    if at == to || block.lines.contains(&to) {
        return Err(EditError::IntoItself);
    }
    if own.len() == 1 {
        return Err(EditError::LastStep);
    }
    if block.name != near.name {
        return Err(other_list());
    }
    Ok(moved(text, &block.lines, &near.lines, slot))
}

pub(super) fn other_list() -> EditError {
    UneditedNotation::OneHeader.into()
}

/// Removes a step. Its comments stay.
pub(super) fn drop_step(text: &str, spots: &FileSpots, at: usize) -> Result<Vec<Splice>, EditError> {
    let all = siblings(text, spots, at)?;
    let (_, block) = find(&all, at)?;
    if all.len() == 1 && block.name != CUE {
        return Err(EditError::LastStep);
    }
    let comments = comments_in_order(&text[block.lines.clone()]);
    let kept = with_breaks(&comments, line_break(text));
    Ok(vec![if kept.is_empty() {
        Splice::new(with_gap(text, &block.lines), "")
    } else {
        Splice::new(block.lines.clone(), &kept)
    }])
}

/// Puts a repeat around the steps from one to another of the same list.
pub(super) fn repeat(
    text: &str,
    spots: &FileSpots,
    [first, last]: [usize; 2],
    times: [u32; 3],
) -> Result<Vec<Splice>, EditError> {
    let all = siblings(text, spots, first)?;
    let (from, block) = find(&all, first)?;
    let to = find(&all, last).map_err(|_| EditError::RepeatList)?.0;
    if from > to {
        return Err(EditError::RepeatList);
    }
    let end = line_break(text);
    let head = format!("[[{}]]{end}repeat = {}{end}{end}", block.name, rounds(times)?);
    let mut splices = vec![Splice::at(block.lines.start, &head)];
    let within = block.lines.start..all[to].lines.end;
    splices.extend(renamed(text, spots, &within, &block.name, &format!("{}.steps", block.name)));
    Ok(splices)
}

/// Takes a repeat away from around its steps, which have headers of their own.
pub(super) fn unwrap(text: &str, spots: &FileSpots, at: usize) -> Result<Vec<Splice>, EditError> {
    let all = siblings(text, spots, at)?;
    let (_, block) = find(&all, at)?;
    let inner = format!("{}.steps", block.name);
    let section =
        spots.sections.iter().find(|section| section.header.as_ref().is_some_and(|own| own.start == at));
    let section = section.ok_or(EditError::NoStep)?;
    let first = spots.sections.iter().find(|section| {
        section.header.as_ref().is_some_and(|own| block.lines.contains(&own.start) && own.start > at)
            && name_of(text, section).is_some_and(|name| name == inner)
    });
    let is_repeat = section.fields.iter().any(|field| field.is("repeat"));
    let first = first.and_then(|section| section.header.as_ref()).filter(|_| is_repeat);
    let Some(first) = first else {
        return Err(UneditedNotation::Braces.into());
    };
    // The comments of the repeat stay.
    let head = at..with_comments(text, first.start);
    let comments = comments_in_order(&text[head.clone()]);
    let kept = with_breaks(&comments, line_break(text));
    let mut splices = vec![Splice::new(head.clone(), &kept)];
    let within = head.end..block.lines.end;
    splices.extend(renamed(text, spots, &within, &inner, &block.name));
    Ok(splices)
}

/// Gives the headers in a range another beginning of their names.
fn renamed(text: &str, spots: &FileSpots, within: &Range<usize>, from: &str, to: &str) -> Vec<Splice> {
    let one = |section: &SectionSpot| {
        let header = section.header.clone().filter(|header| within.contains(&header.start))?;
        let name = name_of(text, section)?;
        let rest = name.strip_prefix(from)?;
        let typed = &text[header.clone()];
        let brackets = if typed.starts_with("[[") { ["[[", "]]"] } else { ["[", "]"] };
        Some(Splice::new(header, &format!("{}{to}{rest}{}", brackets[0], brackets[1])))
    };
    spots.sections.iter().filter_map(one).collect()
}

/// The header of a cue.
const CUE: &str = "cue";

/// Adds a cue, typed in braces: behind the last one, or before the first part.
pub(super) fn add_cue(text: &str, spots: &FileSpots, typed: &str) -> Result<Vec<Splice>, EditError> {
    let cues = spots.sections.iter().filter(|section| name_of(text, section).as_deref() == Some(CUE));
    if let Some(last) = cues.filter_map(|section| section.header.as_ref()).next_back() {
        return add(text, spots, StepSlot::After(last.start), typed);
    }
    let top = spots.sections.first().map_or(&[][..], |section| &section.fields);
    if let Some(list) = top.iter().find(|field| field.is(CUE)) {
        let items = list.value.items().unwrap_or_default();
        return Ok(vec![match items.last() {
            Some(last) => Splice::at(last.range.end, &format!(", {typed}")),
            None => Splice::at(list.value.range.start + 1, typed),
        }]);
    }
    let part = spots.sections.iter().find_map(|section| section.header.clone());
    let part = part.ok_or(EditError::NoStep)?;
    let end = line_break(text);
    let lines = with_breaks(&lines_of(CUE, typed)?, end);
    Ok(vec![Splice::at(with_comments(text, part.start), &format!("{lines}{end}"))])
}

/// Removes a cue. A script may have none.
pub(super) fn drop_cue(text: &str, spots: &FileSpots, at: usize) -> Result<Vec<Splice>, EditError> {
    match spots.step(at).ok_or(EditError::NoStep)? {
        StepSpot::Section(_) => drop_step(text, spots, at),
        StepSpot::InList { list, .. } if list.items().is_some_and(|items| items.len() == 1) => {
            Ok(vec![Splice::new(list.range.start + 1..list.range.end - 1, "")])
        }
        StepSpot::InList { .. } => super::lists::drop_step(text, spots, at),
    }
}
