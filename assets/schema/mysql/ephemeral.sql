-- What may vanish at any moment; the founding system's names.

CREATE TABLE IF NOT EXISTS {ephemeral.sessions} (
  session_key VARCHAR(191) NOT NULL,
  session_role VARCHAR(32) NOT NULL DEFAULT '',
  account VARCHAR(320) NOT NULL DEFAULT '',
  session_data_json LONGTEXT NULL,
  connection_id BIGINT UNSIGNED NOT NULL DEFAULT 0,
  seen_ms BIGINT NOT NULL DEFAULT 0,
  expires_ymdhis BIGINT NOT NULL DEFAULT 0,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (session_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS {ephemeral.cache} (
  cache_key VARCHAR(191) NOT NULL,
  cache_group VARCHAR(100) NOT NULL DEFAULT '',
  cache_data LONGTEXT NULL,
  expires_ymdhis BIGINT NOT NULL DEFAULT 0,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (cache_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS {ephemeral.job_queue} (
  job_id BIGINT NOT NULL AUTO_INCREMENT,
  job_type VARCHAR(100) NOT NULL DEFAULT '',
  job_status ENUM('pending', 'running', 'completed', 'failed') NOT NULL DEFAULT 'pending',
  job_data_json LONGTEXT NULL,
  priority INT NOT NULL DEFAULT 0,
  attempts INT NOT NULL DEFAULT 0,
  scheduled_ymdhis BIGINT NOT NULL DEFAULT 0,
  expires_ymdhis BIGINT NOT NULL DEFAULT 0,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (job_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS {ephemeral.locks} (
  lock_key VARCHAR(191) NOT NULL,
  lock_owner VARCHAR(255) NOT NULL DEFAULT '',
  lock_data_json LONGTEXT NULL,
  expires_ymdhis BIGINT NOT NULL DEFAULT 0,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (lock_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS {ephemeral.temp_data} (
  temp_key VARCHAR(191) NOT NULL,
  temp_type VARCHAR(100) NOT NULL DEFAULT '',
  temp_data_json LONGTEXT NULL,
  expires_ymdhis BIGINT NOT NULL DEFAULT 0,
  created_ymdhis BIGINT NOT NULL DEFAULT 0,
  updated_ymdhis BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (temp_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
