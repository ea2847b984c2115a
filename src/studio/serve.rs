//! The server: on this machine only, at one port, until it is asked to end.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use super::SharedStudio;
use super::router::routes;
use crate::http::connection::TimedListener;

/// The threads that answer. What takes long is done by others.
const THREADS: usize = 2;
/// A connection may stand still for so long once it has asked something: the socket of a page waits for what happens.
const STALL: Duration = Duration::from_secs(24 * 60 * 60);
/// The time that requests have to end.
const FAREWELL: Duration = Duration::from_secs(3);

/// Why the studio does not start.
#[derive(Debug, Error)]
pub enum ServeError {
    /// Another program, perhaps another studio, has the port.
    #[error("port {0} is taken")]
    Taken(u16),
    #[error("port {port} cannot be opened: {reason}")]
    Port { port: u16, reason: io::Error },
    #[error("the server failed: {0}")]
    Failed(io::Error),
}

/// A server with its ports, before it answers.
pub struct StudioServer {
    runtime: Runtime,
    listeners: Vec<TcpListener>,
    port: u16,
}

impl StudioServer {
    /// Takes the port on loopback: of IPv4, and of IPv6 where the machine has it. Port 0 is any free one.
    ///
    /// # Errors
    /// [`ServeError`] if it cannot be had.
    pub fn bind(port: u16) -> Result<Self, ServeError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("studio")
            .enable_all()
            .build()
            .map_err(ServeError::Failed)?;
        let opened = |error: io::Error| {
            if error.kind() == io::ErrorKind::AddrInUse {
                ServeError::Taken(port)
            } else {
                ServeError::Port { port, reason: error }
            }
        };
        let first = runtime
            .block_on(TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))))
            .map_err(opened)?;
        let port = first.local_addr().map_err(ServeError::Failed)?.port();
        let mut listeners = vec![first];
        match runtime.block_on(TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port)))) {
            Ok(second) => listeners.push(second),
            // A stranger behind the same number would get what is meant for us.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(ServeError::Taken(port)),
            Err(_) => {}
        }
        Ok(Self { runtime, listeners, port })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Answers until [`super::Studio::stop`] is called, by `until` or by another thread.
    ///
    /// # Errors
    /// [`ServeError::Failed`] if the system stops accepting.
    pub fn run(
        self,
        studio: &SharedStudio,
        until: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let app = routes(studio);
        let asked = studio.clone();
        let done = self.runtime.block_on(async move {
            tokio::spawn(async move {
                until.await;
                asked.stop();
            });
            let mut serving = JoinSet::new();
            for listener in self.listeners {
                let mut stopped = studio.stopped();
                let listener = TimedListener::new(listener, STALL);
                let served = axum::serve(listener, app.clone()).with_graceful_shutdown(async move {
                    let _ = stopped.wait_for(|stopped| *stopped).await;
                });
                serving.spawn(served.into_future());
            }
            let mut stopped = studio.stopped();
            let late = async {
                let _ = stopped.wait_for(|stopped| *stopped).await;
                tokio::time::sleep(FAREWELL).await;
            };
            let all = async {
                while let Some(done) = serving.join_next().await {
                    done.unwrap_or_else(|failed| Err(io::Error::other(failed)))?;
                }
                Ok(())
            };
            tokio::select! {
                done = all => done,
                () = late => Ok(()),
            }
        });
        self.runtime.shutdown_timeout(FAREWELL);
        done.map_err(ServeError::Failed)
    }
}
