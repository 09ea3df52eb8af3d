//! Subscriber IDs and usernames, alone and against the roster.

use super::record::{Case, Site, changes, value};
use super::story::{Story, demographic};
use crate::people::{again, days_ago, gone, person, ssn, subscriber_id, username};
use feedgate::internal::domain::Code;

/// Single records.
pub(super) fn cases() -> Vec<Case> {
    let plan = |code, bad: &[(&'static str, &str)], near: &[(&'static str, &str)]| {
        changes(code, "username", bad, near)
            .warns()
            .on(Site::PlanSource)
    };
    vec![
        value(
            Code::SubscriberIdFormat,
            "subscriber_id",
            "N 10042",
            "0001.a_b-C",
        ),
        value(
            Code::SubscriberIdFormat,
            "subscriber_id",
            "N10042*",
            "n10042",
        ),
        value(
            Code::SubscriberIdFormat,
            "subscriber_id",
            &"7".repeat(51),
            &"7".repeat(50),
        ),
        changes(
            Code::SubscriberIdIsSsn,
            "subscriber_id",
            &[("subscriber_id", "611-34-5678"), ("ssn", "611345678")],
            &[("subscriber_id", "N611345679"), ("ssn", "611345679")],
        ),
        changes(
            Code::SubscriberIdIsSsn,
            "subscriber_id",
            &[("subscriber_id", "611345680"), ("ssn", "611-34-5680")],
            &[("subscriber_id", "611345681"), ("ssn", "611-34-5682")],
        ),
        value(Code::UsernameFormat, "username", "jd", "jde"),
        value(Code::UsernameFormat, "username", "j doe", "j.doe@x-y_z"),
        value(
            Code::UsernameFormat,
            "username",
            &"u".repeat(65),
            &"u".repeat(64),
        ),
        plan(
            Code::UsernamePattern,
            &[
                ("username", "dana.f"),
                ("first_name", "Dana"),
                ("last_name", "Fisher"),
            ],
            &[
                ("username", "DFISHER4321"),
                ("first_name", "Dana"),
                ("last_name", "Fisher"),
                ("ssn", "611-34-4321"),
            ],
        ),
        plan(
            Code::UsernameSsnDisagree,
            &[
                ("username", "mokafor1234"),
                ("first_name", "Mia"),
                ("last_name", "Okafor"),
                ("ssn", "611-35-4321"),
            ],
            &[
                ("username", "mokafor4322_2"),
                ("first_name", "Mia"),
                ("last_name", "Okafor"),
                ("ssn", "611-35-4322"),
            ],
        ),
    ]
}

/// Against the roster.
pub(super) fn stories() -> Vec<Story> {
    let known = || vec![person(1), person(2)];
    let new = || person(3);
    vec![
        demographic(Code::SsnInUse, "ssn", 1)
            .after(known())
            .bad(vec![new().with("ssn", ssn(1))])
            .near(vec![new()]),
        // The other way of writing the number is the same number.
        demographic(Code::SsnInUse, "ssn", 1)
            .after(known())
            .bad(vec![new().with("ssn", ssn(1).replace('-', ""))])
            .near(vec![person(1).with("ssn", ssn(1).replace('-', " "))]),
        demographic(Code::UsernameInUse, "username", 1)
            .after(known())
            .bad(vec![new().with("username", username(1).to_uppercase())])
            .near(vec![person(1).with("username", username(1).to_uppercase())]),
        demographic(Code::SsnChanged, "ssn", 1)
            .after(known())
            .bad(vec![person(1).with("ssn", ssn(9))])
            .near(vec![person(1).with("city", "Monona")]),
        demographic(Code::SsnChanged, "ssn", 0)
            .config("[identity]\nssn = { change = 'warn' }")
            .after(known())
            .bad(vec![person(1).with("ssn", ssn(9))])
            .near(vec![person(1).with("ssn", ssn(1).replace('-', ""))]),
        demographic(Code::RehireNewId, "ssn", 0)
            .after(known())
            .after(vec![gone(1)])
            .bad(vec![again(1)])
            .near(vec![new()]),
        demographic(Code::RehireNewId, "ssn", 1)
            .config("[identity]\nrehire = 'reject'")
            .after(known())
            .after(vec![gone(1)])
            .bad(vec![again(1)])
            .near(vec![person(1).with("hire_date", days_ago(1))]),
        demographic(Code::TestFlagConflict, "test_employee", 1)
            .after(known())
            .bad(vec![
                person(1).with("test_employee", "yes").with("ssn", ssn(9)),
            ])
            .near(vec![new().with("test_employee", "yes")]),
        demographic(Code::TestFlagConflict, "test_employee", 0)
            .after(known())
            .bad(vec![person(1).with("test_employee", "yes")])
            .near(vec![person(1).with("test_employee", "no")]),
        // Capital letters make another subscriber, who then has the same SSN.
        demographic(Code::SsnInUse, "ssn", 1)
            .after(known())
            .bad(vec![
                person(1)
                    .with("subscriber_id", subscriber_id(1).to_lowercase())
                    .with("username", "another"),
            ])
            .near(vec![person(1).with("username", "another")]),
    ]
}
