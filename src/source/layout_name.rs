//! The names of the layouts, as they stand in configuration, in plans and in the journal.

pub(crate) const NATIVE: &str = "native";
/// Of several directories that have not the same.
pub(crate) const SEVERAL: &str = "several layouts";
pub(crate) const GOLANG_MIGRATE: &str = "golang-migrate";
pub(crate) const FLYWAY: &str = "flyway";
pub(crate) const LIQUIBASE: &str = "liquibase";
pub(crate) const GOOSE: &str = "goose";
pub(crate) const DBMATE: &str = "dbmate";
pub(crate) const SQL_MIGRATE: &str = "sql-migrate";
pub(crate) const MICRATE: &str = "micrate";
pub(crate) const SQITCH: &str = "sqitch";
pub(crate) const PRISMA: &str = "prisma";
pub(crate) const DIESEL: &str = "diesel";
pub(crate) const DRIZZLE: &str = "drizzle";
pub(crate) const REFINERY: &str = "refinery";
pub(crate) const YOYO: &str = "yoyo";
pub(crate) const POPX: &str = "popx";
