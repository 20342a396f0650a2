-- Asks the worker. The server says who asked: nobody has INSERT on the commands.
GRANT SELECT ON {orchestration.*} TO {account};
GRANT SELECT ON {ephemeral.*} TO {account};
GRANT EXECUTE ON PROCEDURE {orchestration.touch_session} TO {account};
GRANT EXECUTE ON PROCEDURE {orchestration.submit_command} TO {account};
