//! The texts that keys take, each with its check.

use super::diagnostics::{Problem, any_of, did_you_mean};
use super::forms::Text;
use crate::domain::character::{in_words, is_invisible, is_other_dash, is_other_space};
use crate::domain::code_list::EMPLOYMENT_STATUS;
use crate::format::lines::LinePattern;
use crate::schedule::{Cron, CronFault};
use crate::validate::field::ein_number;
use crate::validate::pattern::Pattern;
use chrono::NaiveTime;
use chrono_tz::Tz;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use std::net::IpAddr;
use std::time::Duration;

pub(super) const TEXT: Text<String> = Text {
    words: "text",
    read: |s| {
        if s.trim().is_empty() || s.chars().any(char::is_control) {
            return Err(Problem::new(
                "is empty or holds control characters",
                "write visible text",
            ));
        }
        // What is compared with it has none of these any more.
        if let Some(c) = s.chars().find(|c| is_invisible(*c) || is_other_space(*c)) {
            let problem = format!("holds the {}", in_words(c));
            return Err(Problem::new(
                problem,
                "write it with plain spaces, and without pasting",
            ));
        }
        Ok(s.to_owned())
    },
};

/// What may stand in a field of a file.
pub(super) const CELL: Text<String> = Text {
    words: "text",
    read: |s| match s.chars().any(char::is_control) {
        true => Err(Problem::new(
            "holds control characters",
            "write visible text",
        )),
        false => Ok(s.to_owned()),
    },
};

pub(super) const NAME: Text<String> = Text {
    words: "a name of a-z, 0-9, _ and -",
    read: |s| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let rest = s.bytes().all(|b| plain(b) || matches!(b, b'_' | b'-'));
        if s.bytes().next().is_some_and(plain) && rest && s.len() <= 64 {
            return Ok(s.to_owned());
        }
        Err(Problem::of(
            s,
            "can't be a name",
            "use 1 to 64 lower-case letters, digits, _ and -, beginning with a letter or digit, because folders are \
             named after it",
        ))
    },
};

pub(super) const TIMEZONE: Text<Tz> = Text {
    words: "an IANA time zone such as \"America/New_York\"",
    read: |s| {
        s.parse().map_err(|_| {
            let meant = did_you_mean(s, chrono_tz::TZ_VARIANTS.iter().map(|tz| tz.name()));
            let else_hint = || "write an IANA name such as \"America/New_York\"".to_owned();
            Problem::of(s, "is not a time zone", meant.unwrap_or_else(else_hint))
        })
    },
};

pub(super) const PATTERN: Text<Pattern> = Text {
    words: "a regular expression for the whole value",
    read: |s| {
        // Its message shows the pattern as it is written.
        let written = regex::Regex::new(s).map_err(|e| e.to_string());
        written.and_then(|_| Pattern::compile(s)).map_err(|e| {
            let why = e.lines().last().unwrap_or_default().trim();
            let why = why.strip_prefix("error: ").unwrap_or(why);
            let problem = format!("is not a regular expression ({why})");
            Problem::of(s, problem, "write one such as '[A-Za-z0-9]{1,50}'")
        })
    },
};

pub(super) const GLOB: Text<String> = Text {
    words: "a file name pattern such as \"*.csv\"",
    read: |s| {
        if s.is_empty() || s.contains('/') || s.contains('\0') {
            return Err(Problem::of(
                s,
                "is not a file name pattern",
                "write a pattern for the name alone, without folders, such as \"*.csv\"",
            ));
        }
        let glob = GlobBuilder::new(s).build();
        glob.map(|_| s.to_owned()).map_err(|e| {
            let problem = format!("is not a file name pattern ({})", e.kind());
            let hint = "use * for any characters, ? for one, [abc] for one of several";
            Problem::of(s, problem, hint)
        })
    },
};

/// Compiles name patterns of a configuration, which load only if they can be read; capital and small letters are the
/// same (`*.csv` takes `HR.CSV`).
pub(crate) fn name_patterns<'a>(patterns: impl IntoIterator<Item = &'a String>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        if let Ok(glob) = GlobBuilder::new(pattern).case_insensitive(true).build() {
            set.add(glob);
        }
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}

pub(super) const LINE_PATTERN: Text<LinePattern> = Text {
    words: "a line in which * stands for any text",
    read: |s| {
        let problem = || {
            Problem::of(
                s,
                "would set lines of any kind aside",
                "write at least three characters of the line besides *, such as \"(* rows affected)\"",
            )
        };
        LinePattern::compile(&(TEXT.read)(s)?).ok_or_else(problem)
    },
};

pub(super) const DURATION: Text<Duration> = Text {
    words: "a length of time such as \"30s\", \"5m\", \"1h\" or \"1d\"",
    read: |s| {
        let hint = "write a whole number above 0 and s, m, h or d, such as \"5m\"";
        duration(s).ok_or_else(|| Problem::of(s, "is not a length of time", hint))
    },
};

/// A whole number above 0 and a unit, up to ten years.
fn duration(text: &str) -> Option<Duration> {
    const LONGEST: u64 = 3650 * 86_400;
    let unit = match text.bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3_600,
        b'd' => 86_400,
        _ => return None,
    };
    let number = &text[..text.len() - 1];
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let seconds = number.parse::<u64>().ok()?.checked_mul(unit)?;
    (1..=LONGEST)
        .contains(&seconds)
        .then(|| Duration::from_secs(seconds))
}

pub(super) const TIME_OF_DAY: Text<NaiveTime> = Text {
    words: "a time of day such as \"22:00\"",
    read: |s| match NaiveTime::parse_from_str(s, "%H:%M") {
        Ok(time) if s.len() == 5 => Ok(time),
        _ => Err(Problem::of(
            s,
            "is not a time of day",
            "write hours and minutes from \"00:00\" to \"23:59\"",
        )),
    },
};

pub(super) const CRON: Text<Cron> = Text {
    words: "a cron expression such as \"0 2 * * *\"",
    read: |s| {
        Cron::parse(s).map_err(|fault| {
            let hint = match fault {
                CronFault::NotCron => {
                    "write five fields (minute, hour, day, month, weekday) such as \"0 2 * * *\""
                }
                CronFault::Never => "write a day that the month has",
            };
            Problem::of(s, fault, hint)
        })
    },
};

pub(super) const EIN: Text<u32> = Text {
    words: "an EIN such as \"12-3456789\"",
    read: |s| {
        let problem = || Problem::of(s, "is not an EIN", "write nine digits as NN-NNNNNNN");
        ein_number(s.replace(is_other_dash, "-").as_bytes()).ok_or_else(problem)
    },
};

pub(super) const STATUS: Text<String> = Text {
    words: "an employment status (\"A\", \"L\", \"T\", \"R\" or \"P\", or the word)",
    read: |s| match EMPLOYMENT_STATUS.find(s.as_bytes()) {
        Some(letter) => Ok(letter.to_owned()),
        None => {
            let codes = any_of(&EMPLOYMENT_STATUS.codes());
            let hint = format!("write {codes} or the word, such as \"active\"");
            Err(Problem::of(s, "is not an employment status", hint))
        }
    },
};

/// The text is never shown: it may be the secret itself.
pub(super) const SECRET: Text<String> = Text {
    words: "where the secret is: a file, \"env:NAME\" or \"credential:NAME\"",
    read: |s| {
        let name = s
            .strip_prefix("env:")
            .or_else(|| s.strip_prefix("credential:"));
        let known = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        let good = match name {
            Some(name) => !name.is_empty() && name.chars().all(known),
            None if s.starts_with('~') => return Err(tilde()),
            // A word alone is a password far more often than a file.
            None => s.contains('/') && !s.ends_with('/') && !s.chars().any(char::is_control),
        };
        if good {
            return Ok(s.to_owned());
        }
        Err(Problem::new(
            "does not say where the secret is",
            "never write the secret itself: put it into a file and write its path with a / (\"secrets/NAME\", or \
             \"./NAME\" for a file beside this one), or write \"env:NAME\" or \"credential:NAME\"",
        ))
    },
};

pub(super) const FILE: Text<String> = Text {
    words: "the path of a file",
    read: |s| match s.starts_with('~') {
        true => Err(tilde()),
        false => (TEXT.read)(s),
    },
};

fn tilde() -> Problem {
    Problem::new(
        "begins with ~, which means nothing here",
        "write the path in full, or from the site's folder, such as \"secrets/NAME\"",
    )
}

pub(super) const HOST: Text<String> = Text {
    words: "a name or an address alone",
    read: |s| {
        let name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        // After % an address names a network interface.
        let address = s.split('%').next().unwrap_or(s);
        if address.parse::<IpAddr>().is_ok() || (!s.is_empty() && s.chars().all(name)) {
            return Ok(s.to_owned());
        }
        Err(Problem::of(
            s,
            "is not a server's name or address",
            "write the name or address alone, such as \"sftp.example.com\"; the account goes to user, the port to port, \
             folders to pull and push",
        ))
    },
};

pub(super) const EMAIL: Text<String> = Text {
    words: "an e-mail address",
    read: |s| {
        let good = s.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty() && host.contains('.') && !host.contains('@')
        });
        if good && !s.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Ok(s.to_owned());
        }
        let hint = "write one address such as \"hr-integrations@example.com\"";
        Err(Problem::of(s, "is not an e-mail address", hint))
    },
};

pub(super) const MAILBOX: Text<String> = Text {
    words: "an e-mail address, with or without a name",
    read: |s| {
        let problem = || {
            let hint = "write one such as \"Feedgate <feeds@example.com>\"";
            Problem::of(s, "is not an e-mail address", hint)
        };
        match s.parse::<lettre::message::Mailbox>() {
            Ok(_) => Ok(s.to_owned()),
            Err(_) => Err(problem()),
        }
    },
};

/// What it holds besides the host is not shown: some services know their callers by it alone.
pub(super) const WEB_ADDRESS: Text<String> = Text {
    words: "a web address that begins with https://",
    read: |s| {
        let problem = |what: &str| {
            let hint = "write one such as \"https://feeds.example.com\"; http:// is for this machine alone";
            Problem::new(what, hint)
        };
        let host = |rest: &str| {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let host = host.rsplit('@').next().unwrap_or_default();
            host.to_owned()
        };
        let visible = s.chars().all(|c| c.is_ascii_graphic());
        let (host, plain) = match (s.strip_prefix("https://"), s.strip_prefix("http://")) {
            (Some(rest), _) => (host(rest), false),
            (None, Some(rest)) => (host(rest), true),
            (None, None) => return Err(problem("is not a web address")),
        };
        if host.is_empty() || !visible || s.contains('@') {
            return Err(problem("is not a web address"));
        }
        let name = host.strip_prefix("[::1]").map(|_| "::1");
        let name = name.unwrap_or_else(|| host.split(':').next().unwrap_or_default());
        match plain && !is_this_machine(name) {
            true => Err(problem("would send without encryption")),
            false => Ok(s.to_owned()),
        }
    },
};

/// Whether a host's name or address is that of this machine itself.
pub(crate) fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

pub(super) const HEADER_TEMPLATE: Text<String> = Text {
    words: "a line with {reference_id} and {date}",
    read: |s| check_line(s, &["reference_id", "date"]),
};

pub(super) const TRAILER_TEMPLATE: Text<String> = Text {
    words: "a line with {count}, {employee_amount}, {employer_amount}, {reference_id} and {date}",
    read: |s| {
        let amounts = ["count", "employee_amount", "employer_amount"];
        check_line(s, &[&amounts[..], &["reference_id", "date"]].concat())
    },
};

pub(super) const MARKER_SUFFIX: Text<String> = Text {
    words: "an ending such as \".done\"",
    read: |s| {
        let good = s.len() > 1 && s.starts_with('.') && !s.contains('/');
        if good && !s.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Ok(s.to_owned());
        }
        let hint = "write an ending with its dot, such as \".done\"";
        Err(Problem::of(s, "can't be the ending of a marker", hint))
    },
};

/// One line of text with known placeholders in braces.
fn check_line(line: &str, known: &[&str]) -> Result<String, Problem> {
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
                return Err(Problem::of(
                    &format!("{{{name}}}"),
                    "is not known here",
                    hint,
                ));
            }
            None => return Err(Problem::new("has a brace without its partner", hint)),
        }
    }
    Ok(line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes<T>(form: &Text<T>, good: &[&str], bad: &[&str]) {
        for s in good {
            assert!((form.read)(s).is_ok(), "{s:?}");
        }
        for s in bad {
            assert!((form.read)(s).is_err(), "{s:?}");
        }
    }

    #[test]
    fn forms_take_what_they_describe() {
        takes(&NAME, &["a", "x-1_b"], &["", "-a", "A", "a/b", "a.b", "é"]);
        takes(&NAME, &[&"a".repeat(64)], &[&"a".repeat(65)]);
        takes(&TIMEZONE, &["UTC", "America/New_York"], &["Mars", ""]);
        takes(&PATTERN, &["[A-Z]{1,3}"], &["[A-Z", "a)b(c"]);
        takes(&GLOB, &["*.csv", "x[0-9]?"], &["", "a/*.csv", "[a"]);
        takes(&TIME_OF_DAY, &["00:00", "23:59"], &["24:00", "9:00", "x"]);
        takes(&CRON, &["0 2 * * *", "*/5 1-3 * * Mon,Tue"], &["0 2 * *"]);
        takes(&CRON, &["0 2 29 2 *"], &["0 2 30 2 *", "60 2 * * *"]);
        takes(&EIN, &["12-3456789", "123456789"], &["1-23456789", "12"]);
        takes(&STATUS, &["A", "active", "Leave of absence"], &["Q", ""]);
        takes(&SECRET, &["env:PW", "credential:a.b"], &["env:", "env:a b"]);
        takes(&SECRET, &["secrets/key", "./key", "/k"], &["", "a/\nb"]);
        takes(&SECRET, &[], &["hunter2", "key", "~/.ssh/key", "secrets/"]);
        takes(&FILE, &["known_hosts", "/etc/x"], &["~/known_hosts", ""]);
        takes(&HOST, &["a-1.example", "10.0.0.1"], &["", "a b", "a/b"]);
        takes(&HOST, &["::1", "fe80::1%eth0"], &["[::1]", "a:22"]);
        takes(&HOST, &["localhost"], &["sftp://a", "root@a", "a%b", "é"]);
        takes(&EMAIL, &["a@b.example"], &["a@b", "a b@c.de", "@b.example"]);
        takes(&MARKER_SUFFIX, &[".done"], &["done", ".", "./x"]);
    }

    #[test]
    fn a_secret_is_never_shown() {
        for secret in ["hunter2", "hunter2\n", "~hunter2", "env:hunter2!"] {
            let problem = (SECRET.read)(secret).unwrap_err();
            assert!(!format!("{problem:?}").contains("hunter2"));
        }
    }

    #[test]
    fn reads_a_number_and_a_unit() {
        assert_eq!(duration("90s"), Some(Duration::from_secs(90)));
        assert_eq!(duration("2h"), Some(Duration::from_secs(7200)));
        assert_eq!(duration("1d"), Some(Duration::from_secs(86_400)));
        for bad in [
            "",
            "5",
            "m",
            "0m",
            "-1s",
            "+1s",
            "1.5h",
            "1w",
            "99999999999999999999d",
            "5é",
        ] {
            assert_eq!(duration(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn any_of_them_in_any_case() {
        let set = name_patterns(&["*.csv".to_owned(), "hr-*.txt".to_owned()]);
        assert!(set.is_match("HR.CSV") && set.is_match("hr-north.txt"));
        assert!(!set.is_match("hr.txt") && !set.is_match("a.csv.gpg"));
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
