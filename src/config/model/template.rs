//! Header and trailer lines of output files.

use crate::config::mistake::{Refusal, shown};

/// Placeholders of a header line: what is known before the records.
pub(in crate::config) static IN_HEADER: [&str; 2] = ["reference_id", "date"];
/// Placeholders of a trailer line.
pub(in crate::config) static IN_TRAILER: [&str; 5] = [
    "count",
    "employee_amount",
    "employer_amount",
    "reference_id",
    "date",
];

pub(in crate::config) fn check(line: &str, known: &[&str]) -> Result<(), Refusal> {
    let list: Vec<String> = known.iter().map(|k| format!("{{{k}}}")).collect();
    let hint = format!("write one line of text with {}", list.join(", "));
    let mut rest = line;
    if line.is_empty() || line.chars().any(|c| c.is_control() && c != '\t') {
        return Err(Refusal::new("is not one line of text", hint));
    }
    while let Some(at) = rest.find(['{', '}']) {
        let name = rest[at..].strip_prefix('{').and_then(|r| r.split_once('}'));
        match name {
            Some((name, after)) if known.contains(&name) => rest = after,
            Some((name, _)) => {
                let problem = format!("{} is not known here", shown(&format!("{{{name}}}")));
                return Err(Refusal::new(problem, hint));
            }
            None => return Err(Refusal::new("has a brace without its partner", hint)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_checked() {
        assert!(check("TRL|{count}|{employee_amount}", &IN_TRAILER).is_ok());
        assert!(check("HDR {date} {reference_id}", &IN_HEADER).is_ok());
        for bad in ["{count}", "{", "}", "{date", "a\nb", ""] {
            assert!(check(bad, &IN_HEADER).is_err(), "{bad:?}");
        }
    }
}
