//! Renders a track into any writer. Encoders send blocks into a short queue and a scoped thread writes them, so that
//! the writer can be borrowed.

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

/// The most blocks that wait in the queue.
const WAITING: usize = 8;

impl Engine {
    /// Renders a plan into a writer, such as a pipe, a socket or a buffer in memory, and the files of the job besides.
    /// Formats that are written from front to back arrive while they are rendered. A FLAC stream lacks the checksum of
    /// its sound, which is written into the header of a file at the end. The others (MP3, M4A) are written aside first,
    /// read back and checked, and arrive at the end.
    ///
    /// # Errors
    /// As [`Engine::render`]. What has been written by then stays written.
    pub fn render_to(
        &self,
        plan: &Plan,
        job: &RenderJob,
        format: Format,
        to: &mut (dyn Write + Send),
        task: &Task<'_>,
    ) -> Result<Rendered, Error> {
        let (sender, blocks) = sync_channel(WAITING);
        let (written, rendered) = thread::scope(|scope| {
            let writing = scope.spawn(move || write_blocks(&blocks, to));
            let rendered = self.render_with(plan, job, Some((format, BlockSender(sender))), task);
            (writing.join().unwrap_or_else(|panic| resume_unwind(panic)), rendered)
        });
        // If the writer failed, its error is the cause of the one of the render.
        written.map_err(|error| ExportError::new(Path::new(STREAM), error))?;
        rendered
    }
}

/// Writes all blocks until the sender is dropped, then flushes.
fn write_blocks(blocks: &Receiver<Vec<u8>>, to: &mut dyn Write) -> io::Result<()> {
    for block in blocks {
        to.write_all(&block)?;
    }
    to.flush()
}

/// The sending end of the queue.
pub(super) struct BlockSender(SyncSender<Vec<u8>>);

impl Write for BlockSender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The writer has failed; its own error is reported.
        self.0.send(bytes.to_vec()).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What an encoder writes to when the output is a stream.
pub(super) enum StreamTarget {
    /// The format is written from front to back.
    Direct(BlockSender),
    /// Written to a temporary file first, as the format rewrites its header at the end.
    Temporary(File, BlockSender),
}

impl StreamTarget {
    pub(super) fn open(format: Format, pipe: BlockSender) -> io::Result<Self> {
        Ok(if format.streams() { Self::Direct(pipe) } else { Self::Temporary(nameless()?, pipe) })
    }

    /// A reader of the temporary file, from its start.
    pub(super) fn reader(&self) -> io::Result<Option<File>> {
        match self {
            Self::Direct(_) => Ok(None),
            Self::Temporary(file, _) => {
                let mut file = file.try_clone()?;
                file.rewind()?;
                Ok(Some(file))
            }
        }
    }

    /// Sends the temporary file, if there is one.
    pub(super) fn commit(self) -> io::Result<()> {
        match self {
            Self::Direct(_) => Ok(()),
            Self::Temporary(mut file, mut pipe) => {
                file.rewind()?;
                io::copy(&mut file, &mut pipe).map(drop)
            }
        }
    }
}

impl Write for StreamTarget {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Direct(pipe) => pipe.write(bytes),
            Self::Temporary(file, _) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Direct(pipe) => pipe.flush(),
            Self::Temporary(file, _) => file.flush(),
        }
    }
}

impl Seek for StreamTarget {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Direct(_) => Err(io::ErrorKind::NotSeekable.into()),
            Self::Temporary(file, _) => file.seek(to),
        }
    }
}
