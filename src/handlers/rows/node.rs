//! A tree of values that knows its lines, the same for the three languages.

/// A value that a column can take.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Real(f64),
    Text(String),
}

/// What stands at a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    Cell(Cell),
    List(Vec<Node>),
    /// In the order of the file, where its language keeps that.
    Map(Vec<(String, Node)>),
}

/// A value and its line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// From 1.
    pub line: u32,
    pub content: Content,
}

impl Node {
    pub fn new(line: usize, content: Content) -> Node {
        Node { line: u32::try_from(line).unwrap_or(u32::MAX), content }
    }

    /// The word for what it is.
    pub fn what(&self) -> &'static str {
        match self.content {
            Content::Cell(Cell::Null) => "null",
            Content::Cell(Cell::Bool(_)) => "true or false",
            Content::Cell(Cell::Int(_) | Cell::UInt(_) | Cell::Real(_)) => "a number",
            Content::Cell(Cell::Text(_)) => "a text",
            Content::List(_) => "a list",
            Content::Map(_) => "a table",
        }
    }
}
