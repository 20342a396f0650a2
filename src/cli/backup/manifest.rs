//! What a dump holds, in a file beside it: by this the checklist knows which plan it was made for.

use super::partial::Partial;
use crate::database::ServerKind;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Ending of its name, after the dump's.
const ENDING: &str = ".caribou.json";

/// Account of a dump.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Manifest {
    /// Checksum of the plan that it was made for; `None` where nothing was planned.
    pub plan: Option<String>,
    pub database: String,
    pub server: ServerKind,
    /// The schema.
    pub core: String,
    /// Tables, views and sequences in it, sorted.
    pub tables: Vec<String>,
    /// True if that is all that the schema has.
    pub all: bool,
    pub bytes: u64,
    /// When the dump began, by this machine's clock, in seconds of the epoch.
    pub begun: u64,
    pub tool: String,
}

impl Manifest {
    /// The file that it stands in, beside the dump.
    pub fn path(dump: &Path) -> PathBuf {
        let mut name = dump.as_os_str().to_owned();
        name.push(ENDING);
        name.into()
    }

    /// Writes it beside the dump.
    ///
    /// # Errors
    /// The system's.
    pub fn write(&self, dump: &Path) -> io::Result<()> {
        let (partial, mut file) = Partial::begin(&Self::path(dump))?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        partial.complete()
    }

    /// The time since the dump began.
    pub fn age(&self, now: SystemTime) -> Duration {
        now.duration_since(UNIX_EPOCH + Duration::from_secs(self.begun)).unwrap_or_default()
    }
}

/// The dump in a directory that was made last for a plan, and is as long as it was then.
///
/// # Errors
/// The directory cannot be read.
pub(super) fn newest(dir: &Path, plan: &str) -> io::Result<Option<(PathBuf, Manifest)>> {
    let mut found: Option<(PathBuf, Manifest)> = None;
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let Some(dump) = path.to_str().and_then(|path| path.strip_suffix(ENDING)).map(PathBuf::from) else { continue };
        // What is no account of ours, or of a file that was cut or taken away since, proves nothing.
        let read = std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Manifest>(&bytes).ok());
        let Some(manifest) = read.filter(|manifest| manifest.plan.as_deref() == Some(plan)) else { continue };
        let is_whole = std::fs::metadata(&dump).is_ok_and(|about| about.is_file() && about.len() == manifest.bytes);
        if is_whole && found.as_ref().is_none_or(|(_, newest)| newest.begun < manifest.begun) {
            found = Some((dump, manifest));
        }
    }
    Ok(found)
}

#[cfg(test)]
pub(super) fn sample(plan: &str, bytes: u64, begun: u64) -> Manifest {
    Manifest {
        plan: Some(plan.to_owned()),
        database: "db1:3306".into(),
        server: ServerKind::MariaDb,
        core: "shop".into(),
        tables: vec!["orders".into()],
        all: false,
        bytes,
        begun,
        tool: "mariadb-dump".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_whole_dump_of_the_plan_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str, manifest: &Manifest| {
            std::fs::write(dir.path().join(name), text).unwrap();
            manifest.write(&dir.path().join(name)).unwrap();
        };
        put("a.sql", "12345", &sample("p1", 5, 100));
        put("b.sql", "12345", &sample("p1", 5, 200));
        put("cut.sql", "123", &sample("p1", 5, 300));
        put("other.sql", "12345", &sample("p2", 5, 400));
        std::fs::write(dir.path().join("c.sql.caribou.json"), "no JSON").unwrap();
        let (dump, manifest) = newest(dir.path(), "p1").unwrap().unwrap();
        assert_eq!((dump, manifest.begun), (dir.path().join("b.sql"), 200));
        assert_eq!(newest(dir.path(), "p3").unwrap(), None);
        std::fs::remove_file(dir.path().join("b.sql")).unwrap();
        assert_eq!(newest(dir.path(), "p1").unwrap().unwrap().1.begun, 100);
    }
}
