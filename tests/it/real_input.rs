//! Input that nobody here wrote: the schemas and upgrade files that Debian packages ship, and the migrations inside
//! published crates, wheels and packages of npm. They are fetched into a cache (`support::packages`); what cannot be had is reported as NOT RUN.
//!
//! | file | is |
//! |---|---|
//! | `collections` | which files, in which order |
//! | `pieces` | every file is cut without loss, and analysed |
//! | `migrating` | the real binary, on whole collections |
//! | `native` | what the server's own client makes of a file |
//! | `undone` | whole collections up and back, with no rollback script |
//! | `statements` | the pieces run one by one do the same |
//! | `picture` | all that stands in a schema: definitions and rows |
//! | `whole_files` | both for SQLite, where the other reader of the file is SQLite itself |

use crate::support::{Fresh, is_wanted, run};
use caribou::database::ServerKind;
use std::future::Future;

/// Makes a test of each collection on one server.
macro_rules! stories {
    ($module:ident, $kind:ident, $story:path: $($name:ident)*) => {
        mod $module {
            $(#[test] fn $name() {
                let kind = caribou::database::ServerKind::$kind;
                $crate::real_input::tell(kind, |fresh| $story(fresh, stringify!($name)));
            })*
        }
    };
}

/// Makes a test of each collection for MariaDB and MySQL on both; of the largest where it is named.
macro_rules! stories_on_servers {
    ($story:path $(, $largest:ident)?) => {
        stories_on_servers!(mariadb, MariaDb, $story $(, $largest)?);
        stories_on_servers!(mysql, MySql, $story $(, $largest)?);
    };
    ($module:ident, $kind:ident, $story:path $(, $largest:ident)?) => {
        stories!($module, $kind, $story: $($largest)?
            pdns icinga2_ido icingadb gammu gammu_legacy phpmyadmin roundcube roundcube_dbconfig mediawiki cacti);
    };
}

/// Makes a test of each collection for SQLite.
macro_rules! stories_on_sqlite {
    ($story:path) => {
        stories!(sqlite, Sqlite, $story:
            atuin_history atuin_records atuin_meta matrix_crypto matrix_event_cache matrix_media matrix_state
            gammu_sqlite roundcube_sqlite mediawiki_sqlite);
    };
}

mod collections;
mod migrating;
mod native;
mod picture;
mod pieces;
mod statements;
mod undone;
mod whole_files;

/// Runs a story on fresh schemas of a server.
fn tell<F: Future<Output = ()>>(kind: ServerKind, story: impl FnOnce(Fresh) -> F) {
    if is_wanted(kind) {
        run(story(Fresh::on(kind)));
    }
}
