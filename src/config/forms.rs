//! The forms a text in the configuration can have, each with its check.

use super::mistake::{Refusal, any_of, near_miss, shown};
use super::model::{date_pattern, duration, template};
use crate::domain::code_list::EMPLOYMENT_STATUS;
use crate::schedule::{Cron, CronFault};
use chrono::NaiveTime;
use std::net::IpAddr;

/// A form of text.
#[derive(Debug)]
pub(super) struct Form {
    /// What to write, in words.
    pub(super) describe: &'static str,
    pub(super) check: fn(&str) -> Result<(), Refusal>,
}

pub(super) static TEXT: Form = Form {
    describe: "text",
    check: |s| {
        if s.trim().is_empty() || s.chars().any(char::is_control) {
            return Err(Refusal::new(
                "is empty or holds control characters",
                "write visible text",
            ));
        }
        Ok(())
    },
};

pub(super) static NAME: Form = Form {
    describe: "a name of a-z, 0-9, _ and -",
    check: |s| {
        let bytes = s.as_bytes();
        let first = bytes
            .first()
            .is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let rest = bytes
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'));
        if first && rest && bytes.len() <= 64 {
            return Ok(());
        }
        Err(Refusal::new(
            format!("{} can't be a name", shown(s)),
            "use 1 to 64 lower-case letters, digits, _ and -, beginning with a letter or digit, because folders are named after it",
        ))
    },
};

pub(super) static TIMEZONE: Form = Form {
    describe: "an IANA time zone such as \"America/New_York\"",
    check: |s| {
        if s.parse::<chrono_tz::Tz>().is_ok() {
            return Ok(());
        }
        let meant = near_miss(s, chrono_tz::TZ_VARIANTS.iter().map(|tz| tz.name()));
        Err(Refusal::new(
            format!("{} is not a time zone", shown(s)),
            match meant {
                Some(zone) => format!("did you mean {zone:?}?"),
                None => "write an IANA name such as \"America/New_York\"".into(),
            },
        ))
    },
};

pub(super) static PATTERN: Form = Form {
    describe: "a regular expression for the whole value",
    check: |s| match regex::Regex::new(s) {
        Ok(_) => Ok(()),
        Err(e) => {
            let why = e.to_string();
            let why = why.lines().last().unwrap_or_default().trim();
            let why = why.strip_prefix("error: ").unwrap_or(why);
            Err(Refusal::new(
                format!("{} is not a regular expression ({why})", shown(s)),
                "write one such as '[A-Za-z0-9]{1,50}'",
            ))
        }
    },
};

pub(super) static GLOB: Form = Form {
    describe: "a file name pattern such as \"*.csv\"",
    check: |s| {
        if s.is_empty() || s.contains('/') || s.contains('\0') {
            return Err(Refusal::new(
                format!("{} is not a file name pattern", shown(s)),
                "write a pattern for the name alone, without folders, such as \"*.csv\"",
            ));
        }
        match globset::GlobBuilder::new(s).build() {
            Ok(_) => Ok(()),
            Err(e) => Err(Refusal::new(
                format!("{} is not a file name pattern ({})", shown(s), e.kind()),
                "use * for any characters, ? for one, [abc] for one of several",
            )),
        }
    },
};

pub(super) static DATE_PATTERN: Form = Form {
    describe: "a date pattern such as \"%m/%d/%Y\"",
    check: |s| date_pattern::check(s, true),
};

pub(super) static OUTPUT_DATE_PATTERN: Form = Form {
    describe: "a date pattern such as \"%Y-%m-%d\"",
    check: |s| date_pattern::check(s, false),
};

pub(super) static DURATION: Form = Form {
    describe: "a length of time such as \"30s\", \"5m\", \"1h\" or \"1d\"",
    check: |s| match duration::parse(s) {
        Some(_) => Ok(()),
        None => Err(Refusal::new(
            format!("{} is not a length of time", shown(s)),
            "write a whole number above 0 and s, m, h or d, such as \"5m\"",
        )),
    },
};

pub(super) static TIME_OF_DAY: Form = Form {
    describe: "a time of day such as \"22:00\"",
    check: |s| match NaiveTime::parse_from_str(s, "%H:%M") {
        Ok(_) if s.len() == 5 => Ok(()),
        _ => Err(Refusal::new(
            format!("{} is not a time of day", shown(s)),
            "write hours and minutes from \"00:00\" to \"23:59\"",
        )),
    },
};

pub(super) static CRON: Form = Form {
    describe: "a cron expression such as \"0 2 * * *\"",
    check: |s| {
        Cron::parse(s).map(drop).map_err(|fault| {
            let hint = match fault {
                CronFault::NotCron => {
                    "write five fields (minute, hour, day, month, weekday) such as \"0 2 * * *\""
                }
                CronFault::Never => "write a day that the month has",
            };
            Refusal::new(format!("{} {fault}", shown(s)), hint)
        })
    },
};

pub(super) static EIN: Form = Form {
    describe: "an EIN such as \"12-3456789\"",
    check: |s| {
        let b = s.as_bytes();
        let dashed = b.len() == 10 && b[2] == b'-';
        let digits = b.iter().filter(|c| c.is_ascii_digit()).count();
        if digits == 9 && (dashed || b.len() == 9) {
            return Ok(());
        }
        Err(Refusal::new(
            format!("{} is not an EIN", shown(s)),
            "write nine digits as NN-NNNNNNN",
        ))
    },
};

pub(super) static STATUS: Form = Form {
    describe: "an employment status (\"A\", \"L\", \"T\", \"R\" or \"P\", or the word)",
    check: |s| match EMPLOYMENT_STATUS.find(s.as_bytes()) {
        Some(_) => Ok(()),
        None => Err(Refusal::new(
            format!("{} is not an employment status", shown(s)),
            format!(
                "write {} or the word, such as \"active\"",
                any_of(EMPLOYMENT_STATUS.allowed)
            ),
        )),
    },
};

pub(super) static SECRET: Form = Form {
    describe: "where the secret is: a file, \"env:NAME\" or \"credential:NAME\"",
    // The value is never shown: somebody may have written the secret itself.
    check: |s| {
        let name = s
            .strip_prefix("env:")
            .or_else(|| s.strip_prefix("credential:"));
        let good = match name {
            Some(n) => {
                !n.is_empty()
                    && n.chars()
                        .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
            }
            None if s.starts_with('~') => return Err(tilde()),
            // A word alone is a password far more often than a file.
            None => s.contains('/') && !s.ends_with('/') && !s.chars().any(char::is_control),
        };
        if good {
            return Ok(());
        }
        Err(Refusal::new(
            "does not say where the secret is",
            "never write the secret itself: put it into a file and write its path with a / (\"secrets/NAME\", or \
             \"./NAME\" for a file beside this one), or write \"env:NAME\" or \"credential:NAME\"",
        ))
    },
};

pub(super) static FILE: Form = Form {
    describe: "the path of a file",
    check: |s| match s.starts_with('~') {
        true => Err(tilde()),
        false => (TEXT.check)(s),
    },
};

fn tilde() -> Refusal {
    Refusal::new(
        "begins with ~, which means nothing here",
        "write the path in full, or from the site's folder, such as \"secrets/NAME\"",
    )
}

pub(super) static HOST: Form = Form {
    describe: "a name or an address alone",
    check: |s| {
        let name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        // What follows % is the network card of an address.
        let address = s.split('%').next().unwrap_or(s);
        if address.parse::<IpAddr>().is_ok() || (!s.is_empty() && s.chars().all(name)) {
            return Ok(());
        }
        Err(Refusal::new(
            format!("{} is not a server's name or address", shown(s)),
            "write the name or address alone, such as \"sftp.example.com\"; the account goes to user, the port to port, \
             folders to pull and push",
        ))
    },
};

pub(super) static EMAIL: Form = Form {
    describe: "an e-mail address",
    check: |s| {
        let good = s.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty() && host.contains('.') && !host.contains('@')
        });
        if good && !s.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Ok(());
        }
        Err(Refusal::new(
            format!("{} is not an e-mail address", shown(s)),
            "write one address such as \"hr-integrations@example.com\"",
        ))
    },
};

pub(super) static AFTER_PULL: Form = Form {
    describe: "\"delete\", \"keep\" or \"move:/folder\"",
    check: |s| {
        let moved = s
            .strip_prefix("move:")
            .is_some_and(|f| !f.trim().is_empty());
        if moved || matches!(s, "delete" | "keep") {
            return Ok(());
        }
        Err(Refusal::new(
            format!("{} is not known here", shown(s)),
            "write \"delete\", \"keep\" or \"move:/folder\"",
        ))
    },
};

pub(super) static HEADER_TEMPLATE: Form = Form {
    describe: "a line with {reference_id} and {date}",
    check: |s| template::check(s, &template::IN_HEADER),
};

pub(super) static TRAILER_TEMPLATE: Form = Form {
    describe: "a line with {count}, {employee_amount}, {employer_amount}, {reference_id} and {date}",
    check: |s| template::check(s, &template::IN_TRAILER),
};

pub(super) static MARKER_SUFFIX: Form = Form {
    describe: "an ending such as \".done\"",
    check: |s| {
        let good = s.len() > 1 && s.starts_with('.') && !s.contains('/');
        if good && !s.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Ok(());
        }
        Err(Refusal::new(
            format!("{} can't be the ending of a marker", shown(s)),
            "write an ending with its dot, such as \".done\"",
        ))
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(form: &Form, good: &[&str], bad: &[&str]) {
        for s in good {
            assert!((form.check)(s).is_ok(), "{s:?}");
        }
        for s in bad {
            assert!((form.check)(s).is_err(), "{s:?}");
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
        takes(&AFTER_PULL, &["keep", "move:/done"], &["move:", "remove"]);
        takes(&MARKER_SUFFIX, &[".done"], &["done", ".", "./x"]);
    }

    #[test]
    fn a_secret_is_never_shown() {
        for secret in ["hunter2", "hunter2\n", "~hunter2", "env:hunter2!"] {
            let refusal = (SECRET.check)(secret).unwrap_err();
            assert!(!format!("{refusal:?}").contains("hunter2"));
        }
    }
}
