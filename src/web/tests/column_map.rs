//! The page that shows what the columns of a sample are read as.

use super::test_pages::{Answer, PAGES};
use crate::domain::Role;
use crate::spool::names_in;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};

const PAGE: &str = "/integrations/demographic-export/map";
const SAMPLE: &str = "Subscribr ID,Social,First Name,DOB,<b>\n\
    S000002,521-34-1234,Marguerite,1984-03-02,39\n";

/// Sends a form with one file.
fn send(bytes: &[u8]) -> Answer {
    let (mut head, _) = PAGES
        .request(Some(Role::Viewer), &Method::POST, PAGE)
        .into_parts();
    let kind = "multipart/form-data; boundary=B".parse().expect("a kind");
    head.headers.insert(header::CONTENT_TYPE, kind);
    let mut body =
        b"--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.csv\"\r\n\r\n"
            .to_vec();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--B--\r\n");
    PAGES.ask(Request::from_parts(head, Body::from(body)))
}

#[test]
fn a_sample_is_looked_at_and_not_kept() {
    let before = names_in(&PAGES.site.config.state()).expect("names");
    let answer = send(SAMPLE.as_bytes());
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let rows = answer.texts("tbody tr");
    let row = |name: &str| {
        rows.iter()
            .find(|row| row.starts_with(name))
            .expect("a row")
    };
    assert!(row("Social").contains("ssn") && row("Social").contains("***-**-1234"));
    assert!(
        row("Subscribr ID").contains("subscriber_id?")
            && row("Subscribr ID").contains("looks like it")
    );
    assert!(answer.texts(".note").join("").contains("username"));
    assert!(
        answer
            .texts("#toml")
            .join("")
            .contains("subscriber_id = \"Subscribr ID\"")
    );
    for value in ["521-34", "Marguerite", "1984", "<b>"] {
        assert!(!answer.text.contains(value), "{value}");
    }
    assert_eq!(names_in(&PAGES.site.config.state()).expect("names"), before);
}

#[test]
fn what_is_no_sample_is_refused_in_words() {
    let binary = send(&[0; 2048]);
    assert_eq!(binary.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(binary.texts("[role=alert] li").len(), 1, "{}", binary.text);
    let large = send(&vec![b'x'; (4 << 20) + 1]);
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(large.text.contains("at most 4 MiB"));
    let full = send(&vec![b'x'; 4 << 20]);
    assert_ne!(full.status, StatusCode::PAYLOAD_TOO_LARGE);
}
