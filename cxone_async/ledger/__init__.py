"""Who was sent in earlier runs, so that nobody is sent again the next night.

- `person`: a contact in bytes, as it goes from preparation to the ledger
- `port`: what a ledger does; `cxone_async.testing` has one in memory
- `run_ends`: from a run's journal, whose sending counts
- `database`: the file
- `store`: the ledger in SQLite, as the run that writes has it
- `known_people`: the same file, as matching reads it
"""
