//! A run stopped, or failed, before every single durable step ends in the same files and the same ledger.

use chrono::{DateTime, Utc};
use feedgate::config;
use feedgate::domain::{ReferenceId, RunStatus};
use feedgate::run::{self, Quiet, Request, Site};
use feedgate::spool::{Disk, Faults};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const CONFIG: &str = r#"
[site]
timezone = "America/New_York"
[[plan_year]]
start = 2026-01-01
end = 2026-12-31
[integration.people]
kind = "demographic"
guards = { max_error_count = 2 }
output = { done_marker = true }
[integration.pay]
kind = "deduction"
"#;

const HEAD: &str =
    "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status\n";

/// Four people; one record is faulty, two share an SSN with nobody, one stands twice.
fn people() -> String {
    let row = |n: u32, status: &str| {
        format!("S{n},user{n}x,52134{n:04},Ann,Lee,1990-01-0{n},2020-01-01,{status}\n")
    };
    [
        HEAD,
        &row(1, "A"),
        &row(2, "A"),
        &row(2, "A"),
        &row(3, "??"),
        &row(4, "L"),
    ]
    .concat()
}

/// Three faulty records: over the guard.
fn held() -> String {
    let row = |n: u32| format!("S{n},user{n}x,000-12-000{n},Ann,Lee,1990-01-01,2020-01-01,A\n");
    [HEAD, &row(5), &row(6), &row(7)].concat()
}

const PAY: &str = "subscriber_id,username,ssn,deduction_code,employee_amount,effective_date\n\
    S1,user1x,521-34-0001,MED,10.00,2026-11-01\nS9,user9x,521-34-0009,MED,1.00,2026-11-01\n";

fn clock() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_170_000, 0).expect("a moment")
}

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Bench {
        // In memory where there is such a folder: what is tested is the order of steps, not the disk.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            tempfile::tempdir_in(memory)
        } else {
            tempfile::tempdir()
        };
        let folder = folder.expect("folder");
        let root = folder.path().to_owned();
        fs::write(root.join("feedgate.toml"), CONFIG).expect("configuration");
        let bench = Bench { folder };
        bench.drop_file("people", "a.csv", &people(), 40);
        bench.drop_file("people", "b.csv", &people(), 30);
        bench.drop_file("people", "c.csv", &held(), 20);
        bench.drop_file("pay", "pay.csv", PAY, 10);
        fs::create_dir(root.join("state")).expect("state");
        fs::set_permissions(
            root.join("state"),
            std::os::unix::fs::PermissionsExt::from_mode(0o700),
        )
        .expect("mode");
        let key = root.join("state/key");
        fs::write(&key, [7u8; 16]).expect("key");
        fs::set_permissions(key, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .expect("mode");
        bench
    }

    fn drop_file(&self, integration: &str, name: &str, text: &str, seconds_old: u64) {
        let inbound = self.folder.path().join("inbound").join(integration);
        fs::create_dir_all(&inbound).expect("inbound");
        let path = inbound.join(name);
        fs::write(&path, text).expect("file");
        let file = fs::File::options().write(true).open(path).expect("file");
        let old = SystemTime::now() - Duration::from_secs(seconds_old);
        file.set_modified(old).expect("time");
    }

    fn site(&self, disk: Disk) -> Site {
        let loaded = config::load(&self.folder.path().join("feedgate.toml"));
        Site::new(loaded.expect("configuration")).with(disk, clock)
    }

    /// Everything a user of the site would do; stops at the first failure.
    fn act(&self, disk: Disk) -> (Result<(), String>, u64) {
        let site = self.site(disk);
        let result = self.steps(&site);
        (result, site.steps())
    }

    fn steps(&self, site: &Site) -> Result<(), String> {
        for name in ["people", "pay"] {
            let request = Request {
                name: name.to_owned(),
                ..Request::default()
            };
            let ended = run::run(site, &request, &Quiet).map_err(|e| e.to_string())?;
            ended.failure.map_or(Ok(()), |e| Err(e.to_string()))?;
        }
        for n in 1..9 {
            let reference = ReferenceId::new("20261119", n);
            let held = run::rejects(site, &reference, None).is_ok()
                && self.status(&reference) == Some(RunStatus::Held.to_string());
            if held {
                run::release(site, &reference, "seen", &Quiet).map_err(|e| e.to_string())?;
            }
        }
        Ok(())
    }

    fn ledger(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join("state/ledger.db")).expect("ledger")
    }

    fn status(&self, reference: &ReferenceId) -> Option<String> {
        let sql = "SELECT status FROM runs WHERE reference = ?1";
        self.ledger()
            .query_row(sql, [reference.as_str()], |row| row.get(0))
            .ok()
    }

    /// Every file outside the ledger, and every row of the ledger.
    fn picture(&self) -> BTreeMap<String, String> {
        let mut picture = BTreeMap::new();
        files(self.folder.path(), &mut |path| {
            let name = path
                .strip_prefix(self.folder.path())
                .expect("inside")
                .display()
                .to_string();
            if !name.starts_with("state/") {
                let bytes = fs::read(path).expect("file");
                picture.insert(name, String::from_utf8_lossy(&bytes).into_owned());
            }
        });
        let connection = self.ledger();
        for table in [
            "runs",
            "roster",
            "deductions",
            "rejections",
            "findings",
            "events",
        ] {
            let mut statement = connection
                .prepare(&format!("SELECT * FROM {table}"))
                .expect("table");
            let columns = statement.column_count();
            let mut rows = statement.query([]).expect("rows");
            let mut n = 0;
            while let Some(row) = rows.next().expect("row") {
                let cells = (0..columns).map(|i| format!("{:?}", row.get_ref(i).expect("cell")));
                // The folder's own name is in the stored paths.
                let line = cells.collect::<Vec<_>>().join(" ");
                picture.insert(
                    format!("{table} {n}"),
                    line.replace(&self.bytes_of_root(), "ROOT"),
                );
                n += 1;
            }
        }
        picture
    }

    /// The folder's path as `Debug` shows the bytes of a text cell.
    fn bytes_of_root(&self) -> String {
        let root = self.folder.path().canonicalize().expect("folder");
        let bytes: Vec<String> = root
            .to_string_lossy()
            .bytes()
            .map(|b| b.to_string())
            .collect();
        bytes.join(", ")
    }
}

fn files(folder: &Path, found: &mut dyn FnMut(&PathBuf)) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .expect("folder")
        .map(|e| e.expect("entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else {
            found(&path);
        }
    }
}

fn differences(want: &BTreeMap<String, String>, got: &BTreeMap<String, String>) -> Vec<String> {
    let names = want.keys().chain(got.keys());
    let mut out: Vec<String> = names
        .filter(|name| want.get(*name) != got.get(*name))
        .map(|name| format!("{name}: {:?} / {:?}", want.get(name), got.get(name)))
        .collect();
    out.sort();
    out.dedup();
    out
}

fn undisturbed() -> (BTreeMap<String, String>, u64) {
    let bench = Bench::new();
    let (result, steps) = bench.act(Disk::new());
    assert_eq!(result, Ok(()));
    assert!(
        steps > 100,
        "only {steps} steps: do they all pass the seam?"
    );
    (bench.picture(), steps)
}

#[test]
fn stopped_before_any_step() {
    let (want, steps) = undisturbed();
    assert!(
        want.keys().any(|k| k.ends_with(".output.csv.done")),
        "{:?}",
        want.keys()
    );
    for step in 1..=steps {
        let bench = Bench::new();
        let (stopped, _) = bench.act(Disk::with_faults(Faults::StopAt(step)));
        assert!(stopped.is_err(), "step {step} of {steps} did not stop");
        let (result, _) = bench.act(Disk::new());
        assert_eq!(result, Ok(()), "after a stop before step {step}");
        let differs = differences(&want, &bench.picture());
        assert!(
            differs.is_empty(),
            "after a stop before step {step}: {differs:#?}"
        );
    }
}

#[test]
fn failed_at_any_step() {
    const ENOSPC: i32 = 28;
    let (want, steps) = undisturbed();
    for step in 1..=steps {
        let bench = Bench::new();
        let (failed, _) = bench.act(Disk::with_faults(Faults::FailAt(step, ENOSPC)));
        assert!(failed.is_err(), "step {step} of {steps} did not fail");
        let (result, _) = bench.act(Disk::new());
        assert_eq!(result, Ok(()), "after a full disk at step {step}");
        let differs = differences(&want, &bench.picture());
        assert!(
            differs.is_empty(),
            "after a full disk at step {step}: {differs:#?}"
        );
    }
}
