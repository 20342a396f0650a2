-- +goose Up
-- +goose StatementBegin
CREATE TABLE a (id INT);
-- +goose StatementEnd
CREATE TABLE b (id INT);

-- +goose Down
-- +goose StatementBegin
DROP TABLE b;
-- +goose StatementEnd
DROP TABLE a;
