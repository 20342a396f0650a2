//! A file written whole or not at all: beside its place first, then renamed into it.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Writes a file in place of what stands there.
///
/// # Errors
/// The system's; what stood there stands still then.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = directory.join(format!(".{name}.{}.part", std::process::id()));
    let written = File::create(&part)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&part, path));
    written.inspect_err(|_| std::fs::remove_file(&part).unwrap_or_default())
}
