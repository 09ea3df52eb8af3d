//! An `sshd` for the demonstration: a throw-away host key, a port of its own, a key per login.
//! It runs as the user of this process and ends with it. It confines nobody; a real server does (docs/sftp.md).

use crate::cli::Stop;
use crate::cli::init::write_new;
use std::fs::{DirBuilder, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long the server may take to answer.
const START_WITHIN: Duration = Duration::from_secs(10);

/// Who signs in.
#[derive(Clone, Copy)]
pub(super) struct Login {
    /// The name of the key.
    pub(super) name: &'static str,
    /// Whether it may only read.
    pub(super) reads: bool,
}

/// A running server.
pub(super) struct Sshd {
    child: Child,
    /// Its port on the loopback address.
    pub(super) port: u16,
    /// The user that signs in with every key.
    pub(super) user: String,
    home: PathBuf,
}

impl Sshd {
    /// Starts a server whose keys and log are in `home`, which is made.
    pub(super) fn start(home: &Path, logins: &[Login]) -> Result<Sshd, Stop> {
        let program = program()?;
        if rustix::process::geteuid().is_root() {
            // Where root's sshd keeps its unprivileged half; missing until its service has run once.
            let _ = std::fs::create_dir_all("/run/sshd");
        }
        DirBuilder::new()
            .mode(0o700)
            .create(home)
            .map_err(|e| Stop::failed(format_args!("can't make the server's folder: {e}")))?;
        let home = home
            .canonicalize()
            .map_err(|e| Stop::failed(format_args!("can't find the server's folder: {e}")))?;
        key(&home.join("host"))?;
        let mut authorized = String::new();
        for login in logins {
            key(&home.join(login.name))?;
            let public = read(&home.join(format!("{}.pub", login.name)))?;
            let reads = if login.reads { " -R" } else { "" };
            authorized.push_str(&format!(
                "restrict,command=\"internal-sftp{reads}\" {public}"
            ));
        }
        write_new(&home.join("authorized"), authorized.as_bytes())?;
        let port = free_port()?;
        let config = config(&home, port);
        write_new(&home.join("sshd_config"), config.as_bytes())?;
        let public = read(&home.join("host.pub"))?;
        let known = format!("[127.0.0.1]:{port} {public}");
        write_new(&home.join("known_hosts"), known.as_bytes())?;
        let log = File::create(home.join("log"))
            .map_err(|e| Stop::failed(format_args!("can't write the server's log: {e}")))?;
        let child = Command::new(program)
            .args(["-D", "-e", "-f"])
            .arg(home.join("sshd_config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|e| Stop::failed(format_args!("can't start sshd: {e}")))?;
        let mut server = Sshd {
            child,
            port,
            user: user()?,
            home,
        };
        server.await_answer()?;
        Ok(server)
    }

    /// The private key of a login.
    pub(super) fn key(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }

    /// The file with the server's host key.
    pub(super) fn known_hosts(&self) -> PathBuf {
        self.home.join("known_hosts")
    }

    /// Runs a batch of OpenSSH's `sftp` with a login's key.
    pub(super) fn sftp(&self, name: &str, batch: &str) -> Result<(), Stop> {
        let failed = |e| Stop::failed(format_args!("can't run sftp: {e}"));
        let mut client = Command::new("sftp")
            .args(["-q", "-b", "-", "-o", "IdentitiesOnly=yes", "-i"])
            .arg(self.key(name))
            .arg("-o")
            .arg(format!(
                "UserKnownHostsFile=\"{}\"",
                self.known_hosts().display()
            ))
            .args(["-F", "none", "-P", &self.port.to_string()])
            .arg(format!("{}@127.0.0.1", self.user))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        if let Some(mut to) = client.stdin.take() {
            to.write_all(batch.as_bytes()).map_err(failed)?;
        }
        let ended = client.wait_with_output().map_err(failed)?;
        if ended.status.success() {
            return Ok(());
        }
        Err(Stop::failed(format_args!(
            "sftp failed: {}; the server's log is {}",
            String::from_utf8_lossy(&ended.stderr).trim(),
            self.home.join("log").display()
        )))
    }

    fn await_answer(&mut self) -> Result<(), Stop> {
        let began = Instant::now();
        loop {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
            let mut greeting = [0; 4];
            if let Ok(mut line) = TcpStream::connect_timeout(&address, START_WITHIN)
                && line.set_read_timeout(Some(START_WITHIN)).is_ok()
                && line.read_exact(&mut greeting).is_ok()
                && greeting == *b"SSH-"
            {
                return Ok(());
            }
            let ended = self.child.try_wait().ok().flatten();
            if ended.is_some() || began.elapsed() > START_WITHIN {
                let log = std::fs::read_to_string(self.home.join("log")).unwrap_or_default();
                return Err(Stop::failed(format_args!(
                    "sshd did not start: {}",
                    log.lines().last().unwrap_or("it said nothing")
                )));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        // Gone already is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> Result<PathBuf, Stop> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from);
    let mut folders = std::env::split_paths(&path).chain(usual);
    let found = folders.find_map(|f| Some(f.join("sshd")).filter(|p| p.is_file()));
    found.ok_or_else(|| {
        Stop::usage(
            "there is no sshd on this machine; install it (`apt-get install openssh-server`; its own service may stay off), or run `feedgate demo` without --sftp"
                .to_owned(),
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
DisableForwarding yes
PermitTTY no
LogLevel VERBOSE
"
    )
}

fn key(path: &Path) -> Result<(), Stop> {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "demonstration", "-f"])
        .arg(path)
        .stdin(Stdio::null())
        .output();
    match made {
        Ok(made) if made.status.success() => Ok(()),
        Ok(made) => Err(Stop::failed(format_args!(
            "ssh-keygen failed: {}",
            String::from_utf8_lossy(&made.stderr).trim()
        ))),
        Err(e) => Err(Stop::failed(format_args!(
            "can't run ssh-keygen: {e}; install OpenSSH's client (`apt-get install openssh-client`)"
        ))),
    }
}

fn read(path: &Path) -> Result<String, Stop> {
    std::fs::read_to_string(path)
        .map_err(|e| Stop::failed(format_args!("can't read {}: {e}", path.display())))
}

fn free_port() -> Result<u16, Stop> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|e| Stop::failed(format_args!("no port is free: {e}")))
}

fn user() -> Result<String, Stop> {
    let told = Command::new("id").arg("-un").output();
    let told = told.map_err(|e| Stop::failed(format_args!("can't run id: {e}")))?;
    Ok(String::from_utf8_lossy(&told.stdout).trim().to_owned())
}
