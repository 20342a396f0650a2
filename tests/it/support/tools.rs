//! Other tools that run SQL files, out of their registries, each in a folder of the cache and at an exact version.

use super::packages;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Place from which a tool is installed.
#[allow(dead_code, reason = "the bench of peers knows more tools than the stories")]
pub enum From {
    /// Packages of npm.
    Npm(&'static [&'static str]),
    /// Packages of PyPI, in an environment of their own.
    PyPi(&'static [&'static str]),
    /// A crate, its version and the features that it is built with.
    Crate(&'static str, &'static str, &'static str),
    /// Debian packages. They would go into the system, so they are asked for, not installed.
    Debian(&'static [&'static str]),
}

/// The folder of a tool's installation; installs it when it is not there. `program` is a path below it.
///
/// # Errors
/// Why it cannot be had.
pub fn installed(name: &str, from: &From, program: &str) -> Result<PathBuf, String> {
    if let From::Debian(packages) = from {
        let is_there = Path::new(program).exists();
        let missing = || format!("it is not installed: apt-get install --no-install-recommends {}", packages.join(" "));
        return is_there.then(|| PathBuf::from("/")).ok_or_else(missing);
    }
    let folder = packages::cache().join("tools").join(name);
    if folder.join(program).exists() {
        return Ok(folder);
    }
    packages::say(&format!("installing {name} into {}", folder.display()));
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    match from {
        From::Npm(names) => {
            // Without a file of its own, npm installs into a folder further up.
            std::fs::write(folder.join("package.json"), "{}").map_err(|error| error.to_string())?;
            run(Command::new("npm").args(["install", "--silent", "--no-audit", "--no-fund"]).args(*names), &folder)?;
        }
        From::PyPi(names) => {
            run(Command::new("python3").args(["-m", "venv", "."]), &folder)?;
            run(Command::new(folder.join("bin/pip")).args(["install", "--quiet"]).args(*names), &folder)?;
        }
        From::Crate(krate, version, features) => {
            let words = ["install", "--quiet", "--locked", "--no-default-features", "--root", "."];
            let features = ["--features", features, "--version", version];
            run(Command::new("cargo").args(words).args(features).arg(krate), &folder)?;
        }
        From::Debian(_) => {}
    }
    let missing = || format!("its installation has no {program}");
    folder.join(program).exists().then_some(folder).ok_or_else(missing)
}

fn run(command: &mut Command, folder: &Path) -> Result<(), String> {
    let done = command.current_dir(folder).output().map_err(|error| format!("{command:?}: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    let lines: Vec<&str> = said.trim().lines().collect();
    Err(format!("{command:?} ended with {}: {}", done.status, lines[lines.len().saturating_sub(3)..].join(" / ")))
}
