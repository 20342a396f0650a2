DROP TABLE distance;
