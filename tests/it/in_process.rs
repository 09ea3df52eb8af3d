//! Commands on a clock of the test, in the process of the test.

use crate::scenario::Scenario;
use chrono::{DateTime, Utc};
use std::cell::RefCell;
use std::ffi::OsString;
use std::io::{self, Write};
use std::rc::Rc;

/// What a command printed.
#[derive(Clone, Default)]
struct Printed(Rc<RefCell<Vec<u8>>>);

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a command line, the program's name included, on a site at a time: its exit code, and what it printed. Names of
/// CSV files stand for files of the site.
pub(crate) fn command(
    site: &Scenario,
    words: &[String],
    now: fn() -> DateTime<Utc>,
) -> (u8, String) {
    let place = |word: &String| match word.ends_with(".csv") {
        true => site.path(word).into(),
        false => OsString::from(word),
    };
    let mut line: Vec<OsString> = words.iter().map(place).collect();
    line.insert(1, site.path("feedgate.toml").into());
    line.insert(1, "--config".into());
    let printed = Printed::default();
    let code = feedgate::cli::main_at(&line, printed.clone(), now);
    let text = String::from_utf8(printed.0.borrow().clone()).expect("UTF-8");
    (code, text)
}
