//! What a row needs besides the file, and the user can supply.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    VoiceAndBedStems,
    CuesStem,
    AllStems,
    /// The stems of this render; those that were given are of another.
    OwnStems,
    OtherRender,
    /// The course that the file was rendered from.
    Course,
    /// What was asked for, in its timeline.
    Asked,
    /// The course as it was when the file was rendered.
    SameCourse,
    /// The rate that was planned.
    PlannedRate,
}

impl Missing {
    /// Why the row was not judged.
    pub fn reason(self) -> &'static str {
        match self {
            Self::VoiceAndBedStems => "needs the voice and bed stems",
            Self::CuesStem => "needs the cues stem",
            Self::AllStems => "needs the stems",
            Self::OwnStems => "needs its own stems: those in the folder are of another render",
            Self::OtherRender => "needs another render of the same version",
            Self::Course => "needs the course that it was rendered from",
            Self::Asked => "its timeline does not say what it was rendered from: render it again",
            Self::SameCourse => "the course or adem has changed since it was rendered: render it again",
            Self::PlannedRate => "its rate is not the planned one",
        }
    }
}
