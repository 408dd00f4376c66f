CREATE OR REPLACE VIEW archived_points AS
{{rows}}
