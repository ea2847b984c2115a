//! English. A command begins with a bare verb; many of them are nouns as well ("Rest, perhaps"; "Sounds, near or far"),
//! so each counts only before words that make it a verb.

use super::rule::Rule;
use super::table::{WordRule, Words};

pub(super) static WORDS: Words = Words {
    language: "en",
    lead: &["and", "now", "then", "so", "first", "next", "gently", "slowly", "softly", "simply", "just", "please", "but"],
    wishes: &["may"],
    rules: &[
        WordRule {
            rule: Rule::Command,
            finds: &[
                "^breathe in/out/deeply/slowly/gently/into/through/with/normally/and",
                "^inhale",
                "^exhale",
                "^close your/the/both",
                "^open your/the",
                "^let your/yourself/go",
                "^feel your/the/how/what/where/it/each/that",
                "^notice your/the/how/what/where/any/that/if/whether",
                "^look at/for/around/into",
                "^listen",
                "^bring your/the/to/one/a",
                "^relax",
                "^allow",
                "^imagine",
                "^focus",
                "^sit up/down/still/tall/upright/with/comfortably",
                "^lie down/still/back",
                "^stand up/still/tall",
                "^take a/one/your/three/two/some/deep/this",
                "^place your/a/one/both",
                "^put your/a/one/both/down",
                "^keep your/the/breathing/going",
                "^hold",
                "^return",
                "^come back",
                "^go back/to/inside/into",
                "^repeat",
                "^say",
                "^tell yourself",
                "^think of/about/back",
                "^try",
                "^stay with/here/still",
                "^remember",
                "^scan",
                "^release",
                "^drop your/the/it",
                "^soften",
                "^observe",
                "^watch",
                "^become aware",
                "^be aware/kind/gentle/still/present",
                "^don't",
                "^do not",
                "^never",
                "^continue",
                "^start by/with/to/again",
                "^begin by/with/to/again",
                "^accept",
                "^embrace",
                "^trust",
                "^follow your/the",
                "^count",
                "^visualise/visualize",
                "^picture a/your/the/someone/yourself",
                "^send",
                "^give yourself/your/thanks",
                "^wish yourself/them/him/her/this",
                "^choose",
                "^walk",
                "^move",
                "^turn your/to/towards/around",
                "^smile",
                "^stretch",
                "^stop",
                "^rest your",
                "^find a/your/the",
                "^set your/aside",
            ],
            unless: &[
                "perhaps", "maybe", "might", "may", "can", "could", "if you/it/that/this", "feel free", "would you",
                "in your own", "whenever you", "when you", "as you like", "no need", "by all means",
                "and you", "to * is",
            ],
            questions: false,
            instead: "\"you can …\", \"perhaps …\", \"if you like, …\"",
        },
        WordRule {
            rule: Rule::Promise,
            finds: &[
                "you will/you'll ... feel/be/become/find/sleep/heal/discover/experience/relax",
                "you will/you'll notice that/how",
                "you'll feel/be/become/find/sleep/heal/discover/experience/relax",
                "will ... heal/cure/disappear/vanish/dissolve/melt",
                "heals/cures",
                "guarantee*",
                "promise/promises you",
                "makes you calm/calmer/happy/happier/well/better/healthy/healthier/free/stronger",
                "takes your/the pain/stress/fear/worry away",
                "takes away your/the pain/stress/fear/worry",
            ],
            unless: &[
                "not", "no", "never", "nothing", "perhaps", "maybe", "may", "might", "can", "sometimes", "need", "as if",
                "wherever", "whatever", "when/if ... you will",
            ],
            questions: false,
            instead: "\"perhaps …\", \"… may …\", \"sometimes …, sometimes not\"",
        },
        WordRule {
            rule: Rule::BreathHold,
            finds: &[
                "hold/holding your/the/this/that breath/in-breath/out-breath/inhale/exhale/air",
                "hold/holding ... breath in",
                "hold/pause at the top",
                "pause/wait ... before you breathe/exhale/inhale",
                "breath held",
                "stop breathing",
            ],
            unless: &["not/no/without/never/nothing/don't/need/instead/rather"],
            questions: true,
            instead: "\"your breath may go its own way\"",
        },
        WordRule {
            rule: Rule::Absolute,
            finds: &[
                "you must",
                "you have to",
                "you should",
                "you ought to",
                "you are not allowed",
                "you always/never",
                "you will/must/should always/never",
                "completely/totally/fully relax*/still/empty/calm/silent",
                "a hundred percent",
            ],
            unless: &[
                "can", "could", "may", "might", "perhaps", "nothing/nobody/nowhere/no", "not", "don't", "need",
                "almost/nearly/hardly", "as if", "sometimes", "should have", "if you",
                // Somebody in a story says it.
                "said/called/asked/cried/says/asks/told",
            ],
            questions: false,
            instead: "\"you can …\", \"sometimes …\", \"it may, and it need not\"",
        },
    ],
};

#[cfg(test)]
mod tests {
    use super::super::table::tests::check;

    #[test]
    fn english_rules_fire_where_they_should_and_not_on_lookalikes() {
        check("en", &[
            ("command", &[
                "Close your eyes.", "Now breathe in.", "Let your shoulders drop.", "Notice how you sit.", "Slowly open your eyes.",
                "Imagine a tree.", "Don't think.", "Stay with the breath.", "Bring your attention to your belly.",
                "Breathe in | and breathe out",
            ], &[
                "Feel free to begin small.", "Take a look around, if you like.", "Rest perhaps, or courage.", "Sounds, near or far.",
                "Do you feel little? Then little is what there is.", "Let me walk gently beside myself.", "Sleep, if you like.",
                "Open eyes and a few ordinary breaths: that is practice.", "You can close your eyes.", "Close by, there is a tree.",
                "In your own time, find your place again.", "Breathing in: whatever is heavy may be here.", "Watching is enough.",
                "Now your breath may go.", "The water says: let your weight go.", "Still here, or just back again.", "Holding on is human.",
                "Drop by drop, it becomes a trickle.", "Or come back to your breath.",
            ]),
            ("promise", &[
                "You will feel calmer.", "This heals old wounds.", "You'll sleep well.", "The tension will slowly dissolve.",
                "It takes away your pain.",
            ], &[
                "Perhaps you will feel calmer.", "You will hear a bell.", "Now and then your thoughts will go their own way.",
                "The hurt may heal.", "It will wash around it.", "Nothing here heals anything.", "Tomorrow will be another day.",
                "Health, rest, something else?",
            ]),
            ("breath-hold", &["Hold your breath.", "You can try holding the breath.", "Pause a moment before you exhale."], &[
                "There is no need to hold your breath.", "Your breath holds you.", "You can hold the wish with each breath.",
                "May you be held.", "What is holding you?",
            ]),
            ("absolute", &["You must stay.", "You never wander off again.", "You should feel warm."], &[
                "You can always stop.", "Somebody is always on their way.", "There is nothing you have to feel.",
                "You have to call him, a man called.", "What should you have said?", "Perhaps you always knew.", "Somewhere you know, or somewhere that never was.",
            ]),
        ]);
    }
}
