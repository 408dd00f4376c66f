"""What plans need that is no formula with parameters: estimators, detectors, schedules, derived columns. One file a subject."""
