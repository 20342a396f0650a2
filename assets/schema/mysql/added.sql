-- What Caribou adds. One appender writes the journal; its indexes are on columns that never change. `token` is the lease's
-- token that wrote the event: NULL, and so refused, when the lease has moved on.

CREATE TABLE IF NOT EXISTS {orchestration.migration_events} (
  batch_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  kind VARCHAR(40) NOT NULL DEFAULT '',
  file_id BIGINT NULL,
  statement_index INT NULL,
  payload JSON NOT NULL,
  at_ms BIGINT NOT NULL DEFAULT 0,
  operator VARCHAR(320) NULL,
  token BIGINT NOT NULL,
  PRIMARY KEY (batch_id, seq),
  KEY events_of_file (file_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS {orchestration.migration_commands} (
  command_id BIGINT NOT NULL AUTO_INCREMENT,
  batch_id BIGINT NOT NULL DEFAULT 0,
  verb VARCHAR(32) NOT NULL DEFAULT '',
  command LONGTEXT NULL,
  reason TEXT NULL,
  expects LONGTEXT NULL,
  submission LONGTEXT NULL,
  operator VARCHAR(320) NOT NULL DEFAULT '',
  os_user VARCHAR(255) NOT NULL DEFAULT '',
  submitted_ms BIGINT NOT NULL DEFAULT 0,
  command_status ENUM('submitted', 'accepted', 'effective', 'refused') NOT NULL DEFAULT 'submitted',
  answer_batch_id BIGINT NOT NULL DEFAULT 0,
  answer_reason TEXT NULL,
  answered_ms BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (command_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS {orchestration.migration_decisions} (
  decision_id BIGINT NOT NULL AUTO_INCREMENT,
  batch_id BIGINT NOT NULL DEFAULT 0,
  rollback_id BIGINT NOT NULL DEFAULT 0,
  decision VARCHAR(32) NOT NULL DEFAULT '',
  subject LONGTEXT NULL,
  reason TEXT NULL,
  operator VARCHAR(320) NOT NULL DEFAULT '',
  os_user VARCHAR(255) NOT NULL DEFAULT '',
  submitted_ms BIGINT NOT NULL DEFAULT 0,
  decision_status ENUM('submitted', 'accepted', 'refused') NOT NULL DEFAULT 'submitted',
  answer_reason TEXT NULL,
  answered_ms BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (decision_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS {orchestration.migration_leases} (
  lease_name VARCHAR(64) NOT NULL,
  token BIGINT NOT NULL DEFAULT 0,
  holder VARCHAR(255) NOT NULL DEFAULT '',
  connection_id BIGINT UNSIGNED NOT NULL DEFAULT 0,
  server_identity VARCHAR(255) NOT NULL DEFAULT '',
  acquired_ms BIGINT NOT NULL DEFAULT 0,
  renewed_ms BIGINT NOT NULL DEFAULT 0,
  expires_ms BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (lease_name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS {orchestration.migration_jobs} (
  job_id BIGINT NOT NULL,
  batch_id BIGINT NOT NULL DEFAULT 0,
  job_type VARCHAR(64) NOT NULL DEFAULT '',
  due_ms BIGINT NOT NULL DEFAULT 0,
  job_status ENUM('pending', 'done', 'cancelled') NOT NULL DEFAULT 'pending',
  payload JSON NULL,
  created_ms BIGINT NOT NULL DEFAULT 0,
  done_ms BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (job_id),
  KEY jobs_by_due (job_status, due_ms),
  KEY jobs_of_batch (batch_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS {orchestration.migration_sources} (
  checksum VARCHAR(100) NOT NULL,
  file_path VARCHAR(512) NOT NULL DEFAULT '',
  up_text LONGTEXT NOT NULL,
  down_text LONGTEXT NULL,
  verify_text LONGTEXT NULL,
  created_ms BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (checksum)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS {orchestration.migration_receipts} (
  batch_id BIGINT NOT NULL,
  file_id BIGINT NOT NULL,
  phase VARCHAR(16) NOT NULL,
  statement_index INT NOT NULL,
  started_seq BIGINT NOT NULL,
  token BIGINT NOT NULL,
  PRIMARY KEY (batch_id, file_id, phase, statement_index, started_seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS {orchestration.migration_settings} (
  setting_key VARCHAR(100) NOT NULL,
  setting_value TEXT NULL,
  updated_ms BIGINT NOT NULL DEFAULT 0,
  operator VARCHAR(320) NOT NULL DEFAULT '',
  PRIMARY KEY (setting_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

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
  undo_status ENUM('kept', 'used', 'discarded') NOT NULL DEFAULT 'kept',
  details JSON NULL,
  created_ms BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (kept_object)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS {orchestration.migration_schema_version} (
  version INT NOT NULL,
  installed_ms BIGINT NOT NULL DEFAULT 0,
  installed_by VARCHAR(320) NOT NULL DEFAULT '',
  program VARCHAR(64) NOT NULL DEFAULT '',
  PRIMARY KEY (version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
