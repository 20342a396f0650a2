--liquibase formatted sql
--property name:table value:orders

--changeset anna:1
--comment: the table
CREATE TABLE ${table} (id INT PRIMARY KEY, n INT);
--rollback DROP TABLE ${table};

--changeset anna:2 endDelimiter:// stripComments:false
CREATE TRIGGER counted AFTER INSERT ON orders FOR EACH ROW
BEGIN
  UPDATE seen SET n = n + 1;
END
//
--rollback DROP TRIGGER counted;

--changeset bo:never dbms:oracle
SELECT nothing FROM nowhere;
