//! Rows in TOML.

use super::node::{Cell, Content, Node};
use crate::handlers::Fault;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(super) fn parse(text: &str) -> Result<Node, Fault> {
    let table = DeTable::parse(text).map_err(|error| {
        Fault::at(text, error.span().map_or(0, |span| span.start), format!("it is no TOML: {}", error.message()))
    })?;
    Ok(Node::new(1, Content::Map(map(text, table.get_ref())?)))
}

fn map(text: &str, table: &DeTable<'_>) -> Result<Vec<(String, Node)>, Fault> {
    table.iter().map(|(name, value)| Ok((name.get_ref().to_string(), node(text, value)?))).collect()
}

fn node(text: &str, value: &Spanned<DeValue<'_>>) -> Result<Node, Fault> {
    let start = value.span().start;
    let line = 1 + text.as_bytes().iter().take(start).filter(|byte| **byte == b'\n').count();
    let content = match value.get_ref() {
        DeValue::String(text) => Content::Cell(Cell::Text(text.to_string())),
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix())
                .map_err(|_| Fault::at(text, start, "the number does not fit 64 bits: write it as a text"))?;
            Content::Cell(Cell::Int(number))
        }
        DeValue::Float(number) => match number.as_str().parse() {
            Ok(number) => Content::Cell(Cell::Real(number)),
            Err(_) => return Err(Fault::at(text, start, "the number cannot be read: write it as a text")),
        },
        DeValue::Boolean(is) => Content::Cell(Cell::Bool(*is)),
        DeValue::Datetime(time) => Content::Cell(Cell::Text(time.to_string().replacen('T', " ", 1))),
        DeValue::Array(list) => Content::List(list.iter().map(|value| node(text, value)).collect::<Result<_, _>>()?),
        DeValue::Table(table) => Content::Map(map(text, table)?),
    };
    Ok(Node::new(line, content))
}
