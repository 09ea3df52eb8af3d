//! Free text, e-mail addresses and the marks that spreadsheets leave.

/// A field without surrounding white space and without the apostrophe that our error file puts before a value
/// a spreadsheet would execute.
pub fn clean(raw: &[u8]) -> &[u8] {
    // Nearly every field starts and ends with a letter or a digit: nothing to take off.
    if let ([first, ..], [.., last]) = (raw, raw)
        && first.is_ascii_alphanumeric()
        && last.is_ascii_alphanumeric()
    {
        return raw;
    }
    let mut text = raw.trim_ascii();
    const NBSP: &[u8] = "\u{a0}".as_bytes();
    while let Some(rest) = text.strip_prefix(NBSP) {
        text = rest.trim_ascii_start();
    }
    while let Some(rest) = text.strip_suffix(NBSP) {
        text = rest.trim_ascii_end();
    }
    match text {
        [b'\'', b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r', ..] => &text[1..],
        _ => text,
    }
}

/// Whether a number was written in scientific notation (`1.23E+08`).
pub fn is_scientific(text: &[u8]) -> bool {
    let Some(e) = text.iter().position(|b| matches!(b, b'E' | b'e')) else {
        return false;
    };
    let (mantissa, exponent) = (&text[..e], &text[e + 1..]);
    let Some(exponent) = exponent.strip_prefix(b"+") else {
        return false;
    };
    let digits = |t: &[u8]| !t.is_empty() && t.iter().all(u8::is_ascii_digit);
    let number = match mantissa {
        [d, b'.', rest @ ..] => d.is_ascii_digit() && digits(rest),
        _ => digits(mantissa),
    };
    number && digits(exponent) && exponent.len() <= 3
}

/// Whether text holds a character that no name or address has: control characters but tab and line ends,
/// and those that change the direction of text.
pub fn has_control(text: &str) -> bool {
    if text.bytes().all(|b| (b' '..0x7f).contains(&b)) {
        return false;
    }
    text.chars().any(|c| match c {
        '\t' | '\n' | '\r' => false,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => true,
        c => c.is_control(),
    })
}

/// Number of characters.
pub fn characters(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars().count()
    }
}

/// Whether text has the shape of an e-mail address: one `@`, something before it, a dotted domain after it.
pub fn is_email(text: &str) -> bool {
    const LONGEST: usize = 254;
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '@' | ',' | ';' | '<' | '>' | '"');
    text.len() <= LONGEST
        && !local.is_empty()
        && !local.starts_with('.')
        && !local.ends_with('.')
        && local.chars().all(plain)
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
        && domain.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::{clean, has_control, is_email, is_scientific};

    #[test]
    fn our_own_guard_is_taken_off_and_no_other_apostrophe() {
        assert_eq!(clean(b"  '=1+1 "), b"=1+1");
        assert_eq!(clean(b"'-5"), b"-5");
        assert_eq!(clean(b"'t Hooft"), b"'t Hooft");
        assert_eq!(clean("\u{a0} x\u{a0}".as_bytes()), b"x");
    }

    #[test]
    fn emails() {
        for good in [
            "a@b.co",
            "first.last+tag@mail.example.org",
            "o'brien@x.example",
        ] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@b",
            "@b.co",
            "a@b..co",
            "a@@b.co",
            "a b@c.de",
            "a@b.co,c@d.ef",
            ".a@b.co",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn scientific_notation_and_control_characters() {
        assert!(is_scientific(b"1.23E+08") && is_scientific(b"1e+5"));
        assert!(!is_scientific(b"E+05") && !is_scientific(b"1E5") && !is_scientific(b"1.E+05"));
        assert!(has_control("a\u{7}b") && has_control("a\u{202e}b") && has_control("\u{85}"));
        assert!(!has_control("José\tline\nbreak"));
    }
}
