//! Number of times that a command waits for the server, or that it writes: each question takes as long as the way there
//! and back, which may be a third of a second, each commit a sync of the disk. On a server of its own, since it is the
//! server that counts.

use crate::support::{Fresh, PrivateServer, Project, is_wanted, run};
use caribou::database::ServerKind;

/// What the server has counted under a name until now.
fn counted(server: &PrivateServer, name: &str) -> u64 {
    let answer = server.ask(&format!("SHOW GLOBAL STATUS LIKE '{name}'")).expect("the server counts");
    answer.split_whitespace().last().and_then(|number| number.parse().ok()).expect("a number")
}

/// Statements and connections until now. A statement that is prepared is another question.
fn so_far(server: &PrivateServer) -> (u64, u64) {
    let questions = counted(server, "Questions") + counted(server, "Com_stmt_prepare");
    (questions, counted(server, "Connections"))
}

fn asked(server: &PrivateServer, command: impl FnOnce()) -> (u64, u64) {
    let before = so_far(server);
    command();
    let after = so_far(server);
    // Each look is three connections with a few statements of its own.
    let idle = so_far(server);
    let own = (idle.0 - after.0, idle.1 - after.1);
    (after.0 - before.0 - own.0, after.1 - before.1 - own.1)
}

fn few_questions(kind: ServerKind) {
    if !is_wanted(kind) {
        return;
    }
    run(async {
        let server = PrivateServer::own(kind, &[]);
        let fresh = Fresh::in_server(&server);
        let project = Project::on(&fresh);
        for n in 1..=12 {
            project.migration(&format!("{n:04}_t.sql"), format!("CREATE TABLE t{n} (id INT);\n"));
            project.run(&["migrate"]).exits(0);
        }
        // Of those of `status` two ask what the checks warned of, one what befell the batch, and one what stands about the
        // system; one of those of `doctor` whether a history table is kept in step.
        for (verb, questions, connections) in [("status", 21, 1), ("doctor", 59, 1), ("history", 10, 1)] {
            let (asked, connected) = asked(&server, || drop(project.run(&[verb]).exits(0)));
            eprintln!("{kind}: {verb} asks {asked} questions on {connected} connections");
            assert!(asked <= questions, "{verb} asks {asked} questions");
            assert!(connected <= connections, "{verb} makes {connected} connections");
        }
    });
}

#[test]
fn few_questions_are_asked_of_mariadb() {
    few_questions(ServerKind::MariaDb);
}

#[test]
fn few_questions_are_asked_of_mysql() {
    few_questions(ServerKind::MySql);
}

/// What a file costs beside its own statements. What a worker asks from time to time is not among it, since how often that
/// is depends on the machine.
#[derive(Debug)]
struct Cost {
    definitions: f64,
    warnings: f64,
    pings: f64,
    commits: f64,
}

/// Counts of a server, in the order of [`Cost`].
const COUNTS: [&str; 4] = ["Com_show_create_table", "Com_show_warnings", "Com_admin_commands", "Com_commit"];

/// Counts of a whole run with so many files.
fn counts_of_run(server: &PrivateServer, (files, parallel): (u32, u32), text: impl Fn(u32) -> String) -> [u64; 4] {
    let fresh = Fresh::in_server(server);
    let project = Project::on(&fresh);
    for n in 1..=files {
        project.migration(&format!("{n:04}_t.sql"), text(n));
    }
    project.run(&["schema", "install"]).exits(0);
    let before = COUNTS.map(|name| counted(server, name));
    project.run(&["migrate", "--parallel", &parallel.to_string()]).exits(0);
    let after = COUNTS.map(|name| counted(server, name));
    std::array::from_fn(|index| after[index] - before[index])
}

/// The difference between a run with many files and one with few.
fn cost_of_file(server: &PrivateServer, parallel: u32, text: impl Fn(u32) -> String) -> Cost {
    let (few, many) = (counts_of_run(server, (10, parallel), &text), counts_of_run(server, (30, parallel), &text));
    let [definitions, warnings, pings, commits] =
        std::array::from_fn(|index| (many[index] as f64 - few[index] as f64) / 20.0);
    Cost { definitions, warnings, pings, commits }
}

fn files_cost_little(kind: ServerKind) {
    if !is_wanted(kind) {
        return;
    }
    run(async {
        let server = PrivateServer::own(kind, &[]);
        let one = |n: u32| format!("CREATE TABLE t{n} (id INT NOT NULL PRIMARY KEY);\n");
        let five = |n: u32| {
            let rows = format!("INSERT INTO t{n} VALUES (1), (2);\nALTER TABLE t{n} ADD COLUMN a INT NULL;\n");
            let index = format!("CREATE INDEX by_a ON t{n} (a);\nUPDATE t{n} SET a = 1 WHERE id = 1;\n");
            format!("{}{rows}{index}", one(n))
        };
        let (beside, five_beside) = (cost_of_file(&server, 4, one), cost_of_file(&server, 4, five));
        eprintln!("{kind}, four at a time: a file of one statement costs {beside:?}, of five {five_beside:?}");
        assert!(beside.commits < 0.8 && five_beside.commits < 5.0, "{beside:?}, {five_beside:?}");
        let (one, five) = (cost_of_file(&server, 1, one), cost_of_file(&server, 1, five));
        eprintln!("{kind}: a file of one statement costs {one:?}, of five {five:?}");
        // A table is looked at before its file, while another one runs, and after each of its definitions.
        assert!(one.definitions <= 2.5 && five.definitions <= 4.5, "{one:?}, {five:?}");
        assert!(one.warnings + five.warnings < 0.1, "no statement gives a warning: {one:?}, {five:?}");
        // A slow machine commits more, so that what people see is never old.
        assert!(one.pings < 1.0 && five.pings < 1.0, "{one:?}, {five:?}");
        // Two of the commits of five statements are those of their rows.
        assert!(one.commits < 2.0 && five.commits < 6.5, "{one:?}, {five:?}");
    });
}

#[test]
fn a_file_asks_mariadb_little() {
    files_cost_little(ServerKind::MariaDb);
}

#[test]
fn a_file_asks_mysql_little() {
    files_cost_little(ServerKind::MySql);
}
