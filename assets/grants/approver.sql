-- Decides: approve, reject, override a blocking check with a reason.
GRANT SELECT ON {orchestration.*} TO {account};
GRANT SELECT ON {ephemeral.*} TO {account};
GRANT EXECUTE ON PROCEDURE {orchestration.touch_session} TO {account};
GRANT EXECUTE ON PROCEDURE {orchestration.submit_decision} TO {account};
