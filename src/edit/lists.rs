//! Adding, moving and dropping a step of a list, as replacements of ranges of its file. Comments above a step and behind it move
//! with it; those of a step that is dropped stay.

use std::ops::Range;

use super::spots::{FileSpots, Spot, StepSpot};
use super::{EditError, Splice, UneditedNotation, line_break, sections};

/// Where a step goes: before or after the step that begins at a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepSlot {
    Before(usize),
    After(usize),
}

/// An item of a list and what belongs to it.
pub(super) struct StepBlock<'a> {
    pub list: &'a Spot,
    pub index: usize,
    pub item: Range<usize>,
    /// Whether nothing else stands on its lines.
    pub own_lines: bool,
    /// Its lines with the comments above it and behind it; the item alone where it shares its line.
    pub whole: Range<usize>,
    /// The first byte of the line of the item.
    pub line: usize,
    /// The byte behind its comma, if it has one.
    pub comma: Option<usize>,
}

/// The end of the line of a byte, behind its break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

/// Whether the step at a byte has a header of its own.
pub(super) fn is_headed(spots: &FileSpots, at: usize) -> bool {
    matches!(spots.step(at), Some(StepSpot::Section(_)))
}

impl<'a> StepBlock<'a> {
    pub(super) fn of(text: &str, spots: &'a FileSpots, at: usize) -> Result<Self, EditError> {
        let (list, index) = match spots.step(at).ok_or(EditError::NoStep)? {
            StepSpot::InList { list, index, .. } => (list, index),
            StepSpot::Section(_) => {
                return Err(UneditedNotation::OwnHeader.into());
            }
        };
        let items = list.items().unwrap_or_default();
        let item = items[index].range.clone();
        let line = text[..item.start].rfind('\n').map_or(0, |at| at + 1);
        let end = items.get(index + 1).map_or(list.range.end - 1, |next| next.range.start);
        let between = &text[item.end..end];
        let comma = between
            .trim_start_matches([' ', '\t'])
            .starts_with(',')
            .then(|| item.end + between.find(',').unwrap_or(0) + 1);
        let rest = comma.unwrap_or(item.end);
        let line_end = text[rest..].find('\n').map(|at| rest + at + 1);
        let behind = line_end.map(|end| text[rest..end].trim());
        let is_alone = behind.is_some_and(|behind| behind.is_empty() || behind.starts_with('#'));
        let own_lines = line > list.range.start && text[line..item.start].trim().is_empty() && is_alone;
        let mut start = line;
        // Comments right above it.
        loop {
            if !own_lines {
                break;
            }
            let above = text[..start - 1].rfind('\n').map_or(0, |at| at + 1);
            if above <= list.range.start || !text[above..start].trim_start().starts_with('#') {
                break;
            }
            start = above;
        }
        let whole = match line_end {
            Some(end) if own_lines => start..end,
            Some(_) | None => item.clone(),
        };
        Ok(Self { list, index, item, own_lines, whole, line, comma })
    }

    pub(super) fn indent<'t>(&self, text: &'t str) -> &'t str {
        if self.own_lines { &text[self.line..self.item.start] } else { "" }
    }

    fn is_only(&self) -> bool {
        self.list.items().is_some_and(|items| items.len() == 1)
    }

    /// The range from its start to that of its neighbour, where items share a line.
    fn inline(&self) -> Range<usize> {
        let items = self.list.items().unwrap_or_default();
        match (items.get(self.index + 1), self.index.checked_sub(1)) {
            (Some(next), _) => self.item.start..next.range.start,
            (None, Some(before)) => items[before].range.end..self.item.end,
            (None, None) => self.item.clone(),
        }
    }
}

/// Adds a step, as it is typed.
pub(super) fn add(
    text: &str,
    spots: &FileSpots,
    slot: StepSlot,
    typed: &str,
) -> Result<Vec<Splice>, EditError> {
    let (StepSlot::Before(at) | StepSlot::After(at)) = slot;
    if is_headed(spots, at) {
        return sections::add(text, spots, slot, typed);
    }
    let near = StepBlock::of(text, spots, at)?;
    let end = line_break(text);
    let line = format!("{}{typed},{end}", near.indent(text));
    Ok(insert(&near, slot, &line, typed))
}

/// Puts lines, or an item where items share a line, beside another.
fn insert(near: &StepBlock<'_>, slot: StepSlot, lines: &str, item: &str) -> Vec<Splice> {
    match (slot, near.own_lines) {
        (StepSlot::Before(_), true) => vec![Splice::at(near.whole.start, lines)],
        (StepSlot::After(_), true) => {
            let comma = near.comma.is_none().then(|| Splice::at(near.item.end, ","));
            comma.into_iter().chain([Splice::at(near.whole.end, lines)]).collect()
        }
        (StepSlot::Before(_), false) => vec![Splice::at(near.item.start, &format!("{item}, "))],
        (StepSlot::After(_), false) => vec![Splice::at(near.item.end, &format!(", {item}"))],
    }
}

/// Removes a step. Its comments stay.
pub(super) fn drop_step(text: &str, spots: &FileSpots, at: usize) -> Result<Vec<Splice>, EditError> {
    if is_headed(spots, at) {
        return sections::drop_step(text, spots, at);
    }
    let block = StepBlock::of(text, spots, at)?;
    if block.is_only() {
        return Err(EditError::LastStep);
    }
    if !block.own_lines {
        return Ok(vec![Splice::new(block.inline(), "")]);
    }
    let behind = &text[block.comma.unwrap_or(block.item.end)..block.whole.end];
    Ok(vec![match behind.find('#') {
        Some(hash) => {
            let comment = &behind[hash..];
            Splice::new(block.line..block.whole.end, &format!("{}{comment}", block.indent(text)))
        }
        None => Splice::new(block.line..block.whole.end, ""),
    }])
}

/// Moves a step beside another, which may be in another list.
pub(super) fn move_step(
    text: &str,
    spots: &FileSpots,
    at: usize,
    slot: StepSlot,
) -> Result<Vec<Splice>, EditError> {
    let (StepSlot::Before(to) | StepSlot::After(to)) = slot;
    match (is_headed(spots, at), is_headed(spots, to)) {
        (true, true) => return sections::move_step(text, spots, at, slot),
        (false, false) => {}
        (true, false) | (false, true) => return Err(sections::other_list()),
    }
    let (block, near) = (StepBlock::of(text, spots, at)?, StepBlock::of(text, spots, to)?);
    if block.item.contains(&to) {
        return Err(EditError::IntoItself);
    }
    if block.is_only() {
        return Err(EditError::LastStep);
    }
    let item = &text[block.item.clone()];
    if !block.own_lines || !near.own_lines {
        let line = format!("{}{item},\n", near.indent(text));
        let mut splices = drop_step(text, spots, at)?;
        splices.extend(insert(&near, slot, &line, item));
        return Ok(splices);
    }
    let comma = if block.comma.is_none() { "," } else { "" };
    let (above, below) = (&text[block.whole.start..block.item.end], &text[block.item.end..block.whole.end]);
    let lines = format!("{above}{comma}{below}");
    let mut splices = insert(&near, slot, &indented(&lines, block.indent(text), near.indent(text)), item);
    splices.push(Splice::new(block.whole.clone(), ""));
    Ok(splices)
}

/// Lines with another indentation. Texts of several lines keep theirs.
fn indented(lines: &str, from: &str, to: &str) -> String {
    if from == to || lines.contains("\"\"\"") || lines.contains("'''") {
        return lines.to_owned();
    }
    let line =
        |line: &str| line.strip_prefix(from).map_or_else(|| line.to_owned(), |rest| format!("{to}{rest}"));
    lines.split_inclusive('\n').map(line).collect()
}
