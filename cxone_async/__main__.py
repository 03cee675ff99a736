"""`python -m cxone_async` is the command line."""

from cxone_async.cli.main import main

main()
