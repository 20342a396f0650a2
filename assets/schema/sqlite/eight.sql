-- The eight tables of version 4.0.25, column for column, and migration_files.state_id. Keys are given by the holder of
-- the lease. Indexes are for the questions that are asked however many rows there are (`docs/design/schema.md`, Size).

CREATE TABLE IF NOT EXISTS {orchestration.migration_batches} (
  batch_id INTEGER NOT NULL,
  batch_name VARCHAR(255) NOT NULL DEFAULT '',
  batch_status TEXT NOT NULL DEFAULT 'pending' CHECK (batch_status IN ('pending', 'running', 'completed', 'failed', 'rolled_back')),
  epoch_from BIGINT NOT NULL DEFAULT 0,
  epoch_to BIGINT NOT NULL DEFAULT 0,
  total_files INT NOT NULL DEFAULT 0,
  processed_files INT NOT NULL DEFAULT 0,
  failed_files INT NOT NULL DEFAULT 0,
  started_ymdhis BIGINT NOT NULL DEFAULT 0,
  completed_ymdhis BIGINT NOT NULL DEFAULT 0,
  properties TEXT NULL,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  is_deleted TINYINT NOT NULL DEFAULT 0,
  deleted_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (batch_id)
);

CREATE INDEX IF NOT EXISTS {orchestration.batches_by_status} ON {table.migration_batches} (batch_status, is_deleted, epoch_to);

CREATE TABLE IF NOT EXISTS {orchestration.migration_files} (
  file_id INTEGER NOT NULL,
  batch_id BIGINT NOT NULL DEFAULT 0,
  file_path VARCHAR(512) NOT NULL DEFAULT '',
  file_type TEXT NOT NULL DEFAULT 'doctrine' CHECK (file_type IN ('doctrine', 'module', 'agent', 'documentation')),
  file_status TEXT NOT NULL DEFAULT 'pending' CHECK (file_status IN ('pending', 'processing', 'completed', 'failed', 'rolled_back')),
  file_hash VARCHAR(64) NOT NULL DEFAULT '',
  epoch_from BIGINT NOT NULL DEFAULT 0,
  epoch_to BIGINT NOT NULL DEFAULT 0,
  processing_time_ms INT NOT NULL DEFAULT 0,
  error_message TEXT NULL,
  retry_count INT NOT NULL DEFAULT 0,
  sort_order INT NOT NULL DEFAULT 0,
  state_id INT NULL,
  properties TEXT NULL,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  is_deleted TINYINT NOT NULL DEFAULT 0,
  deleted_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (file_id)
);

CREATE INDEX IF NOT EXISTS {orchestration.files_of_batch} ON {table.migration_files} (batch_id);

CREATE INDEX IF NOT EXISTS {orchestration.files_by_status} ON {table.migration_files} (batch_id, is_deleted, file_status);

CREATE INDEX IF NOT EXISTS {orchestration.files_by_hash} ON {table.migration_files} (file_hash);

CREATE INDEX IF NOT EXISTS {orchestration.files_by_path} ON {table.migration_files} (file_path);

CREATE TABLE IF NOT EXISTS {orchestration.migration_validation_log} (
  validation_id INTEGER NOT NULL,
  batch_id BIGINT NOT NULL DEFAULT 0,
  file_id BIGINT NOT NULL DEFAULT 0,
  validation_phase TEXT NOT NULL DEFAULT 'pre' CHECK (validation_phase IN ('pre', 'during', 'post')),
  validation_type VARCHAR(100) NOT NULL DEFAULT '',
  validation_status TEXT NOT NULL DEFAULT 'passed' CHECK (validation_status IN ('passed', 'failed', 'warning')),
  validation_result TEXT NULL,
  execution_time_ms INT NOT NULL DEFAULT 0,
  properties TEXT NULL,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  is_deleted TINYINT NOT NULL DEFAULT 0,
  deleted_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (validation_id)
);

CREATE INDEX IF NOT EXISTS {orchestration.validations_by_status} ON {table.migration_validation_log} (batch_id, is_deleted, validation_status);

CREATE TABLE IF NOT EXISTS {orchestration.migration_rollback_log} (
  rollback_id INTEGER NOT NULL,
  batch_id BIGINT NOT NULL DEFAULT 0,
  file_id BIGINT NOT NULL DEFAULT 0,
  rollback_classification TEXT NOT NULL DEFAULT 'A' CHECK (rollback_classification IN ('A', 'B', 'C', 'D')),
  rollback_reason VARCHAR(255) NOT NULL DEFAULT '',
  rollback_status TEXT NOT NULL DEFAULT 'pending' CHECK (rollback_status IN ('pending', 'running', 'completed', 'failed')),
  files_affected INT NOT NULL DEFAULT 0,
  rollback_time_ms INT NOT NULL DEFAULT 0,
  error_message TEXT NULL,
  properties TEXT NULL,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  is_deleted TINYINT NOT NULL DEFAULT 0,
  deleted_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (rollback_id)
);

CREATE INDEX IF NOT EXISTS {orchestration.rollbacks_of_batch} ON {table.migration_rollback_log} (batch_id);

CREATE INDEX IF NOT EXISTS {orchestration.rollbacks_by_status} ON {table.migration_rollback_log} (rollback_status, is_deleted);

CREATE TABLE IF NOT EXISTS {orchestration.migration_dependencies} (
  dependency_id INTEGER NOT NULL,
  file_id BIGINT NOT NULL DEFAULT 0,
  depends_on_file_id BIGINT NOT NULL DEFAULT 0,
  dependency_type TEXT NOT NULL DEFAULT 'required' CHECK (dependency_type IN ('required', 'optional', 'conflict')),
  dependency_description TEXT NULL,
  sort_order INT NOT NULL DEFAULT 0,
  properties TEXT NULL,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  is_deleted TINYINT NOT NULL DEFAULT 0,
  deleted_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (dependency_id)
);

CREATE INDEX IF NOT EXISTS {orchestration.dependencies_of_file} ON {table.migration_dependencies} (file_id);

CREATE TABLE IF NOT EXISTS {orchestration.migration_system_state} (
  state_id INTEGER NOT NULL,
  batch_id BIGINT NOT NULL DEFAULT 0,
  system_status TEXT NOT NULL DEFAULT 'normal' CHECK (system_status IN ('normal', 'frozen', 'thawing', 'emergency')),
  freeze_reason VARCHAR(255) NOT NULL DEFAULT '',
  affected_components TEXT NULL,
  user_message TEXT NULL,
  properties TEXT NULL,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  is_deleted TINYINT NOT NULL DEFAULT 0,
  deleted_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (state_id)
);

CREATE TABLE IF NOT EXISTS {orchestration.migration_progress} (
  progress_id INTEGER NOT NULL,
  batch_id BIGINT NOT NULL DEFAULT 0,
  current_phase VARCHAR(100) NOT NULL DEFAULT '',
  total_phases INT NOT NULL DEFAULT 0,
  current_phase_index INT NOT NULL DEFAULT 0,
  files_in_phase INT NOT NULL DEFAULT 0,
  files_completed_in_phase INT NOT NULL DEFAULT 0,
  percentage_complete DECIMAL(5,2) NOT NULL DEFAULT 0,
  estimated_remaining_seconds INT NOT NULL DEFAULT 0,
  properties TEXT NULL,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  is_deleted TINYINT NOT NULL DEFAULT 0,
  deleted_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (progress_id)
);

CREATE INDEX IF NOT EXISTS {orchestration.progress_of_batch} ON {table.migration_progress} (batch_id);

CREATE TABLE IF NOT EXISTS {orchestration.migration_alerts} (
  alert_id INTEGER NOT NULL,
  batch_id BIGINT NOT NULL DEFAULT 0,
  file_id BIGINT NOT NULL DEFAULT 0,
  alert_type TEXT NOT NULL DEFAULT 'error' CHECK (alert_type IN ('error', 'warning', 'info', 'critical')),
  alert_title VARCHAR(255) NOT NULL DEFAULT '',
  alert_message TEXT NULL,
  alert_status TEXT NOT NULL DEFAULT 'new' CHECK (alert_status IN ('new', 'acknowledged', 'resolved', 'escalated')),
  escalation_level INT NOT NULL DEFAULT 0,
  properties TEXT NULL,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  is_deleted TINYINT NOT NULL DEFAULT 0,
  deleted_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (alert_id)
);

CREATE INDEX IF NOT EXISTS {orchestration.alerts_of_batch} ON {table.migration_alerts} (batch_id);

CREATE INDEX IF NOT EXISTS {orchestration.alerts_by_status} ON {table.migration_alerts} (alert_status, is_deleted);
