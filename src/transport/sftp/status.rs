//! Status codes, sorted by what the caller does next.

use crate::transport::{Fault, FaultKind, UNSAID};

/// How a request went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// Well.
    Fine,
    /// There is no more.
    End,
    /// Nothing has that name.
    Missing,
    /// The account may not do that.
    Denied,
    /// The server didn't understand the request.
    BadMessage,
    /// The server has lost what it serves from.
    Lost,
    /// The server can't do that.
    Unsupported,
    /// Anything else: version 3 has no words for a full disk or a name that is taken.
    Failure,
}

impl From<u32> for Code {
    fn from(number: u32) -> Code {
        match number {
            0 => Code::Fine,
            1 => Code::End,
            2 => Code::Missing,
            3 => Code::Denied,
            5 => Code::BadMessage,
            6 | 7 => Code::Lost,
            8 => Code::Unsupported,
            _ => Code::Failure,
        }
    }
}

/// The fault that a status means. The server's own words may repeat names or worse; only what they hint at is said.
pub(super) fn fault(code: Code, words: &[u8]) -> Fault {
    match code {
        Code::Missing => Fault::new(FaultKind::Missing, "nothing has that name on the server"),
        Code::Denied => Fault::new(
            FaultKind::Denied,
            "the server does not let this account do that",
        ),
        Code::Lost => Fault::new(
            FaultKind::Transient,
            "the server has lost the connection to its files",
        ),
        Code::Unsupported => Fault::new(FaultKind::Protocol, "the server can not do that"),
        Code::BadMessage => broken("it does not understand a request"),
        Code::Fine | Code::End => broken("an answer does not fit its request"),
        Code::Failure => failed(words),
    }
}

/// The server breaks the protocol.
pub(super) fn broken(how: &str) -> Fault {
    Fault::new(
        FaultKind::Protocol,
        format!("the server does not keep to the SFTP protocol: {how}"),
    )
}

/// The answer doesn't fit the request.
pub(super) fn misfit() -> Fault {
    fault(Code::Fine, b"")
}

fn failed(words: &[u8]) -> Fault {
    const HINTS: [(&str, &str); 7] = [
        ("no space", "its disk is full"),
        ("disk full", "its disk is full"),
        ("quota", "the account's quota is used up"),
        ("read-only", "it serves files for reading only"),
        ("read only", "it serves files for reading only"),
        ("locked", "the file is in use there"),
        ("in use", "the file is in use there"),
    ];
    let words = String::from_utf8_lossy(&words[..words.len().min(256)]).to_lowercase();
    let hint = HINTS.iter().find(|(word, _)| words.contains(word));
    let what = hint.map_or_else(
        || UNSAID.to_owned(),
        |(_, meaning)| format!("the server failed and says that {meaning}"),
    );
    Fault::new(FaultKind::Transient, what)
}

/// The same fault for another item.
pub(super) fn copy(fault: &Fault) -> Fault {
    fault.copy()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_by_what_comes_next() {
        let kind = |n: u32| fault(Code::from(n), b"").kind;
        assert_eq!(kind(2), FaultKind::Missing);
        assert_eq!(kind(3), FaultKind::Denied);
        assert_eq!(kind(4), FaultKind::Transient);
        assert_eq!(kind(5), FaultKind::Protocol);
        assert_eq!([kind(6), kind(7)], [FaultKind::Transient; 2]);
        assert_eq!(kind(8), FaultKind::Protocol);
        assert_eq!(kind(4_000_000_000), FaultKind::Transient);
    }

    #[test]
    fn the_servers_words_are_never_repeated() {
        let said = fault(
            Code::Failure,
            b"/in/123-45-6789.csv: No space left on device\x1b[2J",
        );
        assert_eq!(
            said.what,
            "the server failed and says that its disk is full"
        );
        let said = fault(Code::Denied, b"/in/123-45-6789.csv");
        assert!(!said.what.contains("6789"));
    }
}
