//! The tools, a file each.

mod alembic;
mod dbmate;
mod django;
mod knex;
mod liquibase;
mod refinery;
mod sqitch;
mod sqlx;

use crate::peer::Peer;

pub const ALL: &[&Peer] = &[
    &dbmate::DBMATE,
    &sqlx::SQLX,
    &refinery::REFINERY,
    &knex::KNEX,
    &django::DJANGO,
    &alembic::ALEMBIC,
    &sqitch::SQITCH,
    &liquibase::LIQUIBASE,
];
