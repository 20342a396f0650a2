//! Tables as they will stand when a statement of a plan has its turn, as far as its words need them.

/// A table that earlier statements of a plan make or change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FutureTable {
    pub name: String,
    pub columns: Vec<FutureColumn>,
}

/// A column of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FutureColumn {
    pub name: String,
    /// `INVISIBLE`: neither `*` nor an INSERT without columns means it.
    pub hidden: bool,
}

/// Tables that a statement names and earlier ones change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum FutureTables {
    /// The plan was not compared with the schema.
    #[default]
    NotCompared,
    /// What an earlier statement makes of one of them cannot be told.
    Unknown,
    Known(Vec<FutureTable>),
}
