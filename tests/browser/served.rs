//! A demonstration whose dashboard is served by the real program.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A served demonstration; it ends with the test.
pub(super) struct Served {
    child: Child,
    /// The addresses that sign in, by role; each works once.
    pub(super) links: BTreeMap<String, String>,
    folder: TempDir,
}

impl Served {
    pub(super) fn demo() -> Served {
        let folder = tempfile::tempdir().expect("folder");
        let mut child = Command::new(env!("CARGO_BIN_EXE_feedgate"))
            .args(["demo", "--serve", "--json"])
            .arg(folder.path().join("site"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        // The runs come first, as a list, then the links, as an object.
        let printed = Arc::<Mutex<String>>::default();
        let (reader, into) = (child.stdout.take().expect("piped"), Arc::clone(&printed));
        thread::spawn(move || {
            for line in BufReader::new(reader).lines().map_while(Result::ok) {
                *into.lock().expect("printed") += &(line + "\n");
            }
        });
        let links = wait_for("the links", || {
            let text = printed.lock().expect("printed").clone();
            let mut values = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
            values.next()?.ok()?;
            serde_json::from_value(values.next()?.ok()?).ok()
        });
        Served {
            child,
            links,
            folder,
        }
    }

    /// Where the pages are.
    pub(super) fn base(&self) -> &str {
        let (base, _) = self.links["admin"].split_once("/sign-in/").expect("a link");
        base
    }

    pub(super) fn site(&self) -> PathBuf {
        self.folder.path().join("site")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How long anything may take at most. Tests wait for what they want to see, not for this time.
const AT_MOST: Duration = Duration::from_secs(60);

/// Looks until there is something to see.
pub(super) fn wait_for<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    look_at_most(AT_MOST, look).unwrap_or_else(|| panic!("waited for {what}"))
}

/// Looks until there is something to see, or the time is over.
pub(super) fn look_at_most<T>(within: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    loop {
        let found = look();
        if found.is_some() || began.elapsed() > within {
            return found;
        }
        thread::sleep(Duration::from_millis(50));
    }
}
