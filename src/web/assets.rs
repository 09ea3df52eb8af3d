//! The style sheet, the script and the icon. Their addresses hold a print of their content, so that browsers may keep them.

use crate::format::survey::hex;
use axum::extract::Path;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const STYLE: &str = include_str!("assets/feedgate.css");
const SCRIPT: &str = include_str!("assets/feedgate.js");
const ICON: &str = include_str!("assets/feedgate.svg");

/// How long a browser may keep a file whose address holds its print.
const FOR_A_YEAR: &str = "public, max-age=31536000, immutable";

/// The addresses of the files, which change with their content.
pub(super) struct Addresses {
    pub(super) style: String,
    pub(super) script: String,
    pub(super) icon: String,
}

pub(super) static ADDRESSES: LazyLock<Addresses> = LazyLock::new(|| Addresses {
    style: address("feedgate", STYLE, "css"),
    script: address("feedgate", SCRIPT, "js"),
    icon: address("feedgate", ICON, "svg"),
});

fn address(name: &str, content: &str, ending: &str) -> String {
    let print = hex(&Sha256::digest(content.as_bytes()));
    format!("/assets/{name}-{}.{ending}", &print[..12])
}

/// One of the files.
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    let of = |kind: &'static str, content: &'static str| {
        let headers: [(HeaderName, &str); 2] = [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, FOR_A_YEAR),
        ];
        (headers, content).into_response()
    };
    let asked = format!("/assets/{name}");
    match &*ADDRESSES {
        all if all.style == asked => of("text/css; charset=utf-8", STYLE),
        all if all.script == asked => of("text/javascript; charset=utf-8", SCRIPT),
        all if all.icon == asked => of("image/svg+xml", ICON),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::{SCRIPT, STYLE};

    /// The largest style sheet, in bytes.
    const MOST_STYLE: usize = 20 * 1024;
    /// The largest script, in bytes.
    const MOST_SCRIPT: usize = 12 * 1024;

    #[test]
    fn style_and_script_stay_small() {
        assert!(STYLE.len() <= MOST_STYLE, "{}", STYLE.len());
        assert!(SCRIPT.len() <= MOST_SCRIPT, "{}", SCRIPT.len());
    }
}
