//! State and ZIP codes of the United States.

use crate::domain::code_list::STATES;

/// The USPS state code of a text, in upper case.
pub(crate) fn state(text: &[u8]) -> Option<&'static str> {
    let &[a, b] = text else {
        return None;
    };
    let place = letters(a.to_ascii_uppercase(), b.to_ascii_uppercase())?;
    STATES.get(usize::from(STATE_PLACES[place])).copied()
}

/// For every two letters their place in [`STATES`], or one beyond its end.
static STATE_PLACES: [u8; 26 * 26] = {
    let mut places = [u8::MAX; 26 * 26];
    let mut i = 0u8;
    while (i as usize) < STATES.len() {
        if let [a, b] = *STATES[i as usize].as_bytes()
            && let Some(place) = letters(a, b)
        {
            places[place] = i;
        }
        i += 1;
    }
    places
};

/// The number of two upper-case letters.
const fn letters(a: u8, b: u8) -> Option<usize> {
    if a.is_ascii_uppercase() && b.is_ascii_uppercase() {
        Some((a - b'A') as usize * 26 + (b - b'A') as usize)
    } else {
        None
    }
}

/// A ZIP code: five digits, or nine with or without a dash.
pub fn zip(bytes: &[u8]) -> Option<(u32, Option<u16>)> {
    let (five, four) = match bytes.len() {
        5 => (bytes, &b""[..]),
        9 => (&bytes[..5], &bytes[5..]),
        10 if bytes[5] == b'-' => (&bytes[..5], &bytes[6..]),
        _ => return None,
    };
    if !five.iter().chain(four).all(u8::is_ascii_digit) {
        return None;
    }
    let number = |d: &[u8]| d.iter().fold(0u32, |n, b| n * 10 + u32::from(b - b'0'));
    let extension = (!four.is_empty()).then(|| u16::try_from(number(four)).expect("four digits"));
    Some((number(five), extension))
}

#[cfg(test)]
mod tests {
    use super::{state, zip};
    use crate::domain::code_list::STATES;

    #[test]
    fn every_two_letters_are_a_state_or_none() {
        for a in 0..=0x7f {
            for b in 0..=0x7f {
                let upper = [a, b].map(|b: u8| b.to_ascii_uppercase());
                let listed = STATES.iter().find(|s| s.as_bytes() == upper);
                assert_eq!(state(&[a, b]), listed.copied());
            }
        }
        assert_eq!(state(b"CAL"), None);
    }

    #[test]
    fn zip_codes_of_five_and_nine_digits() {
        assert_eq!(zip(b"02134"), Some((2134, None)));
        assert_eq!(zip(b"02134-0007"), Some((2134, Some(7))));
        assert_eq!(zip(b"021340007"), Some((2134, Some(7))));
        for bad in ["0213", "02134-", "02134 0007", "0213A"] {
            assert_eq!(zip(bad.as_bytes()), None, "{bad}");
        }
    }
}
