//! Decodes a file and its stems once, side by side: each is analysed, their sum and the version rendered again are compared
//! with the file.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Error, World};
use crate::decode::DecodeError;
use crate::files::open_anywhere;
use crate::qc::analysis::{Analysis, Comparer, FileAnalyser, Summer};

/// The frames that are decoded at once.
const PART: usize = 1 << 16;

/// Left and right.
type Pair = [Vec<f32>; 2];

/// A file that is being decoded.
pub(super) struct Listened {
    pub path: PathBuf,
    listener: FileAnalyser,
    /// Decoded frames that wait.
    ready: Pair,
    /// What is wrong with it; it is silent from there on.
    fault: Option<DecodeError>,
}

impl Listened {
    /// Opens a file. The inner error is about the file, the outer one about the disk.
    pub(super) fn open(path: &Path) -> Result<Result<Self, DecodeError>, Error> {
        let source = open_anywhere(path)?;
        let listened =
            |listener| Self { path: path.to_owned(), listener, ready: Pair::default(), fault: None };
        Ok(FileAnalyser::open(source).map(listened))
    }

    pub(super) fn listener(&self) -> &FileAnalyser {
        &self.listener
    }

    /// The next part, however long the blocks of its decoder are; empty at the end.
    fn part(&mut self) -> Pair {
        let mut block = Vec::new();
        while self.ready[0].len() < PART && self.fault.is_none() {
            match self.listener.next_block(&mut block) {
                Ok(true) => {
                    for (ready, plane) in self.ready.iter_mut().zip([&block[0], &block[block.len() - 1]]) {
                        ready.extend_from_slice(plane);
                    }
                }
                Ok(false) => break,
                Err(error) => self.fault = Some(error),
            }
        }
        let count = self.ready[0].len().min(PART);
        self.ready.each_mut().map(|ready| ready.drain(..count).collect())
    }

    /// The measurements, at the end.
    pub(super) fn finish(self) -> Result<Analysis, DecodeError> {
        match self.fault {
            Some(fault) => Err(fault),
            None => self.listener.finish(),
        }
    }
}

/// A file, its stems, and what is compared with it.
pub(super) struct Hearing {
    pub file: Listened,
    /// The stems, in the order of the mix.
    pub stems: Vec<Listened>,
    /// Whether each stem is in the mix of this file.
    pub mixed: Vec<bool>,
    /// Compares the file with the sum of the stems.
    pub summer: Option<Summer>,
    /// Compares it with the version rendered again.
    pub comparer: Option<Comparer>,
    /// The frames that were decoded of the file.
    pub heard: u64,
}

impl Hearing {
    /// Goes on by a part; `false` at the end of all files.
    pub(super) fn go_on(&mut self) -> bool {
        let sounds = [&mut self.file].into_iter().chain(&mut self.stems).collect::<Vec<_>>();
        let mut parts: Vec<Pair> = sounds.into_par_iter().map(Listened::part).collect();
        let more = parts.iter().any(|part| !part[0].is_empty());
        let stems = parts.split_off(1);
        let file = [parts[0][0].as_slice(), &parts[0][1]];
        self.heard += file[0].len() as u64;
        if let Some(comparer) = &mut self.comparer {
            comparer.push_file(file);
        }
        if let Some(summer) = &mut self.summer {
            summer.push_file(file);
            // In the order of the mix: (voice + cues) + bed. A stem that ends before the others is silent from there on.
            let mut sum = Pair::default();
            for (stem, _) in stems.iter().zip(&self.mixed).filter(|(_, mixed)| **mixed) {
                for (sum, plane) in sum.iter_mut().zip(stem) {
                    sum.resize(sum.len().max(plane.len()), 0.0);
                    sum.iter_mut().zip(plane).for_each(|(sum, sample)| *sum += sample);
                }
            }
            summer.push_sum([&sum[0], &sum[1]]);
        }
        more
    }
}

/// The error of a file beside the one that is judged.
pub(super) fn undecodable(path: &Path, source: DecodeError) -> Error {
    World::Decode { path: path.to_owned(), source }.into()
}
