CREATE PROCEDURE {orchestration.submit_decision}(
  IN p_batch_id BIGINT,
  IN p_rollback_id BIGINT,
  IN p_decision VARCHAR(32) CHARACTER SET utf8mb4,
  IN p_subject LONGTEXT CHARACTER SET utf8mb4,
  IN p_reason TEXT CHARACTER SET utf8mb4,
  IN p_os_user VARCHAR(255) CHARACTER SET utf8mb4
)
  MODIFIES SQL DATA
  SQL SECURITY DEFINER
  COMMENT 'Records what an approver decides; the server says who and when'
BEGIN
  DECLARE v_now BIGINT DEFAULT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000 AS SIGNED);
  DECLARE v_waiting INT DEFAULT 0;
  DECLARE v_lately INT DEFAULT 0;
  IF @@SESSION.insert_id <> 0 THEN
    SIGNAL SQLSTATE '42000' SET MESSAGE_TEXT = 'insert_id is set in this session: the number of a decision is the server''s';
  END IF;
  IF CHAR_LENGTH(p_reason) > 4000 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the reason is longer than 4000 characters';
  END IF;
  IF LENGTH(p_subject) > 1048576 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'what the decision has seen is longer than 1048576 bytes';
  END IF;
  SELECT COALESCE(SUM(recent.decision_status = 'submitted'), 0), COALESCE(SUM(recent.submitted_ms > v_now - 60000), 0)
    INTO v_waiting, v_lately
    FROM (SELECT operator, decision_status, submitted_ms FROM {orchestration.migration_decisions}
          ORDER BY decision_id DESC LIMIT 2000) recent
    WHERE recent.operator = USER();
  IF v_waiting >= 100 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '100 decisions of this account wait for an answer already';
  END IF;
  IF v_lately >= 600 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '600 decisions of this account were given within a minute: wait';
  END IF;
  INSERT INTO {orchestration.migration_decisions}
    (batch_id, rollback_id, decision, subject, reason, operator, os_user, submitted_ms)
  VALUES
    (p_batch_id, p_rollback_id, p_decision, p_subject, p_reason, USER(), p_os_user,
     v_now);
  SELECT LAST_INSERT_ID() AS decision_id;
END
