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
  IF @@SESSION.insert_id <> 0 THEN
    SIGNAL SQLSTATE '42000' SET MESSAGE_TEXT = 'insert_id is set in this session: the number of a decision is the server''s';
  END IF;
  INSERT INTO {orchestration.migration_decisions}
    (batch_id, rollback_id, decision, subject, reason, operator, os_user, submitted_ms)
  VALUES
    (p_batch_id, p_rollback_id, p_decision, p_subject, p_reason, USER(), p_os_user,
     CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000 AS SIGNED));
  SELECT LAST_INSERT_ID() AS decision_id;
END
