//! A partner's server, and a site that has it as an endpoint.

use crate::daemon::wait_at_most;
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use crate::site_folder::{folder_in_memory, names};
use crate::sshd::{self, Options, Sshd};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

/// Files are whole under their names.
pub(super) const RENAMED: &str = "complete = { by = \"rename\" }";
/// Time limit for anything the daemon does without help. It polls every second.
pub(super) const SOON: Duration = Duration::from_secs(15);

/// A running server with folders of its own.
pub(super) struct Partner {
    pub sshd: Sshd,
    /// Goes with it.
    _keys: TempDir,
    there: TempDir,
}

impl Partner {
    /// Starts one; `None` where no `sshd` is installed.
    pub(super) fn start() -> Option<Partner> {
        Partner::start_with(&[])
    }

    /// The same with lines for its configuration.
    pub(super) fn start_with(config: &[&str]) -> Option<Partner> {
        let (keys, there) = (folder_in_memory(), folder_in_memory());
        let options = Options {
            config,
            ..Options::default()
        };
        let sshd = Sshd::start_with(keys.path(), options)?;
        Some(Partner {
            sshd,
            _keys: keys,
            there,
        })
    }

    /// A path on the server.
    pub(super) fn path(&self, inside: &str) -> PathBuf {
        self.there.path().join(inside)
    }

    /// Makes a folder on the server.
    pub(super) fn make(&self, inside: &str) -> PathBuf {
        let folder = self.path(inside);
        fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    /// Puts a file there, renamed into place.
    pub(super) fn put(&self, inside: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(inside);
        let part = path.with_file_name(".upload.part");
        fs::write(&part, bytes).expect("written");
        fs::rename(part, path).expect("renamed");
    }

    /// Names in a folder there, in order.
    pub(super) fn names(&self, inside: &str) -> Vec<String> {
        let folder = self.path(inside);
        assert!(folder.is_dir(), "no folder {}", folder.display());
        names(&folder)
    }

    /// Writes the keys of the endpoint of this name into a site; gives its part of the configuration.
    pub(super) fn endpoint(&self, site: &Scenario, name: &str) -> String {
        let secrets = site.path("secrets");
        fs::create_dir_all(&secrets).expect("a folder");
        let key = secrets.join(format!("{name}_key"));
        fs::copy(self.sshd.client_key(), &key).expect("a key");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("a mode");
        self.put_on_record(site, name);
        format!(
            "[endpoint.{name}]\nhost = \"127.0.0.1\"\nport = {}\nuser = \"{}\"\n\
             auth = {{ key = \"secrets/{name}_key\" }}\nhost_keys = \"secrets/{name}_hosts\"\n",
            self.sshd.port(),
            sshd::user()
        )
    }

    /// Puts the server's host key on record.
    pub(super) fn put_on_record(&self, site: &Scenario, name: &str) {
        let hosts = site.path(format!("secrets/{name}_hosts"));
        fs::copy(self.sshd.known_hosts(), hosts).expect("known hosts");
    }

    /// A site whose endpoint `partner` this is. In `more`, `THERE` is the folder of the server's folders.
    pub(super) fn site(&self, complete: &str, more: &str) -> Scenario {
        let site = Scenario::new()
            .and_keys(DEMOGRAPHIC, complete)
            .and_keys(DEDUCTION, complete);
        site.inbox(DEMOGRAPHIC);
        site.inbox(DEDUCTION);
        let endpoint = self.endpoint(&site, "partner");
        let more = more.replace("THERE", &self.there.path().to_string_lossy());
        site.and_config(&format!(
            "[daemon]\nscan_interval = \"1s\"\nstop_within = \"1s\"\n{endpoint}{more}"
        ))
    }
}

/// A pull of the demographic integration from the folder `out`.
pub(super) fn pulls(after: &str) -> String {
    format!(
        "[integration.{DEMOGRAPHIC}.pull]\nendpoint = \"partner\"\nfolder = \"THERE/out\"\nevery = \"1s\"\nafter = \"{after}\"\n"
    )
}

/// A push of the demographic integration to the folder `in`.
pub(super) fn pushes(files: &str) -> String {
    format!(
        "[integration.{DEMOGRAPHIC}.push]\nendpoint = \"partner\"\nfolder = \"THERE/in\"\nfiles = [{files}]\n"
    )
}

impl Scenario {
    /// The state of an endpoint in `status --json`.
    pub(crate) fn endpoint(&self, name: &str) -> Value {
        let told = self.feedgate(&["status", "--json"]);
        let endpoints = told.summary()["endpoints"].as_array().cloned();
        let mut endpoints = endpoints.unwrap_or_default().into_iter();
        let found = endpoints.find(|e| e["name"] == name);
        found.unwrap_or_else(|| panic!("no endpoint {name}: {told:?}"))
    }

    /// Waits until an endpoint is in this state.
    #[track_caller]
    pub(crate) fn endpoint_is(&self, name: &str, state: &str) {
        let look = || (self.endpoint(name)["state"] == state).then_some(());
        wait_at_most(SOON, &format!("{name} {state}"), look);
    }

    /// `feedgate transfer` of the partner.
    pub(crate) fn transfer(&self) -> Outcome {
        self.feedgate(&["transfer", "partner", "--wait"])
    }

    /// All runs, oldest first: the names of their source files.
    pub(crate) fn judged(&self) -> Vec<String> {
        let told = self.feedgate(&["runs", "--json", "--limit", "1000"]);
        let name = |run: &Value| {
            run["source_files"][0]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        told.summaries.iter().rev().map(name).collect()
    }
}

/// Waits until there are names in a folder of the server that fit.
#[track_caller]
pub(super) fn there(partner: &Partner, folder: &str, what: &str, fits: impl Fn(&[String]) -> bool) {
    let look = || fits(&partner.names(folder)).then_some(());
    wait_at_most(SOON, what, look);
}

/// Whether there is a server to be had.
pub(super) fn have_sshd() -> bool {
    Partner::start().is_some()
}
