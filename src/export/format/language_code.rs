//! Languages as ID3 wants them: three letters of ISO 639-2.

use crate::script::language::Language;

/// ISO 639-1 beside the terminological codes of ISO 639-2, in order.
const CODES: &str = "\
    aa aar ab abk ae ave af afr ak aka am amh an arg ar ara as asm av ava ay aym az aze \
    ba bak be bel bg bul bh bih bi bis bm bam bn ben bo bod br bre bs bos \
    ca cat ce che ch cha co cos cr cre cs ces cu chu cv chv cy cym \
    da dan de deu dv div dz dzo ee ewe el ell en eng eo epo es spa et est eu eus \
    fa fas ff ful fi fin fj fij fo fao fr fra fy fry ga gle gd gla gl glg gn grn gu guj gv glv \
    ha hau he heb hi hin ho hmo hr hrv ht hat hu hun hy hye hz her \
    ia ina id ind ie ile ig ibo ii iii ik ipk io ido is isl it ita iu iku ja jpn jv jav \
    ka kat kg kon ki kik kj kua kk kaz kl kal km khm kn kan ko kor kr kau ks kas ku kur kv kom kw cor ky kir \
    la lat lb ltz lg lug li lim ln lin lo lao lt lit lu lub lv lav \
    mg mlg mh mah mi mri mk mkd ml mal mn mon mr mar ms msa mt mlt my mya \
    na nau nb nob nd nde ne nep ng ndo nl nld nn nno no nor nr nbl nv nav ny nya \
    oc oci oj oji om orm or ori os oss pa pan pi pli pl pol ps pus pt por qu que \
    rm roh rn run ro ron ru rus rw kin sa san sc srd sd snd se sme sg sag si sin sk slk sl slv sm smo sn sna so som \
    sq sqi sr srp ss ssw st sot su sun sv swe sw swa \
    ta tam te tel tg tgk th tha ti tir tk tuk tl tgl tn tsn to ton tr tur ts tso tt tat tw twi ty tah \
    ug uig uk ukr ur urd uz uzb ve ven vi vie vo vol wa wln wo wol xh xho yi yid yo yor za zha zh zho zu zul";

/// The code of a language without its region or script. One that has three letters already keeps them; one of two
/// letters that ISO does not know is `und`, undetermined.
pub(in crate::export) fn three_letters(language: &Language) -> &str {
    let primary = language.as_str().split('-').next().unwrap_or_default();
    if primary.len() == 3 {
        return primary;
    }
    let mut codes = CODES.split_ascii_whitespace();
    while let (Some(two), Some(three)) = (codes.next(), codes.next()) {
        if two == primary {
            return three;
        }
    }
    "und"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_of_two_and_three_letters() {
        let codes: Vec<_> = CODES.split_ascii_whitespace().collect();
        let (pairs, rest) = codes.as_chunks::<2>();
        assert!(rest.is_empty());
        assert!(pairs.iter().all(|[two, three]| two.len() == 2 && three.len() == 3));
        let twos: Vec<_> = pairs.iter().map(|[two, _]| two).collect();
        assert!(twos.is_sorted() && pairs.len() == 184, "{} in order", pairs.len());
    }

    #[test]
    fn regions_play_no_part_and_what_is_unknown_says_so() {
        for (tag, code) in
            [("nl", "nld"), ("en-GB", "eng"), ("de", "deu"), ("pt-BR", "por"), ("zh-Hant", "zho")]
        {
            assert_eq!(three_letters(&Language::parse(tag).unwrap()), code);
        }
        for (tag, code) in [("gsw", "gsw"), ("xx", "und")] {
            assert_eq!(three_letters(&Language::parse(tag).unwrap()), code);
        }
    }
}
