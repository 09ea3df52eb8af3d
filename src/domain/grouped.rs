//! Numbers as people read them.

/// A number with commas between thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_told_apart() {
        let texts = [0, 999, 1_000, 4_310, 1_234_567].map(grouped);
        assert_eq!(texts, ["0", "999", "1,000", "4,310", "1,234,567"]);
    }
}
