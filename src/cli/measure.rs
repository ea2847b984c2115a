//! `adem measure`: loudness and peaks of any audio file.

use std::path::Path;

use rayon::prelude::*;
use serde_json::{Value, json};

use super::args::MeasureArgs;
use super::table::columns;
use super::{Outcome, exit, report};
use crate::engine::{Measured, measure_file};
use crate::unit::Db;
use crate::unit::literal::print_clock;

pub(super) fn run(args: &MeasureArgs) -> Outcome {
    let results: Vec<_> = args.files.par_iter().map(|path| measure_file(path)).collect();
    let mut code = exit::DONE;
    let mut measured = Vec::new();
    for (path, result) in args.files.iter().zip(results) {
        match result {
            Ok(one) => {
                one.damage.iter().for_each(report::warning);
                measured.push((path.as_path(), one));
            }
            Err(error) => code = report::failure(&error.into()),
        }
    }
    if args.json {
        let files: Vec<_> = measured.iter().map(|(path, one)| document(path, one)).collect();
        report::out(&format!("{:#}\n", json!({ "files": files })))?;
    } else if !measured.is_empty() {
        report::out(&table(&measured))?;
    }
    Ok(code)
}

fn document(path: &Path, measured: &Measured) -> Value {
    let levels = &measured.levels;
    let value = |value: Option<f64>| value.map(hundredths);
    // Of a mono file, what a meter says that counts its one channel once.
    let one_channel = levels.integrated.filter(|_| is_mono(measured)).map(|loudness| loudness - DUAL_MONO);
    json!({
        "file": path.to_string_lossy(),
        "frames": measured.frames.0,
        "rate": measured.rate.hz(),
        "channels": measured.channels,
        "integrated_lufs": value(levels.integrated.map(|loudness| loudness.0)),
        "integrated_lufs_one_channel": one_channel.map(|loudness| hundredths(loudness.0)),
        "lra_lu": value(levels.range.map(|range| range.0)),
        "max_momentary_lufs": value(levels.max_momentary.map(|loudness| loudness.0)),
        "max_short_term_lufs": value(levels.max_short_term.map(|loudness| loudness.0)),
        "true_peak_dbtp": value(levels.true_peak.db().map(|peak| peak.0)),
        "sample_peak_dbfs": value(levels.sample_peak.db().map(|peak| peak.0)),
        "damage": measured.damage,
    })
}

/// One channel heard from two loudspeakers is so much louder than from one (BS.1770: two channels, each with its energy).
const DUAL_MONO: Db = Db(3.010_299_956_639_812);

fn is_mono(measured: &Measured) -> bool {
    measured.channels == 1
}

/// Rounded to 0.01: meters are accurate to 0.1, and further digits would differ between machines.
fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// The heads of the columns, and their units.
const HEAD: [[&str; 10]; 2] = [
    ["file", "length", "rate", "ch", "I", "LRA", "max M", "max S", "true peak", "peak"],
    ["", "", "Hz", "", "LUFS", "LU", "LUFS", "LUFS", "dBTP", "dBFS"],
];

/// The files as a table, rounded to 0.1.
fn table(measured: &[(&Path, Measured)]) -> String {
    let mut rows: Vec<[String; 10]> = HEAD.iter().map(|head| head.map(str::to_owned)).collect();
    rows.extend(measured.iter().map(|(path, one)| row(path, one)));
    let mut text = columns(&rows, 1);
    if measured.iter().any(|(_, one)| is_mono(one)) {
        text.push_str("\nmono as dual mono, as players play it; a meter that counts the one channel once shows 3.0 LU less\n");
    }
    text
}

fn row(path: &Path, measured: &Measured) -> [String; 10] {
    let levels = &measured.levels;
    let tenths = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
    [
        path.display().to_string(),
        print_clock(measured.frames.seconds(measured.rate)),
        measured.rate.hz().to_string(),
        measured.channels.to_string(),
        tenths(levels.integrated.map(|loudness| loudness.0)),
        tenths(levels.range.map(|range| range.0)),
        tenths(levels.max_momentary.map(|loudness| loudness.0)),
        tenths(levels.max_short_term.map(|loudness| loudness.0)),
        tenths(levels.true_peak.db().map(|peak| peak.0)),
        tenths(levels.sample_peak.db().map(|peak| peak.0)),
    ]
}
