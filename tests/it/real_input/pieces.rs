//! Every file is cut without loss and analysed, in each dialect that is to run it.

use super::collections::{COLLECTIONS, Collection, File, ZABBIX_DATA};
use crate::support::packages::say;
use caribou::sql::{Dialect, SegmentKind, StatementKind, analyse, split};
use std::collections::BTreeMap;

/// Number of statements of each kind.
#[derive(Debug, Default)]
struct Kinds {
    counts: BTreeMap<&'static str, usize>,
    /// The beginnings of those of no known kind.
    unknown: Vec<String>,
}

impl Kinds {
    fn add(&mut self, file: &File, line: u32, sql: &str, kind: StatementKind) {
        *self.counts.entry(kind.as_str()).or_default() += 1;
        if kind == StatementKind::Unknown {
            self.unknown.push(format!("{}:{line}: {}", file.name, sql.chars().take(100).collect::<String>()));
        }
    }
}

fn check(file: &File, dialect: Dialect, kinds: &mut Kinds) {
    let pieces = split(&file.text, dialect).unwrap_or_else(|error| panic!("{} in {dialect}: {error}", file.name));
    let joined: String = pieces.iter().map(|piece| piece.text).collect();
    assert!(joined == file.text, "{} in {dialect}: the pieces are not the file", file.name);
    let mut line = 0;
    for piece in pieces {
        assert!(piece.line >= line, "{}:{}: lines go backwards", file.name, piece.line);
        line = piece.line;
        if let SegmentKind::Statement(sql) = piece.kind {
            assert!(piece.text.contains(sql), "{}:{line}: a statement that is not in its piece", file.name);
            kinds.add(file, line, sql, analyse(sql, dialect).kind);
        }
    }
}

fn check_collection(collection: &Collection) {
    let Some(files) = collection.read() else { return };
    for server in collection.language.servers() {
        let mut kinds = Kinds::default();
        for file in &files {
            check(file, server.dialect(), &mut kinds);
        }
        let statements: usize = kinds.counts.values().sum();
        let counted: Vec<String> = kinds.counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        say(&format!(
            "real input: {} in {server}'s dialect: {} files, {statements} statements: {}",
            collection.name,
            files.len(),
            counted.join(", ")
        ));
        assert!(kinds.unknown.is_empty(), "{}: unknown to the analysis: {:#?}", collection.name, kinds.unknown);
    }
}

#[test]
fn every_file_is_cut_without_loss_and_every_statement_has_a_kind() {
    COLLECTIONS.iter().for_each(check_collection);
}

#[test]
fn thirty_five_megabytes_are_cut_without_loss() {
    check_collection(&ZABBIX_DATA);
}
