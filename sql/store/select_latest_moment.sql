SELECT greatest(
    (SELECT max(ingested_at) FROM ingest_log),
    (SELECT max(published_at) FROM publications),
    (SELECT max(refitted_at) FROM studies)
) AS latest
