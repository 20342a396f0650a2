CREATE TABLE n (id INT PRIMARY KEY, unit_price DECIMAL(19,4), latitude DOUBLE);
