//! `adem voice level`.

use clap::Args as ClapArgs;
use serde_json::json;

use super::super::table::columns;
use super::super::{CommandContext, Failure, Outcome, exit, report};
use super::{WhichVoice, not_toml, progress, text, write};
use crate::facts::median_level;
use crate::recording::voice_file::with_level;
use crate::unit::Lufs;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct LevelArgs {
    #[command(flatten)]
    which: WhichVoice,
    /// Write the median into level.toml, so that recordings added later do not move it. All recordings count as one session
    /// then
    #[arg(long)]
    write: bool,
    /// One JSON document on stdout instead of a table
    #[arg(long)]
    json: bool,
}

pub(super) fn run(context: &CommandContext, args: &LevelArgs) -> Outcome {
    let engine = context.engine()?;
    let voice = args.which.of(&engine)?;
    let known = progress(&engine, voice)?;
    let levels: Vec<_> = known.levels().collect();
    let Some(median) = median_level(levels.iter().map(|(_, _, level)| Lufs(*level))) else {
        let message = format!("{} has no recordings to measure; record first", voice.folder());
        return Err(Failure::Usage(message));
    };
    let tenth = |level: f64| (level * 10.0).round() / 10.0 + 0.0;
    if args.json {
        let clips: Vec<_> = levels
            .iter()
            .map(|(key, take, level)| {
                json!({ "phrase": key.to_string(), "file": take.path, "level_lufs": tenth(*level), "session_lufs": take.session.map(|session| session.0) })
            })
            .collect();
        let document = json!({
            "voice": voice.id,
            "language": voice.language.as_str(),
            "median_lufs": median.0,
            "written_lufs": voice.level.map(|level| level.0),
            "clips": clips,
        });
        report::out(&format!("{document:#}\n"))?;
    } else {
        let mut rows = vec![["recording", "LUFS", "session", "off by LU"].map(str::to_owned)];
        for (_, take, level) in &levels {
            let session = take.session.or(voice.level).unwrap_or(median);
            rows.push([
                take.path.clone(),
                format!("{level:.1}"),
                format!("{:.1}", session.0),
                format!("{:+.1}", tenth(level - session.0)),
            ]);
        }
        report::out(&columns(&rows, 1))?;
        let written = match voice.level {
            Some(level) => format!("level.toml has {:.1} LUFS", level.0),
            None => "it is not written down; --write does that".to_owned(),
        };
        report::out(&format!("\nthe median of the voice is {:.1} LUFS; {written}\n", median.0))?;
    }
    if args.write {
        let _alone = context.alone()?;
        let path = format!("{}/level.toml", voice.folder());
        let old = text(context, &path)?;
        let new = with_level(&old, median).map_err(|error| not_toml(&path, &error))?;
        write(context, &path, new.as_bytes())?;
        report::note(&format!("{path}: {:.1} LUFS", median.0));
    }
    Ok(exit::DONE)
}
