//! What identifies a file's bytes.

use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::fs::File;
use std::io::{self, Read};

/// SHA-256 of what is still to be read of an open file, as 64 lower-case hexadecimal digits, and its bytes.
///
/// # Errors
/// It can't be read.
pub(crate) fn digest(mut file: &File) -> io::Result<(String, u64)> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    let mut size = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                hash.update(&buffer[..n]);
                size += n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    Ok((text, size))
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn the_same_bytes_have_the_same_digest() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a");
        std::fs::write(&path, "abc").expect("file");
        let file = std::fs::File::open(&path).expect("open");
        let (text, size) = digest(&file).expect("read");
        assert_eq!(size, 3);
        assert_eq!(
            text,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
