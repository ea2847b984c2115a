//! The text files of an adopted recording.

use std::fmt::Write as _;

use super::plan::{AdoptedPause, AdoptedSound, AdoptionPlan};
use crate::script::language::Language;
use crate::unit::Seconds;
use crate::unit::literal::print_duration;

/// The names of what a recording becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdoptionNames {
    /// The id of the script, and the name of the recording and of its bed.
    pub id: String,
    /// The script whose phrases it speaks: the same, or for another language the one that is there.
    pub script: String,
    pub title: String,
    pub language: Language,
    pub voice: String,
    /// The ending of the recording.
    pub ending: String,
    /// The bells of a script that is there, in order; empty for new ones.
    pub bells: Vec<String>,
}

/// What nobody has said yet.
const UNKNOWN: &str = "unknown";

impl AdoptionNames {
    /// The path of the copy of the recording.
    pub fn recording(&self) -> String {
        format!("recordings/{}.{}", self.id, self.ending)
    }

    pub fn recording_text(&self) -> String {
        format!("recordings/{}.toml", self.id)
    }

    pub fn script_text(&self) -> String {
        format!("scripts/{}.toml", self.script)
    }

    pub fn voice_folder(&self) -> String {
        format!("voice/{}/{}", self.language, self.voice)
    }

    /// The path of a clip.
    pub fn clip(&self, phrase: &str) -> String {
        format!("{}/{}/{phrase}.flac", self.voice_folder(), self.script)
    }

    /// The name of a bell, by its number.
    pub fn bell(&self, number: usize) -> String {
        let known = number.checked_sub(1).and_then(|index| self.bells.get(index));
        known.cloned().unwrap_or_else(|| format!("{}-bell-{number}", self.id))
    }

    pub fn bell_sound(&self, number: usize) -> String {
        format!("ambience/bells/{}.flac", self.bell(number))
    }

    pub fn bed_sound(&self) -> String {
        format!("ambience/{}.flac", self.id)
    }

    /// The text of the voice.
    pub fn voice_file() -> String {
        format!(
            "# The voice of an old recording. `adem voice consent` writes down who speaks, and what they agreed to.\n\
             name = {UNKNOWN:?}\nkind = \"human\"\ncredit = {UNKNOWN:?}\nlicence = {UNKNOWN:?}\n\
             # Its clips are cut from finished recordings, so that nothing is done to them.\nchain = \"off\"\n"
        )
    }

    /// The text of the ambience that holds the bed alone.
    pub fn bed_file(&self) -> String {
        format!(
            "# The bed of recordings/{id}.toml, joined from its pauses.\n\
             title = {title}\ncredit = {UNKNOWN:?}\nlicence = {UNKNOWN:?}\n\n[[layer]]\nfile = \"{id}.flac\"\n",
            id = self.id,
            title = quoted(&self.title),
        )
    }

    /// The text of a bell.
    pub fn bell_file(&self, number: usize) -> String {
        format!(
            "# A bell of recordings/{id}.toml, with the bed under it.\n\
             title = {title}\ncredit = {UNKNOWN:?}\nlicence = {UNKNOWN:?}\nfile = \"{bell}.flac\"\n",
            id = self.id,
            title = quoted(&self.title),
            bell = self.bell(number),
        )
    }

    /// The list of what was cut from the recording.
    pub fn recording_file(&self, plan: &AdoptionPlan) -> String {
        let mut text = format!(
            "# A finished recording, as it came, and what was cut from it. Where its clips and bells sound, the recording itself is\n\
             # played, with its pauses; `bed` fills what is longer.\n\
             file = \"{}.{}\"\ncredit = {UNKNOWN:?}\nlicence = {UNKNOWN:?}\n",
            self.id, self.ending
        );
        if !plan.bed.is_empty() {
            let _ = writeln!(text, "bed = \"{}\"", self.id);
        }
        if let Some(why) = &plan.fixed {
            let _ = writeln!(text, "fixed = {}", quoted(why));
        }
        for row in &plan.rows {
            let sound = match &row.sound {
                AdoptedSound::Phrase { id, .. } => {
                    let clip = self.clip(id);
                    format!("clip = {}", quoted(clip.strip_prefix("voice/").unwrap_or(&clip)))
                }
                AdoptedSound::Bell(number) => format!("bell = \"{}\"", self.bell(*number)),
            };
            let _ =
                write!(text, "\n[[cut]]\n{sound}\nfrom = {}\nto = {}\n", row.from.as_f64(), row.to.as_f64());
        }
        text
    }

    /// The script.
    pub fn script_file(&self, plan: &AdoptionPlan) -> String {
        let mut text = format!(
            "# Adopted from {}. Its pauses are those of the recording; at its usual length it is the recording.\n\
             language = \"{}\"\ntitle = {}\nlength = {{ usual = {}, least = {}, most = {} }}\nlevels = [\"full\"]\n",
            self.recording(),
            self.language,
            quoted(&self.title),
            quoted(&print_duration(plan.length)),
            quoted(&print_duration(plan.least)),
            quoted(&print_duration(plan.most)),
        );
        if plan.bed.is_empty() {
            text += "bed = \"none\"\n";
        } else {
            let _ = writeln!(text, "bed = {{ use = \"{}\", under = {:.1} }}", self.id, plan.under);
        }
        let _ = write!(text, "head = {}\ntail = {}\n", near(plan.head), near(plan.tail));
        let mut is_open = false;
        for row in &plan.rows {
            if row.part.is_some() || !is_open {
                if is_open {
                    text += "]\n";
                }
                text += "\n[[part]]\n";
                if let Some(Some(title)) = &row.part {
                    let _ = writeln!(text, "title = {}", quoted(title));
                }
                text += "steps = [\n";
                is_open = true;
            }
            let pause = written(row.pause);
            match &row.sound {
                AdoptedSound::Phrase { id, place } => {
                    let words = quoted(&place.phrase.text);
                    let _ = writeln!(text, "  {{ say = {words}, id = \"{id}\", pause = {pause} }},");
                }
                AdoptedSound::Bell(number) => {
                    let _ = writeln!(text, "  {{ bell = \"{}\", over = true }},", self.bell(*number));
                    if row.pause.natural != Seconds::ZERO {
                        let _ = writeln!(text, "  {{ pause = {pause} }},");
                    }
                }
            }
        }
        if is_open {
            text += "]\n";
        }
        text
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn seconds(time: Seconds) -> String {
    time.as_f64().to_string()
}

fn written(pause: AdoptedPause) -> String {
    let AdoptedPause { natural, least, most } = pause;
    if least == natural && most == natural {
        return if natural == Seconds::ZERO {
            "0".to_owned()
        } else {
            format!("{{ fixed = {} }}", seconds(natural))
        };
    }
    format!("{{ natural = {}, least = {}, most = {} }}", seconds(natural), seconds(least), seconds(most))
}

/// A pause that hardly changes: what is left of the lengths in whole frames goes there.
fn near(pause: Seconds) -> String {
    const PLAY: Seconds = Seconds::from_millis(5);
    let least = Seconds::from_nanos(pause.nanos().saturating_sub(PLAY.nanos()));
    written(AdoptedPause { natural: pause, least, most: pause + PLAY })
}
