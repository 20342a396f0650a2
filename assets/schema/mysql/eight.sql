-- The eight tables of version 4.0.25, column for column, and migration_files.state_id. Keys are given by the holder of
-- the lease. Indexes are for the questions that are asked however many rows there are (`docs/design/schema.md`, Size).

CREATE TABLE IF NOT EXISTS {orchestration.migration_batches} (
  batch_id BIGINT NOT NULL,
  batch_name VARCHAR(255) NOT NULL DEFAULT '',
  batch_status ENUM('pending', 'running', 'completed', 'failed', 'rolled_back') NOT NULL DEFAULT 'pending',
  epoch_from BIGINT NOT NULL DEFAULT 0,
  epoch_to BIGINT NOT NULL DEFAULT 0,
  total_files INT NOT NULL DEFAULT 0,
  processed_files INT NOT NULL DEFAULT 0,
  failed_files INT NOT NULL DEFAULT 0,
  started_ymdhis BIGINT NOT NULL DEFAULT 0,
  completed_ymdhis BIGINT NOT NULL DEFAULT 0,
  properties JSON NULL,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  is_deleted TINYINT NOT NULL DEFAULT 0,
  deleted_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (batch_id),
  KEY batches_by_status (batch_status, is_deleted, epoch_to)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS {orchestration.migration_files} (
  file_id BIGINT NOT NULL,
  batch_id BIGINT NOT NULL DEFAULT 0,
  file_path VARCHAR(512) NOT NULL DEFAULT '',
  file_type ENUM('doctrine', 'module', 'agent', 'documentation') NOT NULL DEFAULT 'doctrine',
  file_status ENUM('pending', 'processing', 'completed', 'failed', 'rolled_back') NOT NULL DEFAULT 'pending',
  file_hash VARCHAR(64) NOT NULL DEFAULT '',
  epoch_from BIGINT NOT NULL DEFAULT 0,
  epoch_to BIGINT NOT NULL DEFAULT 0,
  processing_time_ms INT NOT NULL DEFAULT 0,
  error_message TEXT NULL,
  retry_count INT NOT NULL DEFAULT 0,
  sort_order INT NOT NULL DEFAULT 0,
  state_id INT NULL,
  properties JSON NULL,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  is_deleted TINYINT NOT NULL DEFAULT 0,
  deleted_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (file_id),
  KEY files_of_batch (batch_id),
  KEY files_by_status (batch_id, is_deleted, file_status),
  KEY files_by_hash (file_hash),
  KEY files_by_path (file_path)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS {orchestration.migration_validation_log} (
  validation_id BIGINT NOT NULL,
  batch_id BIGINT NOT NULL DEFAULT 0,
  file_id BIGINT NOT NULL DEFAULT 0,
  validation_phase ENUM('pre', 'during', 'post') NOT NULL DEFAULT 'pre',
  validation_type VARCHAR(100) NOT NULL DEFAULT '',
  validation_status ENUM('passed', 'failed', 'warning') NOT NULL DEFAULT 'passed',
  validation_result TEXT NULL,
  execution_time_ms INT NOT NULL DEFAULT 0,
  properties JSON NULL,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  is_deleted TINYINT NOT NULL DEFAULT 0,
  deleted_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (validation_id),
  KEY validations_by_status (batch_id, is_deleted, validation_status)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS {orchestration.migration_rollback_log} (
  rollback_id BIGINT NOT NULL,
  batch_id BIGINT NOT NULL DEFAULT 0,
  file_id BIGINT NOT NULL DEFAULT 0,
  rollback_classification ENUM('A', 'B', 'C', 'D') NOT NULL DEFAULT 'A',
  rollback_reason VARCHAR(255) NOT NULL DEFAULT '',
  rollback_status ENUM('pending', 'running', 'completed', 'failed') NOT NULL DEFAULT 'pending',
  files_affected INT NOT NULL DEFAULT 0,
  rollback_time_ms INT NOT NULL DEFAULT 0,
  error_message TEXT NULL,
  properties JSON NULL,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  is_deleted TINYINT NOT NULL DEFAULT 0,
  deleted_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (rollback_id),
  KEY rollbacks_of_batch (batch_id),
  KEY rollbacks_by_status (rollback_status, is_deleted)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS {orchestration.migration_dependencies} (
  dependency_id BIGINT NOT NULL,
  file_id BIGINT NOT NULL DEFAULT 0,
  depends_on_file_id BIGINT NOT NULL DEFAULT 0,
  dependency_type ENUM('required', 'optional', 'conflict') NOT NULL DEFAULT 'required',
  dependency_description TEXT NULL,
  sort_order INT NOT NULL DEFAULT 0,
  properties JSON NULL,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  is_deleted TINYINT NOT NULL DEFAULT 0,
  deleted_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (dependency_id),
  KEY dependencies_of_file (file_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS {orchestration.migration_system_state} (
  state_id BIGINT NOT NULL,
  batch_id BIGINT NOT NULL DEFAULT 0,
  system_status ENUM('normal', 'frozen', 'thawing', 'emergency') NOT NULL DEFAULT 'normal',
  freeze_reason VARCHAR(255) NOT NULL DEFAULT '',
  affected_components JSON NULL,
  user_message TEXT NULL,
  properties JSON NULL,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  is_deleted TINYINT NOT NULL DEFAULT 0,
  deleted_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (state_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS {orchestration.migration_progress} (
  progress_id BIGINT NOT NULL,
  batch_id BIGINT NOT NULL DEFAULT 0,
  current_phase VARCHAR(100) NOT NULL DEFAULT '',
  total_phases INT NOT NULL DEFAULT 0,
  current_phase_index INT NOT NULL DEFAULT 0,
  files_in_phase INT NOT NULL DEFAULT 0,
  files_completed_in_phase INT NOT NULL DEFAULT 0,
  percentage_complete DECIMAL(5,2) NOT NULL DEFAULT 0,
  estimated_remaining_seconds INT NOT NULL DEFAULT 0,
  properties JSON NULL,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  is_deleted TINYINT NOT NULL DEFAULT 0,
  deleted_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (progress_id),
  KEY progress_of_batch (batch_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS {orchestration.migration_alerts} (
  alert_id BIGINT NOT NULL,
  batch_id BIGINT NOT NULL DEFAULT 0,
  file_id BIGINT NOT NULL DEFAULT 0,
  alert_type ENUM('error', 'warning', 'info', 'critical') NOT NULL DEFAULT 'error',
  alert_title VARCHAR(255) NOT NULL DEFAULT '',
  alert_message TEXT NULL,
  alert_status ENUM('new', 'acknowledged', 'resolved', 'escalated') NOT NULL DEFAULT 'new',
  escalation_level INT NOT NULL DEFAULT 0,
  properties JSON NULL,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  is_deleted TINYINT NOT NULL DEFAULT 0,
  deleted_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (alert_id),
  KEY alerts_of_batch (batch_id),
  KEY alerts_by_status (alert_status, is_deleted)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
