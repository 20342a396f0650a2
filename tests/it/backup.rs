//! `caribou backup`: a dump of what the plan changes, by the server's own tool, that its own client reads elsewhere with the
//! same rows; it proves the backup of this very plan, and a dump that failed leaves nothing.

use crate::support::{Fresh, Project, SmallDisk, dump_tool, native_client, on_both_servers, on_every_server};
use caribou::database::{Place, Purpose, ServerKind, Target, connect};
use serde_json::Value;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const ROWS: &str = "INSERT INTO users (id, name, photo) VALUES (1, 'Ånä ''quoted'' \\\\ 🦌', X'00FF1A27'), (2, NULL, NULL);\n\
                    INSERT INTO orders VALUES (10, 1), (11, 2);\nINSERT INTO other VALUES (1);\n";

/// A project in whose core tables stand, and whose plan changes one of them.
fn project(fresh: &Fresh) -> Project {
    let project = Project::on(fresh);
    let blob = if fresh.kind == ServerKind::Sqlite { "BLOB" } else { "VARBINARY(20)" };
    project.migration(
        "0001_base.sql",
        format!(
            "CREATE TABLE users (id INT PRIMARY KEY, name VARCHAR(60), photo {blob});\n\
             CREATE TABLE orders (id INT PRIMARY KEY, user INT, FOREIGN KEY (user) REFERENCES users (id));\n\
             CREATE TABLE other (id INT PRIMARY KEY);\n{ROWS}"
        ),
    );
    project.run(&["migrate", "--accept-irreversible"]).exits(0);
    project.migration("0002_more.sql", "ALTER TABLE users ADD COLUMN mail VARCHAR(60);\nCREATE TABLE new (id INT);\n");
    let words: Vec<String> = match fresh.kind {
        ServerKind::Sqlite => Vec::new(),
        kind => dump_tool(kind),
    };
    project.configure("[backup]\ndump = \"dumps\"\n");
    if !words.is_empty() {
        project.configure(&format!("tool = {words:?}\n"));
    }
    project
}

fn backup_item(project: &Project) -> Value {
    let all = project.run(&["checklist", "--format", "json"]).exits(0).json();
    all["items"].as_array().unwrap().iter().find(|item| item["item"] == "backup").expect("it is there").clone()
}

fn entries(dir: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

const LOOK: [&str; 3] = [
    "SELECT id, name, HEX(photo) FROM users ORDER BY id",
    "SELECT id, user FROM orders ORDER BY id",
    "SELECT COUNT(*) FROM users",
];

async fn rows(target: &Target) -> Vec<String> {
    let database = connect(target).await.unwrap();
    let mut session = database.open(Purpose::Reader).await.unwrap();
    let core = &target.schemas.core;
    let mut rows = Vec::new();
    for sql in LOOK {
        let sql = sql.replace("FROM ", &format!("FROM {core}."));
        rows.push(format!("{:?}", session.query(&sql, &[]).await.unwrap()));
    }
    session.close().await;
    rows
}

async fn a_dump_holds_what_the_plan_changes_and_proves_its_backup(fresh: Fresh) {
    let project = project(&fresh);
    let open = backup_item(&project);
    assert!(open["done"] == false && open["evidence"].as_str().unwrap().contains("caribou backup"), "{open}");
    let made = project.run(&["backup", "--format", "json"]).exits(0).json();
    let file = Path::new(made["file"].as_str().unwrap()).to_owned();
    let tables: Vec<&str> = made["tables"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    match fresh.kind {
        ServerKind::Sqlite => assert_eq!(tables, ["orders", "other", "users"]),
        _ => assert_eq!(tables, ["orders", "users"], "{made}"),
    }
    assert_eq!((&made["proves"], &made["plan"].is_string()), (&true.into(), &true));
    let about = std::fs::metadata(&file).unwrap();
    assert_eq!((about.mode() & 0o777, about.len()), (0o600, made["bytes"].as_u64().unwrap()));
    assert_eq!(entries(&project.path("dumps")).len(), 2, "the dump and the account of it");
    let item = backup_item(&project);
    assert_eq!(item["done"], true, "{item}");
    assert!(item["evidence"].as_str().unwrap().contains("is 0.0 h old"), "{item}");

    let restored = restored(&fresh, &file);
    assert_eq!(rows(&restored).await, rows(&fresh.target).await);

    // Another plan is not proved by it.
    project.migration("0003_other.sql", "ALTER TABLE other ADD COLUMN x INT;\n");
    assert_eq!(backup_item(&project)["done"], false);
    let all = project.run(&["backup", "--all", "--output", "all.dump", "--format", "json"]).exits(0).json();
    assert_eq!((all["tables"].as_array().unwrap().len(), &all["proves"]), (3, &false.into()), "{all}");
    let again = project.run(&["backup", "--output", "all.dump"]).exits(2);
    assert!(again.stderr.contains("is there already"), "{again:?}");
}

/// Reads a dump with the server's own client into a schema that holds nothing.
fn restored(fresh: &Fresh, dump: &Path) -> Target {
    match &fresh.target.place {
        Place::Server(address) => {
            let core = format!("{}_restored", fresh.schemas().core);
            let text = std::fs::read_to_string(dump).unwrap();
            native_client(fresh.kind, address, None, &format!("CREATE DATABASE {core}")).unwrap();
            native_client(fresh.kind, address, Some(&core), &text).unwrap();
            Target::server(address.clone(), &core)
        }
        Place::Sqlite { .. } => {
            let dir = dump.parent().unwrap().join("restored");
            std::fs::create_dir(&dir).unwrap();
            std::fs::copy(dump, dir.join("core.db")).unwrap();
            Target::sqlite(dir)
        }
    }
}

async fn a_plan_that_changes_nothing_that_stands_dumps_no_rows(fresh: Fresh) {
    let project = project(&fresh);
    project.migration("0002_more.sql", "CREATE TABLE new (id INT);\n");
    let made = project.run(&["backup", "--format", "json"]).exits(0).json();
    assert_eq!((made["tables"].as_array().unwrap().len(), &made["all"]), (0, &false.into()), "{made}");
    let text = std::fs::read_to_string(made["file"].as_str().unwrap()).unwrap();
    assert!(!text.contains("INSERT INTO") && !text.contains("CREATE TABLE"), "{text}");
}

async fn a_dump_that_fails_leaves_nothing(fresh: Fresh) {
    let project = project(&fresh);
    let before = std::fs::read_to_string(project.path("caribou.toml")).unwrap();
    let (kept, _) = before.split_once("tool = ").unwrap();
    project.write("caribou.toml", format!("{kept}tool = [\"/no/such/dump\"]\n"));
    let missing = project.run(&["backup"]).exits(2);
    assert!(missing.stderr.contains("/no/such/dump cannot be run"), "{missing:?}");
    project.write("half", "#!/bin/sh\n[ \"$1\" = --version ] && echo mysqldump && exit\necho 'INSERT INTO'\n");
    project.write("caribou.toml", format!("{kept}tool = [\"sh\", {:?}]\n", project.path("half")));
    let half = project.run(&["backup"]).exits(1);
    assert!(half.stderr.contains("does not end with"), "{half:?}");
    assert_eq!(entries(&project.path("dumps")), Vec::<String>::new());
    project.write("caribou.toml", &before);

    let account = format!("{}_reader", fresh.schemas().core);
    let core = &fresh.schemas().core;
    fresh.native(&format!(
        "CREATE USER '{account}'@'%' IDENTIFIED BY 'right \\\\ \"one\"'; GRANT SELECT ON *.* TO '{account}'@'%'"
    ));
    let as_account = |password: &str| {
        let mut command = project.command(&["backup", "--user", &account]);
        if fresh.kind == ServerKind::MySql {
            // Its accounts send their password by TLS only.
            command.env("CARIBOU_DATABASE_SSL_MODE", "preferred");
        }
        command.env("CARIBOU_PASSWORD", password).output().expect("it runs").into()
    };
    let wrong: crate::support::Ran = as_account("wrong");
    assert!(wrong.code == Some(5) && !wrong.stderr.contains("wrong\""), "{wrong:?}");
    let few: crate::support::Ran = as_account("right \\ \"one\"");
    assert!(few.code == Some(1) && few.stderr.contains("a dump needs SELECT"), "{few:?}");
    assert_eq!(entries(&project.path("dumps")), Vec::<String>::new());
    fresh.native(&format!("GRANT SHOW VIEW, TRIGGER, EVENT ON {core}.* TO '{account}'@'%'"));
    let enough: crate::support::Ran = as_account("right \\ \"one\"");
    assert_eq!(enough.code, Some(0), "{enough:?}");
    assert_eq!(entries(&project.path("dumps")).len(), 2);

    let Some(disk) = SmallDisk::new(1) else { return };
    fresh.native("INSERT INTO orders (id, user) SELECT 100 + a.n * 1000 + b.n, 1 FROM (WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL \
         SELECT n + 1 FROM s WHERE n < 400) SELECT n FROM s) AS a, (WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s \
         WHERE n < 400) SELECT n FROM s) AS b");
    let full = project.run(&["backup", "--output", &disk.path().join("full.sql").display().to_string()]).exits(1);
    assert!(full.stderr.contains("make room there"), "{full:?}");
    assert_eq!(entries(disk.path()), Vec::<String>::new());
}

on_every_server!(a_dump_holds_what_the_plan_changes_and_proves_its_backup);
on_both_servers!(a_plan_that_changes_nothing_that_stands_dumps_no_rows, a_dump_that_fails_leaves_nothing);
