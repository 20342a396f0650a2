DROP VIEW herd_without_ranger;
DROP INDEX ranger_by_herd;
DROP TABLE ranger;
