//! Fingerprints as people paste them.

/// What a fingerprint begins with.
const KIND: &str = "SHA256:";
/// The characters after that: 32 bytes in base64 without `=`.
const LENGTH: usize = 43;

/// The fingerprint `SHA256:…` in what was given: with or without its beginning, or a whole line of `ssh-keygen -l`.
///
/// # Errors
/// There is none in it; the sentence says what one looks like, and never repeats what was given.
pub(super) fn given(text: &str) -> Result<String, &'static str> {
    let words = || text.split_ascii_whitespace();
    let whole = words().find_map(|word| digest(word.strip_prefix(KIND)?));
    let alone = || digest(text.trim());
    if let Some(digest) = whole.or_else(alone) {
        return Ok(format!("{KIND}{digest}"));
    }
    Err(match words().any(is_md5) {
        true => {
            "that is an MD5 fingerprint, which proves nothing any more; ask the server's owner for the one that begins \
             with SHA256: (ssh-keygen -l -E sha256)"
        }
        false => {
            "that is no fingerprint of a host key; one looks like SHA256: and 43 characters, as ssh-keygen -l shows it"
        }
    })
}

fn digest(text: &str) -> Option<&str> {
    let digest = text.trim_end_matches('=');
    let base64 = |b: u8| b.is_ascii_alphanumeric() || b"+/".contains(&b);
    (digest.len() == LENGTH && digest.bytes().all(base64)).then_some(digest)
}

/// Sixteen pairs of digits with colons between them.
fn is_md5(word: &str) -> bool {
    let pairs = word.strip_prefix("MD5:").unwrap_or(word).split(':');
    let pair = |p: &str| p.len() == 2 && p.bytes().all(|b| b.is_ascii_hexdigit());
    pairs.clone().count() == 16 && pairs.clone().all(pair)
}

#[cfg(test)]
mod tests {
    use super::given;

    #[test]
    fn every_spelling_of_a_fingerprint_is_taken() {
        let digest = "kmYcvdi2GkPeWxB6XLjrZB8JHsy2Hm8luHMFp9GMvqk";
        let whole = format!("SHA256:{digest}");
        for text in [
            digest.to_owned(),
            whole.clone(),
            format!("{whole}="),
            format!(" {whole}\n"),
            format!("256 {whole} me@there (ED25519)"),
        ] {
            assert_eq!(given(&text).as_ref(), Ok(&whole), "{text}");
        }
    }

    #[test]
    fn what_is_none_is_said_to_be_none() {
        let md5 = "2048 MD5:aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99 x (RSA)";
        assert!(given(md5).expect_err("MD5").contains("MD5"));
        assert!(given("SHA256:wrong").expect_err("short").contains("43"));
        assert!(given("").is_err());
    }
}
