//! Lines and columns of bytes.

/// Counts lines forward, so that a whole file costs one pass.
#[derive(Debug, Clone)]
pub(super) struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl<'a> Lines<'a> {
    pub fn new(text: &'a str) -> Self {
        Lines { text, at: 0, line: 1 }
    }

    /// 1-based line of a byte; bytes are asked for in ascending order.
    pub fn line(&mut self, at: usize) -> u32 {
        if at > self.at {
            let passed = &self.text.as_bytes()[self.at..at];
            let newlines = passed.iter().filter(|&&b| b == b'\n').count();
            self.line = self.line.saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX));
            self.at = at;
        }
        self.line
    }
}

/// 1-based line and column (in characters) of a byte.
pub(super) fn line_and_column(text: &str, at: usize) -> (u32, u32) {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |n| n + 1);
    // Characters begin with every byte but the continuations.
    let column = before[start..].iter().filter(|&&b| b & 0xc0 != 0x80).count() + 1;
    (Lines::new(text).line(before.len()), u32::try_from(column).unwrap_or(u32::MAX))
}
