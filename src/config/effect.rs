//! What is configured but not acted on by this version.

use super::model::{CompleteBy, Config, InitialImport};

impl Config {
    /// A sentence for each configured thing that this version reads and checks but doesn't act on yet.
    pub fn not_in_effect(&self) -> Vec<String> {
        let mut out = Vec::new();
        for window in &self.windows {
            out.push(format!(
                "window.{}: windows are not kept yet; runs start at any time.",
                window.name
            ));
        }
        for schedule in &self.schedules {
            let kept = if schedule.expect_file {
                "; expect_file is acted on by `feedgate run`"
            } else {
                ""
            };
            out.push(format!(
                "schedule.{}: schedules do not start runs yet; start `feedgate run {}` from cron or a systemd timer{kept}.",
                schedule.name, schedule.run
            ));
        }
        for endpoint in &self.endpoints {
            out.push(format!(
                "endpoint.{}: SFTP servers are not contacted yet.",
                endpoint.name
            ));
        }
        for integration in &self.integrations {
            let name = &integration.name;
            if integration.window.is_some() {
                out.push(format!("integration.{name}.window: it is not kept yet; `feedgate run` starts at any time."));
            }
            if integration.initial_import == InitialImport::Required {
                out.push(format!("integration.{name}.initial_import: it holds unattended runs only, and there are none yet."));
            }
            if integration.pull.is_some() {
                out.push(format!("integration.{name}.pull: files are not fetched yet; put them into the inbound folder."));
            }
            if integration.push.is_some() {
                out.push(format!("integration.{name}.push: files are not sent yet; take them from the outbound folders."));
            }
            let by = match integration.complete.by {
                CompleteBy::Auto | CompleteBy::Rename => continue,
                CompleteBy::Marker => "marker",
                CompleteBy::Quiet => "quiet",
            };
            out.push(format!("integration.{name}.complete.by: \"{by}\" is not waited for yet; a file counts as whole when `feedgate run` finds it under its final name."));
        }
        if self.contact.is_some() {
            out.push("contact: the Technical Contact gets no mail yet.".into());
        }
        out
    }
}
