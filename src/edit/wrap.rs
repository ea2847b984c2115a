//! Putting a repeat around steps, and taking it away from around them, as replacements of ranges of their file.

use super::fields::rounds;
use super::lists::{StepBlock, is_headed, line_end};
use super::spots::{FileSpots, StepSpot};
use super::{EditError, Splice, line_break, sections};

/// What a line is moved by inside a list.
const STEP: &str = "  ";

/// Puts a repeat around the steps from one to another of the same list.
pub(super) fn repeat(
    text: &str,
    spots: &FileSpots,
    [first, last]: [usize; 2],
    times: [u32; 3],
) -> Result<Vec<Splice>, EditError> {
    match (is_headed(spots, first), is_headed(spots, last)) {
        (true, true) => return sections::repeat(text, spots, [first, last], times),
        (false, false) => {}
        (true, false) | (false, true) => return Err(EditError::RepeatList),
    }
    let (first, last) = (StepBlock::of(text, spots, first)?, StepBlock::of(text, spots, last)?);
    if first.list.range != last.list.range || first.index > last.index {
        return Err(EditError::RepeatList);
    }
    let open = format!("{{ repeat = {}, steps = [", rounds(times)?);
    if !first.own_lines || !last.own_lines {
        return Ok(vec![Splice::at(first.item.start, &open), Splice::at(last.item.end, "] }")]);
    }
    let end = line_break(text);
    let (from, to) = (first.whole.start, last.whole.end);
    let mut splices = vec![Splice::at(from, &format!("{}{open}{end}", first.indent(text)))];
    if is_plain(&text[from..to]) {
        splices.extend(
            lines(text, from, to)
                .filter(|line| !text[line.clone()].trim().is_empty())
                .map(|line| Splice::at(line.start, STEP)),
        );
    }
    if last.comma.is_none() {
        splices.push(Splice::at(last.item.end, ","));
    }
    splices.push(Splice::at(to, &format!("{}] }},{end}", first.indent(text))));
    Ok(splices)
}

/// Takes a repeat away from around its steps, which stay.
pub(super) fn unwrap(text: &str, spots: &FileSpots, at: usize) -> Result<Vec<Splice>, EditError> {
    if is_headed(spots, at) {
        return sections::unwrap(text, spots, at);
    }
    let block = StepBlock::of(text, spots, at)?;
    let step = spots.step(at).ok_or(EditError::NoStep)?;
    let fields = match &step {
        StepSpot::InList { .. } => step.fields(),
        StepSpot::Section(_) => &[],
    };
    let named = |name: &str| fields.iter().find(|field| field.is(name));
    let list = named("repeat").and_then(|_| named("steps")).map(|field| &field.value);
    let list = list.ok_or_else(|| EditError::Value("this step is no repeat of steps".to_owned()))?;
    let inner = list.items().and_then(|items| Some((items.first()?, items.last()?)));
    let Some((first, last)) = inner else { return Err(EditError::LastStep) };
    let (inside, close) = (list.range.start + 1, list.range.end - 1);
    let after = block.comma.unwrap_or(block.item.end);
    let own_lines = block.own_lines && text[inside..first.range.start].contains('\n');
    let has_comma = text[last.range.end..close].trim_start().starts_with(',');
    let mut splices = Vec::new();
    if !has_comma && (own_lines || block.comma.is_some()) {
        splices.push(Splice::at(last.range.end, ","));
    }
    if !own_lines {
        // The comma behind the repeat is that behind its last step now.
        let from = if has_comma || block.comma.is_some() { close } else { last.range.end };
        splices.push(Splice::new(block.item.start..first.range.start, ""));
        splices.push(Splice::new(from..after, ""));
        return Ok(splices);
    }
    let open_end = line_end(text, inside);
    splices.push(match text[inside..open_end].find('#') {
        Some(hash) => Splice::new(block.item.start..inside + hash, ""),
        None => Splice::new(block.line..open_end, ""),
    });
    let close_line = text[..close].rfind('\n').map_or(0, |at| at + 1);
    let (body, alone) = if text[close_line..close].trim().is_empty() {
        (open_end..close_line, true)
    } else {
        (open_end..line_end(text, close), false)
    };
    let (outer, inner) = (block.indent(text), indent_of(text, first.range.start));
    if let Some(more) = inner.strip_prefix(outer).filter(|_| is_plain(&text[body.clone()])) {
        let lines = lines(text, body.start, body.end).filter(|line| text[line.clone()].starts_with(inner));
        splices
            .extend(lines.map(|line| {
                Splice::new(line.start + outer.len()..line.start + outer.len() + more.len(), "")
            }));
    }
    let close_end = line_end(text, after);
    let behind = text[after..close_end].find('#');
    splices.push(match (alone, behind) {
        (true, None) => Splice::new(close_line..close_end, ""),
        (true, Some(hash)) => Splice::new(close..after + hash, ""),
        (false, _) => Splice::new(close..after, ""),
    });
    Ok(splices)
}

/// Whether a range has no text of several lines, whose lines have to stay as they are.
fn is_plain(text: &str) -> bool {
    !text.contains("\"\"\"") && !text.contains("'''")
}

/// The ranges of the lines from a byte to another, each of which begins a line.
fn lines(text: &str, from: usize, to: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut at = from;
    text[from..to].split_inclusive('\n').map(move |line| {
        at += line.len();
        at - line.len()..at
    })
}

fn indent_of(text: &str, at: usize) -> &str {
    let line = text[..at].rfind('\n').map_or(0, |at| at + 1);
    let own = &text[line..at];
    &own[..own.len() - own.trim_start().len()]
}
