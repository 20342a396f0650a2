-- caribou: rows=3
CREATE INDEX by_kind ON pet (kind);
