//! The version of a server: which of the two it is, and whether it is recent enough.

use crate::database::{DbError, ErrorKind, ServerKind};

/// The oldest versions that Caribou works with: MySQL 8.0 for JSON and atomic DDL, MariaDB 10.6 for atomic DDL.
const OLDEST: [(ServerKind, &str, (u32, u32)); 2] =
    [(ServerKind::MySql, "MySQL", (8, 0)), (ServerKind::MariaDb, "MariaDB", (10, 6))];

/// The kind of server that says `version`, or a refusal.
pub(super) fn accepted(version: &str, doing: &str) -> Result<ServerKind, DbError> {
    let kind = if version.contains("MariaDB") { ServerKind::MariaDb } else { ServerKind::MySql };
    let unsupported = |message: String| DbError::new(ErrorKind::Unsupported, doing, message);
    if version.contains("TiDB") {
        return Err(unsupported(format!("the server is TiDB ({version})")).with_hint("use MySQL or MariaDB"));
    }
    // Old MariaDB servers put 5.5.5- before their version, for replicas that would not take a 10.
    let plain = version.strip_prefix("5.5.5-").unwrap_or(version);
    let found = numbers(plain).ok_or_else(|| unsupported(format!("the server's version {version:?} is not known")))?;
    match OLDEST.iter().find(|(of, _, oldest)| *of == kind && found < *oldest) {
        Some((_, name, (major, minor))) => {
            Err(unsupported(format!("the server is {name} {version}, which is too old"))
                .with_hint(format!("use {name} {major}.{minor} or later")))
        }
        None => Ok(kind),
    }
}

fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split(['.', '-']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_apart() {
        for (version, kind) in [
            ("10.11.19-MariaDB-0+deb12u1", ServerKind::MariaDb),
            ("5.5.5-10.6.1-MariaDB-log", ServerKind::MariaDb),
            ("11.4.2-MariaDB", ServerKind::MariaDb),
            ("9.7.4", ServerKind::MySql),
            ("8.0.36-28", ServerKind::MySql),
        ] {
            assert_eq!(accepted(version, "connect"), Ok(kind), "{version}");
        }
    }

    #[test]
    fn old_and_unknown_servers_are_refused() {
        for version in ["5.7.44-log", "10.5.29-MariaDB", "5.5.5-10.3.1-MariaDB", "8.0.11-TiDB-v7.5.0", "new"] {
            let error = accepted(version, "connect").expect_err(version);
            assert_eq!(error.kind, ErrorKind::Unsupported);
        }
    }
}
