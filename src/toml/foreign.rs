//! Words that people type in their own language, or in another form, for keys and values.

use crate::diag::nearest;

/// A word of the files and what it is called in Dutch, German and elsewhere.
type ForeignWords = (&'static str, &'static [&'static str]);

/// Keys and values alike; a word may stand for several.
const WORDS: &[ForeignWords] = &[
    ("address", &["aanspreekvorm", "aanspreking", "anrede"]),
    ("anchor", &["anker"]),
    ("any", &["elke", "alle", "egal", "beliebig"]),
    ("arrival", &["aankomst", "aankomen", "ankommen", "ankunft"]),
    ("at", &["om", "op", "um", "bei"]),
    ("author", &["auteur", "schrijver", "autor", "autorin", "verfasser"]),
    ("because", &["omdat", "want", "weil", "reden", "grund"]),
    ("bed", &["achtergrond", "ondergrond", "hintergrund", "bett", "ambience"]),
    ("bell", &["bel", "klok", "glocke", "gong"]),
    ("bells", &["bellen", "klokken", "glocken"]),
    ("breathe", &["adem", "ademen", "ademhaling", "atmen", "atem"]),
    ("brook", &["beek", "bach", "stroompje"]),
    ("brown", &["bruin", "braun"]),
    ("choices", &["keuzes", "keuze", "auswahl", "wahl"]),
    ("closing", &["afsluiting", "slot", "afronding", "abschluss", "ende"]),
    ("credit", &["vermelding", "dank", "nennung", "bron", "quelle"]),
    ("crossfade", &["overvloeien", "overgang", "überblendung", "ueberblendung"]),
    ("cue", &["teken", "seintje", "hinweis", "zeichen"]),
    ("delivery", &["levering", "leveringen", "lieferung"]),
    ("draft", &["klad", "ontwerp", "entwurf"]),
    ("fade_in", &["invloeien", "infaden", "einblenden"]),
    ("fade_out", &["uitvloeien", "uitfaden", "ausblenden"]),
    ("false", &["nee", "neen", "nein", "onwaar", "falsch", "no", "off", "uit", "aus"]),
    ("file", &["bestand", "datei", "geluid"]),
    ("fill", &["vullen", "vul", "opvullen", "füllen", "fuellen", "auffüllen"]),
    ("fire", &["vuur", "haardvuur", "feuer", "feu"]),
    ("from", &["vanaf", "van", "von", "ab"]),
    ("full", &["vol", "volledig", "voll", "vollständig", "vollstaendig"]),
    ("gain", &["versterking", "niveau", "verstärkung", "verstaerkung"]),
    ("generate", &["genereer", "genereren", "maak", "erzeuge", "erzeugen"]),
    ("hard", &["moeilijk", "zwaar", "schwer"]),
    ("head", &["kop", "begin", "aanloop", "vorlauf", "kopf"]),
    ("human", &["mens", "mensch"]),
    ("id", &["naam", "name", "kennung"]),
    ("in", &["inhale", "inademen", "inademing", "ein", "einatmen"]),
    ("instead", &["plaats", "inplaats", "anstatt", "stattdessen", "statt"]),
    ("keep", &["houd", "houden", "bewaar", "behalte", "behalten", "behoud", "behouden"]),
    ("kind", &["soort", "type", "art", "typ"]),
    ("language", &["taal", "sprache", "lang"]),
    ("languages", &["talen", "sprachen"]),
    ("layer", &["laag", "schicht", "ebene", "lage"]),
    ("least", &["minst", "minste", "minstens", "minimum", "minimaal", "mindestens", "min"]),
    ("length", &["lengte", "duur", "länge", "laenge", "dauer", "duration"]),
    ("level", &["niveau", "stufe", "pegel"]),
    ("levels", &["niveaus", "niveau", "stufen"]),
    ("licence", &["licentie", "license", "lizenz"]),
    ("lie", &["lying", "laying", "liggen", "liggend", "liegen", "liegend"]),
    ("light", &["licht", "leicht"]),
    ("long", &["lang"]),
    ("minute", &["minuut"]),
    ("most", &["meest", "meeste", "hoogstens", "maximum", "maximaal", "höchstens", "hoechstens", "max"]),
    ("name", &["naam"]),
    (
        "natural",
        &["usual", "default", "normal", "natuurlijk", "natuurlijke", "normaal", "natürlich", "natuerlich"],
    ),
    ("night", &["nacht", "nuit", "noche"]),
    ("none", &["geen", "keine", "kein", "niets", "nichts"]),
    ("note", &["opmerking", "noot", "notitie", "anmerkung", "notiz", "hinweis"]),
    ("number", &["week", "nr", "no", "nummer", "getal", "zahl"]),
    ("off", &["uit", "aus"]),
    ("out", &["exhale", "uitademen", "uitademing", "uit", "aus", "ausatmen"]),
    ("over", &["overheen", "über", "ueber"]),
    ("part", &["deel", "onderdeel", "teil", "abschnitt", "hoofdstuk"]),
    ("pause", &["pauze", "stilte", "rust", "stille", "pausieren", "wait", "silence", "wacht", "wachten"]),
    ("pink", &["roze", "rosa"]),
    ("posture", &["houding", "haltung"]),
    ("preset", &["voorinstelling", "voreinstellung"]),
    ("publish", &["uitgave", "publiceren", "veröffentlichen"]),
    ("rain", &["regen", "pluie", "lluvia"]),
    ("repeat", &["herhaal", "herhaling", "herhalen", "wiederhole", "wiederholen", "wiederholung"]),
    ("role", &["rol", "rolle"]),
    ("safety", &["veiligheid", "veilig", "sicherheit", "sicher"]),
    (
        "say",
        &[
            "zeg", "zeggen", "sage", "sag", "sagen", "text", "tekst", "speak", "zin", "spreek", "zegt",
            "spreekt", "satz",
        ],
    ),
    ("script", &["skript", "oefening", "übung"]),
    ("sea", &["zee", "meer", "mer", "ocean"]),
    ("seed", &["zaad", "saat"]),
    ("sit", &["sitting", "seated", "zitten", "zit", "zittend", "sitzen", "sitzend"]),
    ("soft", &["zacht", "leise", "sanft", "weich"]),
    ("spoken", &["gesproken", "gesprochen", "hardop", "laut"]),
    ("steps", &["stappen", "stap", "schritte", "schritt", "step"]),
    ("tail", &["staart", "einde", "uitloop", "nachlauf", "schluss"]),
    ("target", &["doel", "ziel"]),
    ("times", &["keer", "maal", "mal", "rondes", "runden", "rounds", "aantal", "anzahl"]),
    ("title", &["titel", "name"]),
    ("together", &["samen", "zusammen"]),
    ("track", &["nummer", "spoor", "spur", "titelnummer"]),
    ("tracks", &["nummers", "sporen", "spuren"]),
    ("true", &["ja", "waar", "yes", "wahr", "on", "aan", "an", "oui"]),
    ("under", &["onder", "unter"]),
    ("use", &["gebruik", "gebruiken", "nutze", "benutze", "verwende"]),
    (
        "usual",
        &[
            "natural",
            "default",
            "gewoon",
            "gewone",
            "gebruikelijk",
            "normaal",
            "üblich",
            "ueblich",
            "normal",
            "gewöhnlich",
            "gewoonlijk",
            "standaard",
        ],
    ),
    ("voices", &["stemmen", "stimmen"]),
    ("walk", &["walking", "loop", "lopen", "wandelen", "gehen", "gehe", "geh"]),
    ("week", &["weken", "woche"]),
    ("weight", &["gewicht"]),
    ("when", &["wanneer", "als", "wenn", "wann"]),
    ("whole", &["geheel", "heel", "ganz"]),
    ("wind", &["vent"]),
    ("wording", &["woordkeus", "bewoording", "wortwahl"]),
    ("worth", &["waarde", "wert", "belang", "belangrijkheid"]),
];

/// What of `known` a word of another language stands for; the reverse too, as names of beds are the author's.
pub fn word<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    let groups: Vec<&ForeignWords> = groups(&typed).collect();
    known.into_iter().find(|known| {
        let lower = known.to_lowercase();
        lower != typed
            && groups.iter().any(|(word, others)| *word == lower || others.contains(&lower.as_str()))
    })
}

/// What of `known` was meant by a word that is none of it: the same in another case or language, or a near one.
pub fn meant<'a>(typed: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let lower = typed.to_lowercase();
    let same = known.clone().into_iter().find(|known| known.to_lowercase() == lower);
    same.or_else(|| word(typed, known.clone())).or_else(|| nearest(typed, known))
}

/// The key that a word of another language stands for.
pub fn key(typed: &str, known: impl IntoIterator<Item = &'static str>) -> Option<&'static str> {
    let typed = typed.to_lowercase();
    let groups: Vec<&ForeignWords> = groups(&typed).collect();
    known.into_iter().find(|known| groups.iter().any(|(word, _)| word == known && *known != typed))
}

/// Every word with a group, in its own or another language.
fn groups(typed: &str) -> impl Iterator<Item = &'static ForeignWords> {
    WORDS.iter().filter(move |(word, others)| *word == typed || others.contains(&typed))
}

/// The words of the files that have others, for a test that holds them against the lists of keys.
pub fn words() -> impl Iterator<Item = &'static str> {
    WORDS.iter().map(|(word, _)| *word)
}

/// Whether a word means yes or no, in any form.
pub fn flag(typed: &str) -> Option<bool> {
    let lower = typed.trim_matches(['"', '\'']).to_lowercase();
    let says = |flag: &str| lower == flag || groups(&lower).any(|(word, _)| *word == flag);
    if says("true") {
        Some(true)
    } else if says("false") {
        Some(false)
    } else {
        None
    }
}
