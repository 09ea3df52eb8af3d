//! Dates in the forms an integration lists, and the moments of `last_changed_at`.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// A date or a moment as sent: local time, and the offset if one was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// As written; midnight where only a date was sent.
    pub local: NaiveDateTime,
    /// Seconds east of UTC, if the sender said so.
    pub offset: Option<i32>,
    /// Whether only a date was sent: some time on that day.
    pub day: bool,
}

impl Moment {
    /// Whether this is, or on a day without a time may be, at or after a threshold, given as site-local time and as UTC.
    pub fn at_or_after(self, local: NaiveDateTime, utc: NaiveDateTime) -> bool {
        match self.offset {
            None if self.day => self.local.date() >= local.date(),
            None => self.local >= local,
            Some(seconds) => self.local - chrono::TimeDelta::seconds(i64::from(seconds)) >= utc,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Literal(u8),
}

/// One date form, compiled from a pattern of `%Y %m %d %H %M %S` and literal characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateForm {
    tokens: Vec<Token>,
    short: bool,
    timed: bool,
}

impl DateForm {
    /// Compiles a pattern; `None` where it has other tokens or misses year, month or day.
    /// Forms that start with the year want two digits for month and day, unless they say `%-m` or `%-d`; the others
    /// take one or two.
    pub fn compile(pattern: &str) -> Option<DateForm> {
        let mut tokens = Vec::new();
        let mut asked = false;
        let mut bytes = pattern.bytes();
        while let Some(b) = bytes.next() {
            if b != b'%' {
                tokens.push(Token::Literal(b));
                continue;
            }
            let letter = bytes.next()?;
            let letter = if letter == b'-' {
                asked = true;
                bytes.next()?
            } else {
                letter
            };
            tokens.push(match letter {
                b'Y' => Token::Year,
                b'm' => Token::Month,
                b'd' => Token::Day,
                b'H' => Token::Hour,
                b'M' => Token::Minute,
                b'S' => Token::Second,
                _ => return None,
            });
        }
        let once = |t: Token| tokens.iter().filter(|x| **x == t).count() == 1;
        if ![Token::Year, Token::Month, Token::Day]
            .into_iter()
            .all(once)
        {
            return None;
        }
        let separated = tokens
            .windows(2)
            .all(|w| matches!(w[0], Token::Literal(_)) || matches!(w[1], Token::Literal(_)));
        Some(DateForm {
            short: separated && (asked || tokens.first() != Some(&Token::Year)),
            timed: tokens.contains(&Token::Hour),
            tokens,
        })
    }

    /// Reads text of exactly this form.
    pub fn read(&self, text: &[u8]) -> Option<Moment> {
        let mut rest = text;
        let (mut year, mut month, mut day) = (0, 0, 0);
        let (mut hour, mut minute, mut second) = (0, 0, 0);
        for token in &self.tokens {
            match token {
                Token::Literal(b) => {
                    let (first, after) = rest.split_first()?;
                    if first != b {
                        return None;
                    }
                    rest = after;
                }
                Token::Year => year = number(&mut rest, 4, 4)?,
                Token::Month => month = number(&mut rest, if self.short { 1 } else { 2 }, 2)?,
                Token::Day => day = number(&mut rest, if self.short { 1 } else { 2 }, 2)?,
                Token::Hour => hour = number(&mut rest, 2, 2)?,
                Token::Minute => minute = number(&mut rest, 2, 2)?,
                Token::Second => second = number(&mut rest, 2, 2)?,
            }
        }
        let mut offset = None;
        if self.timed {
            rest = skip_fraction(rest);
            (offset, rest) = read_offset(rest)?;
        }
        if !rest.is_empty() {
            return None;
        }
        let date = NaiveDate::from_ymd_opt(year.cast_signed(), month, day)?;
        let time = NaiveTime::from_hms_opt(hour, minute, second)?;
        Some(Moment {
            local: date.and_time(time),
            offset,
            day: !self.timed,
        })
    }
}

fn number(rest: &mut &[u8], least: usize, most: usize) -> Option<u32> {
    let digits = rest
        .iter()
        .take(most)
        .take_while(|b| b.is_ascii_digit())
        .count();
    if digits < least {
        return None;
    }
    let (head, after) = rest.split_at(digits);
    *rest = after;
    Some(head.iter().fold(0, |n, b| n * 10 + u32::from(b - b'0')))
}

fn skip_fraction(rest: &[u8]) -> &[u8] {
    match rest.split_first() {
        Some((b'.', after)) => {
            let digits = after.iter().take_while(|b| b.is_ascii_digit()).count();
            if digits == 0 { rest } else { &after[digits..] }
        }
        _ => rest,
    }
}

/// `Z`, `+05:30`, `-0500` or nothing.
fn read_offset(rest: &[u8]) -> Option<(Option<i32>, &[u8])> {
    let Some((first, mut after)) = rest.split_first() else {
        return Some((None, rest));
    };
    let sign = match first {
        b'Z' => return Some((Some(0), after)),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = number(&mut after, 2, 2)?;
    after = after.strip_prefix(b":").unwrap_or(after);
    let minutes = number(&mut after, 2, 2)?;
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = (hours * 3600 + minutes * 60).cast_signed();
    Some((Some(sign * seconds), after))
}

/// A text as read by the listed forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    None,
    One(Moment),
    /// Two forms fit and mean different dates.
    Ambiguous,
}

/// Reads text by every form.
pub fn read(forms: &[DateForm], text: &[u8]) -> Reading {
    let mut found: Option<Moment> = None;
    for form in forms {
        let Some(moment) = form.read(text) else {
            continue;
        };
        match found {
            Some(before) if before.local.date() != moment.local.date() => {
                return Reading::Ambiguous;
            }
            _ => found = Some(moment),
        }
    }
    found.map_or(Reading::None, Reading::One)
}

#[cfg(test)]
mod tests {
    use super::{DateForm, Reading, read};

    fn forms(patterns: &[&str]) -> Vec<DateForm> {
        let compile = |p: &&str| DateForm::compile(p).expect("pattern");
        patterns.iter().map(compile).collect()
    }

    fn show(patterns: &[&str], text: &str) -> String {
        match read(&forms(patterns), text.as_bytes()) {
            Reading::None => "none".into(),
            Reading::Ambiguous => "ambiguous".into(),
            Reading::One(m) => format!("{} {:?}", m.local, m.offset),
        }
    }

    #[test]
    fn only_listed_forms_are_read() {
        let us = ["%Y-%m-%d", "%m/%d/%Y"];
        assert_eq!(show(&us, "2026-02-28"), "2026-02-28 00:00:00 None");
        assert_eq!(show(&us, "2/8/2026"), "2026-02-08 00:00:00 None");
        for bad in [
            "2026-02-30",
            "20260228",
            "2026-2-8",
            "02/08/26",
            "2026-02-28 ",
            "x",
            "",
        ] {
            assert_eq!(show(&us, bad), "none", "{bad}");
        }
        assert_eq!(show(&["%Y%m%d"], "20260228"), "2026-02-28 00:00:00 None");
        assert_eq!(
            show(&["%Y-%-m-%-d"], "2026-2-8"),
            "2026-02-08 00:00:00 None"
        );
        assert_eq!(DateForm::compile("%Y-%j"), None);
        assert_eq!(DateForm::compile("%Y-%m"), None);
    }

    #[test]
    fn two_meanings_are_ambiguous_and_one_is_not() {
        let both = ["%m/%d/%Y", "%d/%m/%Y"];
        assert_eq!(show(&both, "03/04/2026"), "ambiguous");
        assert_eq!(show(&both, "03/13/2026"), "2026-03-13 00:00:00 None");
        assert_eq!(show(&both, "04/04/2026"), "2026-04-04 00:00:00 None");
    }

    #[test]
    fn timestamps_keep_their_offset() {
        let iso = ["%Y-%m-%dT%H:%M:%S"];
        assert_eq!(
            show(&iso, "2026-01-02T03:04:05Z"),
            "2026-01-02 03:04:05 Some(0)"
        );
        assert_eq!(
            show(&iso, "2026-01-02T03:04:05.678-05:00"),
            "2026-01-02 03:04:05 Some(-18000)"
        );
        assert_eq!(
            show(&iso, "2026-01-02T03:04:05"),
            "2026-01-02 03:04:05 None"
        );
        assert_eq!(show(&iso, "2026-13-02T03:04:05Z"), "none");
        assert_eq!(show(&iso, "2026-01-02T03:04:05+24:00"), "none");
        assert_eq!(show(&iso, "2026-01-02T03:04:05+05:60"), "none");
        assert_eq!(show(&iso, "2026-01-02T03:04:05 CET"), "none");
    }
}
