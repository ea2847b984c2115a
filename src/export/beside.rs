//! An encoder on a thread of its own: blocks are copied to it and the caller goes on.

use std::io;
use std::marker::PhantomData;
use std::panic::resume_unwind;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::TrackWriter;

/// How many blocks may wait. A block of the render is a few seconds, so this holds some megabytes at most.
const WAITING: usize = 4;

/// A track writer that works beside its caller. Blocks arrive in order, so the file is that of the writer alone; an
/// error shows at a later block or at the end.
pub(super) struct Beside<T, W> {
    /// `None` once the encoder has stopped.
    encoder: Option<Encoder<T>>,
    writes: PhantomData<fn() -> W>,
}

struct Encoder<T> {
    blocks: SyncSender<Vec<Vec<f32>>>,
    thread: JoinHandle<io::Result<T>>,
}

impl<W, T: TrackWriter<W> + 'static> Beside<T, W> {
    /// Moves the writer to a thread.
    pub(super) fn new(mut writer: T) -> io::Result<Self> {
        let (blocks, arriving) = sync_channel::<Vec<Vec<f32>>>(WAITING);
        let work = move || {
            for block in arriving {
                let planes: Vec<&[f32]> = block.iter().map(Vec::as_slice).collect();
                writer.write(&planes)?;
            }
            Ok(writer)
        };
        let thread = thread::Builder::new().name("encoder".into()).spawn(work)?;
        Ok(Self { encoder: Some(Encoder { blocks, thread }), writes: PhantomData })
    }

    /// Waits for the encoder. A panic in it goes on here.
    fn stop(&mut self) -> io::Result<T> {
        let stopped = || io::Error::other("the encoder has stopped after an error");
        let Encoder { blocks, thread } = self.encoder.take().ok_or_else(stopped)?;
        drop(blocks);
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    }
}

impl<W, T: TrackWriter<W> + 'static> TrackWriter<W> for Beside<T, W> {
    fn write(&mut self, planes: &[&[f32]]) -> io::Result<()> {
        let block = planes.iter().map(|plane| plane.to_vec()).collect();
        match &self.encoder {
            Some(encoder) if encoder.blocks.send(block).is_ok() => Ok(()),
            // The encoder takes no more: its own error says why.
            _ => self.stop().and(Err(io::Error::other("the encoder has stopped"))),
        }
    }

    fn finish(mut self: Box<Self>) -> io::Result<W> {
        Box::new(self.stop()?).finish()
    }
}

/// Nothing of it goes on once it has been dropped.
impl<T, W> Drop for Beside<T, W> {
    fn drop(&mut self) {
        if let Some(Encoder { blocks, thread }) = self.encoder.take() {
            drop(blocks);
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds up what it hears, and fails at the block of a length.
    struct Sum {
        heard: Vec<f32>,
        fails_at: usize,
    }

    impl TrackWriter<Vec<f32>> for Sum {
        fn write(&mut self, planes: &[&[f32]]) -> io::Result<()> {
            if planes[0].len() == self.fails_at {
                return Err(io::ErrorKind::StorageFull.into());
            }
            assert!(planes[0].len() != 13, "thirteen");
            self.heard.extend(planes[0]);
            Ok(())
        }

        fn finish(self: Box<Self>) -> io::Result<Vec<f32>> {
            Ok(self.heard)
        }
    }

    fn beside(fails_at: usize) -> Box<dyn TrackWriter<Vec<f32>>> {
        Box::new(Beside::new(Sum { heard: Vec::new(), fails_at }).unwrap())
    }

    #[test]
    fn blocks_arrive_in_order_and_all_of_them() {
        let mut writer = beside(0);
        for length in 1..12u8 {
            writer.write(&[&vec![f32::from(length); usize::from(length)]]).unwrap();
        }
        let heard = writer.finish().unwrap();
        assert!(heard.iter().copied().eq((1..12u8).flat_map(|n| vec![f32::from(n); usize::from(n)])));
    }

    #[test]
    fn an_error_shows_later_but_it_shows_once_and_in_its_own_words() {
        let mut writer = beside(2);
        let error = (1..100).find_map(|length| writer.write(&[&vec![0.0; length.min(12)]]).err());
        assert_eq!(error.expect("an error").kind(), io::ErrorKind::StorageFull);
        assert!(writer.write(&[&[0.0]]).is_err());
        assert!(writer.finish().is_err());
        let mut writer = beside(2);
        writer.write(&[&[0.0; 2]]).unwrap();
        assert_eq!(writer.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    #[should_panic(expected = "thirteen")]
    fn a_bug_in_an_encoder_is_no_hang() {
        let mut writer = beside(0);
        writer.write(&[&[0.0; 13]]).unwrap();
        let _ = writer.finish();
    }
}
