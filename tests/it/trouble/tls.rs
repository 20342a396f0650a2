//! A certificate authority that is named is one that is asked.

use crate::support::{Fresh, PrivateServer, Project, is_wanted, run};
use caribou::database::ServerKind;
use std::path::Path;
use std::process::Command;

/// An authority, and a server's certificate by it.
fn authority(dir: &Path, name: &str) {
    let openssl = |arguments: &str| {
        let ran = Command::new("openssl").args(arguments.split(' ')).current_dir(dir).output().expect("openssl runs");
        assert!(ran.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&ran.stderr));
    };
    std::fs::write(dir.join("names"), "subjectAltName = IP:127.0.0.1\n").expect("written");
    openssl(&format!("req -x509 -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.pem -subj /CN={name} -days 2"));
    openssl("req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=127.0.0.1");
    let signed =
        format!("-CA {name}.pem -CAkey {name}.key -CAcreateserial -out {name}-server.pem -days 2 -extfile names");
    openssl(&format!("x509 -req -in server.csr {signed}"));
    std::fs::rename(dir.join("server.key"), dir.join(format!("{name}-server.key"))).expect("renamed");
}

fn an_authority_alone_verifies(kind: ServerKind) {
    if !is_wanted(kind) {
        return;
    }
    run(async {
        let keys = tempfile::tempdir().expect("a directory");
        authority(keys.path(), "ours");
        authority(keys.path(), "theirs");
        let path = |name: &str| keys.path().join(name).display().to_string();
        let (ca, cert, key) = (path("ours.pem"), path("ours-server.pem"), path("ours-server.key"));
        let options = [format!("--ssl-ca={ca}"), format!("--ssl-cert={cert}"), format!("--ssl-key={key}")];
        let server = PrivateServer::own(kind, &options.each_ref().map(String::as_str));
        let fresh = Fresh::in_server(&server);
        let project = Project::empty();
        let url = format!("{kind}://root@127.0.0.1:{}/{}", server.port, fresh.schemas().core);
        let configured = |ca: &str, more: &str| {
            project.write("caribou.toml", format!("[database]\nurl = \"{url}\"\nssl_ca = \"{}\"\n{more}\n", path(ca)));
            project.run(&["status"])
        };
        configured("ours.pem", "").exits(0);
        let ran = configured("theirs.pem", "").exits(5);
        assert!(ran.stderr.contains("TLS failed"), "{ran:?}");
        let ran = configured("theirs.pem", "ssl_mode = \"required\"").exits(0);
        assert_eq!(ran.stderr.matches("nothing is verified: ssl_mode = required").count(), 1, "{ran:?}");
    });
}

#[test]
fn an_authority_alone_verifies_on_mariadb() {
    an_authority_alone_verifies(ServerKind::MariaDb);
}

#[test]
fn an_authority_alone_verifies_on_mysql() {
    an_authority_alone_verifies(ServerKind::MySql);
}
