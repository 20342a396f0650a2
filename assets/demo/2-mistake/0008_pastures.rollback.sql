DROP TABLE pasture;
