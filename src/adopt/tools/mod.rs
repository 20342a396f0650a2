//! The tools, one file each; those whose tables say the same in the same way share one.

mod alembic;
mod by_name;
mod by_version;
mod diesel;
mod django;
mod drizzle;
mod flyway;
mod golang_migrate;
mod goose;
mod liquibase;
mod prisma;
mod refinery;
mod sqitch;
mod sql_migrate;
mod sqlx;
mod yoyo;

use super::HistoryTable;

/// The history tables that are known, in the order in which they are looked for.
pub const TABLES: &[HistoryTable] = &[
    flyway::FLYWAY,
    liquibase::LIQUIBASE,
    golang_migrate::GOLANG_MIGRATE,
    by_version::DBMATE,
    by_version::RAILS,
    by_version::POP,
    goose::GOOSE,
    goose::MICRATE,
    sql_migrate::SQL_MIGRATE,
    sqlx::SQLX,
    refinery::REFINERY,
    diesel::DIESEL,
    prisma::PRISMA,
    drizzle::DRIZZLE,
    yoyo::YOYO,
    django::DJANGO,
    by_name::LARAVEL,
    alembic::ALEMBIC,
    by_name::KNEX,
    by_name::PHINX,
    by_name::DOCTRINE,
    sqitch::SQITCH,
];
