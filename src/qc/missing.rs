//! What a row needs besides the file, and the user can supply.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    VoiceAndBedStems,
    CuesStem,
    AllStems,
    OtherRender,
}

impl Missing {
    /// Why the row was not judged.
    pub fn reason(self) -> &'static str {
        match self {
            Self::VoiceAndBedStems => "needs the voice and bed stems",
            Self::CuesStem => "needs the cues stem",
            Self::AllStems => "needs the stems",
            Self::OtherRender => "needs another render of the same version",
        }
    }
}
