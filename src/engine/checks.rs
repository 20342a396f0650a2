//! The checks around a file, with what they look at.

use super::EngineError;
use super::EngineOptions;
use super::file_session::FileSession;
use super::texts::Text;
use crate::check::Moment;
use crate::model::{File, Finding};
use crate::store::Store;

pub(super) async fn run(
    _store: &Store,
    _options: &EngineOptions,
    _session: &mut FileSession,
    _file: &File,
    _text: &Text,
    _moment: Moment,
) -> Result<Vec<Finding>, EngineError> {
    Ok(Vec::new())
}
