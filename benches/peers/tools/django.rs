//! Django: Python that hands over statements (`RunSQL`).

use crate::peer::{Peer, Stage, tools};
use caribou::database::ServerKind;
use std::process::Command;

pub const DJANGO: Peer = Peer {
    source: tools::DJANGO,
    lay_out,
    up: |stage| run(stage, &["migrate", "herd"]),
    down: Some(|stage| run(stage, &["migrate", "herd", "zero"])),
};

/// Django wants the C driver by its version; this one says that it is it.
const DRIVER: &str = "import pymysql\npymysql.version_info = (2, 2, 7, 'final', 0)\npymysql.install_as_MySQLdb()\n";

fn lay_out(stage: &Stage<'_>) {
    let mut before = String::new();
    for n in 0..stage.files {
        let (up, down) = (stage.statements(n), stage.back(n));
        let text = format!(
            "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    dependencies = [{before}]\n    \
             operations = [migrations.RunSQL({up:?}, {down:?})]\n"
        );
        stage.write(&format!("herd/migrations/m{n:05}.py"), text);
        before = format!("('herd', 'm{n:05}')");
    }
    stage.write("herd/__init__.py", "");
    stage.write("herd/migrations/__init__.py", "");
    let database = match stage.kind() {
        ServerKind::Sqlite => format!("'ENGINE': 'django.db.backends.sqlite3', 'NAME': {:?}", stage.file()),
        ServerKind::MariaDb | ServerKind::MySql => format!(
            "'ENGINE': 'django.db.backends.mysql', 'NAME': '{}', 'USER': 'root', 'HOST': '127.0.0.1', 'PORT': {}",
            stage.core(),
            stage.port()
        ),
    };
    let driver = if stage.kind() == ServerKind::Sqlite { "" } else { DRIVER };
    let settings =
        format!("{driver}DATABASES = {{'default': {{{database}}}}}\nINSTALLED_APPS = ['herd']\nSECRET_KEY = 'none'\n");
    stage.write("settings.py", settings);
}

fn run(stage: &Stage<'_>, words: &[&str]) -> Command {
    let mut command = stage.run(tools::DJANGO.program, &["-m", "django"]);
    command.args(words).env("DJANGO_SETTINGS_MODULE", "settings").env("PYTHONPATH", stage.dir);
    command
}
