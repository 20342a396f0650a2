-- May lift a freeze by itself, with no worker alive, and asks the worker like an operator.
GRANT SELECT ON {orchestration.*} TO {account};
GRANT SELECT ON {ephemeral.*} TO {account};
GRANT EXECUTE ON PROCEDURE {orchestration.touch_session} TO {account};
GRANT EXECUTE ON PROCEDURE {orchestration.submit_command} TO {account};
GRANT READ ONLY ADMIN, CONNECTION ADMIN, PROCESS ON *.* TO {account};
