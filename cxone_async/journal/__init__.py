"""What a run has done, durably.

Reading order: `lifecycle` and `segments` (the literal tables), `fold` (what events add
up to), `port` (what the pipeline sees), `store` over `database` (SQLite), `lease` (one
process per run directory).
"""
