//! Runs an encoder on its own thread. Blocks are copied to it, so that the caller can continue.

use std::io;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::TrackWriter;

/// The most blocks in the queue. A block of a render is a fraction of a second, so this is half a megabyte at most.
const WAITING: usize = 4;
/// All blocks: those in the queue, one being encoded, and one being filled.
const BLOCKS: usize = WAITING + 2;

/// A track writer on its own thread. It writes the same file as without the thread; an error is returned at a later
/// block or at the end.
pub(super) struct EncoderThread<W> {
    /// `None` once the encoder has stopped.
    encoder: Option<Encoder<W>>,
}

struct Encoder<W> {
    work: SyncSender<Work>,
    /// Encoded blocks, to be reused.
    spent: Receiver<Planes>,
    thread: JoinHandle<io::Result<Option<W>>>,
}

enum Work {
    Block(Planes),
    Finish,
}

type Planes = Vec<Vec<f32>>;

impl<W: Send + 'static> EncoderThread<W> {
    /// Creates a writer on the thread, as some encoders cannot be moved between threads. Waits until it exists.
    pub(super) fn new<T: TrackWriter<W> + 'static>(
        make: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<Self> {
        let (work, arriving) = sync_channel(WAITING);
        let (give_back, spent) = sync_channel(BLOCKS);
        let (made, is_made) = sync_channel(1);
        let run = move || {
            let writer = make()?;
            // If the receiver is gone, so is the sender of blocks.
            let _ = made.send(());
            drop(made);
            encode(Box::new(writer), &arriving, &give_back)
        };
        let thread = thread::Builder::new().name("encoder".into()).spawn(run)?;
        let mut encoder_thread = Self { encoder: Some(Encoder { work, spent, thread }) };
        match is_made.recv() {
            Ok(()) => Ok(encoder_thread),
            Err(_) => encoder_thread.stop().and(Err(io::Error::other("the encoder did not start"))),
        }
    }

    /// Waits for the thread and returns the underlying writer if the encoder has finished. A panic in it is resumed
    /// here.
    fn stop(&mut self) -> io::Result<Option<W>> {
        let stopped = || io::Error::other("the encoder has stopped after an error");
        let Encoder { work, thread, .. } = self.encoder.take().ok_or_else(stopped)?;
        drop(work);
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    }
}

fn encode<W>(
    mut writer: Box<dyn TrackWriter<W>>,
    arriving: &Receiver<Work>,
    give_back: &SyncSender<Planes>,
) -> io::Result<Option<W>> {
    for work in arriving {
        match work {
            Work::Block(block) => {
                let planes: Vec<&[f32]> = block.iter().map(Vec::as_slice).collect();
                writer.write(&planes)?;
                // The channel has room for all blocks, and its receiver may be gone.
                let _ = give_back.try_send(block);
            }
            Work::Finish => return writer.finish().map(Some),
        }
    }
    Ok(None)
}

impl<W: Send + 'static> TrackWriter<W> for EncoderThread<W> {
    fn write(&mut self, planes: &[&[f32]]) -> io::Result<()> {
        let sent = self.encoder.as_ref().is_some_and(|encoder| {
            let mut block = encoder.spent.try_recv().unwrap_or_default();
            block.resize_with(planes.len(), Vec::new);
            for (room, plane) in block.iter_mut().zip(planes) {
                room.clear();
                room.extend_from_slice(plane);
            }
            encoder.work.send(Work::Block(block)).is_ok()
        });
        if sent {
            return Ok(());
        }
        // The encoder has stopped; its own error gives the reason.
        self.stop().and(Err(io::Error::other("the encoder has stopped")))
    }

    fn no_more(&mut self) {
        if let Some(encoder) = &self.encoder {
            // If the encoder has stopped, `finish` returns its error.
            let _ = encoder.work.send(Work::Finish);
        }
    }

    fn finish(mut self: Box<Self>) -> io::Result<W> {
        self.no_more();
        self.stop()?.ok_or_else(|| io::Error::other("the encoder did not finish"))
    }
}

/// Dropping it waits for the thread.
impl<W> Drop for EncoderThread<W> {
    fn drop(&mut self) {
        if let Some(Encoder { work, thread, .. }) = self.encoder.take() {
            drop(work);
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Collects samples, and fails at a block of a given length.
    struct Sum {
        collected: Vec<f32>,
        fails_at: usize,
    }

    impl TrackWriter<Vec<f32>> for Sum {
        fn write(&mut self, planes: &[&[f32]]) -> io::Result<()> {
            if planes[0].len() == self.fails_at {
                return Err(io::ErrorKind::StorageFull.into());
            }
            assert!(planes[0].len() != 13, "thirteen");
            self.collected.extend(planes[0]);
            Ok(())
        }

        fn finish(self: Box<Self>) -> io::Result<Vec<f32>> {
            Ok(self.collected)
        }
    }

    fn encoder_thread(fails_at: usize) -> Box<dyn TrackWriter<Vec<f32>>> {
        Box::new(EncoderThread::new(move || Ok(Sum { collected: Vec::new(), fails_at })).unwrap())
    }

    #[test]
    fn blocks_arrive_in_order_and_all_of_them() {
        let mut writer = encoder_thread(0);
        for length in 1..12u8 {
            writer.write(&[&vec![f32::from(length); usize::from(length)]]).unwrap();
        }
        let collected = writer.finish().unwrap();
        assert!(collected.iter().copied().eq((1..12u8).flat_map(|n| vec![f32::from(n); usize::from(n)])));
    }

    #[test]
    fn an_error_shows_later_but_it_shows_once_and_in_its_own_words() {
        let mut writer = encoder_thread(2);
        let error = (1..100).find_map(|length| writer.write(&[&vec![0.0; length.min(12)]]).err());
        assert_eq!(error.expect("an error").kind(), io::ErrorKind::StorageFull);
        assert!(writer.write(&[&[0.0]]).is_err());
        assert!(writer.finish().is_err());
        let mut writer = encoder_thread(2);
        writer.write(&[&[0.0; 2]]).unwrap();
        assert_eq!(writer.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    fn a_writer_that_cannot_be_made_says_so_at_once() {
        let made = EncoderThread::<Vec<f32>>::new(|| Err::<Sum, _>(io::ErrorKind::NotSeekable.into()));
        assert_eq!(made.err().map(|error| error.kind()), Some(io::ErrorKind::NotSeekable));
    }

    #[test]
    #[should_panic(expected = "thirteen")]
    fn a_bug_in_an_encoder_is_no_hang() {
        let mut writer = encoder_thread(0);
        writer.write(&[&[0.0; 13]]).unwrap();
        let _ = writer.finish();
    }
}
