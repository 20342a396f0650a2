//! Module: SQL of one module, which keeps to the objects of that module.

use super::{Catalog, Fault, Handler, Subject};
use crate::database::DbError;
use crate::model::FileType;
use crate::source::SourceType;
use crate::sql::{self, How, ObjectKind, ObjectName, Statement, StatementKind, Touch};
use async_trait::async_trait;
use std::collections::BTreeMap;

/// Objects under the module's own prefix; anything else stops the file before anything runs.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// Prefixes as configured (`[modules]`), by the module's name.
    pub prefixes: BTreeMap<String, String>,
}

/// A module, as far as its files are held to it.
struct Owner<'a> {
    name: &'a str,
    /// The beginning of its objects' names.
    prefix: String,
    /// Where that is said, or can be.
    key: String,
}

impl Module {
    fn owner<'a>(&self, name: &'a str) -> Owner<'a> {
        match self.prefixes.get(name) {
            Some(prefix) => Owner { name, prefix: prefix.clone(), key: format!(" (modules.{name})") },
            None => Owner { name, prefix: format!("{name}_"), key: String::new() },
        }
    }
}

#[async_trait]
impl Handler for Module {
    fn source(&self) -> SourceType {
        SourceType { name: "module", recorded_as: FileType::Module, folders: &[], extensions: &["sql"] }
    }

    async fn validate_before(&self, file: &Subject<'_>, _: &mut Catalog<'_>) -> Result<Vec<Fault>, DbError> {
        let Some(module) = module_of(file) else {
            return Ok(vec![Fault::new(
                1,
                "it is the file of a module, and does not say of which: put it into modules/NAME/, or write \
                 `-- caribou: type=module module=NAME` in its first comment",
            )]);
        };
        let owner = self.owner(&module);
        let scripts = [("", Some(file.script)), ("rollback script: ", file.back)];
        let all = scripts
            .iter()
            .flat_map(|(what, script)| script.iter().flat_map(move |s| s.statements.iter().map(move |s| (what, s))));
        Ok(all.filter_map(|(what, statement)| foreign(what, statement, &owner, file.core)).collect())
    }
}

/// The module: from the file's directive, else the folder in `modules/`.
fn module_of(file: &Subject<'_>) -> Option<String> {
    let said = sql::directives(file.text).ok().and_then(|directives| directives.module);
    said.or_else(|| {
        let folders: Vec<&str> = file.path.split('/').collect();
        let (_, folders) = folders.split_last()?;
        let at = folders.iter().rposition(|f| f.eq_ignore_ascii_case("modules") || f.eq_ignore_ascii_case("module"))?;
        folders.get(at + 1).map(|name| (*name).to_owned())
    })
}

/// Why a statement is not the module's own.
fn foreign(what: &str, statement: &Statement, owner: &Owner<'_>, core: &str) -> Option<Fault> {
    let Owner { name: module, prefix, key } = owner;
    let fault = |problem: String| Some(Fault::new(statement.line, format!("{what}{problem}")));
    let analysis = &statement.analysis;
    if let Some(touch) = analysis.touches.iter().find(|touch| is_foreign(touch, statement, prefix, core)) {
        return fault(format!(
            "a file of the module {module} may change only objects whose names begin with {prefix}{key}, and this is about \
             {} {}: rename it, make the file one of doctrine, or set the prefix: [modules] {module} = \"…\" in caribou.toml",
            touch.object.kind, touch.object
        ));
    }
    if is_beyond(analysis.kind) || analysis.flags.partial {
        return fault(format!(
            "what {} changes cannot be told from its text, so it has no place in a file of the module {module}: write the \
             statements out, or make the file one of doctrine",
            analysis.kind
        ));
    }
    None
}

fn is_foreign(touch: &Touch, statement: &Statement, prefix: &str, core: &str) -> bool {
    if touch.how == How::Reads && statement.analysis.kind != StatementKind::Use {
        return false;
    }
    let changes_table = |touch: &Touch| touch.how.changes() && touch.object.kind == ObjectKind::Table;
    if touch.object.kind == ObjectKind::Index && statement.analysis.touches.iter().any(changes_table) {
        return false; // it belongs to its table
    }
    !is_within(&touch.object, prefix, core)
}

fn is_within(object: &ObjectName, prefix: &str, core: &str) -> bool {
    let is_core = |schema: &str| schema.eq_ignore_ascii_case(core) || schema.eq_ignore_ascii_case("main");
    let begins = object.name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    object.kind != ObjectKind::Schema && object.schema.as_deref().is_none_or(is_core) && begins
}

/// Kinds that act on anything, or on the whole server.
fn is_beyond(kind: StatementKind) -> bool {
    use StatementKind::{Grant, LockTables, Pragma, Revoke, SetPassword, UnlockTables, UserAdmin};
    let is_account = matches!(kind, Grant | Revoke | UserAdmin | SetPassword);
    let is_harmless = matches!(kind, LockTables | UnlockTables | Pragma);
    is_account || (kind.is_opaque() && !is_harmless)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Dialect;
    use std::collections::HashSet;

    fn faults(path: &str, text: &str, dialect: Dialect) -> Vec<String> {
        faults_under(&Module::default(), path, text, dialect)
    }

    fn faults_under(module: &Module, path: &str, text: &str, dialect: Dialect) -> Vec<String> {
        let script = sql::read(text, dialect).unwrap();
        let file = Subject { path, text, script: &script, back: None, dialect, core: "core" };
        let made = HashSet::new();
        let mut catalog = Catalog::new(None, "core", &made);
        let found = futures_util::future::FutureExt::now_or_never(module.validate_before(&file, &mut catalog));
        found.unwrap().unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_module_keeps_to_its_own_objects() {
        let own = "CREATE TABLE shop_orders (id INT PRIMARY KEY);\nCREATE INDEX i ON shop_orders (id);\n\
                   INSERT INTO shop_orders SELECT id FROM users;\nUPDATE core.Shop_orders SET id = 1;\nSET @a = 1;";
        assert_eq!(faults("modules/shop/1_a.sql", own, Dialect::MySql), [] as [String; 0]);
        let directed = format!("-- caribou: module=shop\n{own}");
        assert_eq!(faults("1_a.sql", &directed, Dialect::MariaDb), [] as [String; 0]);
        let cases = [
            "CREATE TABLE shops (id INT)",
            "DELETE FROM users",
            "ALTER TABLE users ADD a INT",
            "RENAME TABLE shop_a TO a",
            "CREATE TABLE other.shop_a (id INT)",
            "USE shop_other",
            "DROP SCHEMA shop_x",
            "CALL shop_p()",
            "GRANT SELECT ON shop_a TO x",
            "FROBNICATE shop_x",
        ];
        for statement in cases {
            let found = faults("modules/shop/1_a.sql", &format!("SELECT 1;\n{statement};"), Dialect::MySql);
            assert!(found.len() == 1 && found[0].starts_with("line 2: "), "{statement}: {found:?}");
        }
    }

    #[test]
    fn a_prefix_may_be_another_than_the_name() {
        let module = Module { prefixes: BTreeMap::from([("shop".to_owned(), "sh$".to_owned())]) };
        let of = |text: &str| faults_under(&module, "modules/shop/1_a.sql", text, Dialect::MySql);
        assert_eq!(of("CREATE TABLE sh$orders (id INT);"), [] as [String; 0]);
        let found = of("CREATE TABLE shop_orders (id INT);");
        assert!(found[0].contains("begin with sh$ (modules.shop)"), "{found:?}");
        let other = faults_under(&module, "modules/blog/1_a.sql", "CREATE TABLE posts (id INT);", Dialect::MySql);
        assert!(other[0].contains("begin with blog_, ") && other[0].contains("[modules] blog"), "{other:?}");
    }

    #[test]
    fn a_module_needs_a_name() {
        assert!(faults("1_a.sql", "SELECT 1;", Dialect::Sqlite)[0].contains("modules/NAME/"));
        assert!(faults("modules/1_a.sql", "SELECT 1;", Dialect::Sqlite)[0].contains("module=NAME"));
    }
}
