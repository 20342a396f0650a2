DROP VIEW reports_companions;
DROP VIEW reports_furthest;
DROP VIEW reports_herd_today;
