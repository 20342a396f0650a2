//! The tools themselves, out of their registries: what each needs beside the files, and how it runs what is pending.

use super::plain;
use crate::support::tools::{self, Source};
use crate::support::{Fresh, Project};
use caribou::database::ServerKind::{self, MariaDb, MySql, Sqlite};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A tool itself.
pub struct Tool {
    pub source: Source,
    /// The databases on which it can be had.
    pub on: &'static [ServerKind],
    pub files: [&'static str; 2],
    pub text: fn(&str) -> String,
    /// Files that it wants beside its directory.
    pub beside: fn(&Fresh, &Path) -> Vec<(String, String)>,
    /// Where its files are programs: name and text of the one that does what a file of ours does, of its path and table.
    pub program_of: fn(&str, &str) -> Option<(String, String)>,
    /// Runs what is pending.
    pub up: fn(&Path, &Project, &Fresh) -> Command,
    pub table: &'static str,
    /// What `adopt` says of the texts.
    pub compared: &'static str,
}

const EVERYWHERE: &[ServerKind] = &[MariaDb, MySql, Sqlite];

/// What most have in common: the texts are SQL alone, and compared.
const USUAL: Tool = Tool {
    source: tools::SQLX,
    on: EVERYWHERE,
    files: ["1_a.sql", "2_b.sql"],
    text: plain,
    beside: |_, _| Vec::new(),
    program_of: |_, _| None,
    up: |program, _, _| Command::new(program),
    table: "",
    compared: "not_compared",
};

pub const TOOLS: &[Tool] = &[
    Tool {
        source: tools::DBMATE,
        files: ["001_a.sql", "002_b.sql"],
        text: |name| format!("-- migrate:up\n{}-- migrate:down\nDROP TABLE {name};\n", plain(name)),
        up: |program, project, fresh| {
            let mut dbmate = Command::new(program);
            dbmate.args(["--no-dump-schema", "--url", &url(fresh), "--migrations-dir"]).arg(project.path("migrations"));
            dbmate.arg("migrate");
            dbmate
        },
        table: "schema_migrations",
        ..USUAL
    },
    Tool {
        source: tools::DIESEL,
        files: ["2026-01-01-000000_a/up.sql", "2026-01-02-000000_b/up.sql"],
        beside: |_, _| vec![("diesel.toml".into(), String::new())],
        up: |program, project, fresh| {
            let address = core_file(fresh).map_or_else(|| url(fresh), |file| file.display().to_string());
            let mut diesel = Command::new(program);
            diesel.args(["migration", "run", "--database-url", &address, "--migration-dir"]);
            diesel.arg(project.path("migrations")).arg("--config-file").arg(project.path("diesel.toml"));
            diesel.current_dir(project.path("."));
            diesel
        },
        table: "__diesel_schema_migrations",
        ..USUAL
    },
    Tool {
        // Its engine knows MySQL only as a program that no registry has.
        source: tools::PRISMA,
        on: &[Sqlite],
        files: ["20260101000000_a/migration.sql", "20260102000000_b/migration.sql"],
        beside: beside_prisma,
        up: |program, project, _| {
            let mut prisma = Command::new(program);
            prisma.args(["migrate", "deploy", "--config", "prisma.config.mjs"]).current_dir(project.path("."));
            // Programs that it would fetch, and does not start.
            prisma.env("PRISMA_QUERY_ENGINE_LIBRARY", project.path("schema.prisma"));
            prisma.env("PRISMA_SCHEMA_ENGINE_BINARY", project.path("schema.prisma"));
            prisma
        },
        table: "_prisma_migrations",
        compared: "same",
        ..USUAL
    },
    Tool {
        source: tools::RAILS,
        files: ["20260101000000_a.sql", "20260102000000_b.sql"],
        program_of: |path, table| {
            let class = format!("class {} < ActiveRecord::Migration[6.1]\n", table.to_uppercase());
            let change = format!("  def change\n    execute {:?}\n  end\nend\n", plain(table));
            Some((format!("db/{}", path.replace(".sql", ".rb")), format!("{class}{change}")))
        },
        up: |_, project, fresh| {
            let address = core_file(fresh).map_or_else(
                || url(fresh).replacen("mysql://", "mysql2://", 1),
                |file| format!("sqlite3:{}", file.display()),
            );
            let mut ruby = Command::new("ruby");
            ruby.args(["-r", "active_record", "-e"]).arg(
                "ActiveRecord::Base.establish_connection(ARGV[0]); ActiveRecord::MigrationContext.new(ARGV[1], \
                 ActiveRecord::SchemaMigration).migrate",
            );
            ruby.arg(address).arg(project.path("db"));
            ruby
        },
        table: "schema_migrations",
        ..USUAL
    },
    Tool {
        source: tools::REFINERY,
        files: ["V1__a.sql", "V2__b.sql"],
        beside: |fresh, _| {
            let place = match core_file(fresh) {
                Some(file) => format!("db_type = \"Sqlite\"\ndb_path = \"{}\"", file.display()),
                None => format!(
                    "db_type = \"Mysql\"\ndb_host = \"127.0.0.1\"\ndb_port = \"{}\"\ndb_user = \"root\"\ndb_pass = \
                     \"\"\ndb_name = \"{}\"",
                    port(fresh),
                    fresh.schemas().core
                ),
            };
            vec![("refinery.toml".into(), format!("[main]\n{place}\n"))]
        },
        up: |program, project, _| {
            let mut refinery = Command::new(program);
            refinery.arg("migrate").arg("-c").arg(project.path("refinery.toml"));
            refinery.arg("-p").arg(project.path("migrations"));
            refinery
        },
        table: "refinery_schema_history",
        compared: "same",
        ..USUAL
    },
    Tool {
        source: tools::SQL_MIGRATE,
        text: |name| format!("-- +migrate Up\n{}-- +migrate Down\nDROP TABLE {name};\n", plain(name)),
        beside: |fresh, _| {
            let place = match core_file(fresh) {
                Some(file) => format!("dialect: sqlite3\n  datasource: {}", file.display()),
                None => format!(
                    "dialect: mysql\n  datasource: root@tcp(127.0.0.1:{})/{}?parseTime=true",
                    port(fresh),
                    fresh.schemas().core
                ),
            };
            vec![("dbconfig.yml".into(), format!("development:\n  {place}\n  dir: migrations\n"))]
        },
        up: |program, project, _| {
            let mut command = Command::new(program);
            command.arg("up").current_dir(project.path("."));
            command
        },
        table: "gorp_migrations",
        ..USUAL
    },
    Tool {
        source: tools::SQLX,
        up: |program, project, fresh| {
            let mut sqlx = Command::new(program);
            sqlx.args(["migrate", "run", "--database-url", &url(fresh), "--source"]).arg(project.path("migrations"));
            sqlx
        },
        table: "_sqlx_migrations",
        compared: "same",
        ..USUAL
    },
    Tool {
        source: tools::YOYO,
        up: |program, project, fresh| {
            let address = core_file(fresh).map_or_else(|| url(fresh), |file| format!("sqlite:///{}", file.display()));
            let mut yoyo = Command::new(program);
            yoyo.args(["apply", "--batch", "--no-config-file", "--database", &address]).arg(project.path("migrations"));
            yoyo
        },
        table: "_yoyo_migration",
        ..USUAL
    },
];

fn beside_prisma(fresh: &Fresh, program: &Path) -> Vec<(String, String)> {
    let file = core_file(fresh).expect("SQLite's file");
    let modules = program.parent().and_then(Path::parent).expect("its modules").display().to_string();
    let config = format!(
        "import {{ PrismaLibSQL }} from '{modules}/@prisma/adapter-libsql/dist/index-node.mjs'\nexport default {{ \
         experimental: {{ adapter: true }}, engine: 'js', schema: 'schema.prisma', migrations: {{ path: 'migrations' \
         }},\n  adapter: async () => new PrismaLibSQL({{ url: 'file:{}' }}) }}\n",
        file.display()
    );
    let schema = format!("datasource db {{\n  provider = \"sqlite\"\n  url = \"file:{}\"\n}}\n", file.display());
    vec![
        ("prisma.config.mjs".into(), config),
        ("schema.prisma".into(), schema),
        ("migrations/migration_lock.toml".into(), "provider = \"sqlite\"\n".into()),
    ]
}

/// The file of core on SQLite.
pub fn core_file(fresh: &Fresh) -> Option<PathBuf> {
    fresh.sqlite_dir().map(|dir| dir.join(format!("{}.db", fresh.schemas().core)))
}

fn port(fresh: &Fresh) -> u16 {
    fresh.port().expect("a port")
}

fn url(fresh: &Fresh) -> String {
    match core_file(fresh) {
        Some(file) => format!("sqlite:{}", file.display()),
        None => format!("mysql://root@127.0.0.1:{}/{}", port(fresh), fresh.schemas().core),
    }
}
