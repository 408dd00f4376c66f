-- What the stored book says of each law: where one differs, the book is written anew.
SELECT law, version, question, avoid, source FROM laws
