//! Recordings: what a file holds, decoded and prepared.
