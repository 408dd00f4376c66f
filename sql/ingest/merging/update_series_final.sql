UPDATE series SET final_data_seen = last.last.data_seen, final_step = last.last.step
FROM (
    SELECT
        series,
        arg_max(
            struct_pack(data_seen := data_seen, step := step),
            struct_pack(seen := coalesce(data_seen, -1), whole := step IS NULL, step := coalesce(step, -1))
        ) AS last
    FROM all_points
    WHERE valid_to IS NULL AND series IN (SELECT series FROM series_numbers)
    GROUP BY series
) AS last
WHERE series.series = last.series
