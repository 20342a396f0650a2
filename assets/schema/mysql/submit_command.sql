CREATE PROCEDURE {orchestration.submit_command}(
  IN p_batch_id BIGINT,
  IN p_verb VARCHAR(32) CHARACTER SET utf8mb4,
  IN p_command LONGTEXT CHARACTER SET utf8mb4,
  IN p_reason TEXT CHARACTER SET utf8mb4,
  IN p_expects LONGTEXT CHARACTER SET utf8mb4,
  IN p_submission LONGTEXT CHARACTER SET utf8mb4,
  IN p_os_user VARCHAR(255) CHARACTER SET utf8mb4
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
  COMMENT 'Records what an operator asks; the server says who and when'
BEGIN
  IF @@SESSION.insert_id <> 0 THEN
    SIGNAL SQLSTATE '42000' SET MESSAGE_TEXT = 'insert_id is set in this session: the number of a command is the server''s';
  END IF;
  INSERT INTO {orchestration.migration_commands}
    (batch_id, verb, command, reason, expects, submission, operator, os_user, submitted_ms)
  VALUES
    (p_batch_id, p_verb, p_command, p_reason, p_expects, p_submission, USER(), p_os_user,
     CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000 AS SIGNED));
  SELECT LAST_INSERT_ID() AS command_id;
END
