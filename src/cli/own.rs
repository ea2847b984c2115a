//! A listener's own words, as they are given on the command line.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::{Failure, place};
use crate::asset::own_recording_path;
use crate::engine::Engine;
use crate::script::own::{OwnPhrase, OwnRecording, OwnWords};

/// Own words in the place of phrases
#[derive(Debug, ClapArgs)]
pub(super) struct OwnArgs {
    /// Own words for a phrase that the script opens with `own = true`, spoken by the engine of the voice, such as wens="May I rest"
    #[arg(long, value_name = "ID=TEXT", value_parser = parse_own)]
    own: Vec<(String, String)>,
    /// A recording of own words for such a phrase; captions have the words that `--own` gives for it
    #[arg(long, value_name = "ID=FILE", value_parser = parse_own)]
    own_recording: Vec<(String, String)>,
}

fn parse_own(text: &str) -> Result<(String, String), String> {
    let found = text.split_once('=').filter(|(id, words)| !id.is_empty() && !words.is_empty());
    let (id, words) = found
        .ok_or_else(|| "write the id of a phrase, = and the words, such as wens=\"May I rest\"".to_owned())?;
    Ok((id.to_owned(), words.to_owned()))
}

impl OwnArgs {
    /// The phrases that get own words.
    ///
    /// # Errors
    /// [`Failure`] if a recording cannot be read.
    pub(super) fn phrases(&self) -> Result<Vec<OwnPhrase>, Failure> {
        let mut own = Vec::new();
        for (phrase, file) in &self.own_recording {
            let path = own_recording_path(&read(Path::new(file))?);
            let words = OwnWords::Recording(OwnRecording { path, words: None });
            own.push(OwnPhrase { phrase: phrase.clone(), words });
        }
        for (phrase, text) in &self.own {
            let unwritten =
                own.iter_mut().filter(|own| own.phrase == *phrase).find_map(|own| match &mut own.words {
                    OwnWords::Recording(recording) if recording.words.is_none() => Some(recording),
                    OwnWords::Recording(_) | OwnWords::Text(_) => None,
                });
            match unwritten {
                Some(recording) => recording.words = Some(text.clone()),
                None => own.push(OwnPhrase { phrase: phrase.clone(), words: OwnWords::Text(text.clone()) }),
            }
        }
        Ok(own)
    }

    /// Gives an engine the recordings.
    ///
    /// # Errors
    /// [`Failure`] if one cannot be read or used.
    pub(super) fn hold(&self, engine: &Engine) -> Result<(), Failure> {
        for (_, file) in &self.own_recording {
            let file = PathBuf::from(file);
            engine.hold_own(read(&file)?).map_err(|error| {
                Failure::Usage(format!("{} cannot be used: {error}", place::shown(&file)))
            })?;
        }
        Ok(())
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(file).map_err(|error| Failure::read(file, error))
}
