//! The files of the crash stories: of each can be told from the database how far it came, and whether anything ran twice.

use super::Scene;
use caribou::database::ServerKind;
use caribou::model::FileStatus;
use caribou::store::Reader;

/// Number of the files.
pub(super) const COUNT: usize = 30;

/// Name, migration and rollback script of the n-th, from 1. The first makes the table in which each of the others leaves
/// one row. Every fourth has no script, and its undo is what was seen and kept.
pub(super) fn file(n: usize, server: ServerKind) -> (String, String, Option<String>) {
    let counted = if server == ServerKind::Sqlite {
        "INTEGER PRIMARY KEY AUTOINCREMENT"
    } else {
        "INT PRIMARY KEY AUTO_INCREMENT"
    };
    let logged = format!(
        "INSERT INTO log (file, note) VALUES ({n}, 'once');\nUPDATE log SET note = 'later' WHERE file = {n};\n"
    );
    let unlogged = format!("DELETE FROM log WHERE file = {n};\n");
    let (up, down) = match (n, n % 3) {
        (1, _) => {
            (format!("CREATE TABLE log (id {counted}, file INT, note VARCHAR(9));\n"), "DROP TABLE log;\n".to_owned())
        }
        (_, 2) => (
            format!(
                "CREATE TABLE a{n} (id INT PRIMARY KEY);\nINSERT INTO a{n} VALUES (1);\nINSERT INTO a{n} VALUES (2);\n{logged}"
            ),
            format!("{unlogged}DROP TABLE a{n};\n"),
        ),
        (_, 0) => (
            format!(
                "CREATE TABLE b{n} (id INT);\nBEGIN;\nINSERT INTO b{n} VALUES (1);\n{logged}COMMIT;\n\
                 INSERT INTO b{n} VALUES (2);\nINSERT INTO b{n} VALUES (3);\n"
            ),
            format!("{unlogged}DROP TABLE b{n};\n"),
        ),
        _ => {
            let a = n - 2;
            (
                format!("ALTER TABLE a{a} ADD COLUMN c INT;\n{logged}"),
                format!("{unlogged}ALTER TABLE a{a} DROP COLUMN c;\n"),
            )
        }
    };
    (format!("{n:04}_file"), up, (!n.is_multiple_of(4)).then_some(down))
}

/// Writes them all.
pub(super) fn write(scene: &Scene) {
    for n in 1..=COUNT {
        let (name, up, down) = file(n, scene.database.kind());
        scene.project.migration(&format!("{name}.sql"), up);
        if let Some(down) = down {
            scene.project.migration(&format!("{name}.rollback.sql"), down);
        }
    }
}

/// Reads what stands of a file: its own table's rows (or column), and its rows in the log.
async fn stands(scene: &Scene, n: usize) -> (Option<i64>, i64) {
    let own = match (n, n % 3) {
        (1, _) => "SELECT COUNT(*) * 0 FROM log".to_owned(),
        (_, 2) => format!("SELECT COUNT(*) FROM a{n}"),
        (_, 0) => format!("SELECT COUNT(*) FROM b{n}"),
        _ => format!("SELECT COUNT(c) FROM a{}", n - 2),
    };
    let logged = scene.number(&format!("SELECT COUNT(*) FROM log WHERE file = {n}")).await.unwrap_or(0);
    (scene.number(&own).await, logged)
}

/// Gives what stands of a file that ran.
fn done(n: usize) -> (Option<i64>, i64) {
    match (n, n % 3) {
        (1, _) => (Some(0), 0),
        (_, 2) => (Some(2), 1),
        (_, 0) => (Some(3), 1),
        _ => (Some(0), 1),
    }
}

/// Fails unless what stands is what the journal says; gives how each file ended.
pub(super) async fn are_as_journalled(scene: &Scene, seed: u64) -> Vec<String> {
    if scene.database.kind() == ServerKind::Sqlite {
        let left = scene.number("SELECT COUNT(*) FROM sqlite_master WHERE name LIKE 'caribou$%'").await;
        assert_eq!(left, Some(0), "seed {seed}: tables of ours are left in core");
    }
    let mut reader = Reader::open(&scene.store).await.unwrap();
    let mut ends = Vec::new();
    for row in reader.history_files().await.unwrap() {
        ends.push(row.status.to_string());
        let n: usize = row.path[..4].parse().unwrap();
        let stands = stands(scene, n).await;
        let world = reader.world(row.batch_id).await.unwrap().unwrap();
        let file = world.file(row.batch_id, row.file_id).unwrap();
        match row.status {
            FileStatus::Completed => assert_eq!(stands, done(n), "seed {seed}: {} is completed", row.path),
            FileStatus::Pending | FileStatus::RolledBack => {
                assert_eq!(stands, (None, 0), "seed {seed}: {} is {}", row.path, row.status);
                assert!(!file.has_effects(), "seed {seed}: {}", row.path);
            }
            FileStatus::Failed => {
                assert!(file.has_effects(), "seed {seed}: {} failed, and nothing says what stands", row.path);
                assert!(stands.1 <= 1, "seed {seed}: {} ran twice", row.path);
                let decides = scene.database.kind() != ServerKind::Sqlite;
                assert!(decides, "seed {seed}: on SQLite everything can be decided: {:?}", file.failure);
                eprintln!("seed {seed}: {}", file.failure.as_ref().map(ToString::to_string).unwrap_or_default());
            }
            FileStatus::Processing => panic!("seed {seed}: {} is still under way", row.path),
        }
    }
    reader.close().await;
    ends
}
