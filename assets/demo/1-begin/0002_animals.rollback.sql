DROP TABLE animal;
