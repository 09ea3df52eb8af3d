//! The fields of a form, also those that stand in it several times.

use super::failure::Failure;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;

const FORM: &str = "application/x-www-form-urlencoded";

/// The fields of a form, in their order.
#[derive(Clone, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn parse(form: &[u8]) -> Fields {
        Fields(form_urlencoded::parse(form).into_owned().collect())
    }

    /// The value of a field; empty where the form has none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.secret(name).trim()
    }

    /// The value of a field as it was typed, spaces included; empty where the form has none.
    pub(super) fn secret(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(found, _)| found == name);
        found.map_or("", |(_, value)| value)
    }

    /// The value of a field that is filled in.
    pub(super) fn filled(&self, name: &str) -> Option<String> {
        let text = self.text(name);
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Whether a box is ticked, or a button of this name was used.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.0.iter().any(|(found, _)| found == name)
    }

    /// All values of a field.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        let of = self.0.iter().filter(|(found, _)| found == name);
        of.map(|(_, value)| value.clone()).collect()
    }

    /// All fields, by name and value.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter();
        all.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Fields, Failure> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.is_empty() && !kind.starts_with(FORM) {
            return Err(Failure::invalid("This takes the fields of a form."));
        }
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|_| Failure::too_large())?;
        Ok(Fields::parse(&body))
    }
}

/// Fields as a query, with the question mark; those that are empty are left out.
pub(super) fn query(fields: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    match query.finish() {
        text if text.is_empty() => text,
        text => format!("?{text}"),
    }
}

/// A text as a part of an address.
pub(super) fn in_path(text: &str) -> String {
    // In a path a plus is a plus.
    form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::{Fields, in_path, query};

    #[test]
    fn fields_may_stand_in_a_form_several_times() {
        let fields = Fields::parse(b"ids=S1&ids=S%262&why=+a+reason+&empty=");
        assert_eq!(fields.all("ids"), ["S1", "S&2"]);
        assert_eq!(fields.text("why"), "a reason");
        assert!(fields.is_set("empty") && fields.filled("empty").is_none());
        assert_eq!(fields.text("none"), "");
        assert_eq!(fields.iter().count(), 4);
    }

    #[test]
    fn addresses_are_written_as_browsers_read_them() {
        assert_eq!(query(&[("a", "1 &"), ("b", "")]), "?a=1+%26");
        assert_eq!(query(&[]), "");
        assert_eq!(in_path("a b+c/~d"), "a%20b%2Bc%2F%7Ed");
    }
}
