//! Moves files over SFTP with the program's own transport and prints the seconds it took:
//! `sftp_speed pull|push PORT KEY KNOWN_HOSTS SESSIONS THERE HERE`.
//!
//! Pulls or pushes every plain file of a folder, connecting included. `scripts/bench-sftp` compares it with others.

#![allow(clippy::pedantic)]

use feedgate::internal::transport::{
    Fault, FileTransfer, Place, SecretSource, SignIn, SshTarget, Timeouts, over_ssh,
};
use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [way, port, key, known_hosts, sessions, there, here] = &arguments[..] else {
        return Err("usage: sftp_speed pull|push PORT KEY KNOWN_HOSTS SESSIONS THERE HERE".into());
    };
    let target = SshTarget {
        endpoint: "bench".into(),
        host: "127.0.0.1".into(),
        port: port.parse()?,
        user: env::var("USER").unwrap_or_else(|_| "root".into()),
        sign_in: SignIn::Key {
            key: SecretSource::File(PathBuf::from(key)),
            passphrase: None,
        },
        known_hosts: PathBuf::from(known_hosts),
        widen: Vec::new(),
        timeouts: Timeouts::default(),
        stop: Default::default(),
    };
    let began = Instant::now();
    let mut place = over_ssh(target, sessions.parse()?);
    place.connect()?;
    if env::var_os("VERBOSE").is_some() {
        eprintln!("connected {:.3}", began.elapsed().as_secs_f64());
    }
    let results = match way.as_str() {
        "pull" => pull(&mut *place, there, Path::new(here))?,
        _ => push(&mut *place, there, Path::new(here))?,
    };
    results.into_iter().collect::<Result<(), Fault>>()?;
    println!("{:.3}", began.elapsed().as_secs_f64());
    Ok(())
}

type Results = Result<Vec<Result<(), Fault>>, Box<dyn Error>>;

fn pull(place: &mut dyn Place, there: &str, here: &Path) -> Results {
    let mut files = Vec::new();
    for entry in place.list(there.as_bytes())? {
        let name = String::from_utf8(entry.name)?;
        let local = here.join(&name);
        files.push(FileTransfer {
            path: format!("{there}/{name}").into_bytes(),
            size: entry.size,
            local: Box::new(move || File::create(local)),
        });
    }
    Ok(place.fetch(files))
}

fn push(place: &mut dyn Place, there: &str, here: &Path) -> Results {
    let mut files = Vec::new();
    for entry in fs::read_dir(here)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|_| "a name")?;
        let local = entry.path();
        files.push(FileTransfer {
            path: format!("{there}/{name}").into_bytes(),
            size: entry.metadata()?.len(),
            local: Box::new(move || File::open(local)),
        });
    }
    Ok(place.send(files))
}
