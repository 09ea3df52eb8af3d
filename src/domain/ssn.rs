//! The Social Security number, as a type that formats masked.

use std::fmt;

/// Nine digits. Formats as `***-**-1234`; the digits leave only through [`Ssn::digits`], for output files.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ssn(u32);

impl Ssn {
    /// From the number the nine digits make.
    pub fn new(number: u32) -> Option<Ssn> {
        (number <= 999_999_999).then_some(Ssn(number))
    }

    /// Reads text that is nine digits, with or without dashes or spaces.
    pub(crate) fn of_text(text: &[u8]) -> Option<Ssn> {
        let (mut number, mut digits) = (0u32, 0);
        for byte in text {
            match byte {
                b'0'..=b'9' if digits < 9 => {
                    number = number * 10 + u32::from(byte - b'0');
                    digits += 1;
                }
                b'-' | b' ' => {}
                _ => return None,
            }
        }
        (digits == 9).then_some(Ssn(number))
    }

    /// The number the nine digits make, for comparison and keyed hashing.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The first three digits.
    pub const fn area(self) -> u32 {
        self.0 / 1_000_000
    }

    /// The middle two digits.
    pub const fn group(self) -> u32 {
        self.0 / 10_000 % 100
    }

    /// The last four digits.
    pub const fn serial(self) -> u32 {
        self.0 % 10_000
    }

    /// Whether it is a number that people write where they have none: nine equal digits, or digits counting up.
    pub(crate) const fn is_placeholder(self) -> bool {
        self.0.is_multiple_of(111_111_111) || matches!(self.0, 123_456_789 | 12_345_678)
    }

    /// Whether a person may have the number, as far as its parts tell.
    pub(crate) const fn is_possible(self) -> bool {
        self.area() != 0 && self.group() != 0 && self.serial() != 0 && !self.is_placeholder()
    }

    /// Whether text is these nine digits, with or without dashes or spaces.
    pub(crate) fn is_spelled_by(self, text: &[u8]) -> bool {
        let digits = self.digits();
        let mut rest = digits.iter();
        for byte in text {
            match byte {
                b'-' | b' ' => {}
                _ if rest.next() == Some(byte) => {}
                _ => return false,
            }
        }
        rest.next().is_none()
    }

    /// The nine ASCII digits.
    pub fn digits(self) -> [u8; 9] {
        let mut rest = self.0;
        let mut out = [b'0'; 9];
        for place in out.iter_mut().rev() {
            *place = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        out
    }
}

impl fmt::Debug for Ssn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "***-**-{:04}", self.serial())
    }
}

impl fmt::Display for Ssn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Ssn;

    #[test]
    fn only_the_last_four_can_be_formatted() {
        let ssn = Ssn::new(1_230_456).expect("nine digits");
        assert_eq!(format!("{ssn} {ssn:?}"), "***-**-0456 ***-**-0456");
        assert_eq!(&ssn.digits(), b"001230456");
        assert_eq!((ssn.area(), ssn.group(), ssn.serial()), (1, 23, 456));
        assert_eq!(Ssn::new(1_000_000_000), None);
    }

    #[test]
    fn digits_are_the_same_with_or_without_dashes() {
        let ssn = Ssn::new(521_341_234).expect("nine digits");
        assert!(ssn.is_spelled_by(b"521-34-1234"));
        assert!(ssn.is_spelled_by(b"521341234"));
        assert!(!ssn.is_spelled_by(b"S521341234"));
        assert!(!ssn.is_spelled_by(b"52134123"));
        for text in ["521-34-1234", "521341234", "521 34 1234"] {
            assert_eq!(Ssn::of_text(text.as_bytes()), Some(ssn));
        }
        for text in ["S521341234", "5213412345", "52134123", "", "521.34.1234"] {
            assert_eq!(Ssn::of_text(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn numbers_that_nobody_has() {
        for (number, possible) in [
            (521_341_234, true),
            (912_701_234, true),
            (12_345, false),
            (521_001_234, false),
            (521_340_000, false),
            (999_999_999, false),
        ] {
            let ssn = Ssn::new(number).expect("nine digits");
            assert_eq!(ssn.is_possible(), possible, "{ssn}");
        }
    }
}
