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
    /// The year in two digits.
    ShortYear,
    Month,
    /// In English, whole or shortened.
    MonthName,
    Day,
    /// The day of the year.
    YearDay,
    Hour,
    /// From 1 to 12, with AM or PM.
    HalfDayHour,
    Minute,
    Second,
    /// AM or PM, in any case.
    HalfDay,
    /// The number of a day as spreadsheets store it.
    Serial,
    Literal(u8),
}

impl Token {
    /// Whether it stands for digits.
    fn is_number(self) -> bool {
        !matches!(self, Token::MonthName | Token::HalfDay | Token::Literal(_))
    }
}

/// From which number on years of two digits are of the last century, where the integration says nothing else.
pub(crate) const CENTURY_PIVOT: u32 = 50;

/// The pattern of the serial numbers of spreadsheets.
pub(crate) const SERIAL: &str = "%serial";

/// One date form, compiled from a pattern of tokens and literal characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateForm {
    pattern: String,
    tokens: Vec<Token>,
    /// The fewest digits of month and day, and of the hour.
    least: usize,
    least_of_hour: usize,
    timed: bool,
    /// Whether it names the day of the year in place of month and day.
    year_day: bool,
    /// From which number on years of two digits are of the last century.
    pivot: Option<u32>,
}

/// What the tokens of a form read; zero where it has no such token.
#[derive(Default)]
struct Parts {
    year: u32,
    month: u32,
    day: u32,
    year_day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    offset: Option<i32>,
}

impl DateForm {
    /// Compiles a pattern; `None` where it has other tokens or names no day.
    /// Forms that start with the year want two digits for month and day, unless they say `%-m` or `%-d`; the others
    /// take one or two. An hour takes one or two where no digit stands beside it.
    pub fn compile(pattern: &str) -> Option<DateForm> {
        let mut tokens = Vec::new();
        let mut asked = false;
        let mut bytes = pattern.bytes();
        while let Some(b) = bytes.next().filter(|_| pattern != SERIAL) {
            if b != b'%' {
                tokens.push(Token::Literal(b));
                continue;
            }
            let mut letter = bytes.next()?;
            if letter == b'-' {
                letter = bytes.next()?;
                asked |= matches!(letter, b'm' | b'd');
            }
            tokens.push(token(letter)?);
        }
        if pattern == SERIAL {
            tokens.push(Token::Serial);
        }
        let count = |kinds: &[u8]| {
            let kinds: Vec<Token> = kinds.iter().filter_map(|b| token(*b)).collect();
            tokens.iter().filter(|t| kinds.contains(t)).count()
        };
        let day = [count(b"Yy"), count(b"mb"), count(b"d"), count(b"j")];
        if pattern != SERIAL && !matches!(day, [1, 1, 1, 0] | [1, 0, 0, 1]) {
            return None;
        }
        let beside = |i: usize| [i.checked_sub(1), Some(i + 1)].into_iter().flatten();
        let alone = |i: usize| {
            let mut beside = beside(i).filter_map(|i| tokens.get(i));
            !beside.any(|t: &Token| t.is_number())
        };
        let is_hour = |t: &Token| matches!(t, Token::Hour | Token::HalfDayHour);
        let hour = tokens.iter().position(is_hour);
        let separated = tokens.windows(2).all(|w| !w.iter().all(|t| t.is_number()));
        let year_first = matches!(tokens.first(), Some(Token::Year | Token::ShortYear));
        Some(DateForm {
            pattern: pattern.to_owned(),
            least: if separated && (asked || !year_first) {
                1
            } else {
                2
            },
            least_of_hour: if hour.is_some_and(alone) { 1 } else { 2 },
            timed: hour.is_some(),
            year_day: tokens.contains(&Token::YearDay),
            pivot: tokens.contains(&Token::ShortYear).then_some(CENTURY_PIVOT),
            tokens,
        })
    }

    /// The form with years of two digits below `pivot` in this century, the others in the last one.
    #[must_use]
    pub fn with_pivot(mut self, pivot: u32) -> DateForm {
        self.pivot = self.pivot.map(|_| pivot);
        self
    }

    /// The pattern it was compiled from.
    pub(crate) fn pattern(&self) -> &str {
        &self.pattern
    }

    /// A moment as this form writes it.
    pub(crate) fn example(&self, moment: NaiveDateTime) -> String {
        match self.tokens[..] {
            [Token::Serial] => {
                let days = moment
                    .date()
                    .signed_duration_since(serial_zero())
                    .num_days();
                days.to_string()
            }
            _ => moment.format(&self.pattern).to_string(),
        }
    }

    /// Reads text of exactly this form. A year of two digits belongs to the last century where the date would be later
    /// than `latest`.
    pub fn read(&self, text: &[u8], latest: NaiveDate) -> Option<Moment> {
        if self.tokens == [Token::Serial] {
            return read_serial(text);
        }
        let parts = self.parts(text)?;
        let date = self.date(&parts, latest)?;
        let time = NaiveTime::from_hms_opt(parts.hour, parts.minute, parts.second)?;
        Some(Moment {
            local: date.and_time(time),
            offset: parts.offset,
            day: !self.timed,
        })
    }

    /// Whether text has this form and zeros for year, month and day.
    pub(crate) fn is_zero(&self, text: &[u8]) -> bool {
        let parts = self.parts(text).unwrap_or(Parts {
            year: 1,
            ..Parts::default()
        });
        parts.year == 0 && parts.month == 0 && parts.day == 0 && parts.year_day == 0
    }

    fn parts(&self, text: &[u8]) -> Option<Parts> {
        let mut rest = text;
        let mut parts = Parts::default();
        for (i, token) in self.tokens.iter().enumerate() {
            match token {
                Token::Literal(b) => {
                    let (first, after) = rest.split_first()?;
                    if first != b {
                        return None;
                    }
                    rest = after;
                }
                Token::Year => parts.year = number(&mut rest, 4, 4)?,
                Token::ShortYear => parts.year = number(&mut rest, 2, 2)?,
                Token::Month => parts.month = number(&mut rest, self.least, 2)?,
                Token::MonthName => parts.month = month_name(&mut rest)?,
                Token::Day => parts.day = number(&mut rest, self.least, 2)?,
                Token::YearDay => parts.year_day = number(&mut rest, 3, 3)?,
                Token::Hour => parts.hour = self.hour(&mut rest)?,
                Token::HalfDayHour => {
                    let hour = self.hour(&mut rest)?;
                    parts.hour = (1..=12).contains(&hour).then_some(hour % 12)?;
                }
                Token::Minute => parts.minute = number(&mut rest, 2, 2)?,
                Token::Second => {
                    parts.second = number(&mut rest, 2, 2)?;
                    let next = self.tokens.get(i + 1);
                    rest = skip_fraction(rest, next);
                }
                Token::HalfDay => parts.hour += half_day(&mut rest)?,
                Token::Serial => return None,
            }
        }
        if self.timed {
            (parts.offset, rest) = read_offset(rest)?;
        }
        rest.is_empty().then_some(parts)
    }

    fn hour(&self, rest: &mut &[u8]) -> Option<u32> {
        number(rest, self.least_of_hour, 2)
    }

    fn date(&self, parts: &Parts, latest: NaiveDate) -> Option<NaiveDate> {
        let of = |year: u32| {
            let year = year.cast_signed();
            match self.year_day {
                true => NaiveDate::from_yo_opt(year, parts.year_day),
                false => NaiveDate::from_ymd_opt(year, parts.month, parts.day),
            }
        };
        let Some(pivot) = self.pivot else {
            return of(parts.year);
        };
        let year = parts.year + if parts.year < pivot { 2000 } else { 1900 };
        match of(year) {
            Some(date) if date > latest => of(year - 100),
            date => date,
        }
    }
}

fn token(letter: u8) -> Option<Token> {
    Some(match letter {
        b'Y' => Token::Year,
        b'y' => Token::ShortYear,
        b'm' => Token::Month,
        b'b' | b'B' => Token::MonthName,
        b'd' => Token::Day,
        b'j' => Token::YearDay,
        b'H' => Token::Hour,
        b'I' => Token::HalfDayHour,
        b'M' => Token::Minute,
        b'S' => Token::Second,
        b'p' => Token::HalfDay,
        _ => return None,
    })
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

/// The number of a month whose English name, whole or its first three letters, the text begins with, in any case.
fn month_name(rest: &mut &[u8]) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let begins = |word: &str| {
        let head = rest.get(..word.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
    };
    let (month, name) = (1..).zip(NAMES).find(|(_, name)| begins(&name[..3]))?;
    let length = [name, "Sept"]
        .into_iter()
        .find(|word| begins(word))
        .map_or(3, str::len);
    *rest = &rest[length..];
    Some(month)
}

/// The hours that AM or PM, in any case, add to an hour from 0 to 11.
fn half_day(rest: &mut &[u8]) -> Option<u32> {
    let (word, after) = rest.split_at_checked(2)?;
    *rest = after;
    match word {
        [b'A' | b'a', b'M' | b'm'] => Some(0),
        [b'P' | b'p', b'M' | b'm'] => Some(12),
        _ => None,
    }
}

/// A point or comma and digits behind seconds, unless that is what the form goes on with.
fn skip_fraction<'t>(rest: &'t [u8], next: Option<&Token>) -> &'t [u8] {
    match rest {
        [mark @ (b'.' | b','), after @ ..] if next != Some(&Token::Literal(*mark)) => {
            let digits = after.iter().take_while(|b| b.is_ascii_digit()).count();
            if digits == 0 { rest } else { &after[digits..] }
        }
        _ => rest,
    }
}

/// `Z`, `+05:30`, `-0500`, with or without a blank before the sign, or nothing.
fn read_offset(rest: &[u8]) -> Option<(Option<i32>, &[u8])> {
    let rest = match rest {
        [b' ', signed @ ..] if matches!(signed, [b'+' | b'-', ..]) => signed,
        _ => rest,
    };
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

/// The day before the first one from which serial numbers count without a gap.
fn serial_zero() -> NaiveDate {
    NaiveDate::from_ymd_opt(1899, 12, 30).expect("a date")
}

/// Reads a serial number of the 1900 system: days, where 1 is 1900-01-01, and behind a point the part of the day that
/// has passed. Spreadsheets count a 29 February 1900 (60), which the calendar doesn't have.
fn read_serial(text: &[u8]) -> Option<Moment> {
    const DIGITS: usize = 7;
    const LAST: u32 = 2_958_465;
    const PART_DIGITS: usize = 15;
    let (days, part) = match memchr::memchr(b'.', text) {
        Some(point) => (&text[..point], Some(&text[point + 1..])),
        None => (text, None),
    };
    let mut rest = days;
    let days = number(&mut rest, 1, DIGITS).filter(|_| rest.is_empty())?;
    if !(1..=LAST).contains(&days) || days == 60 || text[0] == b'0' {
        return None;
    }
    let mut seconds = 0;
    if let Some(part) = part {
        if part.is_empty() || part.len() > PART_DIGITS || !part.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let value = |n: u64, b: &u8| n * 10 + u64::from(b - b'0');
        let unit = 10u64.pow(u32::try_from(part.len()).ok()?);
        let passed = u128::from(part.iter().fold(0, value)) * 86_400;
        let rounded = (passed + u128::from(unit / 2)) / u128::from(unit);
        // Just before midnight is still that day.
        seconds = u32::try_from(rounded).ok()?.min(86_399);
    }
    let gap = u32::from(days < 60);
    let date = serial_zero().checked_add_days(chrono::Days::new((days + gap).into()))?;
    let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0)?;
    Some(Moment {
        local: date.and_time(time),
        offset: None,
        day: seconds == 0,
    })
}

/// The forms into which spreadsheets rewrite dates, unless one of an integration's `own` forms puts the day before the
/// month or a year of two digits first: there they would mean another date.
pub(crate) fn spreadsheet_forms(own: &[DateForm], pivot: u32) -> Vec<DateForm> {
    const FORMS: [&str; 4] = ["%m/%d/%Y", "%m/%d/%y", "%m/%d/%Y %H:%M", "%m/%d/%y %H:%M"];
    let place = |form: &DateForm, token| form.tokens.iter().position(|t| *t == token);
    let other = |form: &DateForm| {
        let day = place(form, Token::Day);
        let month = place(form, Token::Month).or(place(form, Token::MonthName));
        day < month || form.tokens.first() == Some(&Token::ShortYear)
    };
    if own.iter().any(other) {
        return Vec::new();
    }
    let forms = FORMS.into_iter().filter_map(DateForm::compile);
    forms.map(|form| form.with_pivot(pivot)).collect()
}

/// A text as read by the listed forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    None,
    One(Moment),
    /// Two forms fit and mean different dates.
    Ambiguous,
}

/// Reads text by every form, with years of two digits such that no date is later than `latest` where that can be.
pub fn read(forms: &[DateForm], text: &[u8], latest: NaiveDate) -> Reading {
    let mut found: Option<Moment> = None;
    for form in forms {
        let Some(moment) = form.read(text, latest) else {
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
mod tests;
