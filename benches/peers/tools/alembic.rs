//! Alembic: Python that hands over statements (`op.execute`).

use crate::peer::{Peer, Stage, tools};
use caribou::database::ServerKind;

pub const ALEMBIC: Peer = Peer {
    source: tools::ALEMBIC,
    lay_out,
    up: |stage| stage.run(tools::ALEMBIC.program, &["upgrade", "head"]),
    down: Some(|stage| stage.run(tools::ALEMBIC.program, &["downgrade", "base"])),
};

const ENVIRONMENT: &str = "from alembic import context\nfrom sqlalchemy import create_engine\n\n\
engine = create_engine(context.config.get_main_option('sqlalchemy.url'))\n\
with engine.connect() as connection:\n    context.configure(connection=connection, transaction_per_migration=True)\n    \
with context.begin_transaction():\n        context.run_migrations()\n";

fn lay_out(stage: &Stage<'_>) {
    let mut before = "None".to_owned();
    for n in 0..stage.files {
        let up: String = stage.statements(n).iter().map(|sql| format!("    op.execute({sql:?})\n")).collect();
        let down = stage.back(n);
        let text = format!(
            "from alembic import op\n\nrevision = 'r{n:05}'\ndown_revision = {before}\n\n\ndef upgrade():\n{up}\n\n\
             def downgrade():\n    op.execute({down:?})\n"
        );
        stage.write(&format!("alembic/versions/r{n:05}.py"), text);
        before = format!("'r{n:05}'");
    }
    let url = match stage.kind() {
        ServerKind::Sqlite => format!("sqlite:///{}", stage.file().display()),
        ServerKind::MariaDb | ServerKind::MySql => stage.url().replacen("mysql://", "mysql+pymysql://", 1),
    };
    stage.write("alembic/env.py", ENVIRONMENT);
    stage.write("alembic.ini", format!("[alembic]\nscript_location = alembic\nsqlalchemy.url = {url}\n"));
}
