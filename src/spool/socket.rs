//! The socket file at which a proxy on this machine reaches the dashboard.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::Path;

/// Who may connect: the site's user and its group, to which the proxy belongs.
const MODE: u32 = 0o660;

/// Listens at a socket file. One that an earlier process left is replaced; another kind of file is not.
///
/// # Errors
/// The place is taken by another file, or the socket can't be made.
pub(crate) fn unix_listener(path: &Path) -> io::Result<UnixListener> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => fs::remove_file(path)?,
        Ok(_) => return Err(ErrorKind::AlreadyExists.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(MODE))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::unix_listener;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;

    #[test]
    fn a_socket_that_was_left_is_replaced_and_a_file_is_not() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("web.sock");
        drop(unix_listener(&path).expect("a socket"));
        let _listener = unix_listener(&path).expect("a socket in its place");
        UnixStream::connect(&path).expect("connected");
        let mode = fs::metadata(&path).expect("socket").permissions().mode();
        assert_eq!(mode & 0o777, 0o660);
        let file = folder.path().join("file");
        fs::write(&file, "kept").expect("file");
        assert!(unix_listener(&file).is_err());
        assert_eq!(fs::read_to_string(&file).expect("file"), "kept");
    }
}
