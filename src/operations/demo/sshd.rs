//! An `sshd` for the demonstration: a throw-away host key, a port of its own, one key to sign in with.
//! It runs as the user of this process and ends with it. It confines no account; a real server does (docs/sftp.md).

use super::super::error::{OperationError, Result};
use super::super::init::write_new;
use crate::spool::{Disk, PRIVATE, create_folder, create_new, user_name};
use std::fmt;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long the server may take to start.
const START_WITHIN: Duration = Duration::from_secs(10);

pub(super) struct Sshd {
    child: Child,
    /// Its port on the loopback address.
    pub(super) port: u16,
    /// The user that signs in.
    pub(super) user: String,
    home: PathBuf,
}

impl Sshd {
    /// Starts a server whose keys and log are in `home`, which is created.
    pub(super) fn start(home: &Path) -> Result<Sshd> {
        let program = program()?;
        let us = rustix::process::geteuid();
        if us.is_root() {
            // Where root's sshd keeps its unprivileged half; missing until its service has run once.
            let _ = create_folder(Path::new("/run/sshd"));
        }
        let made = Disk::new().make_folder(home, PRIVATE);
        made.map_err(failed("make the server's folder"))?;
        let port = free_port()?;
        let host = key(&home.join("host"))?;
        let authorized = key(&home.join("client"))?;
        for (name, text) in [
            ("authorized", authorized),
            ("sshd_config", config(home, port)),
            ("known_hosts", format!("[127.0.0.1]:{port} {host}")),
        ] {
            write_new(&home.join(name), text.as_bytes())?;
        }
        let log = create_new(&home.join("log")).map_err(failed("write the server's log"))?;
        let child = Command::new(program)
            .args(["-D", "-e", "-f"])
            .arg(home.join("sshd_config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(failed("start sshd"))?;
        let user = user_name(us.as_raw());
        let mut server = Sshd {
            child,
            port,
            user: user.ok_or_else(|| OperationError::failed("this user has no name"))?,
            home: home.to_owned(),
        };
        server.await_start()?;
        Ok(server)
    }

    /// The private key that signs in.
    pub(super) fn client_key(&self) -> PathBuf {
        self.home.join("client")
    }

    /// The file with the server's host key.
    pub(super) fn known_hosts(&self) -> PathBuf {
        self.home.join("known_hosts")
    }

    /// Runs a batch of OpenSSH's `sftp`.
    pub(super) fn sftp(&self, batch: &str) -> Result<()> {
        let known = format!("UserKnownHostsFile=\"{}\"", self.known_hosts().display());
        let mut client = Command::new("sftp")
            .args(["-q", "-b", "-", "-F", "none", "-o", "IdentitiesOnly=yes"])
            .arg("-i")
            .arg(self.client_key())
            .args(["-o", &known, "-P", &self.port.to_string()])
            .arg(format!("{}@127.0.0.1", self.user))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed("run sftp"))?;
        let mut to = client.stdin.take().expect("its input is piped");
        to.write_all(batch.as_bytes()).map_err(failed("run sftp"))?;
        drop(to);
        let ended = client.wait_with_output().map_err(failed("run sftp"))?;
        if ended.status.success() {
            return Ok(());
        }
        Err(OperationError::failed(format_args!(
            "sftp failed: {}; the server's log is {}",
            complaint(&ended),
            self.home.join("log").display()
        )))
    }

    fn await_start(&mut self) -> Result<()> {
        let began = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            let ended = self.child.try_wait().ok().flatten();
            if ended.is_some() || began.elapsed() > START_WITHIN {
                let log = std::fs::read_to_string(self.home.join("log")).unwrap_or_default();
                return Err(OperationError::failed(format_args!(
                    "sshd did not start: {}",
                    log.lines().last().unwrap_or("it said nothing")
                )));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from);
    let mut folders = std::env::split_paths(&path).chain(usual);
    let found = folders.find_map(|f| Some(f.join("sshd")).filter(|p| p.is_file()));
    found.ok_or_else(|| {
        OperationError::usage(
            "there is no sshd on this machine; install it (`apt-get install openssh-server`; its own service may stay off), or run `feedgate demo` without --sftp",
        )
    })
}

fn config(home: &Path, port: u16) -> String {
    let home = home.display();
    format!(
        "# Made by `feedgate demo --sftp`.
ListenAddress 127.0.0.1:{port}
HostKey \"{home}/host\"
AuthorizedKeysFile \"{home}/authorized\"
PidFile none
UsePAM no
UseDNS no
StrictModes no
AuthenticationMethods publickey
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
ForceCommand internal-sftp
DisableForwarding yes
PermitTTY no
LogLevel VERBOSE
"
    )
}

/// Makes a key pair. Returns the line of the public key.
fn key(path: &Path) -> Result<String> {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "demonstration", "-f"])
        .arg(path)
        .stdin(Stdio::null())
        .output();
    match made {
        Ok(made) if made.status.success() => {
            std::fs::read_to_string(path.with_extension("pub")).map_err(failed("read a public key"))
        }
        Ok(made) => Err(OperationError::failed(format_args!(
            "ssh-keygen failed: {}",
            complaint(&made)
        ))),
        Err(e) => Err(OperationError::failed(format_args!(
            "can't run ssh-keygen: {e}; install OpenSSH's client (`apt-get install openssh-client`)"
        ))),
    }
}

fn free_port() -> Result<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(failed("find a free port"))
}

fn complaint(ended: &Output) -> String {
    String::from_utf8_lossy(&ended.stderr).trim().to_owned()
}

fn failed<E: fmt::Display>(what: &'static str) -> impl Fn(E) -> OperationError {
    move |error| OperationError::failed(format_args!("can't {what}: {error}"))
}
