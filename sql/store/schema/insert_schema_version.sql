INSERT INTO schema_version
SELECT $version, epoch_ms(epoch_ms(now()))
