"""The plan tables, one a planning question: every estimate has its interval, every row its grade and distance."""

from pipeline.schema.costs import COST_TABLES
from pipeline.schema.pool_sets import POOL_SET_TABLES
from pipeline.schema.pool_shares import POOL_SHARE_TABLES
from pipeline.schema.questions import QUESTION_TABLES
from pipeline.schema.recipes import RECIPE_TABLES
from pipeline.schema.repetition import REPETITION_TABLES
from pipeline.schema.sizes import SIZE_TABLES

PLAN_TABLES = (
    *SIZE_TABLES,
    *REPETITION_TABLES,
    *POOL_SET_TABLES,
    *POOL_SHARE_TABLES,
    *COST_TABLES,
    *QUESTION_TABLES,
    *RECIPE_TABLES,
)
"""In the order in which documents and plans show them."""
