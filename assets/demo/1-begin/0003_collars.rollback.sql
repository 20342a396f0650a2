DROP TABLE collar;
