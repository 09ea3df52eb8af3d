//! What a server says about itself when a connection begins.

use super::in_flight::{Operation, RequestSender, ServerFeatures};
use super::limits;
use super::reply::{self, Malformed, Reply, protocol_broken, unexpected_reply};
use super::request::{self, Request};
use crate::transport::fault::Fault;

/// One small request after the versions: what the server takes, if it can say so. The time to its reply is the round trip.
pub(super) struct Handshake {
    asked: bool,
    sync: bool,
    has_limits: bool,
    limits: [u64; 4],
}

impl Handshake {
    /// Reads the server's first packet.
    pub(super) fn new(packet: &[u8]) -> Result<Handshake, Fault> {
        let (version, extensions) = reply::version(packet).map_err(garbled)?;
        if version != request::VERSION {
            return Err(Fault::protocol(format!(
                "the server speaks SFTP version {version}; version 3 is needed"
            )));
        }
        let offers = |name: &[u8]| extensions.contains(&name);
        Ok(Handshake {
            asked: false,
            sync: offers(b"fsync@openssh.com"),
            has_limits: offers(b"limits@openssh.com"),
            limits: [0; 4],
        })
    }

    pub(super) fn features(&self) -> ServerFeatures {
        let [_, read, write, handles] = self.limits;
        let common = ServerFeatures::default();
        let piece = |stated: u64| match u32::try_from(stated) {
            Ok(0) => limits::COMMON_PIECE,
            Ok(n) => n.min(limits::LONGEST_PIECE),
            Err(_) => limits::LONGEST_PIECE,
        };
        ServerFeatures {
            sync: self.sync,
            exact_reads: read > 0,
            requests: match read {
                0 => common.requests,
                _ => limits::MORE_REQUESTS,
            },
            read: piece(read),
            write: piece(write),
            handles: match usize::try_from(handles) {
                Ok(0) | Err(_) => common.handles,
                Ok(n) => n.min(limits::MORE_HANDLES),
            },
        }
    }
}

impl Operation for Handshake {
    type Tag = ();

    fn send_next(&mut self, requests: &mut RequestSender<'_, ()>) -> bool {
        if self.asked {
            return false;
        }
        self.asked = true;
        let request = if self.has_limits {
            Request::Limits
        } else {
            Request::RealPath(b".")
        };
        requests.send((), request);
        true
    }

    fn on_reply(&mut self, (): (), reply: Reply<'_>) -> Result<(), Fault> {
        match reply {
            Reply::Extended(bytes) if self.has_limits => {
                self.limits = reply::server_limits(bytes).map_err(garbled)?;
                Ok(())
            }
            // A refusal gives the round trip, too.
            Reply::Status(..) => Ok(()),
            Reply::Names(_) if !self.has_limits => Ok(()),
            _ => Err(unexpected_reply()),
        }
    }
}

/// The fault of a server whose first bytes are no packet.
pub(super) fn garbled(found: Malformed) -> Fault {
    protocol_broken(&format!(
        "{}; if it prints a text at sign-in, that has to go",
        found.0
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::fault::FaultKind;

    fn hello(version: u32, extensions: &[&str]) -> Vec<u8> {
        let mut packet = vec![2];
        packet.extend(version.to_be_bytes());
        for text in extensions.iter().flat_map(|e| [*e, "1"]) {
            packet.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
            packet.extend(text.bytes());
        }
        packet
    }

    #[test]
    fn only_version_3_is_spoken() {
        assert!(Handshake::new(&hello(3, &[])).is_ok());
        for version in [0, 2, 4, u32::MAX] {
            let fault = Handshake::new(&hello(version, &[])).err().unwrap();
            assert_eq!(fault.kind, FaultKind::Protocol);
        }
        assert!(Handshake::new(b"Welcome to our server").is_err());
    }

    #[test]
    fn what_the_server_takes_is_kept_within_bounds() {
        let mut handshake = Handshake::new(&hello(3, &["limits@openssh.com"])).unwrap();
        assert_eq!(handshake.features().read, 32 << 10);
        let mut answer = Vec::new();
        for limit in [u64::MAX, u64::MAX, 100_000, 7] {
            answer.extend(limit.to_be_bytes());
        }
        handshake.on_reply((), Reply::Extended(&answer)).unwrap();
        let features = handshake.features();
        assert_eq!((features.read, features.write), (255 << 10, 100_000));
        assert_eq!((features.handles, features.sync), (7, false));
        assert!(handshake.on_reply((), Reply::Extended(b"short")).is_err());
        assert!(handshake.on_reply((), Reply::Data(b"")).is_err());
    }
}
