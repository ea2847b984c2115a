//! The course as a service over HTTP: this exercise, in this many minutes. What is asked for is planned, and sent while it is
//! rendered; what several ask for is made once.
//!
//! It only reads courses. Of their programs it runs those that speak, for wishes, if it is told to and they are trusted. See
//! docs/serve.md.

mod audio;
mod clients;
mod course;
mod documents;
mod finished;
mod metrics;
mod openapi;
mod pieces;
mod pool;
mod problem;
mod request;
mod router;
mod schema;
mod server;
mod service;
mod spool;
mod tokens;
mod version;
mod watch;
mod wish;

pub use course::{CourseOpener, ServedCourse};
pub use problem::ServiceProblem;
pub use server::run;
pub use service::{Service, ServiceOptions};
pub use tokens::Tokens;
pub use version::WorkLimits;
pub use watch::{CourseWatcher, WatchMethod};
pub use wish::WishOptions;
