//! Tables and columns as a file defines them.

use super::columns::{self, Does, Written};
use super::context::CheckedFile;
use super::definition::{Check, CheckFn};
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::{Block, Warn};
use super::settings::CheckSettings;
use crate::sql::lexer::TokenKind;
use crate::sql::{AlterOperation, Statement, StatementKind};
use crate::undo::{Word, unquoted, words};

pub(super) const TABLE_STORAGE: Check = Check::pre("table_storage", [Warn, Block], CheckFn::Text(table_storage)).told(
    "Tables are InnoDB, and their texts are utf8mb4.",
    "other engines have no transactions, so a file that fails half-way cannot be undone there; other character sets \
         refuse or mangle signs that applications send",
    "ENGINE = InnoDB and CHARACTER SET utf8mb4, or leave both to the server's default",
);

pub(super) const PRIMARY_KEY: Check = Check::pre("primary_key", [Warn, Block], CheckFn::Text(primary_key)).told(
    "Every table has a primary key.",
    "without one the server makes a hidden key of its own, replicas search the whole table for each changed row, and a \
     row cannot be told from its twin when it is to be brought back",
    "id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, or the columns that tell rows apart",
);

pub(super) const MONEY_TYPES: Check = Check::pre("money_types", [Warn, Block], CheckFn::Text(money_types)).told(
    "Amounts of money are not floating-point numbers.",
    "FLOAT and DOUBLE hold the nearest binary number: sums drift, and equal amounts compare unequal",
    "DECIMAL(19, 4), or a whole number of the smallest unit in a BIGINT",
);

pub(super) const YMDHIS_COLUMNS: Check = Check::pre("ymdhis_columns", [Warn, Block], CheckFn::Text(ymdhis_columns))
    .told(
        "Columns named …_ymdhis are BIGINT.",
        "such a column holds a time as the number YYYYMMDDHHIISS, which is compared as a number everywhere else",
        "BIGINT (UNSIGNED) NOT NULL DEFAULT 0",
    );

const ENGINES: &[&str] = &["INNODB"];
/// Names of columns that hold money.
const MONEY: &[&str] = &[
    "price", "amount", "cost", "balance", "money", "salary", "fee", "tax", "revenue", "payment", "discount",
    "subtotal", "invoice", "credit", "debit",
];
const FLOATS: &[&str] = &["FLOAT", "DOUBLE", "REAL", "FLOAT4", "FLOAT8"];

/// Statements that define tables for good.
fn defining<'a>(file: &CheckedFile<'a>) -> impl Iterator<Item = &'a Statement> {
    let defines = |s: &&Statement| {
        matches!(s.analysis.kind, StatementKind::CreateTable | StatementKind::AlterTable) && !s.analysis.is_temporary()
    };
    file.statements().iter().filter(defines)
}

fn table_name(statement: &Statement) -> String {
    statement.analysis.touches.first().map_or_else(|| "the table".to_owned(), |touch| touch.object.to_string())
}

fn table_storage(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    if !file.dialect.is_mysql_family() {
        return CheckOutcome::idle();
    }
    let mut count = 0;
    let mut violations = Vec::new();
    for statement in defining(file) {
        count += 1;
        let Ok(words) = words(statement.plain(), file.dialect) else { continue };
        let outside: Vec<&Word<'_>> = words.iter().filter(|word| word.depth == 0).collect();
        let table = table_name(statement);
        if let Some(engine) = value(&outside, &["ENGINE"]).filter(|engine| !is_one(engine, ENGINES)) {
            violations.push(Violation::at(statement, format!("{table} is to have the engine {engine}")));
        }
        let converts = statement.analysis.operations.contains(&AlterOperation::ConvertCharset);
        let charset = value(&outside, &["CHARSET", "SET"]).filter(|charset| !is_utf8mb4(charset));
        if let Some(charset) = charset.filter(|_| statement.analysis.kind == StatementKind::CreateTable || converts) {
            violations.push(Violation::at(statement, format!("{table} is to have the character set {charset}")));
        }
    }
    CheckOutcome::of(count, "statement", violations)
}

/// The value behind an option of a table.
fn value(words: &[&Word<'_>], names: &[&str]) -> Option<String> {
    let at = words.iter().position(|word| names.iter().any(|name| word.is(name)))?;
    let behind = words[at + 1..].iter().find(|word| !word.is_symbol("="))?;
    matches!(behind.kind, TokenKind::Word | TokenKind::Quoted | TokenKind::Text).then(|| unquoted(behind.text))
}

fn is_one(word: &str, words: &[&str]) -> bool {
    words.iter().any(|one| one.eq_ignore_ascii_case(word))
}

fn is_utf8mb4(charset: &str) -> bool {
    is_one(charset, &["utf8mb4", "binary", "DEFAULT"])
}

fn primary_key(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    if !file.dialect.is_mysql_family() {
        // Every row of SQLite has a rowid.
        return CheckOutcome::idle();
    }
    let statements = file.statements();
    let created =
        defining(file).filter(|s| s.analysis.kind == StatementKind::CreateTable && !s.analysis.flags.has_select);
    let mut count = 0;
    let mut violations = Vec::new();
    for statement in created {
        let columns = columns::written(statement, file.dialect);
        let Ok(words) = words(statement.plain(), file.dialect) else { continue };
        if columns.is_empty() {
            continue; // LIKE, or nothing that is understood
        }
        count += 1;
        let keyed = words.windows(2).any(|two| two[0].is("PRIMARY") && two[1].is("KEY"));
        let table = statement.analysis.touches.first().map(|touch| &touch.object);
        let later = statements.iter().skip(statement.index as usize + 1).any(|s| {
            s.analysis.touches.first().map(|touch| &touch.object) == table
                && (s.analysis.operations.contains(&AlterOperation::AddPrimaryKey)
                    || columns::written(s, file.dialect).iter().any(|column| column.primary)
                    || s.analysis.kind == StatementKind::DropTable)
        });
        if !keyed && !later && !columns.iter().any(|column| column.primary) {
            violations.push(Violation::at(statement, format!("{} has no primary key", table_name(statement))));
        }
    }
    CheckOutcome::of(count, "table", violations)
}

fn each_column(
    file: &CheckedFile<'_>,
    concerns: impl Fn(&Written) -> bool,
    seen: impl Fn(&str, &Written) -> Option<String>,
) -> CheckOutcome {
    let mut count = 0;
    let mut violations = Vec::new();
    for statement in defining(file) {
        let table = table_name(statement);
        for column in columns::written(statement, file.dialect).iter().filter(|column| concerns(column)) {
            count += 1;
            violations.extend(seen(&table, column).map(|seen| Violation::at(statement, seen)));
        }
    }
    CheckOutcome::of(count, "column", violations)
}

fn money_types(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    let is_money = |column: &Written| {
        let lower = column.name.to_lowercase();
        lower
            .split('_')
            .any(|part| MONEY.contains(&part) || part.strip_suffix('s').is_some_and(|one| MONEY.contains(&one)))
    };
    each_column(file, is_money, |table, column| {
        let floats = is_one(&column.type_name, FLOATS)
            && !(file.dialect == crate::sql::Dialect::Sqlite && column.does == Does::Redefines);
        floats.then(|| format!("{table}.{} holds money in a {}", column.name, column.type_name))
    })
}

fn ymdhis_columns(file: &CheckedFile<'_>, _: &CheckSettings) -> CheckOutcome {
    let is_time = |column: &Written| column.name.to_lowercase().ends_with("_ymdhis");
    each_column(file, is_time, |table, column| {
        let fits = is_one(&column.type_name, &["BIGINT"])
            || (!file.dialect.is_mysql_family() && is_one(&column.type_name, &["INTEGER", "INT"]));
        (!fits).then(|| format!("{table}.{} is {} and not BIGINT", column.name, column.type_name))
    })
}
