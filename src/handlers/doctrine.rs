//! Doctrine: SQL that changes the core schema.

use super::Handler;
use crate::model::FileType;
use crate::source::SourceType;
use async_trait::async_trait;

/// Any statement that the rules allow.
#[derive(Debug)]
pub(super) struct Doctrine;

#[async_trait]
impl Handler for Doctrine {
    fn source(&self) -> SourceType {
        SourceType { name: "doctrine", recorded_as: FileType::Doctrine, folders: &[], extensions: &["sql"] }
    }
}
