//! The parts of a path that say what a file is.

/// A path without the extension `.sql`, in whatever case; `None` for other files.
pub(super) fn without_sql(path: &str) -> Option<&str> {
    let at = path.len().checked_sub(4)?;
    (path.is_char_boundary(at) && path[at..].eq_ignore_ascii_case(".sql")).then(|| &path[..at])
}

/// The extension of a path, without the point.
pub(super) fn extension(path: &str) -> Option<&str> {
    file_name(path).rsplit_once('.').map(|(_, extension)| extension)
}

/// The part of a path after its last folder.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
