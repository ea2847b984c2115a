//! One socket for each page: events go out, and what is recorded comes in. A browser allows few other connections.

use std::ops::ControlFlow;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use super::SharedStudio;
use super::answer::blocking;
use super::desk::{PreviewWish, preview};
use super::event::StudioEvent;
use super::takes::incoming::BeginTake;
use super::takes::sidecar::UnheardWhy;
use crate::http::problem::Problem;
use crate::studio::refusal::Refusal;

/// The longest message, in bytes: a piece of 40 ms is a fiftieth of it.
const LONGEST: usize = 1 << 20;

pub(super) async fn open_socket(State(studio): State<SharedStudio>, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .max_message_size(LONGEST)
        .max_frame_size(LONGEST)
        .on_upgrade(move |socket| async move { talk(socket, &studio).await })
}

/// What a page asks for over its socket. A room that needs more adds a variant and its arm in [`answer`]. Sound comes as binary
/// messages: [`IncomingTakes::piece`](super::IncomingTakes::piece).
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
enum Wish {
    /// Answers with `pong`, for a page that wants to know whether the line is up.
    Ping {},
    /// Begins a take, or goes on with it: answers with `have`.
    Begin { begin: BeginTake },
    /// Ends a take of so many frames: answers with `saved`. One that is not whole has to be heard before it is used; `drops` are the
    /// frames after which sound was lost on its way.
    End {
        take: String,
        frames: u64,
        unheard: Option<UnheardWhy>,
        #[serde(default)]
        drops: Vec<u64>,
    },
    /// Throws away a take that was stopped as soon as it was begun: answers with `discarded`.
    Discard { take: String },
    /// Lays a version out with what is typed or dragged and not written: answers with `foretold`.
    Preview { id: u64, preview: PreviewWish },
}

/// Talks with a page until one of the two ends.
async fn talk(mut socket: WebSocket, studio: &SharedStudio) {
    let mut events = studio.events.subscribe();
    let mut stopped = studio.stopped();
    loop {
        // What was heard is dealt with outside of the choice, which would keep the other ends waiting.
        let next = tokio::select! {
            message = socket.recv() => NextForPage::Message(message.and_then(Result::ok)),
            event = events.recv() => NextForPage::Event(event),
            () = async { _ = stopped.wait_for(|stopped| *stopped).await } => NextForPage::Stop,
        };
        let done = match next {
            NextForPage::Message(Some(message)) => heard(&mut socket, studio, message).await,
            NextForPage::Event(Ok(event)) => send(&mut socket, json!(event).to_string()).await,
            NextForPage::Event(Err(RecvError::Lagged(_))) => {
                send(&mut socket, json!(StudioEvent::Lost).to_string()).await
            }
            NextForPage::Message(None) | NextForPage::Event(Err(RecvError::Closed)) => ControlFlow::Break(()),
            NextForPage::Stop => {
                let _ = socket.send(Message::Close(None)).await;
                ControlFlow::Break(())
            }
        };
        if done.is_break() {
            return;
        }
    }
}

/// What happens next to a page.
enum NextForPage {
    /// It said something, or is gone.
    Message(Option<Message>),
    Event(Result<StudioEvent, RecvError>),
    Stop,
}

async fn send(socket: &mut WebSocket, text: String) -> ControlFlow<()> {
    match socket.send(Message::Text(text.into())).await {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    }
}

async fn heard(socket: &mut WebSocket, studio: &SharedStudio, message: Message) -> ControlFlow<()> {
    let said = match message {
        Message::Text(text) => match serde_json::from_str::<Wish>(&text) {
            Ok(wish) => answer(studio.clone(), wish).await,
            Err(error) => Err(Refusal::Page.because(format!("this is no message of a page: {error}"))),
        },
        Message::Binary(piece) => {
            let studio = studio.clone();
            let had = blocking(move || studio.incoming.piece(&studio.course, &piece)).await;
            had.map(|had| had.to_string())
        }
        Message::Ping(_) | Message::Pong(_) => return ControlFlow::Continue(()),
        Message::Close(_) => return ControlFlow::Break(()),
    };
    let said = said.unwrap_or_else(|problem| json!({ "event": "problem", "problem": problem }).to_string());
    send(socket, said).await
}

/// What a page is told, as the text of a message.
async fn answer(studio: SharedStudio, wish: Wish) -> Result<String, Problem> {
    let said: Value = match wish {
        Wish::Ping {} => json!({ "event": "pong" }),
        Wish::Begin { begin } => {
            blocking(move || {
                Ok(match studio.incoming.begin(&studio, &begin) {
                    Ok(begun) => begun.event(begin.take()),
                    Err(problem) => json!({ "event": "refused", "take": begin.take(), "problem": problem }),
                })
            })
            .await?
        }
        Wish::Discard { take } => {
            blocking(move || {
                studio.incoming.discard(&studio.course, &take)?;
                Ok(json!({ "event": "discarded", "take": take }))
            })
            .await?
        }
        Wish::Preview { id, preview: wish } => {
            return Ok(preview(&studio, id, wish).await.unwrap_or_else(|problem| {
                json!({ "event": "not-foretold", "id": id, "problem": problem }).to_string()
            }));
        }
        Wish::End { take, frames, unheard, drops } => {
            blocking(move || {
                Ok(match studio.incoming.end(&studio, &take, frames, unheard, drops) {
                    Ok(ended) => ended.event(&take),
                    Err(problem) => json!({ "event": "not-saved", "take": take, "problem": problem }),
                })
            })
            .await?
        }
    };
    Ok(said.to_string())
}
