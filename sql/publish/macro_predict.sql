-- What the selected current fit of a study predicts for a run: predict('my-study', params := 1e9, data_seen := 2e10).
CREATE OR REPLACE MACRO predict(study_name, {{arguments}}) AS TABLE
{{branches}}
