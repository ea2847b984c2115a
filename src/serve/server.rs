//! Runs a service until it is asked to stop.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::{Connected, IntoMakeServiceWithConnectInfo};
use axum::serve::IncomingStream;
use tokio::runtime::Builder;
use tokio::sync::watch;

use super::router::{Peer, router};
use super::service::Service;
use crate::http::connection::TimedListener;

/// Threads for connections. Rendering has its own.
const THREADS: usize = 2;
/// Threads for what waits for the disk or a store.
const SPARE: usize = 16;
/// How long work that was told to stop may take until its next check.
const END: Duration = Duration::from_secs(3);

impl Connected<IncomingStream<'_, TimedListener>> for Peer {
    /// The address of a peer; one of IPv4 that came over IPv6 as what it is.
    fn connect_info(stream: IncomingStream<'_, TimedListener>) -> Self {
        Self(stream.remote_addr().ip().to_canonical())
    }
}

/// Answers requests until the process is asked to stop (Ctrl-C or SIGTERM): then no new connections are taken, and answers may
/// go on as long as the options say. SIGHUP reads the courses and the tokens again.
///
/// # Errors
/// If the system gives no threads, or the listener fails.
pub fn run(service: &Arc<Service>, listener: TcpListener) -> io::Result<()> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(THREADS)
        .max_blocking_threads(service.options.threads + SPARE)
        .thread_name("adem-serve")
        .enable_all()
        .build()?;
    let done = runtime.block_on(answer(service, listener));
    service.spools.stop();
    runtime.shutdown_timeout(END);
    done
}

async fn answer(service: &Arc<Service>, listener: TcpListener) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = TimedListener::new(tokio::net::TcpListener::from_std(listener)?, service.options.stall);
    let app: IntoMakeServiceWithConnectInfo<Router, Peer> =
        router(service).into_make_service_with_connect_info::<Peer>();
    let (asked, mut stop) = watch::channel(false);
    let mut stopping = stop.clone();
    let signals = tokio::spawn(wait_for_signals(Arc::clone(service), asked));
    let serving = axum::serve(listener, app).with_graceful_shutdown(async move {
        let _ = stop.wait_for(|stop| *stop).await;
    });
    let drained = async {
        let _ = stopping.wait_for(|stop| *stop).await;
        tokio::time::sleep(service.options.drain).await;
    };
    let done = tokio::select! {
        done = serving => done,
        () = drained => {
            tracing::warn!("some answers were not at their end");
            Ok(())
        }
    };
    signals.abort();
    tracing::info!("stopped");
    done
}

/// Waits until the process is asked to stop.
#[cfg(unix)]
async fn wait_for_signals(service: Arc<Service>, asked: watch::Sender<bool>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut stop), Ok(mut interrupt), Ok(mut reload)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), signal(SignalKind::hangup()))
    else {
        tracing::error!("signals cannot be received");
        return;
    };
    loop {
        let is_reload = tokio::select! {
            _ = reload.recv() => true,
            _ = stop.recv() => false,
            _ = interrupt.recv() => false,
        };
        if !is_reload {
            break;
        }
        let service = Arc::clone(&service);
        let _ = tokio::task::spawn_blocking(move || {
            service.tokens.reload();
            service.reload();
        })
        .await;
    }
    tracing::info!("no new connections; answers go on");
    service.stop();
    asked.send_replace(true);
}

#[cfg(not(unix))]
async fn wait_for_signals(service: Arc<Service>, asked: watch::Sender<bool>) {
    let _ = tokio::signal::ctrl_c().await;
    service.stop();
    asked.send_replace(true);
}
