//! Recording: takes come in piece by piece (`incoming`), get their names and places (`place`), are judged (`shown`) and heard in
//! their track (`in_context`). A part of a take may be recorded again (`parts`), and a script be read in one go (`readings`). What a person says once is kept in a session (`session`).
//! What a page without the studio sends (`sent`) is taken in as if it had been recorded here (`take_in`).

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
pub mod sent;
mod session;
mod shown;
pub(super) mod sidecar;
pub mod take_in;
mod verdict;
mod voices;

pub use incoming::IncomingTakes;
pub(super) use routes::routes;
pub(super) use shown::{KnownVoices, spoken_json, why};
