-- Runs that stand already as all files say.
DELETE FROM folded_runs AS folded
USING runs_history AS known
WHERE known.run_key = folded.run_key AND known.valid_to IS NULL AND {{same}}
