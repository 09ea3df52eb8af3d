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
    }
}
