//! Uploads by common clients: each file is taken once and complete, as soon as it is complete.

use super::{ACME, Server, have, succeeds, well};
use crate::daemon::Daemon;
use crate::people::{csv, person};
use crate::scenario::{DEMOGRAPHIC, Scenario};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Files take far less when something proves them whole; by waiting for them to settle they take 50 s.
const PROMPT: Duration = Duration::from_secs(20);
/// Records in the larger file of a client: some 300 KiB.
const MANY: usize = 2000;

/// Two files of a client, without people of any other client.
fn pair(server: &Server, client: &str, first: usize) -> [String; 2] {
    let people =
        |from: usize, count: usize| -> Vec<_> { (from..from + count).map(person).collect() };
    [("small", 1, first), ("large", MANY, first + 1)].map(|(size, count, from)| {
        let name = format!("{client}-{size}.csv");
        server.file(&name, csv(&people(from, count)));
        name
    })
}

/// Both files of a client were taken unchanged and promptly.
#[track_caller]
fn taken(site: &Scenario, server: &Server, names: &[String], since: Instant) {
    for (name, count) in names.iter().zip([1, MANY]) {
        let stem = name.trim_end_matches(".csv");
        let receipt = site.receipt(stem);
        assert_eq!(receipt["status"], "Completed", "{receipt}");
        assert_eq!(receipt["records_processed"], count, "{name}");
    }
    assert!(since.elapsed() < PROMPT, "{:?}: {names:?}", since.elapsed());
    // The receipt comes before the source goes to the archive.
    site.rests();
    for name in names {
        let sent = std::fs::read(server.local(name)).expect("sent");
        let archive = crate::scenario::files(&site.path("archive"));
        let same = archive
            .iter()
            .filter(|path| std::fs::read(path).is_ok_and(|b| b == sent));
        assert_eq!(same.count(), 1, "{name} in the archive");
    }
}

#[track_caller]
fn all_once(site: &Scenario, files: usize) {
    site.rests();
    let delivered = site.delivered(DEMOGRAPHIC);
    assert_eq!(delivered.len(), files / 2 * (MANY + 1));
    assert!(delivered.values().all(|times| *times == 1));
    let told = site.events(&[]);
    let odd = |e: &&serde_json::Value| e["action"] == "not taken";
    assert_eq!(told.iter().find(odd), None);
}

/// Uploads two files under the given names.
type Upload<'a> = &'a dyn Fn(&[String; 2]);

/// Runs a test with the server and a function that uploads the files of a client and awaits their receipts. At the
/// end each file must have been taken exactly once.
fn with_uploads(test: impl FnOnce(&Server, &mut dyn FnMut(&str, Upload))) {
    let Some((site, server)) = Server::with_site() else {
        return;
    };
    let daemon = Daemon::start(&site);
    let mut files = 0;
    let mut sent = |client: &str, upload: Upload| {
        let names = pair(&server, client, 10_000 + MANY * files);
        let since = Instant::now();
        upload(&names);
        taken(&site, &server, &names, since);
        files += 2;
    };
    test(&server, &mut sent);
    all_once(&site, files);
    daemon.stop();
}

fn lftp(server: &Server, commands: &str) -> Command {
    let ssh = format!(
        "ssh -a -x -F none -i {} -o IdentitiesOnly=yes -o UserKnownHostsFile={}",
        server.key(ACME).display(),
        server.known_hosts().display()
    );
    let mut command = Command::new("lftp");
    command.current_dir(server.here.path());
    command.env("HOME", server.here.path());
    command.args([
        "-c",
        &format!(
            "set sftp:connect-program '{ssh}'; set net:max-retries 1; open -u {ACME}, sftp://127.0.0.1:{}; {commands}",
            server.port()
        ),
    ]);
    command
}

fn rclone(server: &Server, names: &[String]) -> Command {
    let mut command = Command::new("rclone");
    command.current_dir(server.here.path());
    command.args(["--config", "/dev/null", "--sftp-host", "127.0.0.1"]);
    command.args(["--sftp-port", &server.port(), "--sftp-user", ACME]);
    command.arg("--sftp-key-file").arg(server.key(ACME));
    command
        .arg("--sftp-known-hosts-file")
        .arg(server.known_hosts());
    // As docs/sftp.md says: the file may have been taken when it would set its time.
    command.args([
        "--sftp-set-modtime=false",
        "--sftp-disable-hashcheck",
        "--retries",
        "1",
    ]);
    for name in names {
        command.args(["--include", name]);
    }
    command.args(["copy", ".", ":sftp:/inbound"]);
    command
}

#[test]
fn files_written_under_their_final_names_are_taken_when_they_are_closed() {
    with_uploads(|server, sent| {
        sent("sftp", &|names| {
            let puts = names.iter().map(|n| format!("put {n} /inbound/{n}\n"));
            well(server.sftp(ACME, &puts.collect::<String>()));
        });
        sent("scp", &|names| {
            let mut scp = server.openssh("scp", ACME);
            scp.args(names).arg(format!("{ACME}@127.0.0.1:/inbound/"));
            succeeds(scp);
        });
        if have("lftp") {
            sent("lftp", &|names| {
                let puts = format!("mput -O /inbound {}", names.join(" "));
                succeeds(lftp(server, &puts));
            });
        }
        if have("rclone") {
            sent("rclone", &|names| {
                succeeds(rclone(server, names));
            });
        }
        if super::have_paramiko() {
            sent("paramiko", &|names| {
                // Without confirm=False it would ask for the size of a file that may have been taken.
                let puts = names
                    .iter()
                    .map(|n| format!("sftp.put({n:?}, '/inbound/{n}', confirm=False)\n"));
                succeeds(server.paramiko(ACME, &puts.collect::<String>()));
            });
        }
    });
}

#[test]
fn files_renamed_into_place_are_taken_then() {
    with_uploads(|server, sent| {
        sent("sftp", &|names| {
            let moves = names.iter().map(|n| {
                format!("put {n} /inbound/{n}.part\nrename /inbound/{n}.part /inbound/{n}\n")
            });
            well(server.sftp(ACME, &moves.collect::<String>()));
        });
        if have("lftp") {
            sent("lftp", &|names| {
                let puts = format!(
                    "set xfer:use-temp-file yes; mput -O /inbound {}",
                    names.join(" ")
                );
                succeeds(lftp(server, &puts));
            });
        }
        if super::have_paramiko() {
            // The server carries out `rename` by linking, `posix_rename` by renaming.
            for how in ["rename", "posix_rename"] {
                sent(&format!("paramiko-{how}"), &|names| {
                    let moves = names.iter().map(|n| {
                        format!(
                            "sftp.put({n:?}, '/inbound/{n}.filepart')\nsftp.{how}('/inbound/{n}.filepart', '/inbound/{n}')\n"
                        )
                    });
                    succeeds(server.paramiko(ACME, &moves.collect::<String>()));
                });
            }
        }
    });
}

#[test]
fn a_slow_upload_is_taken_after_its_close_and_not_before() {
    let Some((site, server)) = Server::with_site() else {
        return;
    };
    if !super::have_paramiko() {
        return;
    }
    // Shorter than the pauses: time alone would take it too early.
    let file = site.path("feedgate.toml");
    let toml = std::fs::read_to_string(&file).expect("read");
    std::fs::write(file, toml.replace("settle = \"50s\"", "settle = \"1s\"")).expect("written");
    let daemon = Daemon::start(&site);
    let all: Vec<_> = (1..=40).map(person).collect();
    let text = csv(&all);
    server.file("slow.csv", &text);
    let mut child = server
        .paramiko(
            ACME,
            r"
data = open('slow.csv', 'rb').read()
with sftp.open('/inbound/slow.csv', 'wb') as file:
    for part in range(4):
        file.write(data[len(data) * part // 4:len(data) * (part + 1) // 4])
        file.flush()
        print('part', flush=True)
        sys.stdin.readline()
",
        )
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut go_on = child.stdin.take().expect("piped");
    let mut parts = BufReader::new(child.stdout.take().expect("piped")).lines();
    for _ in 0..4 {
        parts.next().expect("a part").expect("read");
        daemon.leaves_what_waits(DEMOGRAPHIC);
        assert!(site.inbox(DEMOGRAPHIC).join("slow.csv").exists());
        assert!(site.published("slow", "receipt").is_empty());
        go_on.write_all(b"\n").expect("told");
    }
    assert!(child.wait().expect("ends").success());
    let receipt = site.receipt("slow");
    assert_eq!(receipt["records_accepted"], 40, "{receipt}");
    site.rests();
    daemon.stop();
}
