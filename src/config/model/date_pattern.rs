//! The patterns in which dates are read and written.

use crate::config::mistake::{Refusal, shown};

/// Year, month and day exactly once each; hours, minutes and seconds in this order, if `with_time`; and separators.
pub(in crate::config) fn check(pattern: &str, with_time: bool) -> Result<(), Refusal> {
    let refuse = |why: &str| {
        Err(Refusal::new(
            format!("{} is not a date pattern: {why}", shown(pattern)),
            "write one such as \"%Y-%m-%d\", \"%m/%d/%Y\" or \"%-m/%-d/%Y\"",
        ))
    };
    let mut seen = String::new();
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '%' {
            let separator = c == 'T' || c == ' ' || (c.is_ascii_punctuation() && c != '"');
            if !separator {
                return refuse(&format!("{c:?} can't stand in it"));
            }
            continue;
        }
        let short = rest.next_if_eq(&'-').is_some();
        let token = match rest.next() {
            Some(t @ ('m' | 'd')) => t,
            Some(t @ 'Y') if !short => t,
            Some(t @ ('H' | 'M' | 'S')) if !short && with_time => t,
            _ => return refuse("a % that isn't one of the known tokens"),
        };
        if short && rest.peek().is_some_and(|next| matches!(next, '%')) {
            return refuse("a separator has to follow %-m and %-d");
        }
        if seen.contains(token) {
            return refuse(&format!("%{token} twice"));
        }
        seen.push(token);
    }
    if !['Y', 'm', 'd'].iter().all(|t| seen.contains(*t)) {
        return refuse("year, month and day have to be in it");
    }
    let time: String = seen.chars().filter(|t| "HMS".contains(*t)).collect();
    if !"HMS".starts_with(&time) {
        return refuse("the time has to be %H, %M, %S in this order");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn knows_a_pattern_when_it_sees_one() {
        for good in [
            "%Y-%m-%d",
            "%d.%m.%Y",
            "%Y%m%d",
            "%-m/%-d/%Y",
            "%Y-%m-%dT%H:%M:%S",
            "%m-%d-%Y %H:%M",
        ] {
            assert!(check(good, true).is_ok(), "{good}");
        }
        for bad in [
            "",
            "%Y-%m",
            "%Y-%m-%m-%d",
            "%-m%-d%Y",
            "%y-%m-%d",
            "%Y-%b-%d",
            "%Y-%m-%d %S",
            "YYYY-MM-DD",
            "%Y-%m-%d%",
            "%-Y-%m-%d",
        ] {
            assert!(check(bad, true).is_err(), "{bad}");
        }
        assert!(check("%Y-%m-%dT%H:%M:%S", false).is_err());
    }
}
