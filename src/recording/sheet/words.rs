//! The fixed words of a sheet, in the languages that adem has them in.

use crate::engine::PartMisfit;
use crate::recording::lines::VoiceGrid;
use crate::script::language::Language;
use crate::unit::Seconds;

/// The words of a sheet in one language.
pub(super) struct SheetWords {
    /// Its tag.
    pub tag: &'static str,
    pub title: &'static str,
    pub pickups: &'static str,
    /// What a pickup list is.
    pub about_pickups: &'static str,
    pub voice: &'static str,
    pub rules: &'static str,
    /// The house rules.
    pub rule_texts: &'static [&'static str],
    pub room_tone: &'static str,
    pub room_tone_text: &'static str,
    pub agreement: &'static str,
    pub agreement_text: &'static str,
    /// Name, days, use, licence, signature.
    pub agreement_lines: [&'static str; 5],
    pub note: &'static str,
    pub safety: &'static str,
    pub soft: &'static str,
    pub fuzzy: &'static str,
    pub clap: &'static str,
    pub stale: &'static str,
    pub fault: &'static str,
    pub untranslated: &'static str,
    pub nothing: &'static str,
    /// `pause of %`.
    pub pause: &'static str,
    breath: &'static str,
    out_breath: &'static str,
    paces: &'static str,
    within: &'static str,
    too_long: &'static str,
    too_short: &'static str,
    shorten: &'static str,
}

impl SheetWords {
    /// The words for a language; English where adem has none.
    pub(super) fn of(language: &Language) -> &'static Self {
        let tag = language.as_str();
        let base = tag.split('-').next().unwrap_or(tag);
        ALL.iter().find(|words| words.tag == base).unwrap_or(&ALL[0])
    }

    /// What a phrase has to fit, in words.
    pub(super) fn grid(&self, grid: VoiceGrid) -> String {
        let time = |time: Seconds| self.time(time);
        match grid {
            VoiceGrid::Breath { inhale, exhale } => {
                self.breath.replacen('%', &time(inhale), 1).replacen('%', &time(exhale), 1)
            }
            VoiceGrid::OutBreath { exhale } => self.out_breath.replacen('%', &time(exhale), 1),
            VoiceGrid::Paces { pace } => {
                let minute = (60.0 / pace.as_f64()).round();
                self.paces.replacen('%', &minute.to_string(), 1)
            }
        }
    }

    /// The most time a phrase may take: `at most 6 s`.
    pub(super) fn within(&self, time: Seconds) -> String {
        let tenths = Seconds::from_millis((time.as_f64() * 10.0) as u64 * 100);
        self.within.replacen('%', &self.time(tenths), 1)
    }

    /// That a part does not fit its time.
    pub(super) fn misfit(&self, part: &PartMisfit) -> String {
        let (text, time) = match part.over {
            Ok(over) => (self.too_long, over),
            Err(short) => (self.too_short, short),
        };
        let mut told = text.replacen('%', &self.time(time), 1).replacen('#', &part.part, 1);
        if !part.shorten.is_empty() {
            let phrases: Vec<_> = part.shorten.iter().map(ToString::to_string).collect();
            told = format!("{told} {}: {}.", self.shorten, phrases.join(", "));
        }
        told
    }

    /// `pause of 6 s`.
    pub(super) fn pause(&self, time: Seconds) -> String {
        self.pause.replacen('%', &self.time(time), 1)
    }

    /// `6 s`, `1 min 30 s`, to a tenth of a second.
    fn time(&self, time: Seconds) -> String {
        let tenths = (time.as_f64() * 10.0).round() as u64;
        let (minutes, tenths) = (tenths / 600, tenths % 600);
        let comma = if self.tag == "en" { '.' } else { ',' };
        let seconds = match tenths % 10 {
            0 => format!("{} s", tenths / 10),
            tenth => format!("{}{comma}{tenth} s", tenths / 10),
        };
        match (minutes, tenths) {
            (0, _) => seconds,
            (minutes, 0) => format!("{minutes} min"),
            (minutes, _) => format!("{minutes} min {seconds}"),
        }
    }
}

static ALL: [SheetWords; 3] = [
    SheetWords {
        tag: "en",
        title: "Recording sheet",
        pickups: "Pickup list",
        about_pickups: "Only what is on this list has to be recorded: it is missing, has new words, or went wrong.",
        voice: "Voice",
        rules: "How to record",
        rule_texts: &[
            "A quiet room with much that is soft. Everything that hums is off, and so is the telephone.",
            "The microphone 15 to 20 cm from the mouth and 10 to 30° to the side, with a pop filter. Mark the place, and write down the gain.",
            "WAV, 48 kHz, 24 bits, mono. Nothing that improves the sound: no noise reduction, no compressor, no gate, no equaliser.",
            "Speech around −20 dB, no peak above −6 dB, silence below −60 dB.",
            "Slowly, 90 to 110 words a minute, to one person who is near you.",
            "Within a phrase go on, without a pause as long as 0.6 s. Between phrases wait at least a second and a half.",
            "A bar | is the turn of the breath: speak what is before it, wait about a second, speak what is after it.",
            "After a mistake: two seconds of silence, then the whole phrase again from its first word. Say nothing else. The last one counts.",
            "In one long file: one clap of the hands before each part, then a second of silence. Announce nothing in words.",
            "One file for each phrase has the name that stands below it; a second try has the next number (_t2).",
            "Leave a second of quiet before and after each phrase. Do not cut close, fade or convert. Keep the originals.",
        ],
        room_tone: "First: the room",
        room_tone_text: "Sit as you will sit, and record 10 to 30 seconds of nothing. Do it again after every break. File:",
        agreement: "Agreement",
        agreement_text: "Without it no track with this voice is published.",
        agreement_lines: [
            "Name in the credits",
            "Days of the recordings",
            "May be used for",
            "Licence",
            "Signature",
        ],
        note: "Note",
        safety: "safety: say exactly this",
        soft: "softer than the rest",
        fuzzy: "these words are not confirmed yet: ask first",
        clap: "one clap of the hands, then a second of silence",
        stale: "new words; it was",
        fault: "the last recording",
        untranslated: "Not on this sheet, as the words are not there yet (track: phrases)",
        nothing: "Nothing has to be recorded.",
        pause: "pause of %",
        breath: "on the breath: % in | % out",
        out_breath: "on the out-breath: no longer than %",
        paces: "one beat on each step, % steps a minute",
        within: "at most %, as its part keeps its length",
        too_long: "“#” is about % too long for its time. Ask before you record it; its words may change.",
        too_short: "“#” is about % too short for its time. Ask before you record it.",
        shorten: "To shorten",
    },
    SheetWords {
        tag: "nl",
        title: "Opnameblad",
        pickups: "Nog op te nemen",
        about_pickups: "Alleen wat op deze lijst staat hoeft te worden opgenomen: het ontbreekt, heeft andere woorden gekregen of ging mis.",
        voice: "Stem",
        rules: "Zo neem je op",
        rule_texts: &[
            "Een stille kamer met veel zachte dingen. Alles wat bromt staat uit, ook de telefoon.",
            "De microfoon 15 tot 20 cm van de mond en 10 tot 30° opzij, met een plopfilter. Markeer de plaats en noteer de gain.",
            "WAV, 48 kHz, 24 bits, mono. Niets dat het geluid mooier maakt: geen ruisonderdrukking, compressor, gate of equalizer.",
            "Spraak rond −20 dB, geen piek boven −6 dB, stilte onder −60 dB.",
            "Langzaam, 90 tot 110 woorden per minuut, tegen één mens die dichtbij is.",
            "Binnen een zin ga je door, zonder pauze van 0,6 s of meer. Tussen zinnen wacht je minstens anderhalve seconde.",
            "Een streep | is waar de adem keert: spreek wat ervoor staat, wacht ongeveer een seconde, spreek wat erna staat.",
            "Na een vergissing: twee seconden stilte, dan de hele zin opnieuw vanaf het eerste woord. Zeg verder niets. De laatste telt.",
            "In één lang bestand: één klap in de handen voor elk deel, dan een seconde stilte. Kondig niets aan in woorden.",
            "Eén bestand per zin krijgt de naam die eronder staat; een tweede poging het volgende nummer (_t2).",
            "Laat voor en na elke zin een seconde stilte. Niet krap knippen, geen fade, niet omzetten. Bewaar de originelen.",
        ],
        room_tone: "Eerst: de kamer",
        room_tone_text: "Ga zitten zoals je straks zit, en neem 10 tot 30 seconden niets op. Doe dat na elke pauze weer. Bestand:",
        agreement: "Toestemming",
        agreement_text: "Zonder toestemming verschijnt er geen track met deze stem.",
        agreement_lines: [
            "Naam bij de makers",
            "Dagen van de opnamen",
            "Te gebruiken voor",
            "Licentie",
            "Handtekening",
        ],
        note: "Aanwijzing",
        safety: "veiligheid: zeg precies dit",
        soft: "zachter dan de rest",
        fuzzy: "deze woorden zijn nog niet bevestigd: vraag het eerst",
        clap: "één klap in de handen, dan een seconde stilte",
        stale: "andere woorden; het was",
        fault: "de vorige opname",
        untranslated: "Niet op dit blad, omdat de woorden er nog niet zijn (track: zinnen)",
        nothing: "Er hoeft niets te worden opgenomen.",
        pause: "% pauze",
        breath: "op de adem: % in | % uit",
        out_breath: "op de uitademing: niet langer dan %",
        paces: "één tel op elke stap, % stappen per minuut",
        within: "hoogstens %, want het deel behoudt zijn lengte",
        too_long: "‘#’ is ongeveer % te lang voor zijn tijd. Vraag het voor je opneemt; de woorden kunnen nog veranderen.",
        too_short: "‘#’ is ongeveer % te kort voor zijn tijd. Vraag het voor je opneemt.",
        shorten: "In te korten",
    },
    SheetWords {
        tag: "de",
        title: "Aufnahmeblatt",
        pickups: "Nachaufnahmen",
        about_pickups: "Nur was auf dieser Liste steht, wird aufgenommen: Es fehlt, hat neue Worte oder ist misslungen.",
        voice: "Stimme",
        rules: "So wird aufgenommen",
        rule_texts: &[
            "Ein stiller Raum mit viel Weichem. Alles, was brummt, ist aus, auch das Telefon.",
            "Das Mikrofon 15 bis 20 cm vor dem Mund und 10 bis 30° zur Seite, mit Poppschutz. Den Platz markieren, die Verstärkung aufschreiben.",
            "WAV, 48 kHz, 24 Bit, mono. Nichts, was den Klang verschönert: keine Rauschminderung, kein Kompressor, kein Gate, kein Equalizer.",
            "Sprache um −20 dB, keine Spitze über −6 dB, Stille unter −60 dB.",
            "Langsam, 90 bis 110 Wörter in der Minute, zu einem Menschen, der nahe ist.",
            "Innerhalb eines Satzes weitersprechen, ohne eine Pause von 0,6 s oder mehr. Zwischen den Sätzen mindestens anderthalb Sekunden warten.",
            "Ein Strich | ist die Wende des Atems: das davor sprechen, etwa eine Sekunde warten, das danach sprechen.",
            "Nach einem Fehler: zwei Sekunden Stille, dann der ganze Satz noch einmal vom ersten Wort an. Sonst nichts sagen. Der letzte zählt.",
            "In einer langen Datei: vor jedem Teil einmal in die Hände klatschen, dann eine Sekunde Stille. Nichts mit Worten ansagen.",
            "Eine Datei je Satz heißt, wie es darunter steht; ein zweiter Versuch bekommt die nächste Nummer (_t2).",
            "Vor und nach jedem Satz eine Sekunde Ruhe lassen. Nicht knapp schneiden, nicht ausblenden, nicht umwandeln. Die Originale aufheben.",
        ],
        room_tone: "Zuerst: der Raum",
        room_tone_text: "So sitzen, wie später beim Sprechen, und 10 bis 30 Sekunden nichts aufnehmen. Nach jeder Pause wieder. Datei:",
        agreement: "Einverständnis",
        agreement_text: "Ohne es erscheint kein Track mit dieser Stimme.",
        agreement_lines: [
            "Name in den Angaben",
            "Tage der Aufnahmen",
            "Zu verwenden für",
            "Lizenz",
            "Unterschrift",
        ],
        note: "Hinweis",
        safety: "Sicherheit: genau so sagen",
        soft: "leiser als das Übrige",
        fuzzy: "diese Worte sind noch nicht bestätigt: erst fragen",
        clap: "einmal in die Hände klatschen, dann eine Sekunde Stille",
        stale: "neue Worte; bisher",
        fault: "die letzte Aufnahme",
        untranslated: "Nicht auf diesem Blatt, weil die Worte noch fehlen (Track: Sätze)",
        nothing: "Es ist nichts aufzunehmen.",
        pause: "% Pause",
        breath: "auf dem Atem: % ein | % aus",
        out_breath: "auf dem Ausatmen: nicht länger als %",
        paces: "ein Schlag auf jedem Schritt, % Schritte in der Minute",
        within: "höchstens %, denn der Teil behält seine Länge",
        too_long: "„#“ ist etwa % zu lang für seine Zeit. Vor der Aufnahme nachfragen; die Worte können sich noch ändern.",
        too_short: "„#“ ist etwa % zu kurz für seine Zeit. Vor der Aufnahme nachfragen.",
        shorten: "Zu kürzen",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_language_does() {
        let words = |tag: &str| SheetWords::of(&Language::parse(tag).unwrap());
        assert_eq!(words("en-GB").pause(Seconds::from_millis(2_500)), "pause of 2.5 s");
        assert_eq!(words("de").pause(Seconds::from_millis(92_500)), "1 min 32,5 s Pause");
        assert_eq!(words("nl").pause(Seconds::whole(120)), "2 min pauze");
        assert_eq!(words("ja").tag, "en");
    }

    #[test]
    fn every_language_has_as_many_rules_and_places_for_numbers() {
        for words in &ALL {
            assert_eq!(words.rule_texts.len(), ALL[0].rule_texts.len(), "{}", words.tag);
            let places = |text: &str| text.matches('%').count();
            let counts = [words.pause, words.breath, words.out_breath, words.paces].map(places);
            assert_eq!(counts, [1, 2, 1, 1], "{}", words.tag);
        }
    }
}
