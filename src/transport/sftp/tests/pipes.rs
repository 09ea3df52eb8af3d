//! A stream to a real SFTP server over pipes, without SSH.

use crate::transport::byte_stream::{ByteStream, Connector};
use crate::transport::{Fault, FaultKind};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Where OpenSSH's server lies.
const PROGRAMS: [&str; 3] = [
    "/usr/lib/openssh/sftp-server",
    "/usr/libexec/sftp-server",
    "/usr/lib/ssh/sftp-server",
];

/// Starts a server for each stream.
pub(super) struct Pipes {
    program: &'static str,
    pub(super) arguments: Vec<&'static str>,
    /// The account it runs as, if not ours.
    pub(super) user: Option<u32>,
}

impl Pipes {
    /// `None` where no server is installed: the calling test is skipped.
    pub(super) fn find() -> Option<Pipes> {
        let program = PROGRAMS.into_iter().find(|p| Path::new(p).exists());
        if program.is_none() {
            crate::skipped::missing("sftp-server is not installed");
        }
        Some(Pipes {
            program: program?,
            arguments: Vec::new(),
            user: None,
        })
    }
}

impl Connector for Pipes {
    type Stream = Pipe;

    fn connect(&self) -> Result<Pipe, Fault> {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new(self.program);
        command
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        let mut child = command.spawn().expect("sftp-server");
        let (input, output) = (
            child.stdin.take().expect("a pipe"),
            child.stdout.take().expect("a pipe"),
        );
        let unblocked = |fd: &dyn AsFd| {
            let flags = fcntl_getfl(fd.as_fd()).expect("flags");
            fcntl_setfl(fd.as_fd(), flags | OFlags::NONBLOCK).expect("flags");
        };
        unblocked(&input);
        unblocked(&output);
        Ok(Pipe {
            child,
            input,
            output,
        })
    }
}

pub(super) struct Pipe {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
}

impl Drop for Pipe {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn moved(count: std::io::Result<usize>) -> Result<usize, Fault> {
    match count {
        Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Ok(0),
        Err(_) | Ok(0) => Err(Fault::new(
            FaultKind::Transient,
            "the server closed the connection",
        )),
        Ok(count) => Ok(count),
    }
}

impl ByteStream for Pipe {
    fn write(&mut self, out: &[u8]) -> Result<usize, Fault> {
        moved(self.input.write(out))
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Fault> {
        moved(self.output.read(into))
    }

    fn wait(&mut self, writing: bool, most: Duration) -> Result<(), Fault> {
        let mut fds = vec![PollFd::new(&self.output, PollFlags::IN)];
        if writing {
            fds.push(PollFd::new(&self.input, PollFlags::OUT));
        }
        let most = Timespec::try_from(most).expect("a short wait");
        let _ = poll(&mut fds, Some(&most));
        Ok(())
    }
}
