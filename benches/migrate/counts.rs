//! What a server counts of a run: questions, commits, syncs. Noise on the machine does not change them.

use crate::common::support::PrivateServer;

/// Counts of a server until now, or of one run.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    questions: f64,
    commits: f64,
    syncs: f64,
}

impl Counts {
    /// Counts until now. The look itself is one question, as is everything that the client asks beside it.
    pub fn so_far(server: &PrivateServer) -> Counts {
        let answer = server.ask("SHOW GLOBAL STATUS").expect("the server counts");
        let of = |name: &str| {
            let line = answer.lines().find(|line| line.split_whitespace().next() == Some(name));
            line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok())
        };
        Counts {
            questions: of("Questions").unwrap_or_default() + of("Com_stmt_prepare").unwrap_or_default(),
            commits: of("Com_commit").unwrap_or_default(),
            // MariaDB counts those of the log with those of the data.
            syncs: of("Innodb_os_log_fsyncs").or_else(|| of("Innodb_data_fsyncs")).unwrap_or_default(),
        }
    }

    /// What a run added, divided among its files; of the commits, `of_rows` were of rows and not of the journal.
    pub fn a_file(self, before: Counts, of_rows: f64, files: usize) -> Counts {
        let files = files as f64;
        Counts {
            questions: (self.questions - before.questions) / files,
            commits: (self.commits - before.commits - of_rows) / files,
            syncs: (self.syncs - before.syncs) / files,
        }
    }

    /// The cells of a row.
    pub fn cells(self) -> [String; 3] {
        [self.questions, self.commits, self.syncs].map(|count| format!("{count:.1}"))
    }
}
