//! Inside the body of a routine: what opens a block and what closes one.

use super::super::keyword::{is, one_of};
use super::position::{Block, Declare, Last};
use super::{Blocks, OPENERS, STARTERS};

impl Blocks {
    pub(super) fn body(&mut self, word: &str, at: usize) {
        if self.at_start {
            self.starting(word, at);
        } else {
            self.within(word, at);
        }
        if !self.at_start {
            self.count += 1;
        }
    }

    /// A word where a statement of the body may begin.
    fn starting(&mut self, word: &str, at: usize) {
        if (self.last == Last::Begin && is(word, "NOT")) || (self.last == Last::Not && is(word, "ATOMIC")) {
            return;
        }
        if one_of(word, OPENERS) {
            self.opener(word, at);
        } else if is(word, "END") {
            self.close();
        } else if !is(word, "ELSE") {
            self.leave_start();
            self.until = is(word, "UNTIL");
            if is(word, "DECLARE") {
                self.declare = Declare::Declared;
            }
        }
    }

    fn opener(&mut self, word: &str, at: usize) {
        match word.as_bytes()[0].to_ascii_uppercase() {
            b'B' => {
                if self.top() == Some(Block::Declarations) {
                    self.stack.pop();
                }
                self.push(Block::Begin, at);
            }
            b'L' => self.push(Block::Loop, at),
            b'R' => self.push(Block::Repeat, at),
            first => {
                let block = match first {
                    b'I' => Block::If,
                    b'C' => Block::CaseStatement,
                    _ => Block::While,
                };
                self.push(block, at);
                self.leave_start();
            }
        }
    }

    /// A word in the middle of a statement of the body.
    fn within(&mut self, word: &str, at: usize) {
        if self.tail {
            return;
        }
        let expression = self.top() == Some(Block::CaseExpression);
        if is(word, "CASE") && self.declare != Declare::Conditions {
            self.stack.push((Block::CaseExpression, at));
        } else if is(word, "END") {
            if expression && matches!(self.last, Last::Operand) {
                self.stack.pop();
            } else if self.until && self.last == Last::Operand {
                self.close();
            }
        } else if (!expression && one_of(word, &["THEN", "ELSE"]))
            || (self.top() == Some(Block::While) && one_of(word, &["DO", "LOOP"]))
        {
            self.start();
        } else {
            self.handler(word, at);
        }
    }

    /// `DECLARE … HANDLER FOR condition, condition statement`: the statement may be a block.
    fn handler(&mut self, word: &str, at: usize) {
        match self.declare {
            Declare::Declared if is(word, "HANDLER") => self.declare = Declare::Handler,
            Declare::Handler if is(word, "FOR") => self.declare = Declare::Conditions,
            Declare::Conditions if one_of(word, OPENERS) => {
                self.declare = Declare::No;
                self.opener(word, at);
            }
            Declare::Conditions if one_of(word, STARTERS) => self.declare = Declare::No,
            _ => {}
        }
    }

    pub(super) fn top(&self) -> Option<Block> {
        self.stack.last().map(|&(block, _)| block)
    }

    pub(super) fn push(&mut self, block: Block, at: usize) {
        self.stack.push((block, at));
        self.start();
    }

    pub(super) fn start(&mut self) {
        self.at_start = true;
        self.count = 0;
        self.declare = Declare::No;
        self.until = false;
        self.tail = false;
    }

    pub(super) fn leave_start(&mut self) {
        self.at_start = false;
    }

    fn close(&mut self) {
        self.stack.pop();
        self.at_start = false;
        self.until = false;
        self.tail = true;
    }
}
