//! Single values: from TOML to JSON, by the type of their key.

use super::key::Type;
use super::mistake::{Refusal, any_of, near_miss, shown};
use super::model::Moment;
use chrono::NaiveDate;
use serde_json::{Value as Json, json};
use toml::de::{DeInteger, DeValue};
use toml::value::Datetime;

/// Whether a value has the TOML type that a key's type asks for.
pub(super) fn fits(ty: &Type, value: &DeValue<'_>) -> bool {
    match ty {
        Type::Bool => value.is_bool(),
        Type::Int(..) => value.is_integer(),
        Type::Number(..) => value.is_integer() || value.is_float(),
        Type::Date | Type::Moment => value.is_datetime() || value.is_str(),
        Type::Text(_) | Type::Words(..) => value.is_str(),
        Type::CommaList => value.is_str() || value.is_array(),
        Type::List(_) | Type::Filled(_) | Type::Tables => value.is_array(),
        Type::Either(types) => types.iter().any(|t| fits(t, value)),
        Type::Table | Type::Named(_) | Type::Map(..) | Type::Columns(_) => value.is_table(),
    }
}

/// A value of another TOML type than the key's.
pub(super) fn mismatch(ty: &Type, value: &DeValue<'_>) -> Refusal {
    let found = match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    let hint = match (ty, value) {
        (Type::Text(form), DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_)) => {
            format!("write {} in quotes", form.describe)
        }
        _ => format!("write {}", ty.describe()),
    };
    Refusal::new(format!("{found} can't stand here"), hint)
}

/// A value without keys inside.
pub(super) fn leaf(ty: &Type, value: &DeValue<'_>) -> Result<Json, Refusal> {
    match (ty, value) {
        (Type::Bool, DeValue::Boolean(b)) => Ok(json!(b)),
        (Type::Int(from, to), DeValue::Integer(i)) => match whole(i) {
            Some(n) if (*from..=*to).contains(&n) => Ok(json!(n)),
            _ => Err(out_of_range(ty, &i.to_string())),
        },
        (Type::Number(from, to), DeValue::Integer(_) | DeValue::Float(_)) => {
            let (n, text) = match value {
                DeValue::Integer(i) => (i.as_str().parse::<f64>().ok(), i.to_string()),
                DeValue::Float(f) => (f.as_str().parse::<f64>().ok(), f.to_string()),
                _ => (None, String::new()),
            };
            match n {
                Some(n) if (*from..=*to).contains(&n) => Ok(json!(n)),
                _ => Err(out_of_range(ty, &text)),
            }
        }
        (Type::Date, DeValue::Datetime(d)) if d.time.is_none() && d.offset.is_none() => {
            date(&d.to_string(), ty)
        }
        (Type::Date, DeValue::String(s)) => date(s, ty),
        (Type::Moment, DeValue::Datetime(d)) => moment(d, ty),
        (Type::Moment, DeValue::String(s)) => match Moment::parse(s) {
            Some(_) => Ok(json!(s)),
            None => Err(not_a_date(s, ty)),
        },
        (Type::Text(form), DeValue::String(s)) => (form.check)(s).map(|()| json!(s)),
        (Type::Words(words, also), DeValue::String(s)) => word(s, words, also),
        (Type::CommaList, DeValue::String(s)) => comma_list(s.split(',')),
        (Type::CommaList, DeValue::Array(items)) => {
            let words: Option<Vec<&str>> = items.iter().map(|i| i.get_ref().as_str()).collect();
            match words {
                Some(words) => comma_list(words.into_iter()),
                None => Err(Refusal::new(
                    "holds something that isn't text",
                    "write each person number in quotes",
                )),
            }
        }
        (ty, value) => Err(mismatch(ty, value)),
    }
}

fn whole(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn out_of_range(ty: &Type, found: &str) -> Refusal {
    Refusal::new(
        format!("{found} is out of range"),
        format!("write {}", ty.describe()),
    )
}

fn not_a_date(found: &str, ty: &Type) -> Refusal {
    Refusal::new(
        format!("{} is not a date", shown(found)),
        format!("write {}", ty.describe()),
    )
}

fn date(text: &str, ty: &Type) -> Result<Json, Refusal> {
    match text.parse::<NaiveDate>() {
        Ok(date) => Ok(json!(date.to_string())),
        Err(_) => Err(not_a_date(text, ty)),
    }
}

fn moment(found: &Datetime, ty: &Type) -> Result<Json, Refusal> {
    if found.offset.is_some() {
        return Err(Refusal::new(
            "has a time zone of its own",
            "leave it out: the site's time zone is meant",
        ));
    }
    let text = match (found.date, found.time) {
        (Some(date), Some(time)) => {
            let seconds = time.second.unwrap_or(0);
            format!("{date}T{:02}:{:02}:{seconds:02}", time.hour, time.minute)
        }
        (Some(date), None) => date.to_string(),
        _ => found.to_string(),
    };
    match Moment::parse(&text) {
        Some(_) => Ok(json!(text)),
        None => Err(not_a_date(&text, ty)),
    }
}

fn word(found: &str, words: &[&str], also: &[&str]) -> Result<Json, Refusal> {
    if words.contains(&found) || also.contains(&found) {
        return Ok(json!(found));
    }
    let hint = match near_miss(found, words.iter().copied()) {
        Some(meant) if words.len() > 4 => format!("did you mean {meant:?}?"),
        _ => format!("write {}", any_of(words)),
    };
    let problem = format!("{} is not known here", shown(found));
    Err(Refusal::new(problem, hint))
}

/// The same rule as on the command line: separated by commas, without spaces.
fn comma_list<'a>(words: impl Iterator<Item = &'a str>) -> Result<Json, Refusal> {
    let words: Vec<&str> = words.collect();
    let bad = |w: &&str| w.is_empty() || w.contains(',') || w.contains(char::is_whitespace);
    if words.is_empty() || words.iter().any(bad) {
        return Err(Refusal::new(
            "holds a space or an empty person number",
            "write them separated by commas without spaces, such as \"1001,1002\"",
        ));
    }
    Ok(json!(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(ty: &Type, text: &str) -> Result<Json, String> {
        let value = DeValue::parse(text).unwrap();
        leaf(ty, value.get_ref()).map_err(|r| r.problem)
    }

    #[test]
    fn dates_come_as_dates_or_as_text() {
        assert_eq!(read(&Type::Date, "2026-01-31"), Ok(json!("2026-01-31")));
        assert_eq!(read(&Type::Date, "'2026-01-31'"), Ok(json!("2026-01-31")));
        assert!(read(&Type::Date, "'2026-02-30'").is_err());
        assert!(read(&Type::Date, "2026-01-31T00:00:00").is_err());
        let moment = read(&Type::Moment, "2026-11-20T06:00:00");
        assert_eq!(moment, Ok(json!("2026-11-20T06:00:00")));
        assert!(read(&Type::Moment, "2026-11-20T06:00:00Z").is_err());
        assert!(read(&Type::Moment, "06:00:00").is_err());
    }

    #[test]
    fn numbers_keep_to_their_range() {
        assert_eq!(read(&Type::Int(1, 31), "0x1f"), Ok(json!(31)));
        assert!(read(&Type::Int(1, 31), "32").is_err());
        assert!(read(&Type::Int(1, 31), "99999999999999999999").is_err());
        assert_eq!(read(&Type::Number(0.0, 100.0), "12.5"), Ok(json!(12.5)));
        assert!(read(&Type::Number(0.0, 100.0), "nan").is_err());
        assert!(read(&Type::Number(0.0, 100.0), "100.1").is_err());
    }

    #[test]
    fn person_numbers_are_separated_by_commas_alone() {
        let both = json!(["1001", "1002"]);
        assert_eq!(read(&Type::CommaList, "'1001,1002'"), Ok(both.clone()));
        assert_eq!(read(&Type::CommaList, "['1001', '1002']"), Ok(both));
        for bad in ["'1001, 1002'", "''", "[]", "[1001]", "'1001,'"] {
            assert!(read(&Type::CommaList, bad).is_err(), "{bad}");
        }
    }
}
