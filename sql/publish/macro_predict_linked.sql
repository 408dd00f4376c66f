SELECT
    alone.* REPLACE ({{value}} AS predicted)
FROM alone
INNER JOIN current_parameters AS c ON c.study = alone.study AND c.cohort = alone.cohort AND c.law = alone.member
INNER JOIN links AS l ON l.cohort = alone.cohort
CROSS JOIN chain
WHERE alone.member = {{law}} AND list_contains(alone.reads, chain.link) AND NOT list_contains(chain.first_laws, alone.member)
