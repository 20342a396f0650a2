//! Room on the server's disk.

use crate::database::{DbError, ErrorKind, ServerKind, Session};
use nix::sys::statvfs::statvfs;
use std::path::Path;

/// Room on the disk where tables are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Disk {
    pub(super) place: String,
    /// Bytes that an account like the server's may still take.
    pub(super) free: u64,
}

/// Asks for the room on the server's disk. A server does not tell it, but for MariaDB with the plugin DISKS; of one on
/// this machine the file system does. `None` where it cannot be known.
pub(super) async fn ask(session: &mut dyn Session) -> Result<Option<Disk>, DbError> {
    if session.kind() == ServerKind::Sqlite {
        return Ok(None);
    }
    let told =
        session.query_text("SELECT @@hostname, @@datadir").await.map_err(|e| e.doing("ask for the data directory"))?;
    let Some(row) = told.first() else { return Ok(None) };
    let (host, directory) = (row.get_text(0), row.get_text(1));
    if session.kind() == ServerKind::MariaDb
        && let Some(disk) = plugin(session, &directory).await?
    {
        return Ok(Some(disk));
    }
    let ours = nix::unistd::gethostname().is_ok_and(|name| name.to_string_lossy() == host);
    Ok(if ours { of_file_system(&directory) } else { None })
}

/// MariaDB's plugin DISKS, where it is installed: the file system that the directory is on.
async fn plugin(session: &mut dyn Session, directory: &str) -> Result<Option<Disk>, DbError> {
    let sql = "SELECT Path, Available FROM information_schema.DISKS";
    let rows = match session.query_text(sql).await {
        Ok(rows) => rows,
        Err(error) if error.kind == ErrorKind::ConnectionLost => return Err(error),
        Err(_) => return Ok(None),
    };
    let disks = rows.iter().map(|row| (row.get_text(0), row.get_text(1).parse::<u64>().unwrap_or(u64::MAX)));
    let holding = disks.filter(|(path, _)| Path::new(directory).starts_with(path)).max_by_key(|(path, _)| path.len());
    // The plugin counts in kilobytes.
    Ok(holding.map(|(place, free)| Disk { place, free: free.saturating_mul(1024) }))
}

fn of_file_system(directory: &str) -> Option<Disk> {
    let stat = statvfs(directory).ok()?;
    Some(Disk { place: directory.to_owned(), free: stat.blocks_available().saturating_mul(stat.fragment_size()) })
}
