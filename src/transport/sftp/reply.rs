//! Replies read from bytes, and the faults they mean. A server writes them: every length is checked, nothing is taken on
//! trust.

use super::limits;
use crate::transport::fault::{Fault, FaultKind, UNSAID};

const VERSION: u8 = 2;
const STATUS: u8 = 101;
const HANDLE: u8 = 102;
const DATA: u8 = 103;
const NAME: u8 = 104;
const ATTRS: u8 = 105;
const EXTENDED_REPLY: u8 = 201;

/// What is wrong with a packet that doesn't keep to the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

impl From<Malformed> for Fault {
    fn from(malformed: Malformed) -> Fault {
        protocol_broken(malformed.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply<'p> {
    /// With the server's own words.
    Status(StatusCode, &'p [u8]),
    /// An open file or folder.
    Handle(&'p [u8]),
    Data(&'p [u8]),
    /// Entries of a folder.
    Names(NameList<'p>),
    Attributes(Attributes),
    /// The reply to a request of an extension.
    Extended(&'p [u8]),
}

/// What a file is, as far as the server says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    pub(super) size: Option<u64>,
    /// Kind and permissions, as `st_mode`.
    pub(super) mode: Option<u32>,
    /// Unix seconds of the server's clock.
    pub(super) modified: Option<u32>,
}

/// Entries of a folder, read one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NameList<'p> {
    left: u32,
    rest: PacketFields<'p>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NameEntry<'p> {
    pub(super) name: &'p [u8],
    /// The line that the server would show a person.
    pub(super) line: &'p [u8],
    pub(super) attributes: Attributes,
}

/// The length of the packet that bytes begin with, its length field included; `None`: that isn't known yet.
pub(super) fn length(bytes: &[u8]) -> Result<Option<usize>, Malformed> {
    let Some(field) = bytes.first_chunk::<4>() else {
        return Ok(None);
    };
    match u32::from_be_bytes(*field) as usize {
        0..5 => Err(Malformed("a packet is too short")),
        n if n > limits::PACKET => Err(Malformed("a packet is too long")),
        n => Ok(Some(4 + n)),
    }
}

/// The first packet that bytes hold whole, without its length field.
pub(super) fn packet(bytes: &[u8]) -> Result<Option<&[u8]>, Malformed> {
    Ok(length(bytes)?.and_then(|length| bytes.get(4..length)))
}

/// Reads a packet, given without its length field, as the reply to the request of the id that is returned.
pub(super) fn read(packet: &[u8]) -> Result<(u32, Reply<'_>), Malformed> {
    let mut fields = PacketFields(packet);
    let kind = fields.byte()?;
    let id = fields.number()?;
    let reply = match kind {
        STATUS => {
            let code = StatusCode::from(fields.number()?);
            // Early servers say nothing more.
            Reply::Status(code, fields.text(limits::PACKET).unwrap_or_default())
        }
        HANDLE => Reply::Handle(fields.text(limits::HANDLE)?),
        DATA => Reply::Data(fields.text(limits::PACKET)?),
        NAME => Reply::Names(NameList {
            left: fields.number()?,
            rest: fields,
        }),
        ATTRS => Reply::Attributes(fields.attributes()?),
        EXTENDED_REPLY => Reply::Extended(fields.0),
        _ => return Err(Malformed("a packet is of no known kind")),
    };
    Ok((id, reply))
}

/// Reads the server's first packet, given without its length field: its version and the names of its extensions.
pub(super) fn version(packet: &[u8]) -> Result<(u32, Vec<&[u8]>), Malformed> {
    let mut fields = PacketFields(packet);
    if fields.byte()? != VERSION {
        return Err(Malformed("the first packet is not its version"));
    }
    let (version, mut names) = (fields.number()?, Vec::new());
    while !fields.0.is_empty() {
        names.push(fields.text(limits::PACKET)?);
        fields.text(limits::PACKET)?;
    }
    Ok((version, names))
}

/// Reads the reply to `limits@openssh.com`: the longest packet, READ and WRITE, and the most open files; 0: no limit.
pub(super) fn server_limits(bytes: &[u8]) -> Result<[u64; 4], Malformed> {
    let mut fields = PacketFields(bytes);
    let mut limits = [0; 4];
    for limit in &mut limits {
        *limit = fields.long()?;
    }
    Ok(limits)
}

impl<'p> NameList<'p> {
    /// How many entries the server says are left.
    pub(super) fn left(&self) -> u32 {
        self.left
    }

    pub(super) fn next(&mut self) -> Result<Option<NameEntry<'p>>, Malformed> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        Ok(Some(NameEntry {
            name: self.rest.text(limits::NAME)?,
            line: self.rest.text(limits::PACKET)?,
            attributes: self.rest.attributes()?,
        }))
    }
}

/// The fields of a packet that are still to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PacketFields<'p>(&'p [u8]);

impl<'p> PacketFields<'p> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self
            .0
            .split_first_chunk::<N>()
            .ok_or(Malformed("a packet ends within a number"))?;
        self.0 = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        Ok(self.take::<1>()?[0])
    }

    fn number(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_be_bytes(self.take()?))
    }

    fn long(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_be_bytes(self.take()?))
    }

    fn text(&mut self, most: usize) -> Result<&'p [u8], Malformed> {
        let length = self.number()? as usize;
        if length > most {
            return Err(Malformed("a name or handle is too long"));
        }
        let (text, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(Malformed("a packet ends within a text"))?;
        self.0 = rest;
        Ok(text)
    }

    fn attributes(&mut self) -> Result<Attributes, Malformed> {
        const SIZE: u32 = 1;
        const OWNER: u32 = 2;
        const MODE: u32 = 4;
        const TIMES: u32 = 8;
        const EXTENDED: u32 = 1 << 31;
        let (flags, mut found) = (self.number()?, Attributes::default());
        if flags & !(SIZE | OWNER | MODE | TIMES | EXTENDED) != 0 {
            return Err(Malformed("attributes of no known kind"));
        }
        if flags & SIZE != 0 {
            found.size = Some(self.long()?);
        }
        if flags & OWNER != 0 {
            self.long()?;
        }
        if flags & MODE != 0 {
            found.mode = Some(self.number()?);
        }
        if flags & TIMES != 0 {
            self.number()?;
            found.modified = Some(self.number()?);
        }
        if flags & EXTENDED != 0 {
            // Each takes bytes, so their number is bounded by the packet.
            for _ in 0..self.number()? {
                self.text(limits::PACKET)?;
                self.text(limits::PACKET)?;
            }
        }
        Ok(found)
    }
}

impl Attributes {
    /// Whether it is a plain file; `None`: the server doesn't say.
    pub(super) fn plain(&self) -> Option<bool> {
        const KIND: u32 = 0o170_000;
        const PLAIN: u32 = 0o100_000;
        self.mode.map(|m| m & KIND == PLAIN)
    }
}

/// How a request went, sorted by what the caller does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StatusCode {
    Fine,
    /// End of the file or listing.
    End,
    Missing,
    Denied,
    BadMessage,
    /// The server has lost the connection to what it serves from.
    Lost,
    Unsupported,
    /// Anything else: version 3 has no words for a full disk or a name that is taken.
    Failure,
}

impl From<u32> for StatusCode {
    fn from(number: u32) -> StatusCode {
        match number {
            0 => StatusCode::Fine,
            1 => StatusCode::End,
            2 => StatusCode::Missing,
            3 => StatusCode::Denied,
            5 => StatusCode::BadMessage,
            6 | 7 => StatusCode::Lost,
            8 => StatusCode::Unsupported,
            _ => StatusCode::Failure,
        }
    }
}

impl StatusCode {
    /// The fault that a status means. The server's own words may repeat names or worse, so they only select a hint.
    pub(super) fn fault(self, words: &[u8]) -> Fault {
        let (kind, what) = match self {
            StatusCode::Missing => (FaultKind::Missing, "nothing has that name on the server"),
            StatusCode::Denied => (
                FaultKind::Denied,
                "the server does not let this account do that",
            ),
            StatusCode::Lost => (
                FaultKind::Transient,
                "the server has lost the connection to its files",
            ),
            StatusCode::Unsupported => (FaultKind::Protocol, "the server can not do that"),
            StatusCode::BadMessage => return protocol_broken("it does not understand a request"),
            StatusCode::Fine | StatusCode::End => return unexpected_reply(),
            StatusCode::Failure => return failed(words),
        };
        Fault::new(kind, what)
    }

    pub(super) fn ok(self, words: &[u8]) -> Result<(), Fault> {
        match self {
            StatusCode::Fine => Ok(()),
            code => Err(code.fault(words)),
        }
    }
}

pub(super) fn protocol_broken(how: &str) -> Fault {
    Fault::protocol(format!(
        "the server does not keep to the SFTP protocol: {how}"
    ))
}

pub(super) fn unexpected_reply() -> Fault {
    protocol_broken("an answer does not fit its request")
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
    Fault::transient(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_by_what_comes_next() {
        let kind = |n: u32| StatusCode::from(n).fault(b"").kind;
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
        let said =
            StatusCode::Failure.fault(b"/in/123-45-6789.csv: No space left on device\x1b[2J");
        assert_eq!(
            said.what,
            "the server failed and says that its disk is full"
        );
        let said = StatusCode::Denied.fault(b"/in/123-45-6789.csv");
        assert!(!said.what.contains("6789"));
    }
}
