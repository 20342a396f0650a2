//! Configuration as data: a table, by which columns its rows are known, and the rows.
//!
//! ```toml
//! table = "agent_settings"
//! key = ["agent", "name"]
//!
//! [[rows]]
//! agent = "shepherd"
//! name = "model"
//! value = "large"
//! ```

mod data;
mod json;
mod node;
mod toml;
mod upsert;
mod yaml;

pub(super) use data::Data;
pub(super) use upsert::{pieces, said};

use super::Fault;
use node::Node;

/// Reads a file by its extension.
///
/// # Errors
/// The first fault, with its line.
pub(super) fn read(path: &str, text: &str) -> Result<Data, Fault> {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    let root: Node = match extension.as_str() {
        "toml" => toml::parse(text)?,
        "json" => json::parse(text)?,
        _ => yaml::parse(text)?,
    };
    Data::from_node(root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{self, Dialect, StatementKind};

    const TOML: &str = "# caribou: class=D\ntable = \"settings\"\nkey = [\"agent\", \"name\"]\n\n[[rows]]\nagent = \"a\"\nname = \
                        \"model\"\nvalue = \"it's\"\n\n[[rows]]\nagent = \"b\"\nname = \"model\"\nvalue = \"x\\ny\"\n";
    const JSON: &str = "{\n \"table\": \"settings\", \"key\": [\"agent\", \"name\"],\n \"rows\": [\n  {\"agent\": \"a\", \
                        \"name\": \"model\", \"value\": \"it's\"},\n  {\"agent\": \"b\", \"name\": \"model\", \"value\": \"x\\ny\"}\n ]\n}";
    const YAML: &str = "table: settings\nkey: [agent, name]\nrows:\n  - {agent: a, name: model, value: it's}\n  - agent: b\n    \
                        name: model\n    value: \"x\\ny\"\n";

    #[test]
    fn three_languages_say_the_same() {
        let read = |path: &str, text: &str| read(path, text).unwrap();
        let sql = |data: &Data| pieces(data, Dialect::MySql).unwrap().into_iter().map(|p| p.1).collect::<String>();
        let (toml, json, yaml) = (read("a.toml", TOML), read("a.json", JSON), read("a.YML", YAML));
        assert_eq!(
            sql(&toml),
            "INSERT INTO `settings` (`agent`, `name`, `value`) VALUES ('a', 'model', 'it''s'), ('b', 'model', _utf8mb4 \
             X'780A79')AS brought ON DUPLICATE KEY UPDATE `value` = brought.`value`;"
        );
        assert_eq!((sql(&toml), sql(&toml)), (sql(&json), sql(&yaml)));
        let lines = |data: &Data| data.rows.iter().map(|row| row.line).collect::<Vec<_>>();
        assert_eq!((lines(&toml), lines(&json), lines(&yaml)), (vec![5, 10], vec![4, 5], vec![4, 5]));
        assert_eq!((toml.table_line, toml.key_line, json.key_line, yaml.table_line), (2, 3, 2, 1));
    }

    #[test]
    fn every_server_reads_an_upsert() {
        let data = read("a.toml", TOML).unwrap();
        for dialect in Dialect::ALL {
            let text = crate::handlers::record("agent", TOML, &pieces(&data, dialect).unwrap());
            let found = sql::read(&text, dialect).unwrap().statements;
            assert_eq!((found.len(), found[0].analysis.kind), (1, StatementKind::Upsert), "{text}");
            assert_eq!((found[0].line, found[0].analysis.touches.len()), (5, 1), "{text}");
            assert!(!found[0].analysis.flags.partial, "{text}");
        }
    }

    #[test]
    fn values_keep_their_kinds_and_rows_of_other_columns_stand_apart() {
        let text = "table = \"t\"\nkey = \"id\"\nrows = [\n {id = 1, a = true, b = 1.5},\n {id = 2, a = false, b = -3.0},\n {id = \
                    0x10, at = 2026-01-02T03:04:05},\n]\n";
        let sql: Vec<(u32, String)> = pieces(&read("a.toml", text).unwrap(), Dialect::Sqlite).unwrap();
        let texts: Vec<&str> = sql.iter().map(|(_, piece)| piece.as_str()).collect();
        assert_eq!(
            texts,
            [
                "INSERT INTO \"t\" (\"a\", \"b\", \"id\") VALUES (1, 1.5, 1)",
                ", (0, -3.0, 2)",
                "ON CONFLICT (\"id\") DO UPDATE SET \"a\" = excluded.\"a\", \"b\" = excluded.\"b\";",
                "INSERT INTO \"t\" (\"at\", \"id\") VALUES ('2026-01-02 03:04:05', 16)",
                "ON CONFLICT (\"id\") DO UPDATE SET \"at\" = excluded.\"at\";",
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let cases = [
            ("a.toml", "table = \"t\"\nkey = [\"id\"]\n", 1, "no `rows`"),
            ("a.toml", "table = \"t\"\nkey = \"id\"\nrow = []\n", 3, "no `row` here"),
            ("a.toml", "table = \"t\"\nkey = \"id\"\n[[rows]]\na = 1\n", 3, "no `id`, by which"),
            ("a.toml", "table = \"t\"\nkey = \"id\"\n[[rows]]\nid = 1\na = [1]\n", 5, "`a` is a list"),
            ("a.toml", "table = \"t\"\nkey = \"id\"\n[[rows]]\nid = 1\n[[rows]]\nid = 1\n", 5, "row on line 3"),
            ("a.toml", "table = 1\nkey = \"id\"\nrows = []", 1, "`table` is a number"),
            ("a.toml", "table = \"t\"\nkey = []\nrows = []", 2, "`key` is empty"),
            ("a.toml", "table = \"t\"\nkey = \"id\"\n[[rows]]\nid = nan\n", 4, "no column holds"),
            ("a.toml", "table = \n", 1, "no TOML"),
            ("a.json", "{\"table\": \"t\",\n \"table\": \"u\"}", 2, "stands twice"),
            ("a.json", "{\n \"a\"", 2, "no JSON"),
            ("a.json", "{\"table\": \"t\", \"key\": \"id\",\n\"rows\": [{\"id\": null}]}", 2, "is null"),
            ("a.json", "[]", 1, "it is a list"),
            ("a.yaml", "table: t\nkey: id\nrows:\n - id: {a: 1}\n", 4, "`id` is a table"),
            ("a.yaml", "table: t\nkey: id\nrows: x\n", 3, "`rows` is a text"),
            ("a.yaml", "table: [\n", 0, "no YAML"),
            ("a.yaml", "a: 1\n---\nb: 1\n", 3, "second document"),
            ("a.yaml", "", 1, "empty"),
        ];
        for (path, text, line, words) in cases {
            let fault = read(path, text).unwrap_err();
            assert!(fault.problem.contains(words) && (line == 0 || fault.line == line), "{path} {text:?}: {fault}");
        }
    }
}
