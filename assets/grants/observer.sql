-- Sees everything, asks for nothing. `touch_session` only says that it is watching.
GRANT SELECT ON {orchestration.*} TO {account};
GRANT SELECT ON {ephemeral.*} TO {account};
GRANT EXECUTE ON PROCEDURE {orchestration.touch_session} TO {account};
