//! Changes to the keys of one step, as replacements of ranges of its file.

use std::fmt::Write as _;
use std::ops::Range;

use super::spots::{FieldSpot, FileSpots, StepSpot};
use super::{EditError, Splice, UneditedNotation};
use crate::script::step::STEP;
use crate::unit::Seconds;
use crate::unit::literal::{parse_duration, print_duration};

/// The limits of a pause that an edit gives; the others stay as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct NewLimits {
    pub natural: Option<f64>,
    pub least: Option<f64>,
    pub most: Option<f64>,
}

/// Gives a key of a step this value, as it is typed; `None` removes the key.
pub(super) fn set(
    text: &str,
    step: &StepSpot<'_>,
    key: &str,
    typed: Option<&str>,
) -> Result<Vec<Splice>, EditError> {
    let fields = step.fields();
    let own = find(fields, key)?;
    Ok(match (own, typed) {
        (Some(index), Some(typed)) => vec![Splice::new(fields[index].value.range.clone(), typed)],
        (None, Some(typed)) => vec![insert(text, step, key, typed)?],
        (Some(index), None) => vec![remove(text, step, index)?],
        (None, None) => Vec::new(),
    })
}

/// Changes the limits of the pause of a step.
pub(super) fn set_pause(
    text: &str,
    step: &StepSpot<'_>,
    limits: NewLimits,
) -> Result<Vec<Splice>, EditError> {
    let only_natural = limits.least.is_none() && limits.most.is_none();
    let Some(index) = find(step.fields(), "pause")? else {
        let natural = limits.natural.unwrap_or(USUAL);
        let typed = if only_natural { number(natural) } else { table(&number(natural), limits) };
        return Ok(vec![insert(text, step, "pause", &typed)?]);
    };
    let value = &step.fields()[index].value;
    let Some(own) = value.fields() else {
        let typed = &text[value.range.clone()];
        let is_time = !typed.starts_with(['"', '\'']) || parse_duration(&typed[1..typed.len() - 1]).is_ok();
        let natural = match limits.natural {
            Some(natural) => like(typed, natural),
            None if is_time => typed.to_owned(),
            None => number(USUAL),
        };
        let new = if only_natural { natural } else { table(&natural, limits) };
        return Ok(vec![Splice::new(value.range.clone(), &new)]);
    };
    if let Some(fixed) = find(own, "fixed")? {
        let fixed = &own[fixed].value.range;
        return Ok(vec![match limits.natural {
            Some(natural) if only_natural => Splice::new(fixed.clone(), &like(&text[fixed.clone()], natural)),
            natural => {
                let natural = natural.map_or_else(|| text[fixed.clone()].to_owned(), number);
                Splice::new(value.range.clone(), &table(&natural, limits))
            }
        }]);
    }
    let mut splices = Vec::new();
    let named = [("natural", limits.natural), ("least", limits.least), ("most", limits.most)];
    for (key, seconds) in named.into_iter().filter_map(|(key, seconds)| Some((key, seconds?))) {
        if let Some(index) = find(own, key)? {
            let place = own[index].value.range.clone();
            splices.push(Splice::new(place.clone(), &like(&text[place], seconds)));
            continue;
        }
        // Behind the last key that comes before it.
        let before: &[&str] = match key {
            "natural" => &[],
            "least" => &["natural"],
            _ => &["natural", "least"],
        };
        let last = own.iter().rposition(|field| before.iter().any(|name| field.is(name)));
        splices.push(match last {
            Some(last) => Splice::at(own[last].value.range.end, &format!(", {key} = {}", number(seconds))),
            None => Splice::at(own[0].key_start, &format!("{key} = {}, ", number(seconds))),
        });
    }
    Ok(splices)
}

/// Rounds as they are typed.
pub(super) fn rounds(times: [u32; 3]) -> Result<String, EditError> {
    if !times.is_sorted() || times[1] == 0 {
        return Err(EditError::RoundsOrder);
    }
    Ok(if times[0] == times[2] { times[0].to_string() } else { format!("{times:?}") })
}

/// Changes the rounds of a step.
pub(super) fn set_rounds(step: &StepSpot<'_>, times: [u32; 3]) -> Result<Vec<Splice>, EditError> {
    let typed = rounds(times)?;
    let fields = step.fields();
    if let Some(index) = find(fields, "repeat")? {
        return Ok(vec![Splice::new(fields[index].value.range.clone(), &typed)]);
    }
    for (key, own) in [("breathe", "times"), ("walk", "steps")] {
        let table = find(fields, key)?.and_then(|index| fields[index].value.fields());
        if let Some(table) = table
            && let Some(index) = find(table, own)?
        {
            return Ok(vec![Splice::new(table[index].value.range.clone(), &typed)]);
        }
    }
    Err(EditError::Value("this step has no rounds".to_owned()))
}

/// Changes the limits of the length of a script.
pub(super) fn set_length(
    text: &str,
    spots: &FileSpots,
    limits: [(&str, Option<f64>); 3],
) -> Result<Vec<Splice>, EditError> {
    let top = spots.sections.first().map_or(&[][..], |section| &section.fields);
    let table = find(top, "length")?.and_then(|index| top[index].value.fields());
    let Some(table) = table else {
        return Err(UneditedNotation::NoLimits.into());
    };
    let mut splices = Vec::new();
    for (key, seconds) in limits.into_iter().filter_map(|(key, seconds)| Some((key, seconds?))) {
        if let Some(index) = find(table, key)? {
            let place = table[index].value.range.clone();
            splices.push(Splice::new(place.clone(), &like(&text[place], seconds)));
        }
    }
    Ok(splices)
}

/// The pause after a phrase that has none written, in seconds.
const USUAL: f64 = 3.0;

fn table(natural: &str, limits: NewLimits) -> String {
    let mut typed = format!("{{ natural = {natural}");
    for (key, seconds) in [("least", limits.least), ("most", limits.most)] {
        if let Some(seconds) = seconds {
            let _ = write!(typed, ", {key} = {}", number(seconds));
        }
    }
    typed + " }"
}

/// A time as a number of seconds, to the millisecond.
pub(super) fn number(seconds: f64) -> String {
    let rounded = (seconds * 1_000.0).round() / 1_000.0;
    rounded.to_string()
}

/// A time in the notation of the one it replaces.
fn like(typed: &str, seconds: f64) -> String {
    let is_text = typed.starts_with(['"', '\'']);
    let rounded = (seconds.max(0.0) * 1_000.0).round() as u64;
    if is_text { format!("\"{}\"", print_duration(Seconds::from_millis(rounded))) } else { number(seconds) }
}

/// The index of a key among these.
fn find(fields: &[FieldSpot], key: &str) -> Result<Option<usize>, EditError> {
    if fields.iter().any(|field| field.key.len() > 1 && field.key[0] == key) {
        return Err(UneditedNotation::Dots { key: key.to_owned() }.into());
    }
    Ok(fields.iter().position(|field| field.is(key)))
}

/// Where the list of keys has a key.
fn order(key: &str) -> usize {
    STEP.names().position(|name| name == key).unwrap_or(usize::MAX)
}

fn insert(text: &str, step: &StepSpot<'_>, key: &str, typed: &str) -> Result<Splice, EditError> {
    let fields = step.fields();
    let after = fields.iter().find(|field| order(&field.key[0]) > order(key));
    let last = fields.last().ok_or(UneditedNotation::EmptyStep)?;
    Ok(match (step, after) {
        (StepSpot::InList { .. }, Some(next)) => Splice::at(next.key_start, &format!("{key} = {typed}, ")),
        (StepSpot::InList { .. }, None) => Splice::at(last.value.range.end, &format!(", {key} = {typed}")),
        (StepSpot::Section(_), Some(next)) => Splice::at(next.key_start, &format!("{key} = {typed}\n")),
        (StepSpot::Section(_), None) => {
            let end = last.value.range.end;
            let line = text[end..].find('\n').map_or(text.len(), |at| end + at);
            Splice::at(line, &format!("\n{key} = {typed}"))
        }
    })
}

fn remove(text: &str, step: &StepSpot<'_>, index: usize) -> Result<Splice, EditError> {
    let fields = step.fields();
    let field = &fields[index];
    let whole: Range<usize> = match step {
        StepSpot::InList { .. } => match (fields.get(index + 1), index.checked_sub(1)) {
            (Some(next), _) => field.key_start..next.key_start,
            (None, Some(before)) => fields[before].value.range.end..field.value.range.end,
            (None, None) => return Err(UneditedNotation::OnlyKey.into()),
        },
        StepSpot::Section(_) => {
            let end = field.value.range.end;
            let line = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
            // A comment behind it stays.
            let to = if text[end..line].trim().is_empty() { line } else { end };
            field.key_start..to
        }
    };
    Ok(Splice::new(whole, ""))
}
