//! Patterns of dates, and of the header and trailer lines of output files.

use super::diagnostics::{Problem, shown};

/// Year, month and day exactly once each; hours, minutes and seconds in this order, if `with_time`; and separators.
pub(super) fn check_date_pattern(pattern: &str, with_time: bool) -> Result<(), Problem> {
    let refuse = |why: &str| {
        Err(Problem::new(
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

/// One line of text with known placeholders in braces.
pub(super) fn check_line(line: &str, known: &[&str]) -> Result<String, Problem> {
    let list: Vec<String> = known.iter().map(|k| format!("{{{k}}}")).collect();
    let hint = format!("write one line of text with {}", list.join(", "));
    let mut rest = line;
    if line.is_empty() || line.chars().any(|c| c.is_control() && c != '\t') {
        return Err(Problem::new("is not one line of text", hint));
    }
    while let Some(at) = rest.find(['{', '}']) {
        let name = rest[at..].strip_prefix('{').and_then(|r| r.split_once('}'));
        match name {
            Some((name, after)) if known.contains(&name) => rest = after,
            Some((name, _)) => {
                let problem = format!("{} is not known here", shown(&format!("{{{name}}}")));
                return Err(Problem::new(problem, hint));
            }
            None => return Err(Problem::new("has a brace without its partner", hint)),
        }
    }
    Ok(line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert!(check_date_pattern(good, true).is_ok(), "{good}");
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
            assert!(check_date_pattern(bad, true).is_err(), "{bad}");
        }
        assert!(check_date_pattern("%Y-%m-%dT%H:%M:%S", false).is_err());
    }

    #[test]
    fn placeholders_are_checked() {
        let known = ["reference_id", "date"];
        assert!(check_line("HDR {date} {reference_id}", &known).is_ok());
        assert!(check_line("TRL|{count}", &["count"]).is_ok());
        for bad in ["{count}", "{", "}", "{date", "a\nb", ""] {
            assert!(check_line(bad, &known).is_err(), "{bad:?}");
        }
    }
}
