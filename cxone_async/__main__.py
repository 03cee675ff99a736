"""`python -m cxone_async` is the command line."""

from cxone_async.cli import main

main()
