//! Money as whole cents.

use std::fmt;
use std::ops::AddAssign;

/// An amount of money in cents. Wide enough that no file's sum can overflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cents(pub i128);

impl Cents {
    pub const ZERO: Cents = Cents(0);
}

impl AddAssign for Cents {
    fn add_assign(&mut self, other: Cents) {
        self.0 += other.0;
    }
}

impl From<i64> for Cents {
    fn from(cents: i64) -> Cents {
        Cents(i128::from(cents))
    }
}

impl fmt::Display for Cents {
    /// `-12.30`: always two decimals, no currency sign, no thousands separator.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", magnitude / 100, magnitude % 100)
    }
}

impl serde::Serialize for Cents {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Cents {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        let digits: String = text.chars().filter(|c| *c != '.').collect();
        digits.parse().map(Cents).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Cents;

    #[test]
    fn two_decimals_and_sign_before_the_first_digit() {
        let shown: Vec<String> = [0, 5, -5, 123_456, -100]
            .map(|c: i64| Cents::from(c).to_string())
            .to_vec();
        assert_eq!(shown, ["0.00", "0.05", "-0.05", "1234.56", "-1.00"]);
    }
}
