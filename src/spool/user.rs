//! Names of the system's users. The environment is never asked who we are: `USER` is whatever its setter likes.

use std::process::{Command, Stdio};

/// The programs that know users of every source that the system is configured for, such as a directory server. By their
/// full paths: a search path is part of the environment.
const GETENT: [&str; 2] = ["/usr/bin/getent", "/bin/getent"];

/// A user's name on this system: from `/etc/passwd`, else from the other sources of the system.
pub(crate) fn user_name(uid: u32) -> Option<String> {
    let known = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    named(&known, uid).or_else(|| named(&other_sources(uid)?, uid))
}

fn named(known: &str, uid: u32) -> Option<String> {
    let number = uid.to_string();
    known.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    })
}

/// The line of `getent passwd UID`; `None` where the system has no such program or knows no such user.
fn other_sources(uid: u32) -> Option<String> {
    let asked = GETENT.iter().find_map(|program| {
        let mut command = Command::new(program);
        command.args(["passwd", &uid.to_string()]).env_clear();
        let quiet = command.stdin(Stdio::null()).stderr(Stdio::null());
        quiet.output().ok()
    })?;
    String::from_utf8(asked.stdout).ok()
}

/// A user as named in sentences where the name may be unknown: the name, or `uid 1003`.
fn named_or_number(uid: u32) -> String {
    user_name(uid).unwrap_or_else(|| format!("uid {uid}"))
}

/// Who this process acts as: the name of its user, and behind `for` who called it through sudo.
pub(crate) fn acting_user() -> String {
    let sudo = std::env::var("SUDO_UID").ok();
    acting_as(rustix::process::getuid().as_raw(), sudo.as_deref())
}

/// `sudo` is the number of its caller as sudo leaves it in the environment. Only the name before `for` is the system's
/// word; who may act as that user can claim to do it for anyone.
fn acting_as(uid: u32, sudo: Option<&str>) -> String {
    let name = named_or_number(uid);
    match sudo.and_then(|caller| caller.parse().ok()) {
        Some(caller) if caller != uid => format!("{name} for {}", named_or_number(caller)),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::{acting_as, named, user_name};

    #[test]
    fn a_number_has_the_name_that_the_system_gives_it() {
        let known =
            "root:x:0:0:root:/root:/bin/sh\nada:x:1003:1003::/home/ada:/bin/sh\n:x:7::\nshort\n";
        assert_eq!(named(known, 1003).as_deref(), Some("ada"));
        assert_eq!(named(known, 7), None);
        assert_eq!(named(known, 100), None);
        assert_eq!(user_name(0).as_deref(), Some("root"));
        assert_eq!(user_name(4_000_000_000), None);
    }

    #[test]
    fn who_called_sudo_stands_behind_the_user_of_the_process() {
        assert_eq!(acting_as(0, None), "root");
        assert_eq!(acting_as(0, Some("4000000000")), "root for uid 4000000000");
        for nothing in ["0", "", "ada", "-1"] {
            assert_eq!(acting_as(0, Some(nothing)), "root");
        }
        assert_eq!(
            acting_as(4_000_000_000, Some("0")),
            "uid 4000000000 for root"
        );
    }
}
