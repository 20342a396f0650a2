//! Room on the server's disk for a table that is written anew.

use super::alters::over;
use super::context::CheckContext;
use super::definition::{Check, CheckFn};
use super::facts::Altered;
use super::outcome::{CheckOutcome, Violation};
use super::settings::CheckLevel::{Block, Warn};
use crate::database::DbError;

pub(super) const DISK_FREE: Check =
    Check::pre("disk_free", [Warn, Block], CheckFn::Database(|c| Box::pin(disk_free(c)))).told(
        "The disk of the server holds a table twice while it is written anew.",
        "a full disk stops every writer of the server, not this migration alone, and MariaDB may go down with it",
        "make space first; or a form that changes the table where it stands (`caribou checks blocking_alter`)",
    );

async fn disk_free(context: &mut CheckContext<'_>) -> Result<CheckOutcome, DbError> {
    if !context.file.dialect.is_mysql_family() {
        return Ok(CheckOutcome::idle());
    }
    let is_large = |one: &&Altered| one.rewrites() && one.size.bytes > 0;
    if !super::altered::altered(context).await?.iter().any(|one| is_large(&one)) {
        return Ok(CheckOutcome::idle());
    }
    let disk = context.known.surroundings.disk(context.session).await?;
    over(context, move |_, one, statement| {
        let Some(disk) = disk.as_ref().filter(|disk| is_large(&one) && disk.free < one.size.bytes) else {
            return (Vec::new(), None);
        };
        let (needed, free) = (megabytes(one.size.bytes), megabytes(disk.free));
        let seen = format!("{} takes about {needed}, and {free} are free on {}", one.table, disk.place);
        let asked = "the size of the table, and the free space of the file system of @@datadir";
        (vec![Violation::at(statement, seen).asked(asked)], None)
    })
    .await
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}
