//! The packages themselves, made and tried where nothing else is: long, so `CARIBOU_PROOF=1` asks for them.
//!
//! What they compile is kept in the cache of the tests.

use super::{is_there, root};
use crate::support::{Fresh, Project, is_proving, packages, run_on};
use caribou::database::ServerKind;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs a program to its end; what it printed.
pub fn done(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {said}");
    said
}

/// cargo, on this repository.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// A folder for what cargo makes, which stays.
fn target(name: &str) -> PathBuf {
    packages::cache().join("packages").join(name)
}

/// Commands of a first day, in a root that has nothing but Debian's essential packages.
const FIRST_DAY: &str = "set -eu
dpkg -i /caribou.deb
caribou --version
cd /root && caribou init shop && cd shop
echo 'CREATE TABLE orders (id INTEGER PRIMARY KEY);' > migrations/0001_orders.sql
caribou plan && caribou rehearse && caribou migrate && caribou status
caribou rollback 1 --class A --yes --reason 'not today'
caribou migrate && caribou doctor
test -s /usr/share/man/man1/caribou-migrate.1 -o -s /usr/share/man/man1/caribou-migrate.1.gz
test -s /usr/share/bash-completion/completions/caribou
test -s /usr/lib/systemd/system/caribou-worker.service
caribou replay \"$(ls /usr/share/caribou/recordings/*.caribou | head -1)\" --headless --format json | head -1
dpkg -r caribou
! test -e /usr/bin/caribou
echo gone again
";

#[test]
fn the_debian_package_installs_and_runs_in_a_clean_root() {
    let needed = ["mmdebstrap", "cargo-deb"];
    if !is_proving("the Debian package in a clean root") || !needed.iter().all(|program| is_there(program)) {
        return;
    }
    let project = Project::empty();
    let package = project.path("caribou.deb");
    done(Command::new(root().join("assets/debian/build")).env("PROFILE", "dev").arg("--output").arg(&package));
    let clean = project.path("root");
    let suite = done(Command::new("sh").args(["-c", ". /etc/os-release && echo $VERSION_CODENAME"]));
    done(Command::new("mmdebstrap").args(["--quiet", "--variant=minbase", suite.trim()]).arg(&clean));
    std::fs::copy(&package, clean.join("caribou.deb")).expect("a copy");
    let said = done(bare(Command::new("chroot").arg(&clean).args(["sh", "-c", FIRST_DAY])));
    for words in ["completed: 1 of 1 file completed", "undone and verified", "gone again"] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

/// What `cargo publish` would send, unpacked elsewhere.
#[test]
fn the_packaged_crate_installs() {
    if !is_proving("the packaged crate, installed") {
        return;
    }
    let project = Project::empty();
    let made = project.path("target");
    done(cargo().args(["package", "--locked", "--no-verify", "--allow-dirty", "--target-dir"]).arg(&made));
    let archive = made.join(concat!("package/caribou-", env!("CARGO_PKG_VERSION"), ".crate"));
    done(Command::new("tar").arg("--extract").arg("--file").arg(archive).current_dir(project.path(".")));
    let unpacked = project.path(concat!("caribou-", env!("CARGO_PKG_VERSION")));
    let mut install = cargo();
    install.current_dir(&unpacked).args(["install", "--locked", "--debug", "--path", ".", "--target-dir"]);
    done(install.arg(target("crate")).arg("--root").arg(project.path("installed")));
    plays(Command::new(project.path("installed/bin/caribou")).current_dir(project.path(".")));
}

/// The binary that has its libraries in it, in a root that holds nothing but it.
#[test]
fn the_static_binary_runs_where_nothing_else_is() {
    const TRIPLE: &str = "x86_64-unknown-linux-musl";
    if !is_proving("the static binary") || !is_there("musl-gcc") {
        return;
    }
    done(
        cargo()
            .args(["build", "--locked", "--bin", "caribou", "--target", TRIPLE, "--target-dir"])
            .arg(target("static")),
    );
    let program = target("static").join(TRIPLE).join("debug/caribou");
    let project = Project::empty();
    project.write("root/tmp/here", "").write("root/caribou", std::fs::read(&program).expect("the program"));
    done(Command::new("chmod").arg("755").arg(project.path("root/caribou")));
    plays(Command::new("chroot").arg(project.path("root")).arg("/caribou"));
    run_on(ServerKind::MariaDb, |fresh| migrates_a_server(fresh, &program));
}

/// A command that knows nothing of where it is started from.
fn bare(command: &mut Command) -> &mut Command {
    command.env_clear().env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin").env("HOME", "/root")
}

/// The demo without a terminal: batches that succeed, one that is undone, and a replay.
fn plays(program: &mut Command) {
    let report = done(bare(program).args(["demo", "--headless", "--format", "json"]));
    assert!(report.contains("\"as_told\":true") || report.contains("\"as_told\": true"), "{report}");
}

async fn migrates_a_server(fresh: Fresh, program: &Path) {
    let project = Project::on(&fresh);
    project.migration("0001_orders.sql", "CREATE TABLE orders (id INT PRIMARY KEY);\n");
    let said = done(project.command_of(program, &["migrate"]).env("TERM", "dumb"));
    assert!(said.contains("completed: 1 of 1 file completed"), "{said}");
}
