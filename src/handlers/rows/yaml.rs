//! Rows in YAML.

use super::node::{Cell, Content, Node};
use crate::handlers::Fault;
use crate::handlers::yaml::load;
use saphyr::{MarkedYaml, Scalar, YamlData};

pub(super) fn parse(text: &str) -> Result<Node, Fault> {
    let documents = load(text)?;
    match documents.as_slice() {
        [one] => node(one),
        [] => Err(Fault::new(1, "it is empty: write `table`, `key` and `rows`")),
        [_, second, ..] => Err(Fault::new(line(second), "it holds a second document: write one a file")),
    }
}

fn line(value: &MarkedYaml<'_>) -> u32 {
    u32::try_from(value.span.start.line()).unwrap_or(u32::MAX)
}

fn node(value: &MarkedYaml<'_>) -> Result<Node, Fault> {
    let content = match &value.data {
        YamlData::Value(scalar) => Content::Cell(cell(scalar)),
        YamlData::Sequence(list) => Content::List(list.iter().map(node).collect::<Result<_, _>>()?),
        YamlData::Mapping(map) => {
            let pairs = map.iter().map(|(name, value)| Ok((key(name)?, node(value)?)));
            Content::Map(pairs.collect::<Result<_, _>>()?)
        }
        YamlData::Tagged(..) => return Err(Fault::new(line(value), "tags are not read here: leave it out")),
        YamlData::Representation(..) | YamlData::BadValue | YamlData::Alias(_) => {
            return Err(Fault::new(line(value), "this value cannot be read: write it out, or as a text"));
        }
    };
    Ok(Node::new(value.span.start.line(), content))
}

fn cell(scalar: &Scalar<'_>) -> Cell {
    match scalar {
        Scalar::Null => Cell::Null,
        Scalar::Boolean(is) => Cell::Bool(*is),
        Scalar::Integer(number) => Cell::Int(*number),
        Scalar::FloatingPoint(number) => Cell::Real(number.into_inner()),
        Scalar::String(text) => Cell::Text(text.to_string()),
    }
}

fn key(name: &MarkedYaml<'_>) -> Result<String, Fault> {
    match &name.data {
        YamlData::Value(Scalar::String(name)) => Ok(name.to_string()),
        _ => Err(Fault::new(line(name), "a name is no text here: put it in quotes")),
    }
}
