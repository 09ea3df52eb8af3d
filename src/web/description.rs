//! What the API says of a route: what it does, what it takes and what it gives. The table of routes has one for each route of the
//! API; the guard holds the query of a request to it, and the `OpenAPI` document is made of it.

use crate::domain::{Code, EmployeeState, RunStatus};
use crate::operations::{PLACES, QUEUE, event_kinds, typed_words};
use serde_json::{Value, json};

/// The longest text in a query, in characters.
const LONGEST_TEXT: usize = 200;
/// The longest place of a list, in characters.
const LONGEST_CURSOR: usize = 4_096;

/// What a route of the API does, takes and gives.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) summary: &'static str,
    pub(super) query: &'static [QueryParameter],
    pub(super) body: Option<Body>,
    /// What it gives when all is well, and further answers that are no problem.
    pub(super) answers: &'static [(u16, Content)],
    /// Whether it changes something.
    pub(super) acts: bool,
    /// Whether it may take as long as a run does.
    pub(super) takes_long: bool,
}

/// A parameter in the query.
#[derive(Debug)]
pub(super) struct QueryParameter {
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    pub(super) about: &'static str,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Takes {
    Text,
    /// An integration: one that the account doesn't see is not there.
    Integration,
    Status,
    State,
    Code,
    Action,
    Place,
    Date,
    Flag,
    /// `next` of the page before.
    Cursor,
}

/// The body of a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Body {
    /// JSON of this shape.
    Json(&'static str),
    /// JSON of this shape, or nothing.
    MaybeJson(&'static str),
    /// JSON of this shape, or a file.
    JsonOrFile(&'static str),
    File,
}

/// The body of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Content {
    /// JSON of this shape.
    Json(&'static str),
    Problem,
    File,
    Text(&'static str),
}

impl Description {
    /// A route that gives JSON of a shape.
    pub(super) const fn get(
        summary: &'static str,
        answers: &'static [(u16, Content)],
    ) -> Description {
        Description {
            summary,
            query: &[],
            body: None,
            answers,
            acts: false,
            takes_long: false,
        }
    }

    /// A route that changes something.
    pub(super) const fn act(
        summary: &'static str,
        body: Body,
        answers: &'static [(u16, Content)],
    ) -> Description {
        let described = Description::get(summary, answers);
        Description {
            body: Some(body),
            acts: true,
            ..described
        }
    }

    pub(super) const fn query(self, query: &'static [QueryParameter]) -> Description {
        Description { query, ..self }
    }

    pub(super) const fn taking_long(self) -> Description {
        Description {
            takes_long: true,
            ..self
        }
    }

    /// Whether a file of any size may be sent to it.
    pub(super) fn takes_file(&self) -> bool {
        matches!(self.body, Some(Body::File | Body::JsonOrFile(_)))
    }

    /// Which integration a query names.
    ///
    /// # Errors
    /// A parameter is unknown, is there twice, or has another form; the sentence says which.
    pub(super) fn check(&self, query: &str) -> Result<Option<String>, String> {
        let mut integration = None;
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let known = self.query.iter().find(|known| known.name == name);
            let Some(known) = known else {
                let all: Vec<&str> = self.query.iter().map(|known| known.name).collect();
                return Err(match all.is_empty() {
                    true => "This takes no parameters in its address.".to_owned(),
                    false => format!(
                        "A parameter in the address is unknown; there are {}.",
                        all.join(", ")
                    ),
                });
            };
            if seen.contains(&known.name) {
                return Err(format!("`{}` is there twice.", known.name));
            }
            seen.push(known.name);
            let wrong = |why: String| format!("`{}`: {why}.", known.name);
            known.takes.check(&value).map_err(wrong)?;
            if matches!(known.takes, Takes::Integration) {
                integration = Some(value.into_owned());
            }
        }
        Ok(integration)
    }
}

impl Takes {
    fn check(self, value: &str) -> Result<(), String> {
        let longest = match self {
            Takes::Cursor => LONGEST_CURSOR,
            _ => LONGEST_TEXT,
        };
        if value.trim().is_empty() {
            return Err("it is empty; leave it out instead".to_owned());
        }
        if value.chars().count() > longest {
            return Err(format!("it has more than {longest} characters"));
        }
        let one_of = |words: Vec<&'static str>| match words.contains(&value) {
            true => Ok(()),
            false => Err(format!("the words are {}", words.join(", "))),
        };
        match self {
            Takes::Text | Takes::Integration | Takes::Cursor => Ok(()),
            Takes::Status => typed_words::run_status(value).map(drop),
            Takes::State => typed_words::employee_state(value).map(drop),
            Takes::Code => typed_words::code(value).map(drop),
            Takes::Date => typed_words::day(value).map(drop),
            Takes::Action | Takes::Place | Takes::Flag => one_of(self.words()),
        }
    }

    /// The words that it takes, where these are few.
    fn words(self) -> Vec<&'static str> {
        match self {
            Takes::Status => RunStatus::ALL.map(RunStatus::as_str).to_vec(),
            Takes::State => EmployeeState::ALL.map(EmployeeState::as_str).to_vec(),
            Takes::Code => Code::ALL.iter().map(|code| code.as_str()).collect(),
            Takes::Action => event_kinds().collect(),
            Takes::Place => {
                let folders = PLACES.iter().map(|folder| folder.as_str());
                [QUEUE].into_iter().chain(folders).collect()
            }
            Takes::Flag => vec!["true", "false"],
            Takes::Text | Takes::Integration | Takes::Date | Takes::Cursor => Vec::new(),
        }
    }

    /// The JSON Schema of its values.
    pub(super) fn schema(self) -> Value {
        match self {
            Takes::Flag => json!({ "type": "boolean" }),
            Takes::Date => json!({ "type": "string", "format": "date" }),
            Takes::Text | Takes::Integration => {
                json!({ "type": "string", "minLength": 1, "maxLength": LONGEST_TEXT })
            }
            Takes::Cursor => {
                json!({ "type": "string", "minLength": 1, "maxLength": LONGEST_CURSOR })
            }
            _ => json!({ "type": "string", "enum": self.words() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, Description, QueryParameter, Takes};

    const RUNS: Description = Description::get("Runs", &[(200, Content::Problem)]).query(&[
        QueryParameter {
            name: "integration",
            takes: Takes::Integration,
            about: "",
        },
        QueryParameter {
            name: "open",
            takes: Takes::Flag,
            about: "",
        },
        QueryParameter {
            name: "status",
            takes: Takes::Status,
            about: "",
        },
        QueryParameter {
            name: "from",
            takes: Takes::Date,
            about: "",
        },
    ]);

    #[test]
    fn a_query_has_known_parameters_once_each_in_their_form() {
        let named = RUNS.check("open=true&integration=hr+1&status=completed-with-errors");
        assert_eq!(named, Ok(Some("hr 1".to_owned())));
        assert_eq!(RUNS.check(""), Ok(None));
        for (query, why) in [
            ("colour=red", "there are integration, open, status, from"),
            ("open=true&open=true", "`open` is there twice"),
            ("open=yes", "the words are true, false"),
            ("status=done", "the statuses are"),
            ("from=20.11.2026", "write a date"),
            ("integration=", "it is empty"),
        ] {
            let refused = RUNS.check(query).expect_err(query);
            assert!(refused.contains(why), "{query}: {refused}");
        }
        let long = format!("integration={}", "x".repeat(201));
        assert!(RUNS.check(&long).is_err_and(|why| why.contains("200")));
    }
}
