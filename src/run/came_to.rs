//! What a run that nobody watched came to, in a sentence for the event log.

use super::request::Ended;
use crate::domain::RunSummary;

/// Runs that a sentence names; the rest is counted.
const NAMED: usize = 10;

impl Ended {
    /// The status of each run with its reference ID, and how many files were left.
    pub fn came_to(&self) -> String {
        let run = |s: &RunSummary| format!("{} {}", s.status, s.integration_reference_id);
        let runs: Vec<String> = self.summaries.iter().map(run).collect();
        let mut sentence = named(&runs);
        for (count, what) in [
            (self.waiting, "left waiting"),
            (self.arriving, "left on the way"),
        ] {
            match count {
                0 => {}
                1 => sentence.push_str(&format!(", 1 file {what}")),
                n => sentence.push_str(&format!(", {n} files {what}")),
            }
        }
        sentence
    }
}

fn named(runs: &[String]) -> String {
    match runs.len() {
        0 => "nothing to process".to_owned(),
        n if n > NAMED => format!("{} and {} more", runs[..NAMED].join(", "), n - NAMED),
        _ => runs.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::named;
    use crate::run::Ended;

    #[test]
    fn runs_are_named_and_the_rest_is_counted() {
        let runs: Vec<String> = (1..=12).map(|n| format!("Completed {n}")).collect();
        assert_eq!(named(&runs[..2]), "Completed 1, Completed 2");
        assert!(named(&runs).ends_with("Completed 10 and 2 more"));
    }

    #[test]
    fn files_that_were_left_are_counted() {
        let ended = Ended {
            summaries: Vec::new(),
            many: false,
            waiting: 1,
            arriving: 2,
            stuck: 0,
            failure: None,
            exit_code: 5,
        };
        let said = "nothing to process, 1 file left waiting, 2 files left on the way";
        assert_eq!(ended.came_to(), said);
    }
}
