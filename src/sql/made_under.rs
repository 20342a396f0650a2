//! The character set and collation under which a view or a program was made. They stand in a comment beside its definition
//! as that is taken down: the server keeps them with it, and reads its texts by them.

use super::Dialect;

/// Set and collation of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MadeUnder {
    pub(crate) charset: String,
    pub(crate) collation: String,
}

const BEGIN: &str = "/* character_set_client = ";
const BETWEEN: &str = ", collation_connection = ";
const END: &str = " */";

impl MadeUnder {
    /// What a connection has in which nothing was set.
    pub(crate) fn usual(dialect: Dialect) -> MadeUnder {
        let collation = match dialect {
            Dialect::MariaDb => "utf8mb4_general_ci",
            Dialect::MySql | Dialect::Sqlite => "utf8mb4_0900_ai_ci",
        };
        MadeUnder { charset: "utf8mb4".to_owned(), collation: collation.to_owned() }
    }

    /// The line that says it; nothing where it is as usual.
    pub(crate) fn line(&self, dialect: Dialect) -> Option<String> {
        let MadeUnder { charset, collation } = self;
        (*self != MadeUnder::usual(dialect)).then(|| format!("{BEGIN}{charset}{BETWEEN}{collation}{END}"))
    }

    /// Reads such a line.
    pub(crate) fn read(line: &str) -> Option<MadeUnder> {
        let (charset, collation) = line.strip_prefix(BEGIN)?.strip_suffix(END)?.split_once(BETWEEN)?;
        let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let names = MadeUnder { charset: charset.to_owned(), collation: collation.to_owned() };
        (is_name(charset) && is_name(collation)).then_some(names)
    }

    /// Puts statements between those that set it and set back what was.
    pub(crate) fn around(&self, statements: Vec<String>) -> Vec<String> {
        let MadeUnder { charset, collation } = self;
        let set = format!(
            "SET @caribou_client = @@SESSION.character_set_client, @caribou_collation = @@SESSION.collation_connection, \
             SESSION character_set_client = {charset}, SESSION collation_connection = {collation}"
        );
        let back =
            "SET SESSION character_set_client = @caribou_client, SESSION collation_connection = @caribou_collation";
        [vec![set], statements, vec![back.to_owned()]].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unusual_is_said_and_read_again() {
        let one = MadeUnder { charset: "latin1".into(), collation: "latin1_swedish_ci".into() };
        assert_eq!(one.line(Dialect::MariaDb).as_deref().and_then(MadeUnder::read), Some(one.clone()));
        let usual = MadeUnder::usual(Dialect::MySql);
        assert_eq!(usual.line(Dialect::MySql), None);
        assert_eq!(usual.line(Dialect::MariaDb).as_deref().and_then(MadeUnder::read), Some(usual));
        assert_eq!(MadeUnder::read("/* character_set_client = x'; DROP, collation_connection = y */"), None);
        assert_eq!(one.around(vec!["CREATE".into()]).len(), 3);
    }
}
