//! What an act has to say on the page that follows it. Kept in memory, for the session that acted, until that page is shown.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Sessions whose messages are kept; beyond that all are dropped.
const MOST_SESSIONS: usize = 1000;
/// Messages of one session.
const MOST_MESSAGES: usize = 10;

/// The messages that wait, by session.
#[derive(Default)]
pub(super) struct Flashes(Mutex<HashMap<String, Vec<String>>>);

impl Flashes {
    /// Keeps a sentence for the next page of a session.
    pub(super) fn say(&self, session: &str, sentence: impl Into<String>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_SESSIONS {
            all.clear();
        }
        let messages = all.entry(session.to_owned()).or_default();
        if messages.len() < MOST_MESSAGES {
            messages.push(sentence.into());
        }
    }

    /// The sentences for a session; they are said once.
    pub(super) fn take(&self, session: &str) -> Vec<String> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(session).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Flashes, MOST_MESSAGES, MOST_SESSIONS};

    #[test]
    fn a_sentence_is_said_once_to_its_session() {
        let flashes = Flashes::default();
        flashes.say("a", "Released.");
        assert!(flashes.take("b").is_empty());
        assert_eq!(flashes.take("a"), ["Released."]);
        assert!(flashes.take("a").is_empty());
    }

    #[test]
    fn what_is_kept_has_bounds() {
        let flashes = Flashes::default();
        for n in 0..2 * MOST_MESSAGES {
            flashes.say("a", n.to_string());
        }
        assert_eq!(flashes.take("a").len(), MOST_MESSAGES);
        for n in 0..=MOST_SESSIONS {
            flashes.say(&n.to_string(), "x");
        }
        assert!(flashes.take("0").is_empty());
    }
}
