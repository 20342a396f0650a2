//! Private servers: own data directory, socket and port, durable, and gone with the test process however it ends.

use caribou::database::{ServerAddress, ServerKind, SslMode};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, OnceLock};
use std::time::{Duration, Instant};

/// Time that a server may take to answer, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running private server. `root` has no password, over the socket and over TCP.
pub struct PrivateServer {
    /// Kind of the server.
    pub kind: ServerKind,
    /// The port on 127.0.0.1.
    pub port: u16,
    /// Holds the data directory (`data`), the socket and the log.
    pub dir: PathBuf,
    /// Holds the pipe that keeps the server alive.
    supervisor: Child,
}

impl PrivateServer {
    /// The server that all stories of this test process share, started by the first that asks.
    ///
    /// # Panics
    /// When it cannot be had: a story does not pass silently on a server that is not there.
    pub fn shared(kind: ServerKind) -> &'static Self {
        static MARIADB: OnceLock<Result<PrivateServer, String>> = OnceLock::new();
        static MYSQL: OnceLock<Result<PrivateServer, String>> = OnceLock::new();
        let slot = match kind {
            ServerKind::MariaDb => &MARIADB,
            ServerKind::MySql => &MYSQL,
            ServerKind::Sqlite => panic!("SQLite has no server"),
        };
        match slot.get_or_init(|| Self::start(kind, &std::env::temp_dir(), &[])) {
            Ok(server) => server,
            Err(why) => panic!(
                "no private {kind} server: {why}\nRun tests/all, which installs what is missing, or leave it out on \
                 purpose with CARIBOU_TEST_SERVERS"
            ),
        }
    }

    /// A server of a story's own, to be stopped, frozen or spoilt, with further options.
    pub fn own(kind: ServerKind, options: &[&str]) -> Self {
        Self::own_below(kind, &std::env::temp_dir(), options)
    }

    /// The same with its data below a directory.
    pub fn own_below(kind: ServerKind, parent: &Path, options: &[&str]) -> Self {
        Self::start(kind, parent, options).unwrap_or_else(|why| panic!("no private {kind} server: {why}"))
    }

    /// Another server with a snapshot of this one's data, which stands still for that long.
    pub fn copied(&self) -> Self {
        let pid = Pid::from_raw(self.pid().expect("it runs"));
        kill(pid, Signal::SIGSTOP).expect("it can be stopped");
        let copied = Self::start_on(self.kind, &self.dir.join("data"), &std::env::temp_dir(), &[]);
        kill(pid, Signal::SIGCONT).expect("it goes on");
        copied.unwrap_or_else(|why| panic!("no copy of a private {} server: {why}", self.kind))
    }

    fn start(kind: ServerKind, parent: &Path, options: &[&str]) -> Result<Self, String> {
        Self::start_on(kind, &template(kind)?, parent, options)
    }

    fn start_on(kind: ServerKind, data: &Path, parent: &Path, options: &[&str]) -> Result<Self, String> {
        let dir = tempfile::Builder::new()
            .prefix("caribou-it-")
            .tempdir_in(parent)
            .map_err(|error| format!("no temporary directory: {error}"))?
            .keep();
        copy(data, &dir.join("data"))?;
        // Every copy is a server of its own.
        let identity = dir.join("data/auto.cnf");
        if identity.exists() {
            std::fs::remove_file(identity).map_err(|error| format!("cannot give it an identity: {error}"))?;
        }
        // MariaDB clears its temporary directory when it starts: not that of the others.
        std::fs::create_dir(dir.join("tmp")).map_err(|error| format!("no temporary directory: {error}"))?;
        let port = free_port()?;
        let mut command = Command::new("setsid");
        command.arg(script("supervise.sh")).arg(&dir);
        serve(kind, &mut command, &dir.join("data"));
        command
            .arg(format!("--socket={}", dir.join("server.sock").display()))
            .arg(format!("--pid-file={}", dir.join("own.pid").display()))
            .arg(format!("--tmpdir={}", dir.join("tmp").display()))
            .arg(format!("--port={port}"))
            .args(["--bind-address=127.0.0.1", "--innodb-buffer-pool-size=64M", "--max-connections=200"])
            .args(options)
            .stdin(Stdio::piped());
        let supervisor = super::spawn(&mut command).map_err(|error| format!("cannot start it: {error}"))?;
        let mut server = Self { kind, port, dir, supervisor };
        server.await_answer()?;
        Ok(server)
    }

    fn await_answer(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if self.ask("SELECT 1").is_ok() {
                return Ok(());
            }
            let gone = self.pid().is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists());
            if gone || Instant::now() > deadline {
                let log = std::fs::read_to_string(self.dir.join("server.log")).unwrap_or_default();
                let tail: Vec<&str> = log.lines().rev().take(15).collect();
                return Err(format!("it does not answer; the end of its log, newest first:\n{}", tail.join("\n")));
            }
            // Waiting for another process that gives no sign but its answer.
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Runs SQL as root through the native client, and gives what it prints (tab-separated, no header).
    pub fn ask(&self, sql: &str) -> Result<String, String> {
        super::native_client(self.kind, &self.address(), None, sql)
    }

    /// Address of it: by TCP, as root, without TLS.
    pub fn address(&self) -> ServerAddress {
        ServerAddress {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            tls: caribou::database::Tls { mode: SslMode::Disabled, ..Default::default() },
            ..ServerAddress::default()
        }
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.dir.join("server.sock")
    }

    /// The server's process.
    pub fn pid(&self) -> Option<i32> {
        std::fs::read_to_string(self.dir.join("server.pid")).ok()?.trim().parse().ok()
    }

    /// kill -9 of the server alone: its data stays, for [`PrivateServer::restart`].
    pub fn crash(&self) {
        let pid = self.pid().expect("it was started");
        // It may be dead already, by its own crash.
        if let Err(error) = kill(Pid::from_raw(pid), Signal::SIGKILL) {
            eprintln!("the server was gone already: {error}");
        }
    }

    /// Starts it again on the same data, with kill -9 if it still runs, and waits until it answers.
    pub fn restart(&mut self) {
        let before = self.pid();
        let pipe = self.supervisor.stdin.as_mut().expect("the supervisor runs");
        pipe.write_all(b"again\n").expect("the supervisor listens");
        let deadline = Instant::now() + PATIENCE;
        while self.pid().is_none() || self.pid() == before {
            assert!(Instant::now() < deadline, "the server was not started again");
            std::thread::sleep(Duration::from_millis(10));
        }
        self.await_answer().unwrap_or_else(|why| panic!("{} does not come back: {why}", self.kind));
    }

    /// True if it answers.
    pub fn answers(&self) -> bool {
        self.ask("SELECT 1").is_ok()
    }

    /// kill -9.
    pub fn kill(&mut self) {
        drop(self.supervisor.stdin.take());
        self.supervisor.wait().expect("the supervisor ends");
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support").join(name)
}

fn serve(kind: ServerKind, command: &mut Command, data: &Path) {
    match kind {
        ServerKind::MySql => {
            command.arg(script("mysql-server.sh")).arg("serve").arg(data).arg("--mysqlx=OFF");
        }
        ServerKind::MariaDb | ServerKind::Sqlite => {
            command.arg(mariadb_program("mariadbd")).arg("--no-defaults").arg(format!("--datadir={}", data.display()));
            command.arg(format!("--user={}", user())).arg("--innodb-log-file-size=32M");
        }
    }
}

/// A program of MariaDB, which Debian keeps where not every account looks.
fn mariadb_program(name: &str) -> PathBuf {
    let looked = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&looked).chain([PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/sbin")]);
    places.map(|place| place.join(name)).find(|path| path.exists()).unwrap_or_else(|| PathBuf::from(name))
}

fn user() -> String {
    let name = Command::new("id").arg("-un").output().expect("id");
    String::from_utf8_lossy(&name.stdout).trim().to_owned()
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| format!("no free port: {error}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}

/// An initialised data directory, made once per version and machine: initialising takes longer than most stories.
fn template(kind: ServerKind) -> Result<PathBuf, String> {
    static CACHE: LazyLock<PathBuf> = LazyLock::new(|| {
        let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_else(|| "/tmp".into())).join(".cache");
        base.unwrap_or_else(home).join("caribou-tests")
    });
    let version = match kind {
        ServerKind::MySql => output(Command::new(script("mysql-server.sh")).arg("version"))?,
        ServerKind::MariaDb | ServerKind::Sqlite => {
            output(Command::new(mariadb_program("mariadbd")).args(["--no-defaults", "--version"]))?
        }
    };
    let number = version.split_whitespace().skip_while(|word| *word != "Ver").nth(1).unwrap_or("unknown").to_owned();
    let template = CACHE.join(format!("{kind}-{number}-1"));
    if template.exists() {
        return Ok(template);
    }
    std::fs::create_dir_all(&*CACHE).map_err(|error| format!("cannot create {}: {error}", CACHE.display()))?;
    let fresh = tempfile::Builder::new().prefix("new-").tempdir_in(&*CACHE).map_err(|error| error.to_string())?;
    let data = fresh.path().join("data");
    match kind {
        ServerKind::MySql => {
            output(
                Command::new(script("mysql-server.sh")).arg("init").arg(&data).arg("--innodb-redo-log-capacity=32M"),
            )?;
            // Every copy is to be a server of its own.
            std::fs::remove_file(data.join("auto.cnf")).map_err(|error| error.to_string())?;
        }
        ServerKind::MariaDb | ServerKind::Sqlite => {
            output(
                Command::new(mariadb_program("mariadb-install-db"))
                    .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
                    .arg(format!("--user={}", user()))
                    .arg("--innodb-log-file-size=32M")
                    .arg(format!("--datadir={}", data.display())),
            )?;
        }
    }
    match std::fs::rename(&data, &template) {
        // Another test process was faster.
        Err(_) if template.exists() => Ok(template),
        renamed => renamed.map(|()| template).map_err(|error| error.to_string()),
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    // A hole in the redo log would need space when the server writes there, which a full disk has not.
    output(Command::new("cp").args(["-a", "--reflink=auto", "--sparse=never"]).arg(from).arg(to)).map(drop)
}

/// Gives what a command prints; its error output when it fails.
fn output(command: &mut Command) -> Result<String, String> {
    let done = command.output().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&done.stderr)))
}
