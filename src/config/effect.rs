//! What is configured but not acted on by this version.

use super::model::Config;

impl Config {
    /// A sentence for each configured thing that this version reads and checks but doesn't act on yet.
    pub fn not_in_effect(&self) -> Vec<String> {
        let contact = self.contact.iter();
        contact
            .map(|_| "contact: the Technical Contact gets no mail yet.".to_owned())
            .collect()
    }
}
