//! Django: `django_migrations`, by app and name.

use crate::adopt::table::{HistoryTable, text};
use crate::adopt::{Entry, key};
use crate::database::Row;
use crate::source::SourceFile;

pub(super) const DJANGO: HistoryTable = HistoryTable {
    columns: &["app", "name", "applied"],
    order: "id",
    read,
    keys,
    ..HistoryTable::new("Django", "django", "django_migrations")
};

/// Printed SQL lies in files of many names: `blog/0001_initial.sql`, `blog_0001_initial.sql`, `0001_initial.sql`.
fn read(row: &Row) -> Option<Entry> {
    let (app, name) = (text(row, "app")?, text(row, "name")?);
    let keys = vec![format!("{app}.{name}"), format!("{app}_{name}"), name.clone()];
    Some(Entry { keys, at: text(row, "applied"), ..Entry::applied(name) })
}

fn keys(file: &SourceFile) -> Vec<String> {
    let stem = key::stem(file);
    let app = file.path.rsplit('/').nth(1).map(|folder| format!("{folder}.{stem}"));
    app.into_iter().chain([stem]).collect()
}
