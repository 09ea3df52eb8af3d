//! Malicious senders on SFTP: what they put into inbound is answered or reported, and blocks no other sender.

use super::{ACME, OTHER, Server, succeeds, well};
use crate::daemon::{Daemon, wait_at_most};
use crate::people::{csv, deduction, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC};
use std::time::Duration;

/// Number of tiny files uploaded together.
const MANY: usize = 1000;

#[test]
fn strange_names_and_folders_are_told_of_and_the_good_file_is_taken() {
    let Some((site, server)) = Server::with_site() else {
        return;
    };
    if !super::have_paramiko() {
        return;
    }
    let daemon = Daemon::start(&site);
    server.file("good.csv", csv(&[person(1)]));
    succeeds(server.paramiko(
        ACME,
        r"
import os
good = open('good.csv', 'rb').read()
for name in ['two\nlines.csv', 'bidi\u202egnp.csv', '-rf.csv', 'bell\x07.csv', 'x' * 200 + '.csv', 'back\\slash.csv']:
    with sftp.open('/inbound/' + name, 'wb') as file:
        file.write(good.replace(b'\n', b'\n\n', 1))
sftp.mkdir('/inbound/folder.csv')
with sftp.open('/inbound/folder.csv/inside.csv', 'wb') as file:
    file.write(good)
for refused in [lambda: sftp.symlink('/etc/passwd', '/inbound/link.csv'), lambda: sftp.open('/inbound/../../..' + os.getcwd() + '/escaped', 'wb')]:
    try:
        refused()
    except IOError:
        continue
    sys.exit('not refused')
sftp.chmod('/inbound', 0o2777)
with sftp.open('/inbound/good.csv', 'wb') as file:
    file.write(good)
",
    ));
    assert_eq!(site.receipt("good")["records_accepted"], 1);
    site.event("not taken", "folder");
    wait_at_most(Duration::from_secs(20), "nothing but the folder", || {
        let left = std::fs::read_dir(site.inbox(DEMOGRAPHIC)).expect("listed");
        (left.count() == 1).then_some(())
    });
    let log = daemon.stop();
    let odd = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!log.contains(odd), "{log:?}");
    for path in site.tree() {
        assert!(!path.contains(odd), "{path:?}");
    }
    assert!(!server.local("escaped").exists());
}

#[test]
fn a_thousand_tiny_files_hold_up_nobody_else() {
    let Some((site, server)) = Server::with_site() else {
        return;
    };
    let roster = site.roster("roster.csv", csv(&[person(1)]));
    assert_eq!(roster.code, 0);
    let daemon = Daemon::start(&site);
    let flood = server.local("flood");
    std::fs::create_dir(&flood).expect("folder");
    for n in 0..MANY {
        std::fs::write(flood.join(format!("{n:04}.csv")), "x").expect("written");
    }
    server.file("ours.csv", csv(&[deduction(1)]));
    let put = "lcd flood\nput * /inbound\n";
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| well(server.sftp(ACME, put)));
        let flooded = || std::fs::read_dir(site.inbox(DEMOGRAPHIC)).is_ok_and(|f| f.count() > 50);
        wait_at_most(Duration::from_secs(20), "the flood", || {
            flooded().then_some(())
        });
        let mut other = server.openssh("sftp", OTHER);
        let batch = server.file("other.batch", "put ours.csv /inbound/ours.csv\n");
        other.arg("-b").arg(batch).arg(format!("{OTHER}@127.0.0.1"));
        succeeds(other);
        let receipt = site.receipt("ours");
        assert_eq!(receipt["records_processed"], 1, "{receipt}");
        sender.join().expect("sent");
    });
    assert!(site.inbox(DEDUCTION).is_dir());
    daemon.stop();
}
