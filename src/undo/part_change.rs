//! A change of one part of a definition, and how it is told.

/// A change of one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartChange {
    /// `column a`; empty for the object as a whole.
    pub part: String,
    pub was: Option<String>,
    pub is: Option<String>,
    /// The parts before it, for its place.
    pub(super) behind: Vec<String>,
}

impl PartChange {
    pub(super) fn whole(was: Option<&str>, is: Option<&str>) -> PartChange {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        PartChange { part: String::new(), was: owned(was), is: owned(is), behind: Vec::new() }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.part.is_empty()
    }

    /// Its name: `a` of `column a`.
    pub(super) fn name(&self) -> &str {
        self.part.split_once(' ').map_or("", |(_, name)| name)
    }

    /// `the column a of table t was added`.
    pub(crate) fn sentence(&self, object: &str) -> String {
        let done = match (&self.was, &self.is) {
            (None, _) => "was added",
            (_, None) => "was dropped",
            _ => "was changed",
        };
        match self.is_whole() {
            true => format!("the {object} {done}"),
            false => format!("the {} of {object} {done}", self.part),
        }
    }
}
