//! The objects on a server, and its identity.

use crate::database::{DbError, ErrorKind, ServerKind, Session};
use crate::sql::{Dialect, ObjectKind, ObjectName, quote_identifier};
use sha2::{Digest, Sha256};

/// True if there is a schema of this name that the account can see.
pub(super) async fn schema_exists(session: &mut dyn Session, schema: &str) -> Result<bool, DbError> {
    let sql = "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?";
    let rows = session.query(sql, &[schema.into()]).await?;
    Ok(rows.first().is_some_and(|row| row.get_i64(0) > 0))
}

/// Creates a schema unless it is there.
pub(super) async fn create_schema(session: &mut dyn Session, schema: &str) -> Result<(), DbError> {
    let name = quote_identifier(schema, Dialect::MySql)?;
    let done = session.query_text(&format!("CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4")).await;
    done.map(drop).map_err(|error| error.doing(format!("create the schema {schema}")))
}

/// The tables, views and sequences of a schema by name.
pub(super) async fn relations(session: &mut dyn Session, schema: &str) -> Result<Vec<ObjectName>, DbError> {
    let sql = "SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME";
    let rows = session.query(sql, &[schema.into()]).await?;
    let object = |row: &crate::database::Row| {
        let kind = match row.get_text(1).as_str() {
            "VIEW" | "SYSTEM VIEW" => ObjectKind::View,
            "SEQUENCE" => ObjectKind::Sequence,
            _ => ObjectKind::Table,
        };
        ObjectName::qualified(kind, schema, row.get_text(0))
    };
    Ok(rows.iter().map(object).collect())
}

/// MySQL: `server_uuid`. MariaDB: `server_uid`, which it derives from the machine and the port (10.6.16 and later);
/// before that what is as stable: host name, data directory, port and server id.
pub(super) async fn identity(session: &mut dyn Session) -> Result<String, DbError> {
    let doing = "ask which server this is";
    if session.kind() == ServerKind::MySql {
        return Ok(format!("mysql:{}", one(session, "SELECT @@server_uuid", doing).await?));
    }
    match one(session, "SELECT @@server_uid", doing).await {
        Ok(uid) if !uid.is_empty() => return Ok(format!("mariadb:{uid}")),
        Ok(_) => {}
        Err(error) if error.code.as_deref() == Some("1193") => {}
        Err(error) => return Err(error),
    }
    let place = one(session, "SELECT CONCAT_WS('\\n', @@hostname, @@datadir, @@port, @@server_id)", doing).await?;
    let digest = Sha256::digest(place.as_bytes());
    let short: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("mariadb:{short}"))
}

async fn one(session: &mut dyn Session, sql: &str, doing: &str) -> Result<String, DbError> {
    let rows = session.query_text(sql).await.map_err(|error| error.doing(doing))?;
    let first = rows.first().and_then(|row| row.opt_text(0));
    first.ok_or_else(|| DbError::new(ErrorKind::Internal, doing, "the server gave no answer"))
}
