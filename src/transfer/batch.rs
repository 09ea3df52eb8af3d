//! The bounds of a batch, and paths on a server.

/// The largest number of files that are moved together.
pub(super) const BATCH_FILES: usize = 256;
/// The largest number of bytes that are moved together; a larger file is moved alone.
pub(super) const BATCH_BYTES: u64 = 256 << 20;

/// Splits items into batches of at most [`BATCH_FILES`] items and [`BATCH_BYTES`] bytes, in order.
pub(super) fn batches<T>(items: Vec<T>, size: impl Fn(&T) -> u64) -> Vec<Vec<T>> {
    let mut out: Vec<Vec<T>> = Vec::new();
    let mut bytes = 0u64;
    for item in items {
        let more = size(&item);
        match out.last_mut() {
            Some(last) if last.len() < BATCH_FILES && bytes.saturating_add(more) <= BATCH_BYTES => {
                bytes += more;
                last.push(item);
            }
            _ => {
                bytes = more;
                out.push(vec![item]);
            }
        }
    }
    out
}

pub(super) fn path(folder: &str, name: &str) -> Vec<u8> {
    let folder = match folder.trim_end_matches('/') {
        "" if folder.starts_with('/') => "/",
        "" => return name.as_bytes().to_vec(),
        folder => folder,
    };
    let slash = if folder == "/" { "" } else { "/" };
    format!("{folder}{slash}{name}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{BATCH_BYTES, BATCH_FILES, batches, path};

    #[test]
    fn batches_are_bounded_by_number_and_bytes() {
        let sizes = |items: Vec<u64>| -> Vec<usize> {
            batches(items, |n| *n).iter().map(Vec::len).collect()
        };
        assert_eq!(sizes(vec![1; BATCH_FILES + 1]), [BATCH_FILES, 1]);
        assert_eq!(sizes(vec![BATCH_BYTES, 1, 1]), [1, 2]);
        assert_eq!(sizes(vec![u64::MAX, u64::MAX, 1]), [1, 1, 1]);
        assert!(sizes(vec![]).is_empty());
    }

    #[test]
    fn paths_have_one_slash_between_folder_and_name() {
        for (folder, whole) in [
            ("/out", "/out/a"),
            ("/out/", "/out/a"),
            ("/", "/a"),
            ("out", "out/a"),
            ("", "a"),
        ] {
            assert_eq!(path(folder, "a"), whole.as_bytes());
        }
    }
}
