//! knex: JavaScript that hands over statements.

use crate::peer::{Peer, Stage, tools};
use caribou::database::ServerKind;

pub const KNEX: Peer = Peer {
    source: tools::KNEX,
    lay_out,
    up: |stage| stage.run(tools::KNEX.program, &["migrate:latest"]),
    down: Some(|stage| stage.run(tools::KNEX.program, &["migrate:rollback", "--all"])),
};

fn lay_out(stage: &Stage<'_>) {
    for n in 0..stage.files {
        let up: String = stage.statements(n).iter().map(|sql| format!("  await knex.raw({sql:?});\n")).collect();
        let down = stage.back(n);
        let down = down.trim_end().trim_end_matches(';');
        let text = format!(
            "exports.up = async (knex) => {{\n{up}}};\nexports.down = async (knex) => {{\n  await knex.raw({down:?});\n}};\n"
        );
        stage.write(&format!("migrations/{n:05}_table.js"), text);
    }
    let connection = match stage.kind() {
        ServerKind::Sqlite => {
            format!("client: 'sqlite3', useNullAsDefault: true, connection: {{ filename: {:?} }}", stage.file())
        }
        ServerKind::MariaDb | ServerKind::MySql => format!(
            "client: 'mysql2', connection: {{ host: '127.0.0.1', port: {}, user: 'root', database: '{}' }}",
            stage.port(),
            stage.core()
        ),
    };
    stage.write("knexfile.js", format!("module.exports = {{ {connection} }};\n"));
    // The project has the tool among its own modules, as knex wants it.
    std::os::unix::fs::symlink(stage.tool.join("node_modules"), stage.dir.join("node_modules")).expect("a link");
}
