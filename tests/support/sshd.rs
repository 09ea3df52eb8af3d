//! A real, throw-away `sshd` on the loopback interface.

// Two test programs share this file, and neither uses all of it.
#![allow(dead_code)]

use std::fs;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where `sshd` may be; it has to be started by its absolute path.
const PROGRAMS: [&str; 3] = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"];

/// What a server is started with.
#[derive(Clone, Copy)]
pub(super) struct Options<'a> {
    /// Types of its host keys, as `ssh-keygen -t` calls them.
    pub host_keys: &'a [&'a str],
    /// Lines at the start of its configuration; the first line for a keyword takes effect.
    pub config: &'a [&'a str],
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options {
            host_keys: &["ed25519"],
            config: &[],
        }
    }
}

/// A running server. The account that runs the tests signs in with one key and gets SFTP only. Ends when dropped.
pub(super) struct Sshd {
    folder: PathBuf,
    port: u16,
    kinds: Vec<String>,
    config: String,
    child: Option<Child>,
}

impl Sshd {
    /// Starts a server whose keys and configuration are in this folder; `None` where no `sshd` is installed.
    pub(super) fn start(folder: &Path) -> Option<Sshd> {
        Sshd::start_with(folder, Options::default())
    }

    /// The same with options.
    pub(super) fn start_with(folder: &Path, options: Options<'_>) -> Option<Sshd> {
        program()?;
        let mut sshd = Sshd {
            folder: folder.to_owned(),
            port: 0,
            kinds: options.host_keys.iter().map(|k| (*k).to_owned()).collect(),
            config: options.config.iter().flat_map(|l| [*l, "\n"]).collect(),
            child: None,
        };
        sshd.make_host_keys();
        keygen(&sshd.client_key(), "ed25519", "");
        let public = folder.join("client_key.pub");
        fs::copy(public, folder.join("authorized_keys")).expect("the client's key is let in");
        for _ in 0..5 {
            sshd.port = free_port();
            if sshd.launch() {
                sshd.write_known_hosts();
                return Some(sshd);
            }
        }
        panic!("sshd did not start:\n{}", sshd.log());
    }

    /// The port on 127.0.0.1.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The client's private key.
    pub(super) fn client_key(&self) -> PathBuf {
        self.folder.join("client_key")
    }

    /// A `known_hosts` file with the keys that the server had when it was started or that were last written.
    pub(super) fn known_hosts(&self) -> PathBuf {
        self.folder.join("known_hosts")
    }

    /// The file that says which keys are let in.
    pub(super) fn authorized_keys(&self) -> PathBuf {
        self.folder.join("authorized_keys")
    }

    /// The line of `known_hosts` for its host key of this type.
    pub(super) fn known_hosts_line(&self, kind: &str) -> String {
        let public = self.folder.join(format!("host_{kind}.pub"));
        let text = fs::read_to_string(public).expect("a public host key");
        let mut words = text.split(' ');
        let (name, key) = (words.next().expect("a type"), words.next().expect("a key"));
        format!("[127.0.0.1]:{} {name} {}\n", self.port, key.trim())
    }

    /// Writes the `known_hosts` file with the current keys.
    pub(super) fn write_known_hosts(&self) {
        let lines: String = self
            .kinds
            .iter()
            .map(|k| self.known_hosts_line(k))
            .collect();
        fs::write(self.known_hosts(), lines).expect("known_hosts");
    }

    /// What the server wrote about itself.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("sshd.log")).unwrap_or_default()
    }

    /// Ends the server and every connection to it.
    pub(super) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let sessions = below(child.id());
            kill(child.id());
            let _ = child.wait();
            sessions.into_iter().for_each(kill);
        }
    }

    /// Starts it again with the same port and keys.
    pub(super) fn start_again(&mut self) {
        self.stop();
        let until = Instant::now() + Duration::from_secs(10);
        while !self.launch() {
            assert!(Instant::now() < until, "no second start:\n{}", self.log());
        }
    }

    /// Starts it again with other host keys; the `known_hosts` file stays as it is.
    pub(super) fn new_host_key(&mut self) {
        self.stop();
        self.make_host_keys();
        self.start_again();
    }

    /// Cuts every connection; the server goes on.
    pub(super) fn kill_sessions(&self) {
        if let Some(child) = &self.child {
            below(child.id()).into_iter().for_each(kill);
        }
    }

    fn make_host_keys(&self) {
        for kind in &self.kinds {
            keygen(&self.folder.join(format!("host_{kind}")), kind, "");
        }
    }

    /// Whether it came up on its port.
    fn launch(&mut self) -> bool {
        let program = program().expect("sshd was there");
        if rustix::process::getuid().is_root() {
            // Where sshd keeps its unprivileged part.
            fs::create_dir_all("/run/sshd").expect("/run/sshd");
        }
        let at = self.folder.display();
        let mut keys = String::new();
        for kind in &self.kinds {
            keys += &format!("HostKey {at}/host_{kind}\n");
        }
        let config = format!(
            "{}ListenAddress 127.0.0.1\nPort {}\n{keys}PidFile none\nStrictModes no\nUsePAM no\nUseDNS no\n\
             PermitRootLogin prohibit-password\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             AuthorizedKeysFile {at}/authorized_keys\nMaxStartups 200\nMaxAuthTries 20\nLogLevel VERBOSE\n\
             Subsystem sftp internal-sftp\nForceCommand internal-sftp\n",
            self.config, self.port
        );
        let (path, log) = (
            self.folder.join("sshd_config"),
            self.folder.join("sshd.log"),
        );
        fs::write(&path, &config).expect("sshd_config");
        // Newer servers slow down clients that fail to sign in; older ones don't know the keyword.
        let lenient = ["-o", "PerSourcePenalties=no"];
        let test = Command::new(program)
            .args(["-t", "-f"])
            .arg(&path)
            .args(lenient)
            .output()
            .expect("sshd -t");
        let mut child = Command::new(program)
            .args(["-D", "-e", "-f"])
            .arg(&path)
            .args(lenient.iter().filter(|_| test.status.success()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).expect("a log"))
            .spawn()
            .expect("sshd");
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            if self.log().contains("Server listening on") {
                self.child = Some(child);
                return true;
            }
            if child.try_wait().expect("a child").is_some() || Instant::now() > until {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The account, the tests' own.
pub(super) fn user() -> String {
    let out = Command::new("id").arg("-un").output().expect("id");
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Makes a key pair; one that is there is replaced.
pub(super) fn keygen(path: &Path, kind: &str, passphrase: &str) {
    let _ = fs::remove_file(path);
    let bits: &[&str] = match kind {
        "rsa" => &["-b", "2048"],
        _ => &[],
    };
    let done = Command::new("ssh-keygen")
        .args(["-q", "-t", kind])
        .args(bits)
        .args(["-N", passphrase, "-C", "feedgate test", "-f"])
        .arg(path)
        .status()
        .expect("ssh-keygen");
    assert!(done.success(), "ssh-keygen -t {kind}");
}

/// Whether there is an `sshd`; where there isn't, the calling test is skipped.
pub(super) fn is_installed() -> bool {
    program().is_some()
}

fn program() -> Option<&'static str> {
    let found = PROGRAMS.into_iter().find(|p| Path::new(p).exists());
    if found.is_none() {
        crate::skipped::missing("sshd is not installed");
    }
    found
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

fn kill(id: u32) {
    use rustix::process::{Pid, Signal, kill_process};
    let id = i32::try_from(id).ok().and_then(Pid::from_raw);
    let _ = id.map(|pid| kill_process(pid, Signal::KILL));
}

/// The processes that a process started, and those that they started.
fn below(parent: u32) -> Vec<u32> {
    let mut pairs = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry
            .file_name()
            .to_str()
            .and_then(|n| n.parse::<u32>().ok())
        else {
            continue;
        };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // The name in brackets may hold anything; the state and the parent follow it.
        let after = stat.rsplit(')').next().unwrap_or_default();
        if let Some(above) = after
            .split_whitespace()
            .nth(1)
            .and_then(|p| p.parse::<u32>().ok())
        {
            pairs.push((id, above));
        }
    }
    let mut found = vec![parent];
    let mut at = 0;
    while let Some(above) = found.get(at).copied() {
        found.extend(pairs.iter().filter(|p| p.1 == above).map(|p| p.0));
        at += 1;
    }
    found.split_off(1)
}
