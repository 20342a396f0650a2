//! Packages of others: files out of Debian packages and crates, fetched once into a cache and never committed.
//!
//! Debian's packages come through `apt-get download`, so from wherever this machine has its packages; crates through
//! `cargo fetch`, wheels of PyPI through `pip download`, packages of npm through `npm pack`. The cache is `$CARIBOU_TEST_CACHE`, else the folder that the private servers' templates use.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// Place where something is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// A Debian package, of the version that this machine's suite has.
    Debian(&'static str),
    /// A crate and its exact version.
    Crate(&'static str, &'static str),
    /// A wheel of PyPI and its exact version.
    Wheel(&'static str, &'static str),
    /// A package of npm and its exact version. A file of SQLite in it is there as SQL, too.
    Npm(&'static str, &'static str),
}

/// The wanted members of a Debian package; the rest can be hundreds of megabytes.
const WANTED: [&str; 4] = ["*.sql", "*.sql.gz", "*/dbconfig-common/data/*", "*/bin/mariadb-dump*"];

/// The folder of an unpacked package; fetches it when it is not in the cache.
///
/// # Errors
/// Why it cannot be had: no `apt-get`, no network, no such package.
pub fn fetched(published: Published) -> Result<PathBuf, String> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().map_err(|_| "an earlier fetch panicked".to_owned())?;
    let cache = cache().join("published");
    let folder = match published {
        Published::Debian(name) => cache.join(name),
        Published::Crate(name, version) | Published::Wheel(name, version) | Published::Npm(name, version) => {
            cache.join(format!("{}-{version}", name.replace('/', "-")))
        }
    };
    if folder.exists() {
        return Ok(folder);
    }
    std::fs::create_dir_all(&cache).map_err(|error| format!("cannot create {}: {error}", cache.display()))?;
    let work = tempfile::Builder::new().prefix("new-").tempdir_in(&cache).map_err(|error| error.to_string())?;
    let unpacked = work.path().join("unpacked");
    match published {
        Published::Debian(name) => debian(name, work.path(), &unpacked)?,
        Published::Crate(name, version) => registry(name, version, work.path(), &unpacked)?,
        Published::Wheel(name, version) => wheel(name, version, work.path(), &unpacked)?,
        Published::Npm(name, version) => npm(name, version, work.path(), &unpacked)?,
    }
    match std::fs::rename(&unpacked, &folder) {
        // Another test process was faster.
        Err(_) if folder.exists() => Ok(folder),
        renamed => renamed.map(|()| folder).map_err(|error| error.to_string()),
    }
}

/// Says that something was not run, past the test harness, which keeps what passing tests print to itself.
pub fn say_not_run(what: &str, why: &str) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed) + 1;
    say(&format!("NOT RUN ({number}): {what}: {}", why.trim()));
}

/// Writes a line past the test harness.
pub fn say(line: &str) {
    use std::io::Write;
    // A test is not to fail because its output is closed.
    drop(writeln!(std::io::stderr(), "{line}"));
}

/// The folder in which what was fetched is kept.
pub fn cache() -> PathBuf {
    let named = std::env::var_os("CARIBOU_TEST_CACHE").map(PathBuf::from);
    let usual = || std::env::var_os("XDG_CACHE_HOME").map(|base| PathBuf::from(base).join("caribou-tests"));
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_else(|| "/tmp".into())).join(".cache/caribou-tests");
    named.or_else(usual).unwrap_or_else(home)
}

fn debian(name: &str, work: &Path, unpacked: &Path) -> Result<(), String> {
    run(Command::new("apt-get").args(["-qq", "download", name]).current_dir(work))
        .map_err(|why| format!("{why} (apt-get update may help)"))?;
    let package = files(work)?.into_iter().find(|path| path.extension().is_some_and(|end| end == "deb"));
    let package = package.ok_or_else(|| format!("apt-get download {name} left no package"))?;
    std::fs::create_dir(unpacked).map_err(|error| error.to_string())?;
    let members = work.join("members.tar");
    let archive = std::fs::File::create(&members).map_err(|error| error.to_string())?;
    run(Command::new("dpkg-deb").arg("--fsys-tarfile").arg(&package).stdout(archive))?;
    let mut tar = Command::new("tar");
    tar.args(["--extract", "--no-same-owner", "--wildcards"]).arg("--file").arg(&members);
    let listed = run(Command::new("tar").arg("--list").arg("--file").arg(&members))?;
    let there = WANTED.iter().filter(|pattern| listed.lines().any(|path| fits(pattern, path)));
    run(tar.arg("--directory").arg(unpacked).args(there))?;
    for path in walk(unpacked)?.iter().filter(|path| path.extension().is_some_and(|end| end == "gz")) {
        run(Command::new("gzip").arg("--decompress").arg(path))?;
    }
    let version = package.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    std::fs::write(unpacked.join("PACKAGE"), version).map_err(|error| error.to_string())
}

fn fits(pattern: &str, path: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(ending) => path.ends_with(&format!(".{ending}")),
        None => path.contains(pattern.trim_matches('*')),
    }
}

fn registry(name: &str, version: &str, work: &Path, unpacked: &Path) -> Result<(), String> {
    let package = work.join("package");
    std::fs::create_dir_all(package.join("src")).map_err(|error| error.to_string())?;
    let manifest = format!(
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[dependencies]\n{name} = \"={version}\"\n"
    );
    std::fs::write(package.join("Cargo.toml"), manifest).map_err(|error| error.to_string())?;
    std::fs::write(package.join("src/lib.rs"), "").map_err(|error| error.to_string())?;
    let cargo = || Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    run(cargo().arg("fetch").arg("--quiet").current_dir(&package))?;
    let metadata = run(cargo().args(["metadata", "--format-version=1", "--offline"]).current_dir(&package))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).map_err(|error| error.to_string())?;
    let found = metadata["packages"].as_array().into_iter().flatten().find(|package| package["name"] == name);
    let manifest = found.and_then(|package| package["manifest_path"].as_str());
    let source = manifest.and_then(|path| Path::new(path).parent()).ok_or("cargo metadata does not name it")?;
    run(Command::new("cp").arg("-r").arg(source).arg(unpacked)).map(drop)
}

fn wheel(name: &str, version: &str, work: &Path, unpacked: &Path) -> Result<(), String> {
    let wanted = format!("{name}=={version}");
    let pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", "."];
    run(Command::new("python3").args(pip).arg(wanted).current_dir(work))?;
    let package = files(work)?.into_iter().find(|path| path.extension().is_some_and(|end| end == "whl"));
    let package = package.ok_or_else(|| format!("pip download {name} left no wheel"))?;
    run(Command::new("python3").args(["-m", "zipfile", "--extract"]).arg(package).arg(unpacked)).map(drop)
}

fn npm(name: &str, version: &str, work: &Path, unpacked: &Path) -> Result<(), String> {
    let wanted = format!("{name}@{version}");
    run(Command::new("npm").args(["pack", "--silent", "--ignore-scripts"]).arg(wanted).current_dir(work))?;
    let package = files(work)?.into_iter().find(|path| path.extension().is_some_and(|end| end == "tgz"));
    let package = package.ok_or_else(|| format!("npm pack {name} left no package"))?;
    std::fs::create_dir(unpacked).map_err(|error| error.to_string())?;
    let mut tar = Command::new("tar");
    tar.args(["--extract", "--no-same-owner", "--file"]).arg(package).arg("--directory").arg(unpacked);
    run(&mut tar)?;
    for file in walk(unpacked)?.iter().filter(|path| path.extension().is_some_and(|end| end == "sqlite")) {
        let text = run(Command::new("sqlite3").arg(file).arg(".dump"))?;
        std::fs::write(file.with_extension("sql"), text).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Every file below `dir`, in no order.
pub fn walk(dir: &Path) -> Result<Vec<PathBuf>, String> {
    let (mut found, mut folders) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(folder) = folders.pop() {
        for path in files(&folder)? {
            let kind = path.symlink_metadata().map_err(|error| error.to_string())?.file_type();
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                found.push(path);
            }
        }
    }
    Ok(found)
}

fn files(dir: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(dir).map_err(|error| format!("cannot read {}: {error}", dir.display()))?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(|error| error.to_string())).collect()
}

fn run(command: &mut Command) -> Result<String, String> {
    let done = command.output().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&done.stderr).trim()))
}
