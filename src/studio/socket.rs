//! One socket for each page: events go out, and what is recorded comes in. A browser allows few other connections.

use std::ops::ControlFlow;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use super::SharedStudio;
use super::event::StudioEvent;
use crate::http::problem::Problem;

/// The longest message, in bytes: a piece of 40 ms is a fiftieth of it.
const LONGEST: usize = 1 << 20;

pub(super) async fn open_socket(State(studio): State<SharedStudio>, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .max_message_size(LONGEST)
        .max_frame_size(LONGEST)
        .on_upgrade(move |socket| async move { talk(socket, &studio).await })
}

/// What a page asks for over its socket. A room that needs more adds a variant and its arm in [`answer`].
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
enum Wish {
    /// Answers with `pong`, for a page that wants to know whether the line is up.
    Ping {},
}

/// Talks with a page until one of the two ends.
async fn talk(mut socket: WebSocket, studio: &SharedStudio) {
    let mut events = studio.events.subscribe();
    let mut stopped = studio.stopped();
    loop {
        let done = tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(message)) => heard(&mut socket, studio, message).await,
                Some(Err(_)) | None => ControlFlow::Break(()),
            },
            event = events.recv() => match event {
                Ok(event) => send(&mut socket, &json!(event)).await,
                Err(RecvError::Lagged(_)) => send(&mut socket, &json!(StudioEvent::Lost)).await,
                Err(RecvError::Closed) => ControlFlow::Break(()),
            },
            () = ended(&mut stopped) => {
                let _ = socket.send(Message::Close(None)).await;
                ControlFlow::Break(())
            }
        };
        if done.is_break() {
            return;
        }
    }
}

/// Waits until the studio is asked to end.
async fn ended(stopped: &mut tokio::sync::watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

async fn send(socket: &mut WebSocket, value: &Value) -> ControlFlow<()> {
    match socket.send(Message::Text(value.to_string().into())).await {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    }
}

async fn heard(socket: &mut WebSocket, studio: &SharedStudio, message: Message) -> ControlFlow<()> {
    match message {
        Message::Text(text) => {
            let said = match serde_json::from_str::<Wish>(&text) {
                Ok(wish) => answer(studio, wish).await,
                Err(error) => {
                    Err(Problem::bad_request("this is no message of a page").detail(error.to_string()))
                }
            };
            let said = said.unwrap_or_else(|problem| json!({ "event": "problem", "problem": problem }));
            send(socket, &said).await
        }
        Message::Binary(_) | Message::Ping(_) | Message::Pong(_) => ControlFlow::Continue(()),
        Message::Close(_) => ControlFlow::Break(()),
    }
}

#[expect(clippy::unused_async, reason = "what is recorded is written away from this thread")]
async fn answer(_studio: &SharedStudio, wish: Wish) -> Result<Value, Problem> {
    match wish {
        Wish::Ping {} => Ok(json!({ "event": "pong" })),
    }
}
