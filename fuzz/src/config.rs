//! Configuration: any text is taken or refused with mistakes that people can act on.

use feedgate::internal::config::parse;
use std::path::Path;

/// Checks one input.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let file = Path::new("/site/feedgate.toml");
    match parse(text, file) {
        Ok(config) => {
            let again = parse(text, file).expect("what is taken once is taken again");
            assert_eq!(format!("{config:?}"), format!("{again:?}"));
        }
        Err(mistakes) => {
            assert!(!mistakes.is_empty(), "refused without a reason");
            let lines = text.split('\n').count();
            for mistake in mistakes {
                assert!(mistake.line.is_none_or(|l| (1..=lines).contains(&l)));
                assert!(!mistake.problem.is_empty() && !mistake.hint.is_empty());
                let shown = mistake.to_string();
                assert!(!shown.contains('\n'), "{shown}");
            }
        }
    }
}
