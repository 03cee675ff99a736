"""What a run has done, durably.

Reading order:

1. `lifecycle` and `segments`: the state tables of a chunk and of a segment batch.
2. `events` and `identity`: everything that a journal can hold.
3. `fold`: what the events add up to, and which event may come next.
4. `port`: what a run needs of a journal.
5. `store` over `database` and `group_commit`: the port in SQLite.
"""
