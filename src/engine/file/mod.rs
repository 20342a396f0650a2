//! The steps around a file's statements (`steps`), which only look (`observe`): whether it may run (`prepare`), its
//! checks (`checks`) and those of its handler (`handled`), and its texts, split and kept at hand (`texts`).

pub(crate) mod checks;
pub(crate) mod handled;
pub(crate) mod observe;
pub(crate) mod plan_checks;
pub(crate) mod prepare;
pub(crate) mod steps;
pub(crate) mod texts;
