--liquibase formatted sql

--changeset anna:1
CREATE TABLE a (id INT);
--rollback DROP TABLE a;
