//! Files that are read, in the order in which their projects run them.

use crate::support::packages::{
    Published, Published::Crate, Published::Debian, Published::Npm, Published::Wheel, fetched, say_not_run, walk,
};
use caribou::database::ServerKind;
use std::path::{Path, PathBuf};
use tokio::sync::{Mutex, MutexGuard};

/// Collections that take minutes on a server: they run when asked for.
pub const LONG: [&str; 4] = ["zabbix", "mediawiki", "icinga2_ido", "roundcube"];

/// Servers that understand a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// MariaDB and MySQL.
    Servers,
    /// SQLite.
    Sqlite,
}

impl Language {
    /// The servers that it is for.
    pub fn servers(self) -> &'static [ServerKind] {
        match self {
            Self::Servers => &[ServerKind::MariaDb, ServerKind::MySql],
            Self::Sqlite => &[ServerKind::Sqlite],
        }
    }
}

/// Files that belong to one schema.
#[derive(Debug)]
pub struct Collection {
    pub name: &'static str,
    pub published: Published,
    pub language: Language,
    /// In the order in which they run; a name that ends in `/` is every file there, versions sorted as numbers. Where
    /// only the newest schema is published, most upgrades are refused by the server: the same way by both clients.
    pub files: &'static [&'static str],
    /// Schemas that the files name themselves.
    pub beside: &'static [&'static str],
}

/// One file, read.
#[derive(Debug)]
pub struct File {
    /// As in the collection, without the folder.
    pub name: String,
    pub text: String,
}

const fn servers(name: &'static str, package: &'static str, files: &'static [&'static str]) -> Collection {
    Collection { name, published: Debian(package), language: Language::Servers, files, beside: &[] }
}

const fn servers_of(name: &'static str, published: Published, files: &'static [&'static str]) -> Collection {
    Collection { published, ..servers(name, "", files) }
}

const fn sqlite(name: &'static str, published: Published, files: &'static [&'static str]) -> Collection {
    Collection { name, published, language: Language::Sqlite, files, beside: &[] }
}

const ATUIN: Published = Crate("atuin-client", "18.23.0");
const CDK: Published = Crate("cdk-sql-common", "0.18.3");
const TORRUST: Published = Crate("torrust-index", "3.0.0");
const SYNAPSE: Published = Wheel("matrix-synapse", "1.120.0");
const MATRIX: Published = Crate("matrix-sdk-sqlite", "0.18.0");

/// Every collection.
pub const COLLECTIONS: &[Collection] = &[
    servers(
        "pdns",
        "pdns-backend-mysql",
        &[
            "usr/share/pdns-backend-mysql/schema/schema.mysql.sql",
            "usr/share/pdns-backend-mysql/schema/enable-foreign-keys.mysql.sql",
            "usr/share/pdns-backend-mysql/schema/nodnssec-3.x_to_3.4.0_schema.mysql.sql",
            "usr/share/pdns-backend-mysql/schema/dnssec-3.x_to_3.4.0_schema.mysql.sql",
            "usr/share/pdns-backend-mysql/schema/3.4.0_to_4.1.0_schema.mysql.sql",
            "usr/share/pdns-backend-mysql/schema/4.1.0_to_4.2.0_schema.mysql.sql",
            "usr/share/pdns-backend-mysql/schema/4.2.0_to_4.3.0_schema.mysql.sql",
            "usr/share/pdns-backend-mysql/schema/4.3.0_to_4.7.0_schema.mysql.sql",
        ],
    ),
    servers(
        "icinga2_ido",
        "icinga2-ido-mysql",
        &["usr/share/icinga2-ido-mysql/schema/mysql.sql", "usr/share/icinga2-ido-mysql/schema/upgrade/"],
    ),
    servers(
        "icingadb",
        "icingadb",
        &["usr/share/icingadb/schema/mysql/schema.sql", "usr/share/icingadb/schema/mysql/upgrades/"],
    ),
    servers(
        "zabbix",
        "zabbix-server-mysql",
        &[
            "usr/share/zabbix-server-mysql/schema.sql",
            "usr/share/zabbix-server-mysql/images.sql",
            "usr/share/zabbix-server-mysql/double.sql",
            "usr/share/zabbix-server-mysql/history_pk_prepare.sql",
        ],
    ),
    servers("gammu", "gammu-smsd", &["usr/share/doc/gammu-smsd/examples/mysql.sql"]),
    servers("gammu_legacy", "gammu-smsd", &["usr/share/doc/gammu-smsd/examples/mysql-legacy.sql"]),
    Collection {
        beside: &["phpmyadmin"],
        ..servers(
            "phpmyadmin",
            "phpmyadmin",
            &["usr/share/phpmyadmin/sql/", "usr/share/dbconfig-common/data/phpmyadmin/install/mysql"],
        )
    },
    servers(
        "roundcube",
        "roundcube-core",
        &["usr/share/roundcube/SQL/mysql.initial.sql", "usr/share/roundcube/SQL/mysql/"],
    ),
    servers(
        "roundcube_dbconfig",
        "roundcube-core",
        &[
            "usr/share/dbconfig-common/data/roundcube/install/mysql",
            "usr/share/dbconfig-common/data/roundcube/upgrade/mysql/",
        ],
    ),
    servers(
        "mediawiki",
        "mediawiki",
        &[
            "usr/share/mediawiki/maintenance/tables.sql",
            "usr/share/mediawiki/maintenance/tables-generated.sql",
            "usr/share/mediawiki/maintenance/update-keys.sql",
            "usr/share/mediawiki/maintenance/storage/",
            "usr/share/mediawiki/maintenance/archives/",
            "usr/share/mediawiki/extensions-core/Math/sql/mysql/",
            "usr/share/mediawiki/extensions-core/OATHAuth/sql/mysql/tables-generated.sql",
            "usr/share/mediawiki/extensions-core/OATHAuth/sql/mysql/",
            "usr/share/mediawiki/extensions-core/AbuseFilter/db_patches/mysql/tables-generated.sql",
            "usr/share/mediawiki/extensions-core/AbuseFilter/db_patches/mysql/",
        ],
    ),
    servers(
        "cacti",
        "cacti",
        &[
            "usr/share/cacti/conf_templates/cacti.sql",
            "usr/share/cacti/conf_templates/cacti.admin.sql",
            "usr/share/cacti/conf_templates/cacti.admin.rm.sql",
        ],
    ),
    sqlite("atuin_history", ATUIN, &["migrations/"]),
    sqlite("atuin_records", ATUIN, &["record-migrations/"]),
    sqlite("atuin_meta", ATUIN, &["meta-migrations/"]),
    sqlite("matrix_crypto", MATRIX, &["migrations/crypto_store/"]),
    sqlite("matrix_event_cache", MATRIX, &["migrations/event_cache_store/"]),
    sqlite("matrix_media", MATRIX, &["migrations/media_store/"]),
    sqlite("matrix_state", MATRIX, &["migrations/state_store/"]),
    sqlite("gammu_sqlite", Debian("gammu-smsd"), &["usr/share/doc/gammu-smsd/examples/sqlite.sql"]),
    sqlite(
        "roundcube_sqlite",
        Debian("roundcube-core"),
        &["usr/share/roundcube/SQL/sqlite.initial.sql", "usr/share/roundcube/SQL/sqlite/"],
    ),
    sqlite(
        "mediawiki_sqlite",
        Debian("mediawiki"),
        &[
            "usr/share/mediawiki/maintenance/sqlite/tables-generated.sql",
            "usr/share/mediawiki/maintenance/sqlite/archives/",
        ],
    ),
];

/// More of them, which go up and back only.
pub const MORE: &[Collection] = &[
    servers(
        "ejabberd",
        "ejabberd",
        &["usr/share/ejabberd/sql/mysql.sql", "usr/share/ejabberd/sql/mysql.old-to-new.sql"],
    ),
    servers("ejabberd_new", "ejabberd", &["usr/share/ejabberd/sql/mysql.new.sql"]),
    servers("kamailio", "kamailio-mysql-modules", KAMAILIO),
    servers(
        "freeradius",
        "freeradius-config",
        &[
            "etc/freeradius/3.0/mods-config/sql/main/mysql/schema.sql",
            "etc/freeradius/3.0/mods-config/sql/main/mysql/process-radacct.sql",
            "etc/freeradius/3.0/mods-config/sql/main/mysql/extras/wimax/schema.sql",
            "etc/freeradius/3.0/mods-config/sql/ippool/mysql/schema.sql",
            "etc/freeradius/3.0/mods-config/sql/dhcp/mysql/schema.sql",
            "etc/freeradius/3.0/mods-config/sql/cui/mysql/schema.sql",
        ],
    ),
    servers("rsyslog", "rsyslog-mysql", &["usr/share/dbconfig-common/data/rsyslog-mysql/install/mysql"]),
    servers(
        "opendmarc",
        "opendmarc",
        &[
            "usr/share/dbconfig-common/data/opendmarc/install/mysql",
            "usr/share/dbconfig-common/data/opendmarc/upgrade/mysql/",
        ],
    ),
    servers("tt_rss", "tt-rss", &["usr/share/dbconfig-common/data/tt-rss/install/mysql"]),
    sqlite("cdk_mint", CDK, &["src/mint/migrations/sqlite/"]),
    sqlite("cdk_mint_auth", CDK, &["src/mint/auth/migrations/sqlite/"]),
    sqlite("cdk_wallet", CDK, &["src/wallet/migrations/sqlite/"]),
    servers_of("torrust", TORRUST, &["migrations/mysql/"]),
    sqlite("torrust_sqlite", TORRUST, &["migrations/sqlite3/"]),
    servers_of(
        "fang",
        Crate("fang", "0.11.0"),
        &["mysql_migrations/migrations/2023-08-17-102017_create_fang_tasks/up.sql"],
    ),
    sqlite("openmls", Crate("openmls_sqlite_storage", "0.3.0"), &["migrations/"]),
    sqlite("apalis", Crate("apalis-sqlite", "1.0.0"), &["migrations/"]),
    sqlite("synapse_state", SYNAPSE, &["synapse/storage/schema/state/full_schemas/72/full.sql.sqlite"]),
    sqlite(
        "synapse_main",
        SYNAPSE,
        &[
            "synapse/storage/schema/main/full_schemas/72/full.sql.sqlite",
            "synapse/storage/schema/main/delta/73/",
            "synapse/storage/schema/main/delta/74/",
            "synapse/storage/schema/main/delta/76/",
        ],
    ),
    servers_of(
        "code_push",
        Npm("code-push-server", "0.5.4"),
        &[
            "package/sql/codepush-all.sql",
            "package/sql/codepush-v0.2.14-patch.sql",
            "package/sql/codepush-v0.2.15-patch.sql",
            "package/sql/codepush-v0.3.0-patch.sql",
            "package/sql/codepush-v0.4.0-patch.sql",
            "package/sql/codepush-v0.5.0-patch.sql",
        ],
    ),
    servers_of("mysql_migration", Npm("node-mysql-migration", "0.2.1"), &["package/migrations/"]),
    sqlite("promptfoo", Npm("promptfoo", "0.121.20"), &["package/dist/drizzle/"]),
    sqlite("sonicjs", Npm("@sonicjs-cms/core", "2.11.0"), &["package/migrations/"]),
    sqlite("drizzle_cursor", Npm("drizzle-cursor", "0.4.1"), &["package/test/db/migrations/"]),
    sqlite("actual", Npm("@actual-app/api", "26.9.0"), &["package/dist/default-db.sql", "package/dist/migrations/"]),
    sqlite("ejabberd_sqlite", Debian("ejabberd"), &["usr/share/ejabberd/sql/lite.sql"]),
    sqlite("ejabberd_new_sqlite", Debian("ejabberd"), &["usr/share/ejabberd/sql/lite.new.sql"]),
    sqlite(
        "freeradius_sqlite",
        Debian("freeradius-config"),
        &[
            "etc/freeradius/3.0/mods-config/sql/main/sqlite/schema.sql",
            "etc/freeradius/3.0/mods-config/sql/main/sqlite/process-radacct-schema.sql",
            "etc/freeradius/3.0/mods-config/sql/ippool/sqlite/schema.sql",
        ],
    ),
];

const KAMAILIO: &[&str] = &["usr/share/kamailio/mysql/standard-create.sql", "usr/share/kamailio/mysql/"];

/// Zabbix's rows: 35 MB, 130,000 statements in one transaction. They are cut and analysed like all others, and run
/// only when asked for.
pub const ZABBIX_DATA: Collection = servers(
    "zabbix_data",
    "zabbix-server-mysql",
    &[
        "usr/share/zabbix-server-mysql/schema.sql",
        "usr/share/zabbix-server-mysql/images.sql",
        "usr/share/zabbix-server-mysql/data.sql",
    ],
);

/// The collection with that name.
pub fn collection(name: &str) -> &'static Collection {
    let found = COLLECTIONS.iter().chain(MORE).find(|collection| collection.name == name);
    found.unwrap_or_else(|| panic!("there is no collection {name}"))
}

/// Held while a collection runs whose files name schemas of their own: two stories would meet there.
pub async fn alone(collection: &Collection) -> Option<MutexGuard<'static, ()>> {
    static ALONE: Mutex<()> = Mutex::const_new(());
    if collection.beside.is_empty() { None } else { Some(ALONE.lock().await) }
}

impl Collection {
    /// Its files; None when they cannot be had, which is said.
    pub fn read(&self) -> Option<Vec<File>> {
        match fetched(self.published) {
            Ok(folder) => Some(self.read_in(&folder)),
            Err(why) => {
                say_not_run(&format!("real input {}", self.name), &why);
                None
            }
        }
    }

    fn read_in(&self, folder: &Path) -> Vec<File> {
        let mut paths: Vec<PathBuf> = Vec::new();
        for name in self.files {
            let path = folder.join(name);
            let mut found = if name.ends_with('/') { walk(&path).unwrap_or_default() } else { vec![path] };
            found.sort_by_key(|path| as_version(&path.to_string_lossy()));
            assert!(!found.is_empty(), "{}: {name} is not in {:?}", self.name, self.published);
            found.retain(|path| !paths.contains(path) && is_for_us(path));
            paths.append(&mut found);
        }
        paths.iter().map(|path| read(path)).collect()
    }
}

/// Beside the files of one server stand those of others, and programs.
fn is_for_us(path: &Path) -> bool {
    path.extension().is_none_or(|end| !["postgres", "py", "js", "json"].iter().any(|other| end == *other))
}

fn read(path: &Path) -> File {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    let text = String::from_utf8(bytes).unwrap_or_else(|error| panic!("{} is not UTF-8: {error}", path.display()));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    File { name, text }
}

/// Digits compare as numbers, the rest as text.
fn as_version(name: &str) -> Vec<(String, u64)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let text = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let digits = rest[text..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |end| text + end);
        parts.push((rest[..text].to_owned(), rest[text..digits].parse().unwrap_or(0)));
        rest = &rest[digits..];
    }
    parts
}

#[test]
fn versions_sort_as_numbers() {
    let mut names = ["2.11.0.sql", "2.2.0.sql", "2.0.2.sql", "10.sql", "9-b.sql"];
    names.sort_by_key(|name| as_version(name));
    assert_eq!(names, ["2.0.2.sql", "2.2.0.sql", "2.11.0.sql", "9-b.sql", "10.sql"]);
}
