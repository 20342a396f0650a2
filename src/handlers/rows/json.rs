//! Rows in JSON.

use super::node::{Cell, Content, Node};
use crate::handlers::Fault;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

pub(super) fn parse(text: &str) -> Result<Node, Fault> {
    let tree: Tree = serde_json::from_str(text).map_err(|error| {
        let line = u32::try_from(error.line().max(1)).unwrap_or(u32::MAX);
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        Fault::new(line, format!("it is no JSON: {message}"))
    })?;
    Ok(tree.located(&mut value_lines(text).into_iter()))
}

/// A value; its line comes later.
struct Tree(Content);

impl Tree {
    /// With the lines of values, in the order in which they begin.
    fn located(self, lines: &mut impl Iterator<Item = usize>) -> Node {
        let line = lines.next().unwrap_or(1);
        let content = match self.0 {
            Content::Cell(cell) => Content::Cell(cell),
            Content::List(list) => {
                Content::List(list.into_iter().map(|one| Tree(one.content).located(lines)).collect())
            }
            Content::Map(map) => {
                Content::Map(map.into_iter().map(|(name, one)| (name, Tree(one.content).located(lines))).collect())
            }
        };
        Node::new(line, content)
    }
}

/// The line of each value, in the order in which they begin. Of a text that is JSON.
fn value_lines(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let (mut lines, mut line, mut at) = (Vec::new(), 1, 0);
    while at < bytes.len() {
        let begun = line;
        match bytes[at] {
            b'\n' => line += 1,
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += 1 + usize::from(bytes[at] == b'\\');
                }
                let next = bytes[at + 1..].iter().find(|byte| !byte.is_ascii_whitespace());
                if next != Some(&b':') {
                    lines.push(begun);
                }
            }
            b'{' | b'[' => lines.push(begun),
            b'}' | b']' | b',' | b':' => {}
            byte if byte.is_ascii_whitespace() => {}
            _ => {
                lines.push(begun);
                while bytes.get(at + 1).is_some_and(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b)) {
                    at += 1;
                }
            }
        }
        at += 1;
    }
    lines
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Tree, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree(Content::Cell(Cell::Null)))
    }

    fn visit_bool<E>(self, is: bool) -> Result<Tree, E> {
        Ok(Tree(Content::Cell(Cell::Bool(is))))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Tree, E> {
        Ok(Tree(Content::Cell(Cell::Int(number))))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
        Ok(Tree(Content::Cell(Cell::UInt(number))))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Tree, E> {
        Ok(Tree(Content::Cell(Cell::Real(number))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree(Content::Cell(Cell::Text(text.to_owned()))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(Tree(content)) = access.next_element()? {
            list.push(Node::new(1, content));
        }
        Ok(Tree(Content::List(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let mut map: Vec<(String, Node)> = Vec::new();
        while let Some((name, Tree(content))) = access.next_entry::<String, Tree>()? {
            if map.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom(format!("the name {name:?} stands twice in one object")));
            }
            map.push((name, Node::new(1, content)));
        }
        Ok(Tree(Content::Map(map)))
    }
}
