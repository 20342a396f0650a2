-- liquibase formatted sql

-- changeset anna:1 splitStatements:true
CREATE TABLE seen (n INT)
GO
INSERT INTO seen VALUES (0);
/* liquibase rollback
DROP TABLE seen;
*/
