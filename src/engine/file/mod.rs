//! The steps around a file's statements (`steps`), which only look (`observe`): whether it may run (`prepare`), its
//! checks (`checks`) and those of its handler (`handled`), what it does to documents
//! (`documents`), its texts, split and kept at hand (`texts`), and what is known
//! before its turn (`ahead`, `coming`), and the relations that are declared (`relations`).

pub(crate) mod ahead;
pub(crate) mod checks;
pub(crate) mod coming;
pub(crate) mod documents;
pub(crate) mod handled;
pub(crate) mod observe;
pub(crate) mod plan_checks;
pub(crate) mod prepare;
pub(crate) mod relations;
mod rows;
pub(crate) mod steps;
pub(crate) mod texts;
