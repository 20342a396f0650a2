//! The doctrine's rules about statements, as a table.

use super::Statement;

/// One rule. What happens on a breach (off, warn, block) is the caller's policy.
pub struct Rule {
    /// Stable name, for configuration and findings.
    pub name: &'static str,
    /// What it demands, for people.
    pub text: &'static str,
    /// `Some(message)` on a breach.
    pub check: fn(&Statement) -> Option<String>,
}

/// Every rule.
pub const RULES: &[Rule] = &[];
