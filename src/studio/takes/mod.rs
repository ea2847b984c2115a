//! Recording: takes come in piece by piece (`incoming`), get their names and places (`place`), are judged (`shown`) and heard in
//! their track (`in_context`). What a person says once is kept in a session (`session`).

mod in_context;
pub(super) mod incoming;
mod peaks;
mod place;
mod routes;
mod session;
mod shown;
mod sidecar;
mod voices;

pub use incoming::IncomingTakes;
pub(super) use routes::routes;
pub(super) use shown::KnownVoices;
