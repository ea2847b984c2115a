//! What both web servers share: who may ask (`guard`), what every answer says to a browser (`headers`), how much a request may
//! send (`body`), how long a connection may stand still (`connection`), which bytes it asks for (`range`), and how a refusal is
//! told (`problem`).

pub mod body;
pub mod connection;
pub mod guard;
pub mod headers;
pub mod problem;
pub mod range;
