//! What rows need besides the file and the user can supply.

pub const BOTH_STEMS: &str = "needs the voice and bed stems";
pub const CUES_STEM: &str = "needs the cues stem";
pub const ANOTHER_RENDER: &str = "needs another render of the same version";
