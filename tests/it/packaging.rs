//! What a package holds: completions, manual pages, the unit of the worker, and files that are really there.

mod built;

use crate::support::{Project, binary, packages};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// True if a program is there; says NOT RUN otherwise.
fn is_there(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        packages::say_not_run(&format!("what is seen with {program}"), "it is not installed");
    }
    found
}

/// The commands that `caribou --help` lists.
fn commands(project: &Project) -> Vec<String> {
    let help = project.run(&["--help"]).exits(0).stdout;
    let listed = help.split("\nCommands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("commands");
    let names = listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn completions_know_every_command() {
    let project = Project::empty();
    let commands = commands(&project);
    assert!(commands.len() > 30, "{commands:?}");
    for shell in ["bash", "zsh", "fish"] {
        let script = project.run(&["completions", shell]).exits(0).stdout;
        let missing: Vec<&String> = commands.iter().filter(|command| !script.contains(command.as_str())).collect();
        assert!(missing.is_empty(), "{shell}: {missing:?}");
    }
    let script = project.run(&["completions", "bash"]).exits(0).stdout;
    project.write("caribou.bash", &script);
    let asked = "source caribou.bash; COMP_WORDS=(caribou rollb); COMP_CWORD=1; _caribou caribou rollb caribou; \
                 echo ${COMPREPLY[*]}";
    let answer = Command::new("bash").args(["-c", asked]).current_dir(project.path(".")).output().expect("bash");
    assert_eq!(String::from_utf8_lossy(&answer.stdout).trim(), "rollback rollbacks", "{answer:?}");
}

#[test]
fn every_command_has_a_manual_page_that_is_set_without_a_warning() {
    let project = Project::empty();
    project.run(&["man", "--out", "man"]).exits(0);
    for command in commands(&project).iter().filter(|command| *command != "help") {
        assert!(project.path(&format!("man/caribou-{command}.1")).exists(), "{command}");
    }
    if !is_there("groff") {
        return;
    }
    for entry in std::fs::read_dir(project.path("man")).expect("the pages") {
        let page = entry.expect("a page").path();
        let set = Command::new("groff").args(["-k", "-man", "-Tutf8", "-ww", "-z"]).arg(&page).output().expect("groff");
        assert!(set.stderr.is_empty(), "{}: {}", page.display(), String::from_utf8_lossy(&set.stderr));
    }
}

#[test]
fn systemd_takes_the_unit_of_the_worker() {
    if !is_there("systemd-analyze") {
        return;
    }
    let unit = std::fs::read_to_string(root().join("assets/systemd/caribou-worker.service")).expect("the unit");
    let project = Project::empty();
    // Installed it is found on the path.
    let here = unit.replace("ExecStart=caribou ", &format!("ExecStart={} ", binary().display()));
    assert_ne!(here, unit);
    project.write("caribou-worker.service", here);
    let verify = |name: &str| {
        let mut command = Command::new("systemd-analyze");
        command.args(["verify", "--man=no", "--recursive-errors=no"]).arg(project.path(name));
        command.output().expect("systemd-analyze")
    };
    let good = verify("caribou-worker.service");
    assert!(good.status.success() && good.stderr.is_empty(), "{}", String::from_utf8_lossy(&good.stderr));
    project.write("wrong.service", unit.replace("ExecStart=caribou ", "ExecStart=/no/such/caribou "));
    assert!(!verify("wrong.service").status.success(), "it says no to a program that is not there");
}

/// The files of the Debian package are in the repository, or `assets/debian/build` makes them.
#[test]
fn what_a_package_holds_is_there() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let manifest: toml::Table = manifest.parse().expect("TOML");
    let assets = manifest["package"]["metadata"]["deb"]["assets"].as_array().expect("assets");
    let script = std::fs::read_to_string(root().join("assets/debian/build")).expect("the script");
    let sources = assets.iter().map(|asset| asset[0].as_str().expect("a source"));
    let (made, kept): (Vec<&str>, Vec<&str>) = sources.partition(|source| source.starts_with("target/"));
    assert!(made.len() == 5 && kept.len() > 4, "{made:?} {kept:?}");
    for source in kept {
        let path: PathBuf = root().join(source);
        let directory = path.parent().expect("a directory");
        let (begin, end) = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name")
            .split_once('*')
            .unwrap_or((path.file_name().and_then(|name| name.to_str()).expect("a name"), ""));
        let names =
            std::fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").file_name());
        let fits = |name: String| name.starts_with(begin) && name.ends_with(end);
        assert!(names.map(|name| name.to_string_lossy().into_owned()).any(fits), "{source} is not there");
    }
    for made in made.iter().filter(|made| made.contains("package-files")) {
        let directory = made.rsplit_once('/').expect("a path").0;
        assert!(script.contains(directory), "{made} is made by nobody");
    }
}

/// What `cargo package` takes: all that the README points to, and nothing that only the repository can run.
#[test]
fn the_crate_holds_what_it_needs() {
    let list = built::done(built::cargo().args(["package", "--list", "--locked", "--offline", "--allow-dirty"]));
    let listed: Vec<&str> = list.lines().collect();
    let only_here = |path: &&&str| ["tests/", "benches/", "target/"].iter().any(|begin| path.starts_with(begin));
    assert_eq!(listed.iter().filter(only_here).collect::<Vec<_>>(), Vec::<&&str>::new());
    let readme = std::fs::read_to_string(root().join("README.md")).expect("the README");
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let pointed: Vec<&str> = links.filter(|link| !link.contains("://")).collect();
    assert!(pointed.len() > 10, "{pointed:?}");
    for link in pointed {
        let there = listed.iter().any(|path| *path == link || (link.ends_with('/') && path.starts_with(link)));
        assert!(there, "the README points to {link}, which the crate does not hold");
    }
}
