//! Connections that end when they stand still: a request that is sent too slowly, and an answer that nobody reads.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep, sleep_until};

/// The time for the head of the first request.
const HEAD: Duration = Duration::from_secs(10);
/// What ends the head of a request.
const HEAD_END: &[u8; 4] = b"\r\n\r\n";
/// How long to wait before the next connection where there were too many.
const BREATH: Duration = Duration::from_millis(200);

/// Accepts connections.
pub struct TimedListener {
    inner: TcpListener,
    /// How long a connection may stand still.
    stall: Duration,
}

impl TimedListener {
    pub fn new(inner: TcpListener, stall: Duration) -> Self {
        Self { inner, stall }
    }
}

impl Listener for TimedListener {
    type Io = TimedStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TimedStream, SocketAddr) {
        loop {
            match self.inner.accept().await {
                Ok((stream, peer)) => {
                    // Small answers leave at once.
                    let _ = stream.set_nodelay(true);
                    return (TimedStream::new(stream, self.stall), peer);
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be accepted");
                    sleep(BREATH).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

/// A connection with a time limit.
pub struct TimedStream {
    inner: TcpStream,
    stall: Duration,
    /// Whether the head of the first request is there.
    asked: bool,
    /// How much of the end of a head has come last.
    ending: usize,
    until: Pin<Box<Sleep>>,
}

impl TimedStream {
    fn new(inner: TcpStream, stall: Duration) -> Self {
        Self { inner, stall, asked: false, ending: 0, until: Box::pin(sleep(HEAD.min(stall))) }
    }

    /// It has moved. The head of the first request has its time as a whole, however it trickles in.
    fn moved(&mut self) {
        if self.asked {
            self.until.as_mut().reset(Instant::now() + self.stall);
        }
    }

    /// Looks for the end of the head of the first request.
    fn read(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.ending == HEAD_END.len() {
                break;
            }
            let goes_on = HEAD_END[self.ending] == *byte;
            self.ending = if goes_on { self.ending + 1 } else { usize::from(*byte == HEAD_END[0]) };
        }
        self.asked |= self.ending == HEAD_END.len();
    }

    /// Pending, or an error if it has stood still for too long.
    fn waits<T>(&mut self, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        ready!(self.until.as_mut().poll(context));
        // Polled again after it has ended, a sleep panics.
        self.until.set(sleep_until(Instant::now()));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for TimedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.inner).poll_read(context, buffer) {
            Poll::Ready(done) => {
                if !self.asked {
                    self.read(&buffer.filled()[before..]);
                }
                self.moved();
                Poll::Ready(done)
            }
            Poll::Pending => self.waits(context),
        }
    }
}

impl AsyncWrite for TimedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.inner).poll_write(context, bytes) {
            Poll::Ready(done) => {
                self.moved();
                Poll::Ready(done)
            }
            Poll::Pending => self.waits(context),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.inner).poll_write_vectored(context, slices) {
            Poll::Ready(done) => {
                self.moved();
                Poll::Ready(done)
            }
            Poll::Pending => self.waits(context),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
