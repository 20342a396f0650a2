CREATE PROCEDURE {orchestration.touch_session}(
  IN p_session_key VARCHAR(191) CHARACTER SET utf8mb4,
  IN p_role VARCHAR(32) CHARACTER SET utf8mb4,
  IN p_data LONGTEXT CHARACTER SET utf8mb4,
  IN p_seconds INT
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
  COMMENT 'Says that a console or worker is connected; nobody can touch the entry of another, nor stay for ever'
BEGIN
  DECLARE v_now DATETIME DEFAULT CONVERT_TZ(SYSDATE(), @@session.time_zone, '+00:00');
  DECLARE v_stamp BIGINT DEFAULT CAST(DATE_FORMAT(v_now, '%Y%m%d%H%i%s') AS SIGNED);
  DECLARE v_until BIGINT DEFAULT CAST(DATE_FORMAT(v_now + INTERVAL LEAST(p_seconds, 3600) SECOND, '%Y%m%d%H%i%s') AS SIGNED);
  DECLARE v_ms BIGINT DEFAULT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000 AS SIGNED);
  IF LENGTH(p_data) > 16384 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'what a session says of itself is longer than 16384 bytes';
  END IF;
  IF (SELECT COUNT(*) FROM {ephemeral.sessions} WHERE account = USER() AND
      CAST(session_key AS BINARY) <> CAST(p_session_key AS BINARY)
      AND expires_ymdhis >= v_stamp) >= 100 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'this account has 100 sessions already';
  END IF;
  INSERT INTO {ephemeral.sessions}
    (session_key, session_role, account, session_data_json, connection_id, seen_ms, expires_ymdhis, created_ymdhis,
     updated_ymdhis)
  VALUES
    (p_session_key, p_role, USER(), p_data, CONNECTION_ID(), v_ms, v_until, v_stamp, v_stamp)
  ON DUPLICATE KEY UPDATE
    session_role = IF(account = USER(), p_role, session_role),
    session_data_json = IF(account = USER(), p_data, session_data_json),
    connection_id = IF(account = USER(), CONNECTION_ID(), connection_id),
    seen_ms = IF(account = USER(), v_ms, seen_ms),
    expires_ymdhis = IF(account = USER(), v_until, expires_ymdhis),
    updated_ymdhis = IF(account = USER(), v_stamp, updated_ymdhis);
END
