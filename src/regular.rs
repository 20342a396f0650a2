//! Guard against what is no file though it has the name of one: reading a pipe or a device may last for ever.

use std::fs::{FileType, Metadata};
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

/// Reads a file; anything else is refused at once, with what it is.
///
/// # Errors
/// The system's; [`io::ErrorKind::InvalidInput`] for what is no file.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    refuse(&std::fs::metadata(path)?)?;
    std::fs::read(path)
}

/// The same as text.
///
/// # Errors
/// Those of [`read`], and [`io::ErrorKind::InvalidData`] for what is not UTF-8.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

/// Refuses what is no file.
fn refuse(found: &Metadata) -> io::Result<()> {
    match what(found.file_type()) {
        None => Ok(()),
        Some(what) => Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {what}, not a file"))),
    }
}

/// Refuses what stands under a name and is no file. What is not there is nothing.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`], with what it is.
pub(crate) fn refuse_other(path: &Path) -> io::Result<()> {
    std::fs::metadata(path).map_or(Ok(()), |found| refuse(&found))
}

/// Names what something is that is no file; `None` for a file.
pub(crate) fn what(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a directory")
    } else if kind.is_fifo() {
        Some("a named pipe")
    } else if kind.is_socket() {
        Some("a socket")
    } else {
        Some("a device")
    }
}
