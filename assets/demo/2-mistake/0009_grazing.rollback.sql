DROP TABLE grazing;
