//! The pieces of every file, run one by one on a file session, do what the native client does with the file: the same
//! statements are refused in the same words, and what stands in the schema at the end is the same. Both go on after
//! errors, so that every statement is tried.

use super::collections::{Collection, File, alone, collection};
use super::native::{self, MOMENT, Refusal, Verdict, without};
use super::picture::{Picture, differences, picture};
use crate::support::Fresh;
use crate::support::packages::say;
use caribou::database::{Database, Purpose, ServerKind};
use caribou::sql::{Dialect, SegmentKind, split};
use std::sync::Arc;

/// A statement and where it stands.
struct Placed<'a> {
    sql: &'a str,
    /// From the end of the one before, as the native client counts a comment before a statement as part of it.
    first_line: u32,
    last_line: u32,
}

fn placed(text: &str, dialect: Dialect) -> Vec<Placed<'_>> {
    let mut found = Vec::new();
    let (mut line, mut gap) = (1, 1);
    for piece in split(text, dialect).expect("it can be split") {
        line += piece.text.matches('\n').count() as u32;
        if let SegmentKind::Statement(sql) = piece.kind {
            found.push(Placed { sql, first_line: gap, last_line: line });
            gap = line;
        }
    }
    found
}

/// Result of the pieces of a file.
struct Ours {
    statements: usize,
    /// As many as the native client should have sent.
    sent: usize,
    /// With the statement's last line.
    refused: Vec<(Refusal, u32)>,
}

/// Runs a file statement by statement, going on after errors.
async fn run(database: &Arc<dyn Database>, text: &str) -> Ours {
    let core = &database.schemas().core;
    let mut session = database.open(Purpose::File).await.expect("a session");
    session.run(&format!("SET TIMESTAMP = {MOMENT}")).await.expect("it may be set");
    let statements = placed(text, database.kind().dialect());
    let mut refused = Vec::new();
    for Placed { sql, first_line, last_line } in &statements {
        if let Err(error) = session.run(sql).await {
            let code = error.code.clone().unwrap_or_else(|| panic!("{core}:{first_line}: {error}: {sql}"));
            let message = without(&error.message, core);
            refused.push((Refusal { line: *first_line, code, message }, *last_line));
        }
    }
    session.close().await;
    // MariaDB's client asks for the schema's name at each USE.
    let asks =
        |placed: &&Placed| database.kind() == ServerKind::MariaDb && placed.sql.to_uppercase().starts_with("USE ");
    let uses = statements.iter().filter(asks).count();
    Ours { statements: statements.len(), sent: statements.len() + uses, refused }
}

/// Lists what the two verdicts on a file differ in.
fn compare(file: &File, native: &Verdict, ours: &Ours) -> Vec<String> {
    let mut wrong = Vec::new();
    if native.sent != Some(ours.sent) {
        let (one, two) = (native.sent, ours.sent);
        wrong.push(format!("{}: the native client sends {one:?} statements, we {two}", file.name));
    }
    let ours = &ours.refused;
    for index in 0..native.refused.len().max(ours.len()) {
        let same = match (native.refused.get(index), ours.get(index)) {
            (Some(one), Some((two, last_line))) => {
                let there = (two.line..=*last_line).contains(&one.line);
                one.code == two.code && one.message.trim_end() == two.message.trim_end() && there
            }
            _ => false,
        };
        if !same {
            let (one, two) = (native.refused.get(index), ours.get(index));
            wrong.push(format!("{}: refused\n  native: {one:?}\n  ours:   {two:?}", file.name));
        }
    }
    wrong
}

/// The pictures of core and of the schemas that the files name; the latter are dropped.
async fn pictures(database: &Arc<dyn Database>, collection: &Collection) -> Vec<Picture> {
    let mut session = database.open(Purpose::Control).await.expect("a session");
    let mut pictures = vec![picture(session.as_mut(), &database.schemas().core).await];
    for schema in collection.beside {
        pictures.push(picture(session.as_mut(), schema).await);
        session.run(&format!("DROP DATABASE IF EXISTS `{schema}`")).await.expect("it can be dropped");
    }
    session.close().await;
    pictures
}

pub async fn the_same_as_natively(fresh: Fresh, name: &'static str) {
    let collection = collection(name);
    let Some(files) = collection.read() else { return };
    let _alone = alone(collection).await;
    let ours = Fresh::on(fresh.kind);
    let verdicts: Vec<Verdict> = files.iter().map(|file| native::run(&fresh, &file.text, true)).collect();
    let expected = pictures(&fresh.database().await, collection).await;
    let database = ours.database().await;
    let (mut wrong, mut refusals, mut total) = (Vec::new(), 0, 0);
    for (file, verdict) in files.iter().zip(&verdicts) {
        let run = run(&database, &file.text).await;
        total += run.statements;
        refusals += run.refused.len();
        wrong.extend(compare(file, verdict, &run));
    }
    for (native, ours) in expected.iter().zip(&pictures(&database, collection).await) {
        wrong.extend(differences(native, ours));
    }
    say(&format!(
        "real input: {name} on {}, statement by statement: {} files, {total} statements, {refusals} refused by both, \
         {} objects, {} differences",
        fresh.kind,
        files.len(),
        expected.iter().map(Picture::len).sum::<usize>(),
        wrong.len()
    ));
    assert!(wrong.is_empty(), "{name} on {}:\n{}", fresh.kind, wrong.join("\n"));
}

stories_on_servers!(crate::real_input::statements::the_same_as_natively);
