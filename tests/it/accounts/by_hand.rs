//! Hand-written SQL, as every role, on every table.

use super::{Cast, is_refused, refused};
use crate::support::{Fresh, on_both_servers};
use caribou::database::{ErrorKind, Session};
use caribou::store::Role;

/// Every role but the worker's, whose account is trusted with all of it.
const PEOPLE: [Role; 4] = [Role::Observer, Role::Operator, Role::Approver, Role::Emergency];

/// Each way to change a table `{t}` with a column `{c}`, and to keep others from it.
const CHANGES: [&str; 16] = [
    "INSERT INTO {t} () VALUES ()",
    "INSERT INTO {t} SELECT * FROM {t}",
    "INSERT INTO {t} ({c}) VALUES (1) ON DUPLICATE KEY UPDATE {c} = {c}",
    "REPLACE INTO {t} SELECT * FROM {t}",
    "UPDATE {t} SET {c} = {c}",
    "DELETE FROM {t}",
    "TRUNCATE TABLE {t}",
    "LOAD DATA INFILE '/dev/null' INTO TABLE {t}",
    "ALTER TABLE {t} ADD COLUMN more INT",
    "ALTER TABLE {t} COMMENT = ''",
    "CREATE INDEX more ON {t} ({c})",
    "CREATE TRIGGER {s}.more BEFORE INSERT ON {t} FOR EACH ROW SET @more = 1",
    "RENAME TABLE {t} TO {s}.more",
    "DROP TABLE {t}",
    "LOCK TABLES {t} WRITE",
    "LOCK TABLES {t} READ",
];

/// Statements on a schema `{s}` that nobody but the worker may run.
const MAKINGS: [&str; 8] = [
    "CREATE TABLE {s}.more (a INT)",
    "CREATE TEMPORARY TABLE {s}.more (a INT)",
    "CREATE VIEW {s}.more AS SELECT 1",
    "CREATE PROCEDURE {s}.more() SELECT 1",
    "CREATE FUNCTION {s}.more() RETURNS INT DETERMINISTIC RETURN 1",
    "CREATE EVENT {s}.more ON SCHEDULE EVERY 1 DAY DO SELECT 1",
    "DROP DATABASE {s}",
    "ALTER DATABASE {s} CHARACTER SET latin1",
];

/// Statements on the server that nobody with a role may run; `{me}` is the account, `{o}` the orchestration schema.
const POWERS: [&str; 11] = [
    "GRANT SELECT ON {o}.* TO {me}",
    "GRANT EXECUTE ON PROCEDURE {o}.submit_decision TO {me}",
    "CREATE USER more@'127.0.0.1'",
    "ALTER USER root@localhost IDENTIFIED BY 'x'",
    "DROP USER root@localhost",
    "SELECT * FROM mysql.user",
    "DROP PROCEDURE {o}.submit_command",
    "ALTER PROCEDURE {o}.submit_command SQL SECURITY INVOKER",
    "ALTER PROCEDURE {o}.touch_session COMMENT 'mine'",
    "FLUSH TABLES WITH READ LOCK",
    "SHUTDOWN",
];

async fn tables(cast: &Cast) -> Vec<(String, String, String)> {
    let schemas = cast.fresh.schemas();
    let sql = format!(
        "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE ORDINAL_POSITION = 1 AND \
         TABLE_SCHEMA IN ('{}', '{}', '{}', '{}') ORDER BY 1, 2",
        schemas.core, schemas.orchestration, schemas.ephemeral, schemas.undo
    );
    let mut root = cast.session().await;
    let rows = root.query_text(&sql).await.expect("columns");
    root.close().await;
    rows.iter().map(|row| (row.get_text(0), row.get_text(1), row.get_text(2))).collect()
}

/// Reads how everything stands, as root sees it: definitions and checksums.
async fn standing(cast: &Cast, tables: &[(String, String, String)]) -> Vec<String> {
    let mut root = cast.session().await;
    let mut all = Vec::new();
    for (schema, table, _) in tables {
        let defined = root.query_text(&format!("SHOW CREATE TABLE {schema}.{table}")).await.expect("it is there");
        let summed = root.query_text(&format!("CHECKSUM TABLE {schema}.{table}")).await.expect("a checksum");
        all.push(format!("{} {}", defined[0].get_text(1), summed[0].get_text(1)));
    }
    root.close().await;
    all
}

/// With something in it that could be changed.
async fn filled(fresh: Fresh) -> Cast {
    let cast = Cast::of(fresh).await;
    let schemas = cast.fresh.schemas();
    let (core, ours, undo) = (&schemas.core, &schemas.orchestration, &schemas.undo);
    cast.run_all(vec![
        format!("CREATE TABLE {core}.customers (id INT PRIMARY KEY)"),
        format!("INSERT INTO {core}.customers VALUES (1)"),
        format!("CREATE TABLE {undo}.kept (id INT PRIMARY KEY)"),
        format!(
            "INSERT INTO {ours}.migration_settings (setting_key, setting_value) VALUES ('environment', 'production')"
        ),
        format!("INSERT INTO {ours}.migration_batches (batch_id, batch_name) VALUES (1, 'one')"),
        format!("INSERT INTO {ours}.migration_files (file_id, batch_id) VALUES (1, 1)"),
    ])
    .await;
    cast
}

async fn nobody_changes_a_table_by_hand(fresh: Fresh) {
    let cast = filled(fresh).await;
    let tables = tables(&cast).await;
    assert!(tables.len() > 24, "{tables:?}");
    let before = standing(&cast, &tables).await;
    for role in PEOPLE {
        let mut session = cast.by_hand(role).await;
        for (schema, table, column) in &tables {
            for change in CHANGES {
                let sql =
                    change.replace("{t}", &format!("{schema}.{table}")).replace("{c}", column).replace("{s}", schema);
                refused(session.as_mut(), &sql).await;
            }
        }
        session.close().await;
    }
    assert_eq!(standing(&cast, &tables).await, before, "nothing was changed");
}

async fn nobody_makes_or_drops_anything(fresh: Fresh) {
    let cast = filled(fresh).await;
    let schemas = cast.fresh.schemas();
    for role in PEOPLE {
        let mut session = cast.by_hand(role).await;
        for schema in [&schemas.core, &schemas.orchestration, &schemas.ephemeral, &schemas.undo] {
            for making in MAKINGS {
                refused(session.as_mut(), &making.replace("{s}", schema)).await;
            }
        }
        powers(&cast, session.as_mut(), role).await;
        session.close().await;
    }
}

async fn powers(cast: &Cast, session: &mut dyn Session, role: Role) {
    let me = format!("'{}'@'127.0.0.1'", cast.name(role));
    for power in POWERS {
        refused(session, &power.replace("{me}", &me).replace("{o}", cast.orchestration())).await;
    }
    if role == Role::Emergency {
        return;
    }
    // On MySQL, whoever may thaw may do these too.
    for sql in ["SET GLOBAL read_only = 1", "SET GLOBAL read_only = 0", "SET SESSION sql_log_bin = 0"] {
        refused(session, sql).await;
    }
    let root = cast.session().await;
    refused(session, &format!("KILL {}", root.connection_id())).await;
    root.close().await;
}

/// People see the migration, never the data.
async fn nobody_reads_the_data(fresh: Fresh) {
    let cast = filled(fresh).await;
    let schemas = cast.fresh.schemas();
    for role in PEOPLE {
        let mut session = cast.by_hand(role).await;
        for sql in [
            format!("SELECT * FROM {}.customers", schemas.core),
            format!("SELECT COUNT(*) FROM {}.migration_batches b, {}.customers c", schemas.orchestration, schemas.core),
            format!("SHOW CREATE TABLE {}.customers", schemas.core),
            format!("SELECT * FROM {}.kept", schemas.undo),
        ] {
            refused(session.as_mut(), &sql).await;
        }
        let seen = session.query_text(&format!("SELECT * FROM {}.migration_batches", schemas.orchestration)).await;
        assert_eq!(seen.expect("the migration").len(), 1);
        session.close().await;
    }
}

/// Each role may run its own of the three procedures, and no other.
async fn each_role_runs_its_own_procedures(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let ours = cast.orchestration();
    let calls = [
        format!("CALL {ours}.touch_session('k', 'console', NULL, 60)"),
        format!("CALL {ours}.submit_command(1, 'pause', '{{}}', NULL, '{{}}', NULL, 'os')"),
        format!("CALL {ours}.submit_decision(1, 1, 'approve', NULL, NULL, 'os')"),
    ];
    for (role, may) in [
        (Role::Observer, [true, false, false]),
        (Role::Operator, [true, true, false]),
        (Role::Approver, [true, false, true]),
        (Role::Emergency, [true, true, false]),
        (Role::Worker, [true, true, true]),
    ] {
        let mut session = cast.by_hand(role).await;
        for (sql, may) in calls.iter().zip(may) {
            let answer = session.query_text(sql).await;
            if may {
                answer.unwrap_or_else(|error| panic!("{role:?} may {sql}: {error}"));
            } else {
                is_refused(sql, answer);
            }
        }
        session.close().await;
    }
}

/// The worker's account is trusted with its schemas, and with nothing else.
async fn the_worker_stays_in_its_schemas(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let other = format!("{}x", cast.fresh.schemas().core);
    cast.run_all(vec![
        format!("CREATE DATABASE {other}"),
        format!("CREATE TABLE {other}.t (id INT PRIMARY KEY)"),
        format!("CREATE PROCEDURE {other}.p() SELECT 1"),
    ])
    .await;
    let mut session = cast.by_hand(Role::Worker).await;
    for sql in [
        format!("SELECT * FROM {other}.t"),
        format!("INSERT INTO {other}.t VALUES (1)"),
        format!("DROP TABLE {other}.t"),
        format!("RENAME TABLE {other}.t TO {}.t", cast.fresh.schemas().undo),
        format!("DROP DATABASE {other}"),
        format!("CALL {other}.p()"),
        format!("GRANT SELECT ON {}.* TO '{}'@'127.0.0.1'", cast.orchestration(), cast.name(Role::Observer)),
        "CREATE USER more@'127.0.0.1'".to_owned(),
        "SELECT * FROM mysql.user".to_owned(),
        "SHUTDOWN".to_owned(),
    ] {
        refused(session.as_mut(), &sql).await;
    }
    session.close().await;
    cast.run_all(vec![format!("DROP DATABASE {other}")]).await;
}

/// A schema whose name the wildcards of a grant would cover too.
async fn a_grant_covers_no_neighbour(fresh: Fresh) {
    let cast = Cast::of(fresh).await;
    let neighbour = cast.orchestration().replace('_', "x");
    cast.run_all(vec![format!("CREATE DATABASE {neighbour}"), format!("CREATE TABLE {neighbour}.t (id INT)")]).await;
    for role in Role::ALL {
        let mut session = cast.by_hand(role).await;
        let error = session.query_text(&format!("SELECT * FROM {neighbour}.t")).await.expect_err("not its schema");
        assert_eq!(error.kind, ErrorKind::Privilege, "{role:?}: {error}");
        session.close().await;
    }
    cast.run_all(vec![format!("DROP DATABASE {neighbour}")]).await;
}

on_both_servers!(
    nobody_changes_a_table_by_hand,
    nobody_makes_or_drops_anything,
    nobody_reads_the_data,
    each_role_runs_its_own_procedures,
    the_worker_stays_in_its_schemas,
    a_grant_covers_no_neighbour,
);
