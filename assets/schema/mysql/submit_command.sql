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
  DECLARE v_now BIGINT DEFAULT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000 AS SIGNED);
  DECLARE v_waiting INT DEFAULT 0;
  DECLARE v_lately INT DEFAULT 0;
  IF @@SESSION.insert_id <> 0 THEN
    SIGNAL SQLSTATE '42000' SET MESSAGE_TEXT = 'insert_id is set in this session: the number of a command is the server''s';
  END IF;
  IF CHAR_LENGTH(p_reason) > 4000 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the reason is longer than 4000 characters';
  END IF;
  IF LENGTH(p_command) > 262144 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the command is longer than 262144 bytes';
  END IF;
  IF LENGTH(p_expects) > 262144 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'what the command expects is longer than 262144 bytes';
  END IF;
  IF LENGTH(p_submission) > 67108864 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the plan is longer than 67108864 bytes';
  END IF;
  SELECT COALESCE(SUM(recent.command_status = 'submitted'), 0), COALESCE(SUM(recent.submitted_ms > v_now - 60000), 0)
    INTO v_waiting, v_lately
    FROM (SELECT operator, command_status, submitted_ms FROM {orchestration.migration_commands}
          ORDER BY command_id DESC LIMIT 2000) recent
    WHERE recent.operator = USER();
  IF v_waiting >= 100 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '100 commands of this account wait for an answer already';
  END IF;
  IF v_lately >= 600 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '600 commands of this account were given within a minute: wait';
  END IF;
  INSERT INTO {orchestration.migration_commands}
    (batch_id, verb, command, reason, expects, submission, operator, os_user, submitted_ms)
  VALUES
    (p_batch_id, p_verb, p_command, p_reason, p_expects, p_submission, USER(), p_os_user,
     v_now);
  SELECT LAST_INSERT_ID() AS command_id;
END
