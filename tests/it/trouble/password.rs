//! A password that is changed while a migration runs.

use crate::crash::{Scene, running_statement};
use crate::support::{Fresh, Running, on_both_servers};

async fn a_completed_batch_is_completed(fresh: Fresh) {
    let scene = Scene::new(&fresh).await;
    let core = fresh.schemas().core.clone();
    let mut root = scene.session().await;
    for sql in [
        format!("CREATE USER '{core}_ana'@'%' IDENTIFIED BY 'before'"),
        format!("GRANT ALL ON *.* TO '{core}_ana'@'%' WITH GRANT OPTION"),
    ] {
        root.query_text(&sql).await.expect("root may");
    }
    scene.project.migration("0001_t.sql", "CREATE TABLE t (id INT PRIMARY KEY);\nINSERT INTO t SELECT SLEEP(6);\n");
    scene.project.migration("0001_t.rollback.sql", "DROP TABLE t;\n");
    let mut command = scene.project.command(&["migrate", "--user", &format!("{core}_ana")]);
    let running =
        Running::start(command.env("CARIBOU_PASSWORD", "before").env("CARIBOU_DATABASE_SSL_MODE", "preferred"));
    running_statement(&scene, 1).await;
    root.query_text(&format!("ALTER USER '{core}_ana'@'%' IDENTIFIED BY 'after'")).await.expect("root may");
    let ran = running.wait().exits(0);
    assert!(ran.stdout.contains("1 of 1 file completed"), "{ran:?}");
    root.query_text(&format!("DROP USER '{core}_ana'@'%'")).await.expect("root may");
    root.close().await;
    scene.agree().await;
}

on_both_servers!(a_completed_batch_is_completed);
