DROP INDEX health_by_condition;
DROP TABLE health;
