//! Tables of one form, each with a name of its own: the hooks by which people are told of alerts.

use super::kind::{Kind, variable};

/// Tables of one form, each with a name of its own: `[alerts.hooks.NAME]`.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// The table that they stand in.
    pub table: &'static str,
    pub keys: &'static [(&'static str, Kind)],
}

impl Group {
    /// The table's own name and the key in it, where a name is of the group: `ops` and `url`.
    pub fn split<'a>(&self, name: &'a str) -> Option<(&'a str, &'a str)> {
        name.strip_prefix(self.table)?.strip_prefix('.')?.rsplit_once('.').filter(|(table, _)| !table.contains('.'))
    }

    /// True if a name stands where only the tables of the group may: `alerts.hooks`, `alerts.hooks.ops` and
    /// `alerts.hooks."".url` are no keys.
    pub fn is_misplaced(&self, name: &str) -> bool {
        let Some(rest) = name.strip_prefix(self.table) else { return false };
        let Some(rest) = rest.strip_prefix('.') else { return rest.is_empty() };
        rest.rsplit_once('.').is_none_or(|(table, _)| table.trim().is_empty())
    }

    pub(super) fn kind(&self, name: &str) -> Option<Kind> {
        let (table, wanted) = self.split(name)?;
        if table.trim().is_empty() {
            return None;
        }
        self.keys.iter().find(|(key, _)| *key == wanted).map(|(_, kind)| *kind)
    }

    /// The name that a variable sets: `ALERTS_HOOKS_OPS_URL`, after `CARIBOU_`.
    pub fn of_variable(&self, found: &str) -> Option<String> {
        let rest = found.strip_prefix(&variable(self.table))?.strip_prefix('_')?.to_lowercase();
        let longest =
            self.keys.iter().filter(|(key, _)| rest.ends_with(&format!("_{key}"))).max_by_key(|(key, _)| key.len());
        let (key, _) = longest?;
        let table = rest.strip_suffix(key)?.strip_suffix('_').filter(|table| !table.is_empty())?;
        Some(format!("{}.{table}.{key}", self.table))
    }
}

/// Remedy for a hook that nobody can be reached by.
pub const HOOK_REMEDY: &str =
    "give it one of command = [\"program\", \"argument\"], url = \"https://…\" or mail = \"ana@…\"";
/// Form of a hook.
pub const HOOK_FORM: &str =
    "a hook is a table with a name of its own: [alerts.hooks.ops], with one of command, url or mail";

/// The hooks by which people are told of alerts.
pub const HOOKS: Group = Group {
    table: "alerts.hooks",
    keys: &[
        ("command", Kind::Command),
        ("url", Kind::Web),
        ("mail", Kind::Mail),
        ("format", Kind::Choice(&["json", "slack"])),
        ("secret_env", Kind::Filled),
        ("secret_file", Kind::Path),
        ("secret_command", Kind::Filled),
        ("contact", Kind::Filled),
        ("level", Kind::Integer { min: 1, max: 3 }),
        ("least", Kind::Choice(&["info", "warning", "error", "critical"])),
        ("timeout", Kind::Duration),
    ],
};
