//! Recording: takes come in piece by piece (`incoming`), get their names and places (`place`), are judged (`shown`) and heard in
//! their track (`in_context`). A part of a take may be recorded again (`parts`), and a script be read in one go (`readings`). What a person says once is kept in a session (`session`).

mod in_context;
pub(super) mod incoming;
mod kept_sounds;
mod parts;
mod peaks;
mod place;
mod reading_routes;
mod readings;
mod room_verdict;
mod routes;
mod session;
mod shown;
pub(super) mod sidecar;
mod voices;

pub use incoming::IncomingTakes;
pub(super) use routes::routes;
pub(super) use shown::KnownVoices;
