//! The settings of a server on which reading a script depends.

/// Settings of a server with which a session begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Globals {
    /// `@@GLOBAL.sql_mode`.
    pub sql_mode: String,
    /// `@@GLOBAL.character_set_client`: what `DEFAULT` means.
    pub charset: String,
    /// `@@GLOBAL.autocommit` is off.
    pub no_autocommit: bool,
    /// `@@GLOBAL.completion_type`.
    pub completion: String,
    /// `@@GLOBAL.foreign_key_checks` is off.
    pub no_foreign_key_checks: bool,
    /// `@@GLOBAL.max_allowed_packet`, where there is one.
    pub packet: Option<u64>,
}
