//! Dutch. A command begins with the stem of its verb; so does a question ("Voel je iets?") and a condition ("Dwaal je
//! af, dan …"), and an adverb makes it leave to do so ("Kijk gerust"). Stems that are nouns as well ("adem", "rust")
//! count only before words that make them verbs.

use super::rule::Rule;
use super::table::{WordRule, Words};

pub(super) static WORDS: Words = Words {
    language: "nl",
    lead: &["en", "nu", "dan", "eerst", "daarna", "vervolgens", "maar"],
    wishes: &["moge", "mogen"],
    rules: &[
        WordRule {
            rule: Rule::Command,
            finds: &[
                "^adem in/uit/door/mee/diep/dieper/rustig/langzaam/zacht/kalm/vrij/verder/naar",
                "^sluit je/de/allebei",
                "^open je/de",
                "^laat je/jezelf/de/het/alles/los/dit/die/dat/elke/iedere/al/alle/gaan/toe/zakken",
                "^voel je/hoe/de/het/wat/waar/dat/of/maar/nu/even/elke",
                "^kijk naar/om/of/hoe/wat/waar/eens/even/je/met",
                "^ga naar/zitten/liggen/staan/terug/rechtop/door/verder/met/op/nu/even/weer",
                "^breng je/de/nu/even/dan/een/weer",
                "^richt je/de",
                "^luister",
                "^merk op/hoe/dat/wat/of",
                "^merk ... op",
                "^neem een/je/de/even/waar/nu/deze/drie/wat",
                "^zet je/de/beide/allebei",
                "^leg je/een/de/beide/allebei",
                "^houd",
                "^hou",
                "^blijf",
                "^kom terug/zitten/overeind/weer/tot/rustig/langzaam/met",
                "^sta op/stil/even/rechtop",
                "^zit rechtop/stil",
                "^begin met/bij/nu/weer/opnieuw/te",
                "^stop met/even/nu",
                "^denk aan/terug/niet/na",
                "^stel je",
                "^herinner je",
                "^vergeet",
                "^zeg tegen/in/zacht/zachtjes/nu/bij",
                "^herhaal",
                "^wens jezelf/je/hem/haar/hen/deze/die/dit",
                "^ontspan",
                "^volg",
                "^probeer",
                "^geef je/jezelf/de/het/elke/alle",
                "^maak je/een/de/het",
                "^wees",
                "^glimlach",
                "^tel",
                "^beweeg",
                "^strek",
                "^zoek",
                "^kies",
                "^loop",
                "^keer terug/om/je/met/weer",
                "^doe dit/het/alsof/een/nu/niets/even",
                "^accepteer",
                "^observeer",
                "^visualiseer",
                "^concentreer",
                "^focus",
                "^verbind",
                "^omarm",
                "^ontvang",
                "^vertrouw",
                "^word je/wakker/stil",
                "^oordeel",
                "^dwing",
                "^span",
            ],
            unless: &[
                "gerust", "misschien", "eventueel", "desgewenst", "* maar", "eens", "als je/jij/dat/het/u",
                "wanneer je/jij/u", "zo je/jij", "zodra je/jij", "op/in je eigen", "op uw eigen", "mag", "mogen", "kan", "kun", "kunt",
                "kunnen", "hoeft", "desnoods",
                // Inversions: "Laat ik", "Kom je iemand tegen, dan …".
                "^* ik/jij/u/we/wij/hij/zij/ze/jullie/men", "^* je ... dan", "nu/dan/eerst/daarna/vervolgens * je",
                "^neem ... tijd",
            ],
            questions: false,
            instead: "\"je kunt …\", \"misschien …\", \"als je wilt …\"",
        },
        WordRule {
            rule: Rule::Promise,
            finds: &[
                "je/jij/u zult/zal/gaat voelen/merken/ervaren/ontdekken/worden/slapen/genezen/helen/loslaten",
                "je/jij/u zult/zal ... voelen/merken/ervaren/ontdekken/worden/slapen/genezen/helen",
                "zal/zullen ... verdwijnen/verzachten/overgaan/oplossen/genezen/helen/wegsmelten",
                "je/jij/u wordt rustig/rustiger/kalm/kalmer/gelukkig/gelukkiger/gezond/gezonder/vrij/ontspannen/beter",
                "maakt je/jou/u rustig/rustiger/kalm/kalmer/gelukkig/gelukkiger/gezond/gezonder/vrij/beter/sterker",
                "genees/geneest/genezen/genezing",
                "heelt",
                "gegarandeerd",
                "garandeer*",
                "beloof*",
                "beloven",
                "lost ... op",
                "neemt/haalt ... pijn/verdriet/angst/stress weg",
                "verdwijnt/verdwijnen vanzelf",
                "verlost",
            ],
            unless: &[
                "niet", "geen", "niets", "nooit", "misschien", "kan", "kunnen", "soms", "hoeft", "hoeven", "zonder",
                "moge", "mogen", "mag", "alsof",
            ],
            questions: false,
            instead: "\"misschien …\", \"er kan …\", \"soms …, soms niet\"",
        },
        WordRule {
            rule: Rule::BreathHold,
            finds: &[
                "hou/houd/houdt/houden ... adem/inademing/uitademing/lucht ... vast/in/tegen",
                "adem/inademing/uitademing/lucht ... vasthouden/inhouden/tegenhouden/vastgehouden/ingehouden",
                "adem/lucht vast/in te houden",
                "adem ... niet meer/verder",
                "pauzeer ... inademing/uitademing",
                "wacht ... uitademt/inademt/uitademing/inademing",
            ],
            unless: &["niet/geen/nooit/zonder/hoeft/hoeven", "* nergens/niets/niemand"],
            questions: true,
            instead: "\"je adem mag zijn eigen gang gaan\"",
        },
        WordRule {
            rule: Rule::Absolute,
            finds: &[
                "je/jij/u moet",
                "moet je/jij/u",
                "je/jij/u dient te",
                "je/jij/u mag niet/geen/nooit",
                "je/jij/u bent verplicht",
                "je/jij/u altijd/nooit",
                "je/jij/u * altijd/nooit",
                "honderd procent",
                "volledig/volkomen/totaal ontspannen/stil/leeg/rustig/loslaten/los",
                "helemaal ontspannen/leeg/loslaten",
            ],
            unless: &[
                "kunt", "kun", "kan", "kunnen", "misschien", "hoeft", "soms", "bijna", "alsof", "als je/jij/u",
                "niets/niemand/nergens", "niet altijd/nooit",
                // Somebody in a story says it.
                "riep/zei/vroeg/roept/zegt/vraagt/zeiden/riepen",
            ],
            questions: false,
            instead: "\"je kunt …\", \"soms …\", \"dat mag, en het hoeft niet\"",
        },
        WordRule {
            rule: Rule::Address,
            finds: &["u", "uw", "uzelf", "uwe"],
            unless: &[],
            questions: true,
            instead: "\"je\", \"jij\", \"jouw\"",
        },
    ],
};

#[cfg(test)]
mod tests {
    use super::super::table::tests::check;

    #[test]
    fn dutch_rules_fire_where_they_should_and_not_on_lookalikes() {
        check("nl", &[
            ("command", &[
                "Sluit je ogen.", "En adem rustig in.", "Laat je schouders zakken.", "Voel hoe je zit.",
                "Nu: ga liggen.", "Breng je aandacht naar je buik.", "Wees mild.", "Adem in | en adem uit",
                "Vergeet de dag.", "Stel je een boom voor.", "Houd je rug recht.",
            ], &[
                "Kijk gerust om je heen.", "Slaap maar, als je wilt.", "Voel je weinig? Dan is dat zo.",
                "Laat ik zacht met mezelf meelopen.", "Adem, lichaam, geluid: het past erin.",
                "Rust misschien, of moed.", "Volg het maar even, zonder plan.", "Kom je iemand tegen, dan mag je groeten.",
                "Het water zegt: laat je gaan.", "Je kunt je ogen sluiten.", "Open ogen, dat is ook oefenen.",
                "Begin gerust klein.", "Neem rustig je tijd.", "Sluit je ogen als je wilt.", "Kom rustig overeind, op je eigen manier.",
                "Stel dat je met meer ademt dan met je longen.", "Loop je vast? Dan is er je adem.", "Geluiden, van binnen of van buiten.",
                "Laat in de avond wordt het stil.", "Doen alsof is genoeg.",
                "Dan doe je niets verkeerd.", "Nu laat je de dag achter je.",
            ]),
            ("promise", &[
                "Je zult merken dat je rustiger wordt.", "Dit geneest oude wonden.", "Je wordt kalm.",
                "De spanning zal vanzelf verdwijnen.", "Het haalt de pijn weg.",
            ], &[
                "Misschien wordt het rustiger.", "Dit geneest niets.", "Van welk tempo word je rustig?",
                "Deze keer gaat het over iets kleins.", "Er zal iets zijn wat deze mens zorgen geeft.", "Moge dit genezen.",
                "Je zult een bel horen.", "Je adem gaat vanzelf door.",
            ]),
            ("breath-hold", &[
                "Houd je adem even vast.", "Hou je adem in.", "Je kunt de adem vasthouden.", "Wacht voor je weer uitademt.",
            ], &[
                "Je hoeft je adem niet vast te houden.", "Je adem houdt je vast.", "Je adem heeft een vast ritme.",
                "Houd vast aan wat je lief is.", "Moge je zacht zijn, en niets hoeven inhouden.", "Zonder je adem in te houden.",
            ]),
            ("absolute", &[
                "Je moet volhouden.", "Dat moet je voelen.", "Je mag geen oordeel hebben.",
                "Je dwaalt nooit meer af.",
            ], &[
                "Je kunt altijd stoppen.", "Ergens is altijd iemand onderweg.", "Je moet hem roepen, riep een man.",
                "Er moet niets.", "Terug naar je adem kan altijd.", "Iemand die de dag door moet.",
            ]),
            ("address", &["Moge u veilig zijn.", "Sluit uw ogen."], &["Dank je.", "Een uur lang.", "Nu mag het."]),
        ]);
    }
}
