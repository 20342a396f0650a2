//! Fresh schemas: every story has its own.

use super::server::PrivateServer;
use caribou::database::{Database, Place, Purpose, Schemas, ServerKind, Session, Target, connect};
use caribou::sql::{Language, read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// A target whose schemas nobody else uses. The core schema exists and is empty; the others do not exist.
pub struct Fresh {
    /// Kind of the server.
    pub kind: ServerKind,
    /// Target to connect to.
    pub target: Target,
    /// SQLite's files.
    dir: Option<TempDir>,
}

impl Fresh {
    /// On the shared private server, or in a temporary directory.
    pub fn on(kind: ServerKind) -> Self {
        match kind {
            ServerKind::Sqlite => {
                let dir = tempfile::Builder::new().prefix("caribou-it-").tempdir().expect("a temporary directory");
                Self { kind, target: Target::sqlite(dir.path().join("files")), dir: Some(dir) }
            }
            ServerKind::MariaDb | ServerKind::MySql => Self::in_server(PrivateServer::shared(kind)),
        }
    }

    /// SQLite's files in a directory below this one.
    pub fn sqlite_below(parent: &Path) -> Self {
        let dir = tempfile::Builder::new().prefix("caribou-it-").tempdir_in(parent).expect("a temporary directory");
        let target = Target::sqlite(dir.path().join("files"));
        Self { kind: ServerKind::Sqlite, target, dir: Some(dir) }
    }

    /// On a server of the story's own.
    pub fn in_server(server: &PrivateServer) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        Self::named(server, &format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed)))
    }

    /// The same by a name of the story's choice.
    pub fn named(server: &PrivateServer, core: &str) -> Self {
        server
            .ask(&format!("CREATE DATABASE IF NOT EXISTS {core} CHARACTER SET utf8mb4"))
            .expect("a schema can be created");
        Self { kind: server.kind, target: Target::server(server.address(), core), dir: None }
    }

    /// The same schemas on another server, which has a copy of them.
    pub fn moved_to(&self, server: &PrivateServer) -> Self {
        let target = Target::server(server.address(), &self.target.schemas.core);
        Self { kind: self.kind, target, dir: None }
    }

    /// A copy of SQLite's files, in another directory.
    pub fn copied(&self) -> Self {
        let copy = Self::on(self.kind);
        let (from, to) = (self.sqlite_dir().expect("files"), copy.sqlite_dir().expect("a place for files"));
        std::fs::create_dir_all(&to).expect("a directory");
        for file in std::fs::read_dir(from).expect("files") {
            let file = file.expect("a file");
            std::fs::copy(file.path(), to.join(file.file_name())).expect("a copy");
        }
        copy
    }

    /// The schemas' names.
    pub fn schemas(&self) -> &Schemas {
        &self.target.schemas
    }

    /// Connects.
    pub async fn database(&self) -> Arc<dyn Database> {
        connect(&self.target).await.expect("the private server can be connected to")
    }

    /// Runs SQL in the core schema, on a session as files have it; one that the text asks for by `session=` too.
    ///
    /// # Panics
    /// On a statement that the server refuses.
    pub async fn sql(&self, text: &str) {
        if let Some(refused) = self.try_sql(text).await {
            panic!("{refused}");
        }
    }

    /// The same; the first statement that the server refuses, with its words.
    pub async fn try_sql(&self, text: &str) -> Option<String> {
        let database = self.database().await;
        let mut session = database.open(Purpose::File).await.expect("a session");
        let refused = run_text(session.as_mut(), text).await.err();
        session.close().await;
        database.close().await;
        refused
    }

    /// The target as it stands in `caribou.toml`.
    pub fn url(&self) -> String {
        let core = &self.target.schemas.core;
        match &self.target.place {
            Place::Server(address) => {
                format!("{}://{}@{}:{}/{core}?ssl_mode=disabled", self.kind, address.user, address.host, address.port)
            }
            Place::Sqlite { dir } => format!("sqlite:{}", dir.display()),
        }
    }

    /// The port of its server.
    pub fn port(&self) -> Option<u16> {
        match &self.target.place {
            Place::Server(address) => Some(address.port),
            Place::Sqlite { .. } => None,
        }
    }

    /// The target as it stands in `caribou.toml`, reached through another port.
    pub fn url_through(&self, port: u16) -> String {
        let there = self.port().map(|port| format!(":{port}/")).unwrap_or_default();
        self.url().replacen(&there, &format!(":{port}/"), 1)
    }

    /// SQLite's directory of files.
    pub fn sqlite_dir(&self) -> Option<PathBuf> {
        self.dir.as_ref().map(|dir| dir.path().join("files"))
    }

    /// Drops the schemas of the target, so that a long run does not fill the disk.
    pub fn drop_schemas(&self) {
        if let Place::Server(address) = &self.target.place {
            let core = &self.target.schemas.core;
            let all = ["", "_orchestration", "_ephemeral", "_undo"];
            let sql: String = all.iter().map(|end| format!("DROP DATABASE IF EXISTS {core}{end};")).collect();
            super::native_client(self.kind, address, None, &sql).expect("the schemas can be dropped");
        }
    }

    /// Runs SQL in the core schema through the native client.
    ///
    /// # Panics
    /// On SQLite, whose shell is not among the tests' tools, and when the client fails.
    pub fn native(&self, sql: &str) -> String {
        self.try_native(sql).unwrap_or_else(|error| panic!("the native client failed: {error}"))
    }

    /// Runs SQL in the core schema through the native client; the client's error when it fails.
    pub fn try_native(&self, sql: &str) -> Result<String, String> {
        match &self.target.place {
            Place::Server(address) => super::native_client(self.kind, address, Some(&self.target.schemas.core), sql),
            Place::Sqlite { .. } => panic!("SQLite has no native client here"),
        }
    }
}

/// Runs a text on a session, which is given first what the text asks for by `session=`.
///
/// # Errors
/// The first statement that the server refuses, with its words.
pub async fn run_text(session: &mut dyn Session, text: &str) -> Result<(), String> {
    let dialect = session.kind().dialect();
    let script = read(text, Language::from(dialect).for_file(text)).expect("it can be split");
    let verb = if session.kind() == ServerKind::Sqlite { "PRAGMA" } else { "SET" };
    let given = script.session.iter().map(|(name, value)| format!("{verb} {name} = {value}"));
    for statement in given.chain(script.statements.iter().map(|statement| statement.sql.clone())) {
        session.run(&statement).await.map_err(|error| format!("{statement}: {}", error.message))?;
    }
    Ok(())
}
