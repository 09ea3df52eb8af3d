//! What is configured but not acted on by this version.

use super::model::Config;

impl Config {
    /// A sentence for each configured thing that this version reads and checks but doesn't act on yet.
    pub fn not_in_effect(&self) -> Vec<String> {
        let mut out = Vec::new();
        for endpoint in &self.endpoints {
            out.push(format!(
                "endpoint.{}: SFTP servers are not contacted yet.",
                endpoint.name
            ));
        }
        for integration in &self.integrations {
            let name = &integration.name;
            if integration.pull.is_some() {
                out.push(format!("integration.{name}.pull: files are not fetched yet; put them into the inbound folder."));
            }
            if integration.push.is_some() {
                out.push(format!("integration.{name}.push: files are not sent yet; take them from the outbound folders."));
            }
        }
        if self.contact.is_some() {
            out.push("contact: the Technical Contact gets no mail yet.".into());
        }
        out
    }
}
