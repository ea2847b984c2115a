//! What rows need beside the file, where a front end can be asked for it.

/// Voice and bed by themselves.
pub const BOTH_STEMS: &str = "needs the stems of voice and bed";
/// The cues by themselves.
pub const CUES_STEM: &str = "needs the stem of the cues";
/// The same version, rendered once more.
pub const ANOTHER_RENDER: &str = "needs another render of the same version";
