-- The rivals of each family, as the last publication wrote them.
SELECT family, law, assumes FROM families
