//! Other tools that run SQL files, out of their registries, each in a folder of the cache and at an exact version.

#![allow(dead_code, reason = "the bench of peers knows other tools than the stories")]

use super::packages;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Place from which a tool is installed.
enum From {
    /// Packages of npm.
    Npm(&'static [&'static str]),
    /// Packages of PyPI, in an environment of their own.
    PyPi(&'static [&'static str]),
    /// A crate, its version and the features that it is built with.
    Crate(&'static str, &'static str, &'static str),
    /// Debian packages. They would go into the system, so they are asked for, not installed.
    Debian(&'static [&'static str]),
}

/// A tool, and where it is had.
pub struct Source {
    pub name: &'static str,
    from: From,
    /// A path below the folder of its installation.
    pub program: &'static str,
}

const fn source(name: &'static str, from: From, program: &'static str) -> Source {
    Source { name, from, program }
}

pub const ALEMBIC: Source = source("alembic", From::PyPi(&["alembic==1.*", "pymysql==1.*"]), "bin/alembic");
pub const DBMATE: Source = source("dbmate", From::Npm(&["dbmate@2.36.0"]), "node_modules/.bin/dbmate");
pub const DIESEL: Source = source("diesel", From::Crate("diesel_cli", "2.3.14", "mysql,sqlite-bundled"), "bin/diesel");
pub const DJANGO: Source = source("django", From::PyPi(&["django==5.2.*", "pymysql==1.*"]), "bin/python");
pub const KNEX: Source = source("knex", From::Npm(&["knex@3", "mysql2@3", "sqlite3@5"]), "node_modules/.bin/knex");
pub const LIQUIBASE: Source =
    source("liquibase", From::Npm(&["liquibase@4"]), "node_modules/liquibase/dist/liquibase/liquibase");
pub const PRISMA: Source =
    source("prisma", From::Npm(&["prisma@6.19.3", "@prisma/adapter-libsql@6.19.3"]), "node_modules/.bin/prisma");
pub const RAILS: Source = source(
    "rails",
    From::Debian(&["ruby-activerecord", "ruby-mysql2", "ruby-sqlite3"]),
    "/usr/share/doc/ruby-activerecord",
);
pub const REFINERY: Source =
    source("refinery", From::Crate("refinery_cli", "0.10.0", "mysql,sqlite-bundled"), "bin/refinery");
pub const SQITCH: Source = source(
    "sqitch",
    From::Debian(&["sqitch", "libdbd-mariadb-perl", "libdbd-mysql-perl", "libdbd-sqlite3-perl", "sqlite3"]),
    "/usr/bin/sqitch",
);
pub const SQL_MIGRATE: Source = source("sql-migrate", From::Debian(&["sql-migrate"]), "/usr/bin/sql-migrate");
pub const SQLX: Source = source("sqlx", From::Crate("sqlx-cli", "0.9.0", "mysql,sqlite,rustls"), "bin/sqlx");
pub const YOYO: Source = source("yoyo", From::PyPi(&["yoyo-migrations==9.0.0", "pymysql==1.*"]), "bin/yoyo");

/// The folder of a tool's installation; installs it when it is not there.
///
/// # Errors
/// Why it cannot be had.
pub fn installed(tool: &Source) -> Result<PathBuf, String> {
    let Source { name, from, program } = tool;
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
