//! Characters that people can't tell from others or can't see: spaces and dashes of every kind, invisible characters, and
//! those that look like a Latin letter or a digit.

/// Whether this is a space other than those of ASCII (Unicode's `White_Space` without control characters).
pub fn is_other_space(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// Whether this is a dash, a hyphen or a minus sign other than that of ASCII.
pub(crate) fn is_other_dash(c: char) -> bool {
    matches!(
        c,
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
}

/// Whether a character shows nothing (Unicode's `Default_Ignorable_Code_Point`): zero-width spaces and joiners, byte
/// order marks, direction marks, soft hyphens and their like.
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// The ASCII character that this one can't be told from by eye, if there is one.
pub(crate) fn looks_like(c: char) -> Option<char> {
    const PAIRS: &str = "АAВBЕEКKМMНHОOРPСCТTУYХXІIЅSЈJԌGаaеeоoрpсcуyхxіiѕsјjԁdһhԛqԝw\
        ΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXοoνv‘'’'“\"”\"⁄/∕/․.∶:";
    if c.is_ascii() {
        return None;
    }
    if is_other_dash(c) {
        return Some('-');
    }
    if let '\u{ff01}'..='\u{ff5e}' = c {
        return char::from_u32(u32::from(c) - 0xfee0);
    }
    let mut pairs = PAIRS.chars();
    while let (Some(other), Some(ascii)) = (pairs.next(), pairs.next()) {
        if other == c {
            return Some(ascii);
        }
    }
    None
}

/// The place, from 0, of a letter in text that looks Latin and isn't: one in a word that has Latin letters too, or no letter
/// that shows the other script.
pub(crate) fn letter_of_another_script(text: &str) -> Option<usize> {
    let letters: Vec<char> = text.chars().collect();
    let mut from = 0;
    for word in letters.split(|c| !c.is_alphanumeric()) {
        let strange = word
            .iter()
            .position(|c| c.is_alphabetic() && looks_like(*c).is_some());
        let latin = word.iter().any(char::is_ascii_alphabetic);
        let other = |c: &char| !c.is_ascii() && c.is_alphabetic() && looks_like(*c).is_none();
        if let Some(at) = strange.filter(|_| latin || !word.iter().any(other)) {
            return Some(from + at);
        }
        from += word.len() + 1;
    }
    None
}

/// A character in words, with its code point: `zero-width space U+200B`.
pub(crate) fn in_words(c: char) -> String {
    let name = match c {
        '\u{7}' => "bell",
        '\u{8}' => "backspace",
        '\u{1b}' => "escape",
        '\u{ad}' => "soft hyphen",
        '\u{200b}' => "zero-width space",
        '\u{200c}' => "zero-width non-joiner",
        '\u{200d}' => "zero-width joiner",
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202c}' | '\u{2066}'..='\u{2069}' => {
            "direction mark"
        }
        '\u{202d}' => "left-to-right override",
        '\u{202e}' => "right-to-left override",
        '\u{2060}' => "word joiner",
        '\u{feff}' => "byte order mark",
        char::REPLACEMENT_CHARACTER => "replacement character",
        '\u{fe00}'..='\u{fe0f}' => "variation selector",
        c if is_invisible(c) => "invisible character",
        c if c.is_control() => "control character",
        '\u{a0}' => "no-break space",
        c if is_other_space(c) => "space",
        '\u{2010}' => "hyphen",
        '\u{2011}' => "non-breaking hyphen",
        '\u{2012}' => "figure dash",
        '\u{2013}' => "en dash",
        '\u{2014}' => "em dash",
        '\u{2212}' => "minus sign",
        c if is_other_dash(c) => "dash",
        '\u{2018}'..='\u{2019}' | '\u{201c}'..='\u{201d}' => "curly quotation mark",
        '\u{370}'..='\u{3ff}' => "Greek letter",
        '\u{400}'..='\u{52f}' => "Cyrillic letter",
        '\u{ff01}'..='\u{ff5e}' => "full-width character",
        _ => "character",
    };
    format!("{name} U+{:04X}", u32::from(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_character_is_of_one_kind_only() {
        for c in (0..=0x0010_ffff).filter_map(char::from_u32) {
            let kinds = [is_other_space(c), is_other_dash(c), is_invisible(c)];
            let kinds = kinds.iter().filter(|is| **is).count();
            assert!(kinds <= 1 && !(c.is_ascii() && kinds == 1), "{c:?}");
            let space = c.is_whitespace() && !c.is_ascii() && !c.is_control();
            assert_eq!(is_other_space(c), space, "{c:?}");
            let ascii = looks_like(c);
            assert!(ascii.is_none_or(|a| a.is_ascii() && !c.is_ascii()), "{c:?}");
        }
    }

    #[test]
    fn letters_of_another_script_are_found_among_latin_ones() {
        let strange = |text| letter_of_another_script(text);
        assert_eq!(strange("Е1001"), Some(0));
        assert_eq!(strange("emp-Е1"), Some(4));
        assert_eq!(strange("p@exаmple.com"), Some(4));
        assert_eq!(strange("ＡB"), Some(0));
        for fine in [
            "E1001",
            "josé@example.com",
            "иванов@example.com",
            "ΑΘΗΝΑ-1",
            "8９",
            "",
        ] {
            assert_eq!(strange(fine), None, "{fine}");
        }
    }

    #[test]
    fn characters_are_named() {
        assert_eq!(in_words('\u{200b}'), "zero-width space U+200B");
        assert_eq!(in_words('\u{fffd}'), "replacement character U+FFFD");
        assert_eq!(in_words('\u{e0041}'), "invisible character U+E0041");
        assert_eq!(in_words('\u{415}'), "Cyrillic letter U+0415");
    }
}
