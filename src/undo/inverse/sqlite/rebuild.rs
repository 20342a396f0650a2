//! A table made anew under another name, filled, and put in the place of the old one (lang_altertable, "Making Other Kinds
//! Of Table Schema Changes").

use super::table::{DIALECT, Lines, Table, statement_from};
use crate::sql::{ObjectName, quote_identifier, quote_name};
use crate::undo::inverse::NoInverse;

/// Statements that make the table what its lines before say. They are one transaction, and count on foreign keys not
/// being enforced: dropping a table would act on the rows that refer to it. The transaction is not an immediate one, which
/// would lock every attached file, the journal's too: nobody could say any more how far the undo has come.
pub(crate) fn statements(object: &ObjectName, before: &Lines, after: &Table) -> Result<Vec<String>, NoInverse> {
    if before.table.columns.is_empty() || after.columns.is_empty() {
        return Err(NoInverse::because(format!("the definition of {object} does not read as a table's")));
    }
    let new = ObjectName { name: format!("caribou_new_{}", object.name), ..object.clone() };
    let (old, new_name) = (quote_name(object, DIALECT)?, quote_name(&new, DIALECT)?);
    let rowid = rowid(before, after);
    let (mut columns, mut values): (Vec<String>, Vec<String>) = (rowid.clone(), rowid);
    for column in before.table.columns.iter().filter(|column| !column.generated) {
        let name = quote_identifier(&column.name, DIALECT)?;
        match (after.column(&column.name).filter(|is| !is.generated), column.filler()) {
            (Some(_), _) => values.push(name.clone()),
            (None, Some(filler)) => values.push(filler.to_owned()),
            (None, None) => continue,
        }
        columns.push(name);
    }
    let mut statements: Vec<String> = [
        "PRAGMA foreign_keys = OFF",
        "PRAGMA legacy_alter_table = ON",
        "PRAGMA ignore_check_constraints = ON",
        "BEGIN",
    ]
    .map(str::to_owned)
    .into();
    statements.push(format!("CREATE TABLE {new_name} {}", before.table.body));
    statements.push(format!("INSERT INTO {new_name} ({}) SELECT {} FROM {old}", columns.join(", "), values.join(", ")));
    statements.push(format!("DROP TABLE {old}"));
    statements.push(format!("ALTER TABLE {new_name} RENAME TO {}", quote_identifier(&object.name, DIALECT)?));
    for line in before.others() {
        statements.push(statement_from(line, object)?);
    }
    let after = ["COMMIT", "PRAGMA ignore_check_constraints = OFF", "PRAGMA legacy_alter_table = OFF"];
    statements.extend(after.map(str::to_owned));
    Ok(statements)
}

/// Gives the name by which a row is known where the table has a rowid: it is kept under it, so it keeps it. Empty where
/// there is none. A name that a column has is that column's.
fn rowid(before: &Lines, after: &Table) -> Vec<String> {
    let body = before.table.body.to_uppercase();
    let options = body.rsplit(')').next().unwrap_or_default();
    if options.contains("WITHOUT") {
        return Vec::new();
    }
    let is_free = |name: &&str| {
        let is = |column: &super::table::Column| column.name.eq_ignore_ascii_case(name);
        !before.table.columns.iter().any(is) && !after.columns.iter().any(is)
    };
    ["rowid", "_rowid_", "oid"].into_iter().find(is_free).map(str::to_owned).into_iter().collect()
}
