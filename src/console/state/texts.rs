//! Texts of the files that are looked at without being opened: those under way, and the one under the cursor. A few are
//! kept, and one is asked for at a time.

use super::listing::Listing;
use super::message::Request;
use crate::console::feed::{FeedError, FileText};
use crate::model::Checksum;
use crate::sql::Dialect;
use std::collections::VecDeque;

/// Texts that are kept.
const KEPT: usize = 12;

/// A file's text, as far as it is here.
#[derive(Debug)]
pub enum Text {
    /// It is not kept, or could not be read.
    Missing,
    Here {
        up: Box<Listing>,
        down: Option<Box<Listing>>,
    },
}

/// The texts, those asked for last at the end.
#[derive(Debug, Default)]
pub struct Texts {
    kept: VecDeque<(Checksum, Text)>,
    asked: Option<Checksum>,
}

impl Texts {
    /// Begins anew: another server may have other texts, and what was asked for is not answered any more.
    pub fn forget(&mut self) {
        *self = Texts::default();
    }

    /// The request for the first of the wanted texts that is not here; none while one is asked for.
    pub fn request(&mut self, wanted: impl IntoIterator<Item = Checksum>) -> Option<Request> {
        if self.asked.is_some() {
            return None;
        }
        let missing = wanted.into_iter().find(|checksum| self.text(checksum).is_none())?;
        self.asked = Some(missing.clone());
        Some(Request::Source(missing))
    }

    /// Takes in an answer, if it is one to a question from here.
    pub fn take(&mut self, checksum: &Checksum, answer: &Result<Option<FileText>, FeedError>, dialect: Dialect) {
        if self.asked.as_ref() != Some(checksum) {
            return;
        }
        self.asked = None;
        let listing = |text: &str| Box::new(Listing::new(text, dialect));
        let text = match answer {
            Ok(Some(FileText { source, .. })) => {
                Text::Here { up: listing(&source.up), down: source.down.as_deref().map(listing) }
            }
            Ok(None) | Err(_) => Text::Missing,
        };
        if self.kept.len() >= KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back((checksum.clone(), text));
    }

    /// A text that has been answered.
    pub fn text(&self, checksum: &Checksum) -> Option<&Text> {
        self.kept.iter().find(|(key, _)| key == checksum).map(|(_, text)| text)
    }

    /// A file's migration.
    #[cfg(test)]
    pub fn listing(&self, checksum: &Checksum) -> Option<&Listing> {
        match self.text(checksum)? {
            Text::Here { up, .. } => Some(up),
            Text::Missing => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SourceText;

    fn text(checksum: &Checksum) -> Result<Option<FileText>, FeedError> {
        let source = SourceText {
            checksum: checksum.clone(),
            path: "x".into(),
            up: "SELECT 1;\n".into(),
            down: None,
            verify: None,
        };
        Ok(Some(FileText { source, undo: Vec::new() }))
    }

    #[test]
    fn one_is_asked_for_at_a_time_and_few_are_kept() {
        let mut texts = Texts::default();
        let sums: Vec<Checksum> = (0..40).map(|n| Checksum(format!("s{n}"))).collect();
        assert_eq!(texts.request(sums[..2].to_vec()), Some(Request::Source(sums[0].clone())));
        assert_eq!(texts.request(sums[..2].to_vec()), None, "one at a time");
        texts.take(&sums[1], &text(&sums[1]), Dialect::MariaDb);
        assert!(texts.listing(&sums[1]).is_none(), "nobody has asked for it from here");
        for sum in &sums {
            texts.request([sum.clone()]);
            texts.take(sum, &text(sum), Dialect::MariaDb);
        }
        assert_eq!(texts.kept.len(), KEPT);
        assert_eq!(texts.request([sums[39].clone()]), None, "it is here");
        texts.asked = None;
        texts.request([Checksum("gone".into())]);
        texts.take(&Checksum("gone".into()), &Ok(None), Dialect::MariaDb);
        assert_eq!(texts.request([Checksum("gone".into())]), None, "what is not there is not asked for again");
    }
}
