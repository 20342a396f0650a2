DROP VIEW companions;
DROP VIEW furthest;
DROP VIEW herd_today;
