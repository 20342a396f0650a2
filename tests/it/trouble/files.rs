//! A pipe, a socket, a device or a directory where a file is expected: said, and never waited for.

use crate::support::{Fresh, Project, Ran, Running, run_on};
use caribou::database::ServerKind;
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

fn pipe(project: &Project, name: &str) {
    std::fs::create_dir_all(project.path(name).parent().expect("a parent")).expect("a directory");
    mkfifo(&project.path(name), Mode::S_IRWXU).expect("a pipe");
}

/// It ends, and says what stands there.
#[track_caller]
fn refused(project: &Project, arguments: &[&str], words: &str) -> Ran {
    let ran = Running::start(&mut project.command(arguments)).wait().exits(2);
    assert!(ran.stderr.contains(words), "no {words:?}: {ran:?}");
    ran
}

#[test]
fn a_migration_that_is_no_file_is_refused() {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let project = Project::on(&fresh);
        project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
        pipe(&project, "migrations/0002_pipe.sql");
        refused(&project, &["migrate"], "0002_pipe.sql is a named pipe, not a file");
        std::fs::remove_file(project.path("migrations/0002_pipe.sql")).expect("gone");
        let _socket = UnixListener::bind(project.path("migrations/0002_socket.sql")).expect("a socket");
        refused(&project, &["plan"], "0002_socket.sql is a socket, not a file");
        std::fs::remove_file(project.path("migrations/0002_socket.sql")).expect("gone");
        symlink("/dev/zero", project.path("migrations/0002_device.sql")).expect("a link");
        refused(&project, &["plan"], "0002_device.sql is a device, not a file");
        std::fs::remove_file(project.path("migrations/0002_device.sql")).expect("gone");
        std::fs::create_dir(project.path("migrations/0002_folder.sql")).expect("a folder");
        refused(&project, &["plan"], "0002_folder.sql is a directory, not a file");
        std::fs::remove_dir(project.path("migrations/0002_folder.sql")).expect("gone");
        pipe(&project, "migrations/batch.toml");
        refused(&project, &["plan"], "batch.toml is a named pipe, not a file");
        std::fs::remove_file(project.path("migrations/batch.toml")).expect("gone");
        project.run(&["migrate"]).exits(0);
    });
}

#[test]
fn a_log_that_is_no_file_is_refused() {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let project = Project::on(&fresh);
        pipe(&project, "log");
        refused(&project, &["migrate", "--log-file", "log"], "it is a named pipe, not a file");
        refused(&project, &["migrate", "--log-file", "/dev/full"], "it is a device, not a file");
        refused(&project, &["migrate", "--log-file", "migrations"], "it is a directory, not a file");
    });
}

#[test]
fn a_configuration_that_is_no_file_is_refused() {
    let project = Project::empty();
    pipe(&project, "caribou.toml");
    refused(&project, &["status"], "it is a named pipe, not a file");
    refused(&project, &["status", "--config", "/dev/zero"], "it is a device, not a file");
    pipe(&project, "my.cnf");
    project.write("other.toml", "[database]\ndefaults_file = \"my.cnf\"\n");
    refused(&project, &["status", "--config", "other.toml"], "it is a named pipe, not a file");
}

/// The report of a panic goes by the same rules as everything else.
#[test]
fn a_panic_is_reported_without_colours_where_none_are_wanted() {
    run_on(ServerKind::Sqlite, async |fresh: Fresh| {
        let project = Project::on(&fresh);
        project.migration("0001_a.sql", "CREATE TABLE a (id INT);\n");
        let ran: Ran =
            project.command(&["migrate"]).env("CARIBOU_FAULT", "panic:1").output().expect("it can be run").into();
        let ran = ran.exits(3);
        assert!(ran.stderr.contains("a panic of the worker, as asked for"), "{ran:?}");
        assert!(!ran.stderr.contains('\u{1b}'), "{ran:?}");
        project.run(&["migrate"]).exits(0);
    });
}
