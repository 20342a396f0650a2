//! A file of rows, checked as far as it can be without a database.

use super::node::{Cell, Content, Node};
use crate::handlers::Fault;
use std::collections::HashMap;

/// A table and rows for it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::handlers) struct Data {
    /// The schema, where the name has one.
    pub schema: Option<String>,
    pub table: String,
    pub table_line: u32,
    /// The columns that a row is known by.
    pub key: Vec<String>,
    pub key_line: u32,
    pub rows: Vec<Row>,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::handlers) struct Row {
    pub line: u32,
    /// Columns and values.
    pub values: Vec<(String, Value)>,
}

/// A value, and the line where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::handlers) struct Value {
    pub line: u32,
    pub cell: Cell,
}

const SHAPE: &str = "write `table`, `key` (the columns that a row is known by) and `rows`";
const KEYS: &[&str] = &["table", "key", "rows"];

impl Data {
    pub(super) fn from_node(root: Node) -> Result<Data, Fault> {
        let Content::Map(top) = root.content else {
            return Err(Fault::new(root.line, format!("it is {}: {SHAPE}", root.what())));
        };
        let (mut table, mut key, mut rows) = (None, None, None);
        for (name, node) in top {
            let place = match name.as_str() {
                "table" => &mut table,
                "key" => &mut key,
                "rows" => &mut rows,
                // For notes and for the other tools that read the file.
                _ if name.starts_with("x-") => continue,
                _ => {
                    let known = KEYS.join(", ");
                    return Err(Fault::new(
                        node.line,
                        format!("there is no `{name}` here: known are {known}, and x-…"),
                    ));
                }
            };
            *place = Some(node);
        }
        let missing = |name: &str| Fault::new(1, format!("it has no `{name}`: {SHAPE}"));
        let table = table.ok_or_else(|| missing("table"))?;
        let key = key.ok_or_else(|| missing("key"))?;
        let rows = rows.ok_or_else(|| missing("rows"))?;
        let (table_line, key_line) = (table.line, key.line);
        let name = text(table, "table")?;
        let (schema, table) = match name.split_once('.') {
            Some((schema, table)) => (Some(schema.to_owned()), table.to_owned()),
            None => (None, name),
        };
        if table.is_empty() || schema.as_ref().is_some_and(String::is_empty) {
            return Err(Fault::new(table_line, "the table has no name: write `table = \"NAME\"`"));
        }
        let data = Data { schema, table, table_line, key: columns(key)?, key_line, rows: read_rows(rows)? };
        data.refuse_twice()?;
        Ok(data)
    }

    /// Every row has every column of the key, with a value, and no two have the same.
    fn refuse_twice(&self) -> Result<(), Fault> {
        let mut seen: HashMap<String, u32> = HashMap::new();
        for row in &self.rows {
            let mut key = Vec::new();
            for column in &self.key {
                let value = row.values.iter().find(|(name, _)| name.eq_ignore_ascii_case(column));
                match value.map(|(_, value)| &value.cell) {
                    None => {
                        let problem = format!("the row has no `{column}`, by which it is to be known: add it");
                        return Err(Fault::new(row.line, problem));
                    }
                    Some(Cell::Null) => {
                        let problem = format!("`{column}` is null, and a row cannot be known by that: give it a value");
                        return Err(Fault::new(row.line, problem));
                    }
                    Some(cell) => key.push(format!("{cell:?}")),
                }
            }
            if let Some(first) = seen.insert(key.join("\u{1f}"), row.line) {
                let problem = format!("it has the same {} as the row on line {first}: keep one", self.key.join(", "));
                return Err(Fault::new(row.line, problem));
            }
        }
        Ok(())
    }
}

fn text(node: Node, name: &str) -> Result<String, Fault> {
    match node.content {
        Content::Cell(Cell::Text(text)) if !text.is_empty() && !text.contains('\0') => Ok(text),
        _ => Err(Fault::new(node.line, format!("`{name}` is {}: write a name", node.what()))),
    }
}

fn columns(node: Node) -> Result<Vec<String>, Fault> {
    let line = node.line;
    let names = match node.content {
        Content::List(list) => list.into_iter().map(|one| text(one, "key")).collect::<Result<Vec<_>, _>>()?,
        content => vec![text(Node { line, content }, "key")?],
    };
    match names.is_empty() {
        true => Err(Fault::new(line, "`key` is empty: name the columns that a row is known by")),
        false => Ok(names),
    }
}

fn read_rows(node: Node) -> Result<Vec<Row>, Fault> {
    let Content::List(list) = node.content else {
        return Err(Fault::new(node.line, format!("`rows` is {}: write a list of rows", node.what())));
    };
    list.into_iter().map(row).collect()
}

fn row(node: Node) -> Result<Row, Fault> {
    let what = node.what();
    let Content::Map(map) = node.content else {
        return Err(Fault::new(node.line, format!("a row is {what}: write columns with their values")));
    };
    let mut values: Vec<(String, Value)> = Vec::with_capacity(map.len());
    for (name, node) in map {
        if values.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name)) {
            return Err(Fault::new(node.line, format!("the column `{name}` stands twice in one row: keep one")));
        }
        let what = node.what();
        match node.content {
            Content::Cell(Cell::Real(number)) if !number.is_finite() => {
                return Err(Fault::new(node.line, format!("`{name}` is {number}, which no column holds")));
            }
            Content::Cell(Cell::Text(text)) if text.contains('\0') => {
                return Err(Fault::new(node.line, format!("`{name}` holds a NUL character: take it out")));
            }
            Content::Cell(cell) => values.push((name, Value { line: node.line, cell })),
            Content::List(_) | Content::Map(_) => {
                let problem = format!("`{name}` is {what}, and a column holds one value: write it as a text, as JSON");
                return Err(Fault::new(node.line, problem));
            }
        }
    }
    match values.is_empty() {
        true => Err(Fault::new(node.line, "a row has no columns: write them, or take it out")),
        false => Ok(Row { line: node.line, values }),
    }
}
