//! Number of times that a command waits for the server: each question takes as long as the way there and back, which
//! may be a third of a second. On a server of its own, since it is the server that counts.

use crate::support::{Fresh, PrivateServer, Project, is_wanted, run};
use caribou::database::ServerKind;

/// Statements and connections until now. A statement that is prepared is another question.
fn so_far(server: &PrivateServer) -> (u64, u64) {
    let of = |name: &str| -> u64 {
        let sql = format!("SHOW GLOBAL STATUS LIKE '{name}'");
        let answer = server.ask(&sql).expect("the server counts");
        answer.split_whitespace().last().and_then(|number| number.parse().ok()).expect("a number")
    };
    (of("Questions") + of("Com_stmt_prepare"), of("Connections"))
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
        for (verb, questions, connections) in [("status", 17, 1), ("doctor", 58, 1), ("history", 10, 1)] {
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
