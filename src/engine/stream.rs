//! A track into whatever can be written to: encoders write blocks into a short queue, and the caller's writer takes them
//! from there, so that it need not be handed to another thread for good.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::{Error, Plan, RenderJob, Rendered};
use crate::delivery::format::Format;
use crate::engine::Engine;
use crate::event::Task;
use crate::export::ExportError;
use crate::export::file::nameless;

/// What a stream is called in messages.
pub const STREAM: &str = "the output stream";

/// How many blocks may wait for the writer.
const WAITING: usize = 8;

impl Engine {
    /// Renders a plan into a writer, such as a pipe, a socket or a buffer in memory, and the files of the job besides.
    /// Formats that are written from front to back arrive while they are rendered. The others (MP3, M4A) are written aside
    /// first, read back and checked, and arrive at the end.
    ///
    /// # Errors
    /// As [`Engine::render`]. What the writer has taken by then cannot be taken back.
    pub fn render_to(
        &self,
        plan: &Plan,
        job: &RenderJob,
        format: Format,
        to: &mut (dyn Write + Send),
        task: &Task<'_>,
    ) -> Result<Rendered, Error> {
        let (sender, blocks) = sync_channel(WAITING);
        let (poured, rendered) = thread::scope(|scope| {
            let pouring = scope.spawn(move || pour(&blocks, to));
            let rendered = self.render_with(plan, job, Some((format, BlockSender(sender))), task);
            (pouring.join().unwrap_or_else(|panic| resume_unwind(panic)), rendered)
        });
        // A writer that has failed is why the encoder could not go on.
        poured.map_err(|error| ExportError::new(Path::new(STREAM), error))?;
        rendered
    }
}

/// Writes all blocks, then flushes; ends when nobody sends any more.
fn pour(blocks: &Receiver<Vec<u8>>, to: &mut dyn Write) -> io::Result<()> {
    for block in blocks {
        to.write_all(&block)?;
    }
    to.flush()
}

/// The end of a queue that encoders write to.
pub(super) struct BlockSender(SyncSender<Vec<u8>>);

impl Write for BlockSender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Whoever took the blocks has failed, and says why.
        self.0.send(bytes.to_vec()).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A stream as an encoder sees it.
pub(super) enum StreamTarget {
    /// Front to back.
    Straight(BlockSender),
    /// Written aside, as the format comes back to its start at the end.
    Aside(File, BlockSender),
}

impl StreamTarget {
    pub(super) fn open(format: Format, pipe: BlockSender) -> io::Result<Self> {
        Ok(if format.streams() { Self::Straight(pipe) } else { Self::Aside(nameless()?, pipe) })
    }

    /// What was written aside, from its start.
    pub(super) fn reader(&self) -> io::Result<Option<File>> {
        match self {
            Self::Straight(_) => Ok(None),
            Self::Aside(file, _) => {
                let mut file = file.try_clone()?;
                file.rewind()?;
                Ok(Some(file))
            }
        }
    }

    /// Sends what was written aside.
    pub(super) fn commit(self) -> io::Result<()> {
        match self {
            Self::Straight(_) => Ok(()),
            Self::Aside(mut file, mut pipe) => {
                file.rewind()?;
                io::copy(&mut file, &mut pipe).map(drop)
            }
        }
    }
}

impl Write for StreamTarget {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Straight(pipe) => pipe.write(bytes),
            Self::Aside(file, _) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Straight(pipe) => pipe.flush(),
            Self::Aside(file, _) => file.flush(),
        }
    }
}

impl Seek for StreamTarget {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Straight(_) => Err(io::ErrorKind::NotSeekable.into()),
            Self::Aside(file, _) => file.seek(to),
        }
    }
}
