//! SFTP servers of partners, for fetching source files and for sending published files.

use crate::config::checker::{Given, table};
use crate::config::compound::{List, Mapped, filled, list, table};
use crate::config::diagnostics::Problem;
use crate::config::forms::{AnyOf, Bool, Int, Text, Words, words};
use crate::config::validators::{DURATION, FILE, HOST, NAME, SECRET, TEXT};
use crate::domain::{OPTIONAL_ALGORITHMS, Published};
use std::path::PathBuf;
use std::time::Duration;

table! {
    /// An SFTP server that files are fetched from or sent to.
    pub(crate) struct Endpoint(name: String = Given::name) {
        host: String = required(HOST, "\"sftp.example.com\""),
            "The server: its name or address alone, without `sftp://`, account or port.";
        port: u16 = default(Int(1, 65_535), "22"),
            "Its port.";
        user: String = required(TEXT, "\"acme\""),
            "The account there.";
        auth: Auth = required(table::<Auth>(), "{ agent = true }"),
            "How to sign in: exactly one of key, password and agent. Secrets are never in this file.";
        host_keys: PathBuf = required(FILE, "\"secrets/known_hosts\""),
            "File with the server's host keys, which `feedgate trust` writes; there is no switch to accept any key.";
        widen: Vec<String> = default(list(AnyOf(&OPTIONAL_ALGORITHMS)), "[]"),
            "SSH algorithms offered to this server besides the usual ones.";
        sessions: usize = default(Int(1, 16), "8"),
            "Connections at the same time, at most; more than one are only used where that is faster. If the server \
             refuses some, the others go on; write 1 if its owner allows one.";
    }
}

table! {
    /// How to sign in, in exactly one way. Each text says where a secret is: a file, `env:NAME` or `credential:NAME`.
    pub(crate) struct Auth {
        key: Option<String> = optional(SECRET),
            "The private key, not the one that ends with `.pub`.";
        passphrase: Option<String> = optional(SECRET),
            "The key's passphrase.";
        password: Option<String> = optional(SECRET),
            "The account's password.";
        agent: bool = default(Bool, "false"),
            "Whether a key agent signs in.";
    }
}

table! {
    pub(crate) struct Pull {
        endpoint: String = required(NAME, "\"plansource\""),
            "The endpoint.";
        folder: String = required(TEXT, "\"/outbound/deductions\""),
            "The folder there: from the server's root if it begins with `/`, else from the folder that the account \
             starts in.";
        every: Duration = default(DURATION, "\"5m\""),
            "Time between two looks.";
        after: AfterPull = required(AFTER_PULL, "\"delete\""),
            "What becomes of a fetched file on the server: `delete`, `move:/folder`, or `keep` (then it is fetched \
             once).";
    }
}

/// What becomes of a fetched file on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AfterPull {
    Delete,
    Keep,
    /// It is moved to this folder.
    Move(String),
}

const AFTER_PULL: Text<AfterPull> = Text {
    words: "\"delete\", \"keep\" or \"move:/folder\"",
    read: |s| match (s, s.strip_prefix("move:")) {
        ("delete", _) => Ok(AfterPull::Delete),
        ("keep", _) => Ok(AfterPull::Keep),
        (_, Some(folder)) if !folder.trim().is_empty() => Ok(AfterPull::Move(folder.to_owned())),
        _ => {
            let hint = "write \"delete\", \"keep\" or \"move:/folder\"";
            Err(Problem::of(s, "is not known here", hint))
        }
    },
};

table! {
    pub(crate) struct Push {
        endpoint: String = required(NAME, "\"plansource\""),
            "The endpoint.";
        folder: String = required(TEXT, "\"/inbound/demographics\""),
            "The folder there: from the server's root if it begins with `/`, else from the folder that the account \
             starts in.";
        files: Vec<Published> = default(PUBLISHED, "[\"output\"]"),
            "Which published files are sent: `output`, `errors` (error files, rejects files, lists of what holds a file, and answers to corrections), `receipts`.";
    }
}

/// What is for those who correct records goes together.
type FileKinds = &'static [Published];

const PUBLISHED: Mapped<List<Words<FileKinds>>, Vec<FileKinds>, Vec<Published>> = Mapped(
    filled(words(&[
        ("output", &[Published::Output]),
        (
            "errors",
            &[
                Published::Errors,
                Published::Rejects,
                Published::RejectsTable,
                Published::Held,
                Published::Answer,
            ],
        ),
        ("receipts", &[Published::Receipt]),
    ])),
    |kinds| kinds.concat(),
);

#[cfg(test)]
mod tests {
    use super::AFTER_PULL;

    #[test]
    fn a_fetched_file_is_deleted_kept_or_moved() {
        for good in ["delete", "keep", "move:/done"] {
            assert!((AFTER_PULL.read)(good).is_ok(), "{good:?}");
        }
        for bad in ["move:", "remove"] {
            assert!((AFTER_PULL.read)(bad).is_err(), "{bad:?}");
        }
    }
}
