//! What a server says about itself when a connection begins.

use super::limits;
use super::reply::{self, Malformed, Reply};
use super::request::{self, Request};
use super::status::{broken, misfit};
use super::work::{Asking, Features, Work};
use crate::transport::{Fault, FaultKind};

/// One small question after the versions: what the server takes, where it can say so. The time to its answer is the
/// round trip.
pub(super) struct Greeting {
    asked: bool,
    sync: bool,
    has_limits: bool,
    limits: [u64; 4],
}

impl Greeting {
    /// Reads the server's first packet.
    pub(super) fn new(packet: &[u8]) -> Result<Greeting, Fault> {
        let (version, extensions) = reply::version(packet).map_err(garbled)?;
        if version != request::VERSION {
            return Err(Fault::new(
                FaultKind::Protocol,
                format!("the server speaks SFTP version {version}; version 3 is needed"),
            ));
        }
        let offers = |name: &[u8]| extensions.contains(&name);
        Ok(Greeting {
            asked: false,
            sync: offers(b"fsync@openssh.com"),
            has_limits: offers(b"limits@openssh.com"),
            limits: [0; 4],
        })
    }

    /// What the server can do.
    pub(super) fn features(&self) -> Features {
        let [_, read, write, handles] = self.limits;
        let piece = |said: u64| match usize::try_from(said) {
            Ok(0) => limits::COMMON_PIECE,
            Ok(n) => n.min(limits::LONGEST_PIECE),
            Err(_) => limits::LONGEST_PIECE,
        };
        let handles = match usize::try_from(handles) {
            Ok(0) | Err(_) => limits::HANDLES,
            Ok(n) => n.min(limits::MORE_HANDLES),
        };
        Features {
            sync: self.sync,
            exact: read > 0,
            requests: match read {
                0 => limits::REQUESTS,
                _ => limits::MORE_REQUESTS,
            },
            read: piece(read),
            write: piece(write),
            handles,
        }
    }
}

impl Work for Greeting {
    type Tag = ();

    fn ask(&mut self, asking: &mut Asking<'_, ()>) -> bool {
        if self.asked {
            return false;
        }
        self.asked = true;
        let question = if self.has_limits {
            Request::Limits
        } else {
            Request::RealPath(b".")
        };
        asking.ask((), question);
        true
    }

    fn take(&mut self, (): (), reply: Reply<'_>) -> Result<(), Fault> {
        match reply {
            Reply::Extended(bytes) if self.has_limits => {
                self.limits = reply::server_limits(bytes).map_err(garbled)?;
                Ok(())
            }
            // A server that doesn't answer the question has answered all the same.
            Reply::Status(..) => Ok(()),
            Reply::Names(_) if !self.has_limits => Ok(()),
            _ => Err(misfit()),
        }
    }
}

/// What comes first is no packet.
pub(super) fn garbled(found: Malformed) -> Fault {
    broken(&format!(
        "{found}; if it prints a text at sign-in, that has to go"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(version: u32, extensions: &[&str]) -> Vec<u8> {
        let mut packet = vec![2];
        packet.extend(version.to_be_bytes());
        for text in extensions.iter().flat_map(|e| [*e, "1"]) {
            packet.extend((text.len() as u32).to_be_bytes());
            packet.extend(text.bytes());
        }
        packet
    }

    #[test]
    fn only_version_3_is_spoken() {
        assert!(Greeting::new(&hello(3, &[])).is_ok());
        for version in [0, 2, 4, u32::MAX] {
            let fault = Greeting::new(&hello(version, &[])).err().unwrap();
            assert_eq!(fault.kind, FaultKind::Protocol);
        }
        assert!(Greeting::new(b"Welcome to our server").is_err());
    }

    #[test]
    fn what_the_server_takes_is_kept_within_bounds() {
        let mut greeting = Greeting::new(&hello(3, &["limits@openssh.com"])).unwrap();
        assert_eq!(greeting.features().read, 32 << 10);
        let mut answer = Vec::new();
        for limit in [u64::MAX, u64::MAX, 100_000, 7] {
            answer.extend(limit.to_be_bytes());
        }
        greeting.take((), Reply::Extended(&answer)).unwrap();
        let features = greeting.features();
        assert_eq!((features.read, features.write), (255 << 10, 100_000));
        assert_eq!((features.handles, features.sync), (7, false));
        assert!(greeting.take((), Reply::Extended(b"short")).is_err());
        assert!(greeting.take((), Reply::Data(b"")).is_err());
    }
}
