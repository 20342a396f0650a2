-- What Caribou adds. One appender writes the journal; its indexes are on columns that never change. `token` is the lease's
-- token that wrote the event: NULL, and so refused, when the lease has moved on.

CREATE TABLE IF NOT EXISTS {orchestration.migration_events} (
  batch_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  kind VARCHAR(40) NOT NULL DEFAULT '',
  file_id BIGINT NULL,
  statement_index INT NULL,
  payload TEXT NOT NULL,
  at_ms BIGINT NOT NULL DEFAULT 0,
  operator VARCHAR(320) NULL,
  token BIGINT NOT NULL,
  PRIMARY KEY (batch_id, seq)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS {orchestration.events_of_file} ON {table.migration_events} (file_id);

CREATE TABLE IF NOT EXISTS {orchestration.migration_commands} (
  command_id INTEGER NOT NULL,
  batch_id BIGINT NOT NULL DEFAULT 0,
  verb VARCHAR(32) NOT NULL DEFAULT '',
  command TEXT NULL,
  reason TEXT NULL,
  expects TEXT NULL,
  submission TEXT NULL,
  operator VARCHAR(320) NOT NULL DEFAULT '',
  os_user VARCHAR(255) NOT NULL DEFAULT '',
  submitted_ms BIGINT NOT NULL DEFAULT 0,
  command_status TEXT NOT NULL DEFAULT 'submitted' CHECK (command_status IN ('submitted', 'accepted', 'effective', 'refused')),
  answer_batch_id BIGINT NOT NULL DEFAULT 0,
  answer_reason TEXT NULL,
  answered_ms BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (command_id)
);

CREATE TABLE IF NOT EXISTS {orchestration.migration_decisions} (
  decision_id INTEGER NOT NULL,
  batch_id BIGINT NOT NULL DEFAULT 0,
  rollback_id BIGINT NOT NULL DEFAULT 0,
  decision VARCHAR(32) NOT NULL DEFAULT '',
  subject TEXT NULL,
  reason TEXT NULL,
  operator VARCHAR(320) NOT NULL DEFAULT '',
  os_user VARCHAR(255) NOT NULL DEFAULT '',
  submitted_ms BIGINT NOT NULL DEFAULT 0,
  decision_status TEXT NOT NULL DEFAULT 'submitted' CHECK (decision_status IN ('submitted', 'accepted', 'refused')),
  answer_reason TEXT NULL,
  answered_ms BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (decision_id)
);

CREATE TABLE IF NOT EXISTS {orchestration.migration_leases} (
  lease_name VARCHAR(64) NOT NULL,
  token BIGINT NOT NULL DEFAULT 0,
  holder VARCHAR(255) NOT NULL DEFAULT '',
  connection_id BIGINT NOT NULL DEFAULT 0,
  server_identity VARCHAR(255) NOT NULL DEFAULT '',
  acquired_ms BIGINT NOT NULL DEFAULT 0,
  renewed_ms BIGINT NOT NULL DEFAULT 0,
  expires_ms BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (lease_name)
);

CREATE TABLE IF NOT EXISTS {orchestration.migration_jobs} (
  job_id BIGINT NOT NULL,
  batch_id BIGINT NOT NULL DEFAULT 0,
  job_type VARCHAR(64) NOT NULL DEFAULT '',
  due_ms BIGINT NOT NULL DEFAULT 0,
  job_status TEXT NOT NULL DEFAULT 'pending' CHECK (job_status IN ('pending', 'done', 'cancelled')),
  payload TEXT NULL,
  created_ms BIGINT NOT NULL DEFAULT 0,
  done_ms BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (job_id)
);

CREATE INDEX IF NOT EXISTS {orchestration.jobs_by_due} ON {table.migration_jobs} (job_status, due_ms);

CREATE INDEX IF NOT EXISTS {orchestration.jobs_of_batch} ON {table.migration_jobs} (batch_id);

CREATE TABLE IF NOT EXISTS {orchestration.migration_sources} (
  checksum VARCHAR(100) NOT NULL,
  file_path VARCHAR(512) NOT NULL DEFAULT '',
  up_text TEXT NOT NULL,
  down_text TEXT NULL,
  verify_text TEXT NULL,
  created_ms BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (checksum)
);

-- Empty on SQLite: receipts are committed with the rows, and stand in their file (store/receipt.rs).
CREATE TABLE IF NOT EXISTS {orchestration.migration_receipts} (
  batch_id BIGINT NOT NULL,
  file_id BIGINT NOT NULL,
  phase VARCHAR(16) NOT NULL,
  statement_index INT NOT NULL,
  started_seq BIGINT NOT NULL,
  token BIGINT NOT NULL,
  PRIMARY KEY (batch_id, file_id, phase, statement_index, started_seq)
);

CREATE TABLE IF NOT EXISTS {orchestration.migration_settings} (
  setting_key VARCHAR(100) NOT NULL,
  setting_value TEXT NULL,
  updated_ms BIGINT NOT NULL DEFAULT 0,
  operator VARCHAR(320) NOT NULL DEFAULT '',
  PRIMARY KEY (setting_key)
);

CREATE TABLE IF NOT EXISTS {orchestration.migration_undo} (
  kept_object VARCHAR(64) NOT NULL,
  batch_id BIGINT NOT NULL DEFAULT 0,
  file_id BIGINT NOT NULL DEFAULT 0,
  statement_index INT NOT NULL DEFAULT 0,
  kept_kind VARCHAR(32) NOT NULL DEFAULT '',
  original_object VARCHAR(255) NOT NULL DEFAULT '',
  row_count BIGINT NOT NULL DEFAULT 0,
  byte_count BIGINT NOT NULL DEFAULT 0,
  expires_ms BIGINT NOT NULL DEFAULT 0,
  undo_status TEXT NOT NULL DEFAULT 'kept' CHECK (undo_status IN ('kept', 'used', 'discarded')),
  details TEXT NULL,
  created_ms BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (kept_object)
);

CREATE TABLE IF NOT EXISTS {orchestration.migration_schema_version} (
  version INT NOT NULL,
  installed_ms BIGINT NOT NULL DEFAULT 0,
  installed_by VARCHAR(320) NOT NULL DEFAULT '',
  program VARCHAR(64) NOT NULL DEFAULT '',
  PRIMARY KEY (version)
);
