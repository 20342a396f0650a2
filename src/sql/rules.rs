//! The doctrine's rules about statements, as a table.
//!
//! The legacy system keeps logic out of the database and never deletes rows (design note on
//! validation). A rule looks at the [`super::Analysis`], never at text, so that a word in a comment
//! breaks no rule.

use super::{How, Statement, StatementKind};

/// One rule. What happens on a breach (off, warn, block) is the caller's policy.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Stable name, for configuration and findings.
    pub name: &'static str,
    /// Demand of the rule, for people.
    pub text: &'static str,
    /// `Some(message)` on a breach.
    pub check: fn(&Statement) -> Option<String>,
}

/// Every rule, in the order in which they are shown.
pub const RULES: &[Rule] = &[
    Rule {
        name: "no_foreign_keys",
        text: "relations are declared in batch.toml ([[relations]]) and checked, not enforced by foreign keys",
        check: foreign_keys,
    },
    Rule {
        name: "no_triggers",
        text: "no logic in triggers",
        check: |s| creates(s, StatementKind::CreateTrigger, "trigger"),
    },
    Rule {
        name: "no_procedures",
        text: "no logic in stored procedures",
        check: |s| creates(s, StatementKind::CreateProcedure, "procedure"),
    },
    Rule {
        name: "no_functions",
        text: "no logic in stored functions",
        check: |s| creates(s, StatementKind::CreateFunction, "function"),
    },
    Rule {
        name: "no_events",
        text: "no work scheduled inside the server",
        check: |s| creates(s, StatementKind::CreateEvent, "event"),
    },
    Rule { name: "soft_delete", text: "rows are marked is_deleted, not deleted", check: hard_deletes },
];

/// The rule of this name.
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}

/// The breaches of one statement: rule and message.
pub fn breaches(statement: &Statement) -> Vec<(&'static Rule, String)> {
    let messages = RULES.iter().map(|rule| (rule, (rule.check)(statement)));
    messages.filter_map(|(rule, message)| message.map(|message| (rule, message))).collect()
}

/// The first object that the statement changes, for messages.
fn main_object(statement: &Statement, how: How) -> String {
    let touches = &statement.analysis.touches;
    touches.iter().find(|touch| touch.how == how).map_or_else(|| "?".to_owned(), |touch| touch.object.to_string())
}

fn creates(statement: &Statement, kind: StatementKind, word: &str) -> Option<String> {
    (statement.analysis.kind == kind).then(|| format!("creates the {word} {}", main_object(statement, How::Creates)))
}

fn foreign_keys(statement: &Statement) -> Option<String> {
    let analysis = &statement.analysis;
    let how = if analysis.kind == StatementKind::CreateTable { How::Creates } else { How::Alters };
    let table = main_object(statement, how);
    analysis
        .flags
        .foreign_key
        .then(|| format!("declares a foreign key on {table}; declare the relation in batch.toml ([[relations]])"))
}

fn hard_deletes(statement: &Statement) -> Option<String> {
    let verb = match statement.analysis.kind {
        StatementKind::Delete => "deletes rows of",
        StatementKind::Truncate => "empties",
        _ => return None,
    };
    let table = main_object(statement, How::Writes);
    Some(format!("{verb} {table}; set is_deleted = 1 instead"))
}

#[cfg(test)]
mod tests {
    use super::super::{Dialect, statements};
    use super::*;

    fn broken(sql: &str) -> Vec<(&'static str, String)> {
        let found = statements(sql, Dialect::MySql).expect("splits");
        let found = found.iter().flat_map(breaches);
        found.map(|(rule, message)| (rule.name, message)).collect()
    }

    #[test]
    fn each_rule_finds_its_breach_and_names_the_object() {
        for (sql, rule, named) in [
            ("CREATE TABLE a (b INT, FOREIGN KEY (b) REFERENCES c (d))", "no_foreign_keys", "on a;"),
            ("CREATE TABLE a (b INT REFERENCES c (d))", "no_foreign_keys", "on a;"),
            ("ALTER TABLE x.a ADD CONSTRAINT FOREIGN KEY (b) REFERENCES c (d)", "no_foreign_keys", "on x.a;"),
            ("CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @a = 1", "no_triggers", "trigger g"),
            ("CREATE PROCEDURE p() SELECT 1", "no_procedures", "procedure p"),
            ("CREATE FUNCTION f() RETURNS INT RETURN 1", "no_functions", "function f"),
            ("CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1", "no_events", "event e"),
            ("DELETE FROM t WHERE a = 1", "soft_delete", "rows of t;"),
            ("TRUNCATE t", "soft_delete", "empties t;"),
        ] {
            let found = broken(sql);
            assert_eq!(found.len(), 1, "{sql}: {found:?}");
            assert_eq!(found[0].0, rule);
            assert!(found[0].1.contains(named), "{found:?}");
        }
    }

    #[test]
    fn words_in_comments_strings_and_names_break_no_rule() {
        let sql = "CREATE TABLE t (a INT COMMENT 'FOREIGN KEY', `delete` INT); /* DELETE FROM t */
            DROP TRIGGER IF EXISTS g; -- TRUNCATE t
            INSERT INTO t VALUES ('CREATE TRIGGER x'); UPDATE t SET is_deleted = 1;";
        assert_eq!(broken(sql), []);
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
        assert!(rule("soft_delete").is_some() && rule("nonsense").is_none());
    }
}
