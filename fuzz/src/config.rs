//! Configuration: any text is taken or refused with mistakes that people can act on, and what is taken can be used.

use feedgate::internal::config::{Config, parse};
use feedgate::internal::format::output::DateStyle;
use feedgate::internal::validate::date::DateForm;
use feedgate::internal::validate::pattern::Pattern;
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
            usable(&config);
        }
        Err(mistakes) => {
            assert!(!mistakes.is_empty(), "refused without a reason");
            let lines = text.split('\n').count();
            for mistake in mistakes {
                assert!(mistake.line.is_none_or(|l| (1..=lines).contains(&l)));
                assert!(!mistake.problem.is_empty() && !mistake.hint.is_empty());
                let shown = mistake.to_string();
                assert!(!shown.contains("report this as a bug"), "{shown}");
                assert!(!shown.contains('\n'), "{shown}");
            }
        }
    }
}

/// Patterns that pass the check are patterns for those who use them.
fn usable(config: &Config) {
    let identity = &config.identity;
    for pattern in [&identity.subscriber_id.pattern, &identity.username.pattern] {
        assert!(Pattern::compile(pattern).is_ok(), "{pattern}");
    }
    for integration in &config.integrations {
        for form in &integration.format.dates {
            assert!(DateForm::compile(form).is_some(), "{form}");
        }
        let dates = &integration.output.dates;
        assert!(DateStyle::compile(dates).is_some(), "{dates}");
        assert!(config.integration(&integration.name).is_some());
    }
    config.not_in_effect();
}
