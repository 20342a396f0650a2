//! The procedures through which people ask: made, held against what stands there, and made anew where that differs.

use super::grants::quoted;
use super::tables::PROCEDURES;
use super::{Result, Store};
use crate::database::{DbError, ErrorKind, ServerKind, Session, Value};
use crate::sql::{Dialect, canonical_hash, quote_identifier};

/// State of one of the procedures, as an account sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is not there.
    Missing,
    /// A server shows a procedure only to those who may run it, and its text to fewer still.
    Unseen(&'static str),
    /// It has the text that it should have.
    AsExpected,
    /// Another text; and whose rights it runs with.
    Other { definer: String },
}

/// Query whether an account may see every procedure of a schema: by a privilege on that schema or on all.
const SEES_ALL: &str = "SELECT 1 FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = ? AND PRIVILEGE_TYPE IN \
     ('SELECT', 'EXECUTE', 'CREATE ROUTINE', 'ALTER ROUTINE', 'SHOW_ROUTINE') UNION SELECT 1 FROM \
     information_schema.SCHEMA_PRIVILEGES WHERE GRANTEE = ? AND ? LIKE TABLE_SCHEMA AND PRIVILEGE_TYPE IN ('EXECUTE', \
     'CREATE ROUTINE', 'ALTER ROUTINE')";

/// Query for the accounts' privileges on a procedure; a server has no other place that says so of all accounts.
const HELD: &str = "SELECT User, Host, Proc_priv FROM mysql.procs_priv WHERE Db = ? AND LOWER(Routine_name) = LOWER(?) AND \
     Routine_type = 'PROCEDURE'";

impl Store {
    /// Makes the procedures that are missing, and those anew whose text is another. Says what was done.
    pub(super) async fn bring_procedures(&self, session: &mut dyn Session) -> Result<Vec<String>> {
        let mut done = Vec::new();
        if !self.dialect().is_mysql_family() {
            return Ok(done);
        }
        for (name, text) in PROCEDURES {
            let full = format!("{}.{}", self.schemas().orchestration, self.table(name));
            match self.standing(session, name, text).await? {
                Standing::AsExpected => {}
                // Whoever may not see it is told so by the server, where it is there.
                Standing::Missing | Standing::Unseen(UNLISTED) => {
                    session.query_text(self.fill(text)?.trim_end()).await?;
                    done.push(format!("created procedure {full}"));
                }
                Standing::Unseen(_) => {}
                Standing::Other { definer } => {
                    self.make_anew(session, (name, text), &definer).await?;
                    done.push(format!("replaced procedure {full}, whose text was another"));
                }
            }
        }
        Ok(done)
    }

    /// Reads the state of a procedure, as far as this account sees it.
    pub(super) async fn standing(&self, session: &mut dyn Session, name: &str, text: &str) -> Result<Standing> {
        let schema = self.schemas().orchestration.as_str();
        let sql = "SELECT DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ? AND ROUTINE_NAME = ? AND \
                   ROUTINE_TYPE = 'PROCEDURE'";
        let listed = session.query(sql, &[schema.into(), self.table(name).as_str().into()]).await?;
        let Some(row) = listed.first() else {
            return Ok(if self.sees_all(session).await? { Standing::Missing } else { Standing::Unseen(UNLISTED) });
        };
        let sql = format!("SHOW CREATE PROCEDURE {}", self.procedure(name)?);
        let shown = session.query_text(&sql).await?;
        let shown = shown.first().and_then(|row| row.named("Create Procedure")).and_then(Value::as_text);
        let Some(shown) = shown else { return Ok(Standing::Unseen(TEXT_HIDDEN)) };
        let same = essence(&shown, self.dialect()) == essence(self.fill(text)?.trim_end(), self.dialect());
        Ok(if same { Standing::AsExpected } else { Standing::Other { definer: row.get_text(0) } })
    }

    fn procedure(&self, name: &str) -> Result<String> {
        let schema = quote_identifier(&self.schemas().orchestration, self.dialect())?;
        Ok(format!("{schema}.{}", quote_identifier(&self.table(name), self.dialect())?))
    }

    async fn sees_all(&self, session: &mut dyn Session) -> Result<bool> {
        let account = self.database().account();
        let (user, host) = account.rsplit_once('@').unwrap_or((account, "%"));
        let grantee = format!("'{user}'@'{host}'");
        let schema = self.schemas().orchestration.as_str();
        let values = [grantee.as_str().into(), grantee.as_str().into(), schema.into()];
        Ok(!session.query(SEES_ALL, &values).await?.is_empty())
    }

    /// With the old one go everybody's rights to run it, but for MariaDB's OR REPLACE: elsewhere they are given again.
    async fn make_anew(&self, session: &mut dyn Session, (name, text): (&str, &str), definer: &str) -> Result<()> {
        let (user, host) = definer.rsplit_once('@').unwrap_or((definer, "%"));
        let definer = format!("DEFINER = {}@{}", quoted(user)?, quoted(host)?);
        let text = self.fill(text)?;
        let create =
            |head: &str| text.trim_end().replacen("CREATE PROCEDURE", &format!("{head} {definer} PROCEDURE"), 1);
        if self.kind() == ServerKind::MariaDb {
            session.query_text(&create("CREATE OR REPLACE")).await?;
            return Ok(());
        }
        let again = self.rights(session, name).await?;
        session.query_text(&format!("DROP PROCEDURE {}", self.procedure(name)?)).await?;
        session.query_text(&create("CREATE")).await?;
        for grant in again {
            session.query_text(&grant).await?;
        }
        Ok(())
    }

    /// The statements that give everybody's rights on a procedure again.
    async fn rights(&self, session: &mut dyn Session, name: &str) -> Result<Vec<String>> {
        let of = [self.schemas().orchestration.as_str().into(), self.table(name).as_str().into()];
        let held = session.query(HELD, &of).await.map_err(|error| may_not_look(error, name))?;
        let procedure = self.procedure(name)?;
        let mut statements = Vec::new();
        for row in &held {
            let rights = row.get_text(2);
            let (mut given, mut hands_on) = (Vec::new(), "");
            for right in rights.split(',') {
                match right {
                    "Execute" => given.push("EXECUTE"),
                    "Alter Routine" => given.push("ALTER ROUTINE"),
                    "Grant" => hands_on = " WITH GRANT OPTION",
                    _ => {}
                }
            }
            if !given.is_empty() {
                let account = format!("{}@{}", quoted(&row.get_text(0))?, quoted(&row.get_text(1))?);
                statements.push(format!("GRANT {} ON PROCEDURE {procedure} TO {account}{hands_on}", given.join(", ")));
            }
        }
        Ok(statements)
    }
}

pub(super) const UNLISTED: &str = "not shown to this account: it is not there, or the account may not see it";
const TEXT_HIDDEN: &str = "there, and its text is not shown to this account";

fn may_not_look(error: DbError, name: &str) -> DbError {
    match error.kind {
        ErrorKind::Privilege | ErrorKind::MissingObject => error
            .doing(format!("see who may run the procedure {name}, which is to be made anew"))
            .with_hint("run `caribou schema install` as an account that may read mysql.procs_priv: with the old procedure go everybody's rights on it"),
        _ => error,
    }
}

/// The parameters and the body: what stands between them is shown in another order than it was written.
fn essence(text: &str, dialect: Dialect) -> Option<(String, String)> {
    let rest = &text[text.find("PROCEDURE")?..];
    let rest = &rest[rest.find('(')?..];
    let mut depth = 0;
    let end = rest.find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0
    })?;
    let body = &rest[rest.find("\nBEGIN")?..];
    Some((canonical_hash(&rest[..=end], dialect), canonical_hash(body, dialect)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_parameters_and_body_does_not_count() {
        let of = |text: &str| essence(text, Dialect::MySql);
        let ours = "CREATE PROCEDURE `o`.`p`(\n  IN a VARCHAR(9)\n)\n  SQL SECURITY DEFINER\n  COMMENT 'x'\nBEGIN\n  SELECT a;\nEND";
        let shown =
            "CREATE DEFINER=`r`@`%` PROCEDURE `p`(\n IN a VARCHAR(9)\n)\n    COMMENT 'y'\nBEGIN\n  SELECT a; END";
        assert!(of(ours).is_some());
        assert_eq!(of(ours), of(shown));
        assert_ne!(of(ours), of(&shown.replace("SELECT a", "SELECT 1")));
        assert_ne!(of(ours), of(&shown.replace("VARCHAR(9)", "INT")));
    }
}
