//! Opening a file below a folder without following a link on the way: who may write into the folder can't lead out of it.

use rustix::fs::{Mode, OFlags, openat};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Component, Path};

/// Opens a plain file for reading, by its path relative to a folder. The folder itself may be reached over links.
///
/// # Errors
/// It is not there; a part of the path is a link, or leads upwards; or it is no plain file.
pub(crate) fn open_below(folder: &Path, relative: &Path) -> io::Result<File> {
    let mut place = File::open(folder)?;
    let mut parts = relative.components().peekable();
    while let Some(part) = parts.next() {
        let Component::Normal(name) = part else {
            return Err(ErrorKind::InvalidInput.into());
        };
        let kind = match parts.peek() {
            Some(_) => OFlags::DIRECTORY,
            // Opening a FIFO does not block.
            None => OFlags::NONBLOCK,
        };
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | kind;
        place = openat(&place, name, flags, Mode::empty())?.into();
    }
    match place.metadata()?.is_file() {
        true => Ok(place),
        false => Err(ErrorKind::InvalidInput.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::open_below;
    use std::fs;
    use std::io::Read;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    #[test]
    fn links_and_ways_up_are_not_followed() {
        let site = tempfile::tempdir().expect("a folder");
        let at = |inside: &str| site.path().join(inside);
        fs::create_dir_all(at("archive/2026/11")).expect("folders");
        fs::write(at("archive/2026/11/hr.csv"), "rows").expect("a file");
        fs::write(at("secret"), "key").expect("a file");
        symlink(at("secret"), at("archive/2026/link.csv")).expect("a link");
        symlink(site.path(), at("archive/out")).expect("a link");
        symlink(at("archive"), at("elsewhere")).expect("a link");
        let open = |folder: &str, relative: &str| open_below(&at(folder), Path::new(relative));
        for folder in ["archive", "elsewhere"] {
            let mut text = String::new();
            let mut file = open(folder, "2026/11/hr.csv").expect("opened");
            file.read_to_string(&mut text).expect("read");
            assert_eq!(text, "rows");
        }
        for refused in [
            "2026/link.csv",
            "out/secret",
            "../secret",
            "/etc/passwd",
            "2026",
            "",
            "none",
        ] {
            assert!(open("archive", refused).is_err(), "{refused}");
        }
    }
}
