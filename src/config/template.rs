//! The configuration that `init` writes.

/// A commented `feedgate.toml` with a demographic and a deduction integration; it loads as it is.
pub fn template() -> &'static str {
    include_str!("template.toml")
}

#[cfg(test)]
mod tests {
    use super::template;
    use crate::config::{Config, parse};
    use std::path::Path;

    fn load(text: &str) -> Config {
        parse(text, Path::new("/site/feedgate.toml")).unwrap_or_else(|mistakes| {
            let all: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            panic!("{}", all.join("\n"))
        })
    }

    #[test]
    fn the_template_loads() {
        let config = load(template());
        let names: Vec<&str> = config
            .integrations
            .iter()
            .map(|i| i.name.as_str())
            .collect();
        assert_eq!(names, ["demographic-export", "deduction-import"]);
        assert_eq!(config.plan_years.len(), 2);
        let guards = &config.integrations[0].guards;
        assert_eq!(guards.max_error_percent, Some(20.0));
        assert_eq!(guards.max_termination_percent, Some(10.0));
        assert_eq!(config.not_in_effect(), Vec::<String>::new());
    }

    /// A line `#key = value` (no space after #) is a setting with its default; `# text` is prose.
    #[test]
    fn what_is_commented_out_is_the_default() {
        let all_on: Vec<&str> = template()
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[') => {
                    rest
                }
                _ => line,
            })
            .collect();
        let (plain, all_on) = (load(template()), load(&all_on.join("\n")));
        let shown = |c: &Config| {
            let parts = (&c.site, &c.identity, &c.integrations);
            format!("{parts:#?}")
        };
        assert_eq!(shown(&plain), shown(&all_on));
    }
}
