CREATE OR REPLACE TEMP TABLE staged_raw AS
{{rows}}
