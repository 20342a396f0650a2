//! What changes in core while files run, and no statement of theirs says so.

use crate::support::{Fresh, Project, Running, on_both_servers, on_every_server};
use caribou::check::{self, CheckLevel, CheckSettings, CheckedFile, Earlier, KnownObjects};
use caribou::database::{Database, Purpose, ServerKind, Session};
use caribou::model::{Class, FileType, Finding, ValidationPhase, ValidationStatus};
use serde_json::Value;

const CHECK: &str = "unannounced_change";

/// The eyes of one worker.
struct Eyes {
    database: std::sync::Arc<dyn Database>,
    session: Box<dyn Session>,
    known: KnownObjects,
}

impl Eyes {
    async fn on(fresh: &Fresh) -> Eyes {
        let database = fresh.database().await;
        let session = database.open(Purpose::Control).await.expect("a session");
        Eyes { database, session, known: KnownObjects::default() }
    }

    /// What the check says of a file, before or after it.
    async fn look(&mut self, phase: ValidationPhase, (path, up): (&str, &str), is_last: bool) -> Option<Finding> {
        let dialect = self.database.kind().dialect();
        let (script, earlier) = (caribou::sql::read(up, dialect), Earlier::default());
        let of = (dialect, self.database.schemas().core.as_str());
        let file = CheckedFile {
            ahead: false,
            is_last,
            ..CheckedFile::new((path, FileType::Doctrine), of, script.as_ref(), &earlier)
        };
        let mut settings = CheckSettings::default();
        settings.levels.insert(CHECK.to_owned(), CheckLevel::Block);
        let looking: (&mut dyn Session, &mut KnownObjects) = (self.session.as_mut(), &mut self.known);
        let findings = check::run(phase, &file, &settings, looking, self.database.as_ref()).await;
        findings.into_iter().find(|finding| finding.check == CHECK)
    }

    async fn begin(&mut self, file: (&str, &str)) {
        assert_eq!(self.look(ValidationPhase::Pre, file, false).await, None);
    }

    async fn end(&mut self, file: (&str, &str)) -> Option<String> {
        let finding = self.look(ValidationPhase::Post, file, true).await?;
        assert_eq!((finding.status, finding.class), (ValidationStatus::Warning, Some(Class::C)), "{finding:?}");
        Some(finding.result)
    }
}

/// What a file announces is its own; what somebody else does meanwhile is found, once, by name.
async fn what_others_change_is_told_from_what_the_files_do(fresh: Fresh) {
    let run = |sql: &'static str| {
        let fresh = &fresh;
        async move {
            let mut session = fresh.database().await.open(Purpose::File).await.expect("a session");
            session.run(sql).await.expect(sql);
            session.close().await;
        }
    };
    for sql in [
        "CREATE TABLE parent (id INT PRIMARY KEY, a INT)",
        "CREATE TABLE child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id))",
        "CREATE TABLE aside (id INT PRIMARY KEY, a INT)",
        "CREATE VIEW seen AS SELECT id FROM parent",
    ] {
        run(sql).await;
    }
    let mut eyes = Eyes::on(&fresh).await;
    // All of it is announced, and so is what goes with it.
    let file =
        ("1.sql", "ALTER TABLE parent RENAME TO elder; CREATE INDEX i ON child (id); CREATE TABLE fresh (id INT);");
    eyes.begin(file).await;
    for sql in ["ALTER TABLE parent RENAME TO elder", "CREATE INDEX i ON child (id)", "CREATE TABLE fresh (id INT)"] {
        run(sql).await;
    }
    assert_eq!(eyes.end(file).await, None);
    // Others.
    let file = ("2.sql", "INSERT INTO aside VALUES (1, 1); ALTER TABLE elder ADD COLUMN b INT;");
    eyes.begin(file).await;
    let others = ["CREATE TABLE foreign_one (id INT)", "DROP TABLE fresh", "CREATE INDEX theirs ON aside (a)"];
    for sql in [&["INSERT INTO aside VALUES (1, 1)", "ALTER TABLE elder ADD COLUMN b INT"], &others[..]].concat() {
        run(sql).await;
    }
    let told = eyes.end(file).await.expect("a finding");
    let index = if fresh.kind == ServerKind::Sqlite {
        "the index theirs is new"
    } else {
        "the table aside has changed: indexes"
    };
    for words in ["the table foreign_one is new", "the table fresh is gone", index, "policy: checks.unannounced_change"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("elder") && !told.contains("child"), "{told}");
    // It is told once.
    eyes.begin(("3.sql", "SELECT 1;")).await;
    assert_eq!(eyes.end(("3.sql", "SELECT 1;")).await, None);
    // Two files at a time do not accuse one another, whichever ends first.
    let (one, other) = (("4.sql", "CREATE TABLE four (id INT);"), ("5.sql", "CREATE TABLE five (id INT);"));
    eyes.begin(one).await;
    eyes.begin(other).await;
    run("CREATE TABLE five (id INT)").await;
    run("CREATE TABLE four (id INT)").await;
    assert_eq!(eyes.end(one).await, None);
    run("DROP TABLE aside").await;
    let told = eyes.end(other).await.expect("a finding");
    assert!(told.contains("the table aside is gone") && !told.contains("four"), "{told}");
    // After a pause it begins anew.
    eyes.begin(("6.sql", "SELECT 1;")).await;
    eyes.known.forget_schema();
    run("DROP TABLE four").await;
    assert_eq!(eyes.end(("6.sql", "SELECT 1;")).await, None);
    eyes.session.close().await;
}

/// What rows are held to and what they get is part of a table: checks, defaults, computed columns.
async fn what_others_demand_of_rows_is_found(fresh: Fresh) {
    fresh.native(
        "CREATE TABLE a (id INT PRIMARY KEY, n INT, s VARCHAR(9) DEFAULT '-', g INT AS (n + 1) STORED, \
         CONSTRAINT c CHECK (n > 0));",
    );
    let mut eyes = Eyes::on(&fresh).await;
    let all = [
        ("ALTER TABLE a ADD CONSTRAINT d CHECK (n < 100)", "checks (1 before, 2 now)"),
        ("ALTER TABLE a DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (n > 1)", "checks (2 before, 2 now)"),
        ("ALTER TABLE a ALTER COLUMN n SET DEFAULT 7", "columns"),
        ("ALTER TABLE a MODIFY s VARCHAR(9) DEFAULT NULL", "columns"),
        ("ALTER TABLE a MODIFY g INT AS (n + 2) STORED", "columns"),
    ];
    for (n, (theirs, words)) in all.into_iter().enumerate() {
        let path = format!("{n}.sql");
        let file = (path.as_str(), "SELECT 1;");
        eyes.begin(file).await;
        fresh.native(theirs);
        let told = eyes.end(file).await.unwrap_or_else(|| panic!("{theirs} is not found"));
        assert!(told.contains("the table a has changed: ") && told.contains(words), "{theirs}: {told}");
    }
    eyes.session.close().await;
}

/// What the log says of the check, in all batches: file, class, text.
fn logged(project: &Project, batch: u32) -> Vec<Value> {
    let told = project.run(&["events", &batch.to_string(), "--format", "json"]).exits(0).stdout;
    let events: Vec<Value> = serde_json::Deserializer::from_str(&told).into_iter().map(|e| e.expect("JSON")).collect();
    let flat = events.iter().flat_map(|event| event.as_array().cloned().unwrap_or_else(|| vec![event.clone()]));
    flat.filter(|event| event.to_string().contains(&format!("\"{CHECK}\""))).collect()
}

/// A procedure that a file calls does what no text says; the doctrine opens a window of class C for it.
async fn what_a_called_procedure_does_is_found(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.configure("[checks]\nunannounced_change = \"block\"\n");
    project.migration("1_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\n");
    project.run(&["migrate"]).exits(0);
    assert_eq!(logged(&project, 1), Vec::<Value>::new());
    let core = &fresh.schemas().core;
    let procedure = "CREATE PROCEDURE p() BEGIN CREATE TABLE made (id INT); ALTER TABLE a ADD COLUMN b INT; END";
    let database = fresh.database().await;
    let mut session = database.open(Purpose::File).await.expect("a session");
    session.run(procedure).await.expect("a procedure");
    session.close().await;
    project.migration("2_call.sql", format!("SELECT 1;\nCALL {core}.p();\n"));
    project.migration("3_c.sql", "CREATE TABLE c (id INT PRIMARY KEY);\n");
    project.run(&["migrate", "--accept-irreversible"]).exits(0);
    let found = logged(&project, 2);
    assert_eq!(found.len(), 1, "{found:?}");
    let text = found[0].to_string();
    for words in
        ["the table a has changed: columns (1 before, 2 now)", "the table made is new", "line 2: statement 2", "call"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    let windows = project.run(&["rollbacks", "--format", "json"]).exits(0).stdout;
    assert!(windows.contains("\"C\"") && windows.contains(CHECK), "{windows}");
}

/// Somebody changes the schema while a statement runs.
async fn what_somebody_does_meanwhile_is_found(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.migration("1_a.sql", "CREATE TABLE a (id INT PRIMARY KEY);\nSELECT SLEEP(3.25);\n");
    project.migration("2_b.sql", "CREATE TABLE b (id INT PRIMARY KEY);\n");
    let migrate = Running::start(&mut project.command(&["migrate"]));
    let sleeps = "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(3.25)%'";
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while fresh.native(sleeps).trim() == "0" {
        assert!(std::time::Instant::now() < deadline, "the statement is not seen");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    fresh.native(&format!("CREATE TABLE {}.somebody (id INT)", fresh.schemas().core));
    migrate.wait().exits(0);
    let found = logged(&project, 1);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].to_string().contains("the table somebody is new"), "{found:?}");
}

/// Many files at a time, with all that a file can make: nobody is accused.
async fn files_beside_one_another_accuse_nobody(fresh: Fresh) {
    let project = Project::on(&fresh);
    project.configure("[checks]\nunannounced_change = \"block\"\n[workers]\nparallel = 4\n");
    for n in 1..=12 {
        let text = format!(
            "CREATE TABLE t{n} (id INT PRIMARY KEY, a INT);\nCREATE INDEX i{n} ON t{n} (a);\n\
             CREATE VIEW v{n} AS SELECT id FROM t{n};\nALTER TABLE t{n} ADD COLUMN b INT;\n\
             CREATE TRIGGER g{n} BEFORE INSERT ON t{n} FOR EACH ROW SET NEW.b = 1;\nDROP VIEW v{n};\nDROP TRIGGER g{n};\n\
             ALTER TABLE t{n} RENAME TO r{n};\n"
        );
        project.migration(&format!("{n:02}_t.sql"), text);
    }
    project.run(&["migrate"]).exits(0);
    assert_eq!(logged(&project, 1), Vec::<Value>::new());
}

on_every_server!(what_others_change_is_told_from_what_the_files_do);
on_both_servers!(
    what_others_demand_of_rows_is_found,
    what_a_called_procedure_does_is_found,
    what_somebody_does_meanwhile_is_found,
    files_beside_one_another_accuse_nobody,
);
