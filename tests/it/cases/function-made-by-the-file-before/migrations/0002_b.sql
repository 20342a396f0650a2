UPDATE u SET a = plain();
UPDATE u SET a = made();
