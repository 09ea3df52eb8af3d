//! What every command is given, and where it prints. If the reader goes away (`feedgate runs | head`), the output is dropped and the command continues.

use super::CliError;
use crate::operations::{self, Site};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::fmt;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;

/// The printed output of one command.
pub(super) struct Out {
    to: Box<dyn Write>,
    gone: bool,
    colours: bool,
}

impl Out {
    /// Standard output; in colour on a terminal, unless `NO_COLOR` is set.
    pub(super) fn standard() -> Out {
        let stdout = io::stdout();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        Out {
            colours: stdout.is_terminal() && !plain,
            to: Box::new(BufWriter::new(stdout)),
            gone: false,
        }
    }

    /// Any other writer, without colours.
    pub(super) fn plain(to: impl Write + 'static) -> Out {
        Out {
            to: Box::new(to),
            gone: false,
            colours: false,
        }
    }

    /// Whether words may be coloured.
    pub(super) fn colours(&self) -> bool {
        self.colours
    }

    /// A value as indented JSON.
    pub(super) fn json<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CliError> {
        let mut text = serde_json::to_vec_pretty(value).map_err(io::Error::from)?;
        text.push(b'\n');
        Ok(self.write_all(&text)?)
    }
}

/// What every command is given.
pub(super) struct Context<'a> {
    /// The configuration file as named.
    pub(super) file: PathBuf,
    /// Whether to print JSON.
    pub(super) json: bool,
    /// Where to print.
    pub(super) out: &'a mut Out,
    /// The clock of tests; the real one otherwise.
    pub(super) clock: Option<fn() -> DateTime<Utc>>,
}

impl<'a> Context<'a> {
    pub(super) fn new(file: PathBuf, json: bool, out: &'a mut Out) -> Context<'a> {
        Context {
            file,
            json,
            out,
            clock: None,
        }
    }

    /// Prints a result, as JSON or for people, and returns the exit code 0.
    pub(super) fn show<T: Serialize + ?Sized>(
        &mut self,
        result: &T,
        print: impl FnOnce(&T, &mut Out) -> Result<(), CliError>,
    ) -> Result<u8, CliError> {
        if self.json {
            self.out.json(result)?;
        } else {
            print(result, self.out)?;
        }
        Ok(0)
    }

    /// The site of the configuration; every mistake in it otherwise.
    pub(super) fn site(&self) -> Result<Site, CliError> {
        Ok(self.on_its_clock(operations::open_site(&self.file)?))
    }

    /// The site, for a command that shows what the ledger knows: also where the configuration has mistakes, which a line
    /// tells then.
    pub(super) fn site_to_look(&self) -> Result<Site, CliError> {
        let site = self.on_its_clock(operations::open_site_to_look(&self.file)?);
        if let Some(unsure) = site.config.unsure() {
            say(format_args!("feedgate: {unsure}"));
        }
        Ok(site)
    }

    /// The site, for a command that makes files in it: root is refused at the site of another user.
    pub(super) fn own_site(&self) -> Result<Site, CliError> {
        Ok(self.on_its_clock(operations::open_own_site(&self.file)?))
    }

    fn on_its_clock(&self, site: Site) -> Site {
        match self.clock {
            Some(clock) => site.with_clock(clock),
            None => site,
        }
    }
}

/// Prints to standard error. A failure to do so can't be reported anywhere.
pub(super) fn say(text: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.gone {
            return Ok(bytes.len());
        }
        match self.to.write(bytes) {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(bytes.len())
            }
            other => other,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gone {
            return Ok(());
        }
        match self.to.flush() {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(())
            }
            other => other,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::Out;
    use std::cell::RefCell;
    use std::io::{self, Write};
    use std::rc::Rc;

    /// What was printed.
    #[derive(Clone, Default)]
    pub(in crate::cli) struct Printed(Rc<RefCell<Vec<u8>>>);

    impl Printed {
        pub(in crate::cli) fn out(&self) -> Out {
            Out::plain(self.clone())
        }

        pub(in crate::cli) fn text(&self) -> String {
            String::from_utf8(self.0.borrow().clone()).expect("UTF-8")
        }
    }

    impl Write for Printed {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Failing(io::ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn a_reader_who_has_gone_is_no_error_but_a_full_disk_is() {
        let mut gone = Out::plain(Failing(io::ErrorKind::BrokenPipe));
        writeln!(gone, "a line").expect("dropped");
        gone.flush().expect("dropped");
        let mut full = Out::plain(Failing(io::ErrorKind::StorageFull));
        assert!(writeln!(full, "a line").is_err());
    }
}
