//! The words of the page and the feeds, in the languages adem has them in.

use serde::Serialize;

use crate::script::language::Language;

/// The words of one language.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SiteWords {
    pub skip: &'static str,
    pub language: &'static str,
    pub colours: &'static str,
    /// The words for the colours of the device, light, dark and night.
    pub themes: [&'static str; 4],
    /// Singular and plural.
    pub exercise: [&'static str; 2],
    /// Singular and plural.
    pub week: [&'static str; 2],
    pub week_title: &'static str,
    /// The heading of tracks that are in no week.
    pub more: &'static str,
    pub before: &'static str,
    pub before_this: &'static str,
    pub synthetic: &'static str,
    pub drafts: &'static str,
    pub transcript: &'static str,
    pub download: &'static str,
    pub download_week: &'static str,
    pub keep: &'static str,
    pub no_tracks: &'static str,
    pub player: &'static str,
    pub choose: &'static str,
    pub choose_more: &'static str,
    pub back_to_list: &'static str,
    pub position: &'static str,
    pub back: &'static str,
    pub ahead: &'static str,
    pub timer: &'static str,
    pub timer_off: &'static str,
    pub bell: &'static str,
    pub parts: &'static str,
    pub text: &'static str,
    pub credits: &'static str,
    pub licence: &'static str,
    pub consent: &'static str,
    pub kinds: [&'static str; 3],
    pub feed: &'static str,
    pub private: &'static str,
    pub read_me: &'static str,
    pub minute: &'static str,
    pub second: &'static str,
    /// The decimal sign.
    pub decimal: char,
    pub script: ScriptWords,
}

/// The words that the scripts of the page show.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct ScriptWords {
    pub play: &'static str,
    pub pause: &'static str,
    /// `{time}` and `{whole}` are inserted.
    pub place: &'static str,
    /// Singular and plural, as minutes and seconds are spoken.
    pub minutes: [&'static str; 2],
    pub seconds: [&'static str; 2],
    /// Singular and plural.
    pub hours: [&'static str; 2],
    pub length: &'static str,
    pub guidance: &'static str,
    pub levels: [&'static str; 3],
    pub sound: &'static str,
    pub mixes: [&'static str; 3],
    pub choice: &'static str,
    pub usual: &'static str,
    pub none: &'static str,
    pub loading: &'static str,
    pub failed: &'static str,
    pub offline: &'static str,
    pub no_text: &'static str,
    pub keep: &'static str,
    pub keeping: &'static str,
    pub kept: &'static str,
    pub update: &'static str,
    pub remove: &'static str,
    pub full: &'static str,
    pub ended: &'static str,
    /// `{time}` is inserted.
    pub ends: &'static str,
}

const ENGLISH: SiteWords = SiteWords {
    skip: "Skip to the exercises",
    language: "Language",
    colours: "Colours",
    themes: ["As this device", "Light", "Dark", "Night"],
    exercise: ["exercise", "exercises"],
    week: ["week", "weeks"],
    week_title: "Week",
    more: "Exercises",
    before: "Before you begin",
    before_this: "Before this exercise",
    synthetic: "The voice is synthetic: a machine speaks.",
    drafts: "This is a draft: a machine speaks the words that nobody has recorded yet.",
    transcript: "Words as text",
    download: "Download",
    download_week: "Download this week",
    keep: "Keep for offline",
    no_tracks: "There are no exercises here yet.",
    player: "Player",
    choose: "Choose an exercise",
    choose_more: "It opens here, with its words. Take your time.",
    back_to_list: "All exercises",
    position: "Position",
    back: "15 seconds back",
    ahead: "15 seconds ahead",
    timer: "Stop after",
    timer_off: "Do not stop",
    bell: "Soft bell at the end",
    parts: "Parts",
    text: "Words",
    credits: "Whose work is in it",
    licence: "licence",
    consent: "consent",
    kinds: ["Voices", "Beds", "Bells"],
    feed: "Podcast feed",
    private: "This page sets no cookies, counts nobody and asks nothing of other sites.",
    read_me: "read-me",
    minute: "min",
    second: "s",
    decimal: '.',
    script: ScriptWords {
        play: "Play",
        pause: "Pause",
        place: "{time} of {whole}",
        minutes: ["minute", "minutes"],
        seconds: ["second", "seconds"],
        hours: ["hour", "hours"],
        length: "Length",
        guidance: "Guidance",
        levels: ["Full", "Light", "Bells only"],
        sound: "Background",
        mixes: ["Voice and background", "Voice only", "Background only"],
        choice: "Choice",
        usual: "Usual",
        none: "None",
        loading: "Loading…",
        failed: "This exercise cannot be played now. Check the connection and try again.",
        offline: "You are offline, and this exercise is not kept on this device.",
        no_text: "The words cannot be loaded now.",
        keep: "Keep for offline",
        keeping: "Keeping… {part} of {size}",
        kept: "Kept on this device",
        update: "Get what has changed",
        remove: "Remove from this device",
        full: "This week could not be kept. Check the connection and the space on this device, and try again.",
        ended: "The sound has stopped.",
        ends: "Stops in {time}.",
    },
};

const DUTCH: SiteWords = SiteWords {
    skip: "Naar de oefeningen",
    language: "Taal",
    colours: "Kleuren",
    themes: ["Zoals dit apparaat", "Licht", "Donker", "Nacht"],
    exercise: ["oefening", "oefeningen"],
    week: ["week", "weken"],
    week_title: "Week",
    more: "Oefeningen",
    before: "Voor je begint",
    before_this: "Voor deze oefening",
    synthetic: "De stem is kunstmatig: een machine spreekt.",
    drafts: "Dit is een proefversie: een machine spreekt de woorden die nog niemand heeft ingesproken.",
    transcript: "Woorden als tekst",
    download: "Download",
    download_week: "Download deze week",
    keep: "Bewaar voor offline",
    no_tracks: "Hier zijn nog geen oefeningen.",
    player: "Speler",
    choose: "Kies een oefening",
    choose_more: "Ze opent hier, met haar woorden. Neem de tijd.",
    back_to_list: "Alle oefeningen",
    position: "Positie",
    back: "15 seconden terug",
    ahead: "15 seconden vooruit",
    timer: "Stop na",
    timer_off: "Niet stoppen",
    bell: "Zachte bel aan het einde",
    parts: "Onderdelen",
    text: "Woorden",
    credits: "Wiens werk erin zit",
    licence: "licentie",
    consent: "toestemming",
    kinds: ["Stemmen", "Achtergronden", "Bellen"],
    feed: "Podcastfeed",
    private: "Deze pagina plaatst geen cookies, telt niemand en vraagt niets aan andere sites.",
    read_me: "lees-mij",
    minute: "min",
    second: "s",
    decimal: ',',
    script: ScriptWords {
        play: "Speel",
        pause: "Pauze",
        place: "{time} van {whole}",
        minutes: ["minuut", "minuten"],
        seconds: ["seconde", "seconden"],
        hours: ["uur", "uur"],
        length: "Lengte",
        guidance: "Begeleiding",
        levels: ["Volledig", "Licht", "Alleen bellen"],
        sound: "Achtergrond",
        mixes: ["Stem en achtergrond", "Alleen stem", "Alleen achtergrond"],
        choice: "Keuze",
        usual: "Gewoon",
        none: "Geen",
        loading: "Laden…",
        failed: "Deze oefening kan nu niet spelen. Kijk of er verbinding is en probeer het opnieuw.",
        offline: "Je bent offline, en deze oefening is niet op dit apparaat bewaard.",
        no_text: "De woorden kunnen nu niet geladen worden.",
        keep: "Bewaar voor offline",
        keeping: "Bewaren… {part} van {size}",
        kept: "Bewaard op dit apparaat",
        update: "Haal wat veranderd is",
        remove: "Verwijder van dit apparaat",
        full: "Deze week kon niet bewaard worden. Kijk naar de verbinding en de ruimte op dit apparaat, en probeer het opnieuw.",
        ended: "Het geluid is gestopt.",
        ends: "Stopt over {time}.",
    },
};

impl SiteWords {
    /// The words of a language, whatever its region; the English ones where adem has none.
    pub(super) fn of(language: &Language) -> &'static Self {
        match language.as_str().split('-').next() {
            Some("nl") => &DUTCH,
            _ => &ENGLISH,
        }
    }

    /// `5 min`, `24 s`, as lists of tracks show a length.
    pub(super) fn length(&self, seconds: f64) -> String {
        if seconds < 59.5 {
            format!("{seconds:.0} {}", self.second)
        } else {
            format!("{:.0} {}", seconds / 60.0, self.minute)
        }
    }

    /// `4.6 MB`, `23 MB`.
    pub(super) fn size(&self, bytes: u64) -> String {
        let megabytes = bytes as f64 / 1e6;
        if megabytes >= 9.95 {
            format!("{megabytes:.0} MB")
        } else {
            format!("{:.1} MB", megabytes.max(0.1)).replace('.', &self.decimal.to_string())
        }
    }

    /// `1 week`, `8 weeks`.
    pub(super) fn count(count: usize, [one, several]: [&str; 2]) -> String {
        format!("{count} {}", if count == 1 { one } else { several })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_sizes_are_as_people_say_them() {
        let [nl, en] = ["nl-BE", "fi"].map(|tag| SiteWords::of(&Language::parse(tag).unwrap()));
        assert_eq!(nl.length(300.0), "5 min");
        assert_eq!(nl.length(24.2), "24 s");
        assert_eq!(nl.length(59.9), "1 min");
        assert_eq!(nl.size(4_640_000), "4,6 MB");
        assert_eq!(en.size(4_640_000), "4.6 MB");
        assert_eq!(en.size(23_400_000), "23 MB");
        assert_eq!(en.size(9_960_000), "10 MB");
        assert_eq!(SiteWords::count(1, en.week), "1 week");
    }
}
