//! The course as a service over HTTP: this exercise, in this many minutes. What is asked for is planned, and sent while it is
//! rendered; what several ask for is made once.
//!
//! It only reads courses, and runs none of their programs. See docs/serve.md.

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
mod server;
mod service;
mod spool;
mod version;
mod watch;

pub use course::{CourseOpener, ServedCourse};
pub use problem::ServiceProblem;
pub use server::run;
pub use service::{Service, ServiceOptions};
pub use version::WorkLimits;
pub use watch::{CourseWatcher, WatchMethod};
