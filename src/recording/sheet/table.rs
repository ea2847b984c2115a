//! The sheet as CSV, with a mark at its start by which spreadsheets know that it is UTF-8.

use super::words::SheetWords;
use super::{Sheet, SheetReason};
use crate::unit::Seconds;

const HEAD: [&str; 14] = [
    "script",
    "track",
    "part",
    "number",
    "phrase",
    "text",
    "file",
    "note",
    "pause before (s)",
    "pause after (s)",
    "fits",
    "safety",
    "why",
    "old words or fault",
];

/// The table of a sheet.
pub fn sheet_table(sheet: &Sheet<'_>) -> Vec<u8> {
    let mut rows = vec![HEAD.map(str::to_owned)];
    let words = SheetWords::of(&sheet.voice.language);
    let mut left = sheet.lines.clone();
    for script in &sheet.scripts {
        for part in &script.parts {
            for phrase in &part.phrases {
                let Some(line) = left.remove(&phrase.key) else { continue };
                let (why, old) = match line.reason {
                    SheetReason::Missing => ("missing", String::new()),
                    SheetReason::Stale(was) => ("stale", was),
                    SheetReason::Fault(wrong) => ("flagged", wrong),
                    SheetReason::Recorded => ("recorded", String::new()),
                };
                rows.push([
                    script.id.clone(),
                    script.track.map_or_else(String::new, |track| track.to_string()),
                    part.title.clone().unwrap_or_default(),
                    format!("{:03}", phrase.number),
                    phrase.key.to_string(),
                    plain(phrase.text.as_deref().unwrap_or_default()),
                    line.file,
                    plain(phrase.note.as_deref().unwrap_or_default()),
                    phrase.before.map_or_else(String::new, seconds),
                    seconds(phrase.after),
                    match (phrase.grid, line.time) {
                        (Some(grid), _) => words.grid(grid),
                        (None, Some(time)) => words.within(time),
                        (None, None) => String::new(),
                    },
                    if phrase.safety { "yes" } else { "" }.to_owned(),
                    why.to_owned(),
                    plain(&old),
                ]);
            }
        }
    }
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(b"\xef\xbb\xbf".to_vec());
    for row in rows {
        // A vector in memory takes every row.
        let _ = writer.write_record(row);
    }
    writer.into_inner().unwrap_or_default()
}

/// A text on one line that no spreadsheet takes for a formula.
fn plain(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text }
}

fn seconds(time: Seconds) -> String {
    format!("{}", (time.as_f64() * 10.0).round() / 10.0)
}
