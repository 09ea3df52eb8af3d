//! Why a request came to nothing. A program is answered with problem JSON (RFC 9457), a person with a page.

use crate::operations::OperationError;
use crate::site::RunError;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The stable word of who is not signed in.
pub(super) const SIGNED_OUT: &str = "signed_out";

/// Why a request came to nothing.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) status: StatusCode,
    /// The stable word of the API.
    pub(super) code: &'static str,
    /// What to tell, one sentence each.
    pub(super) sentences: Vec<String>,
}

impl Failure {
    pub(super) fn new(status: StatusCode, code: &'static str, sentences: Vec<String>) -> Failure {
        Failure {
            status,
            code,
            sentences,
        }
    }

    /// The page, or what it is about, is not there.
    pub(super) fn not_found(sentence: impl Into<String>) -> Failure {
        Failure::new(StatusCode::NOT_FOUND, "not_found", vec![sentence.into()])
    }

    /// What was sent is wrong.
    pub(super) fn invalid(sentence: impl Into<String>) -> Failure {
        Failure::refused(vec![sentence.into()])
    }

    /// What was asked for can't be done as things stand.
    pub(super) fn refused(sentences: Vec<String>) -> Failure {
        Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", sentences)
    }

    /// More was sent than is taken.
    pub(super) fn too_large() -> Failure {
        let sentence = "What was sent is too large, or was cut off.".to_owned();
        Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", vec![sentence])
    }

    /// The daemon is still at what was asked for.
    pub(super) fn at_work() -> Failure {
        let sentence = "The daemon is at it and goes on. The run appears in the list of runs.";
        Failure::new(StatusCode::ACCEPTED, "at_work", vec![sentence.to_owned()])
    }

    /// Something else is at it.
    pub(super) fn busy(sentence: impl Into<String>) -> Failure {
        Failure::new(StatusCode::CONFLICT, "busy", vec![sentence.into()])
    }

    /// What stands there is not what was asked for.
    pub(super) fn conflict(sentence: impl Into<String>) -> Failure {
        Failure::new(StatusCode::CONFLICT, "conflict", vec![sentence.into()])
    }

    /// There is no sign-in and no token.
    pub(super) fn signed_out() -> Failure {
        let sentence = "Sign in, or send a token: `Authorization: Bearer fg_…`.".to_owned();
        Failure::new(StatusCode::UNAUTHORIZED, SIGNED_OUT, vec![sentence])
    }

    /// The account lacks a right.
    pub(super) fn forbidden(sentence: impl Into<String>) -> Failure {
        Failure::new(StatusCode::FORBIDDEN, "forbidden", vec![sentence.into()])
    }

    /// The server is about to end.
    pub(super) fn ending() -> Failure {
        let sentence = "The daemon is ending. Try again in a moment.".to_owned();
        Failure::new(StatusCode::SERVICE_UNAVAILABLE, "ending", vec![sentence])
    }

    /// A bug in the program; the log has its place.
    pub(super) fn bug() -> Failure {
        let sentence =
            "Something is wrong in Feedgate itself. The daemon's log says where; please report it."
                .to_owned();
        Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "bug", vec![sentence])
    }

    /// The answer to a program: problem JSON.
    pub(super) fn problem(self) -> Response {
        let body = json!({
            "type": "about:blank",
            "title": title(self.status),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.sentences.join(" "),
            "problems": &self.sentences,
        });
        let mut response = (self.status, Json(body)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        self.with_headers(response)
    }

    /// Adds what the protocol says about such an answer.
    pub(super) fn with_headers(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

/// What a failure is called on pages and in problem JSON.
pub(super) fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Not there",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::UNAUTHORIZED => "Not signed in",
        StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST => {
            "Not done"
        }
        StatusCode::ACCEPTED => "Under way",
        StatusCode::TOO_MANY_REQUESTS => "Too many attempts",
        StatusCode::PAYLOAD_TOO_LARGE => "Too large",
        StatusCode::METHOD_NOT_ALLOWED => "Not this method",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "Not this media type",
        _ => "Something went wrong",
    }
}

/// The failure travels in the response's extensions: only the guard of the route knows whether a page or JSON is wanted,
/// and who asked.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Failure {
        Failure::from(OperationError::from(error))
    }
}

impl From<OperationError> for Failure {
    fn from(error: OperationError) -> Failure {
        let (status, code) = match &error {
            OperationError::Run(RunError::Busy(_)) => (StatusCode::CONFLICT, "busy"),
            OperationError::Run(RunError::Usage(_)) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "refused")
            }
            OperationError::Interrupted { withdrawn, .. } => {
                return match withdrawn {
                    true => Failure::busy(
                        "The daemon did not come to it, so nothing was done. Try again in a moment.",
                    ),
                    false => Failure::at_work(),
                };
            }
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "failed"),
        };
        Failure::new(status, code, error.sentences())
    }
}
