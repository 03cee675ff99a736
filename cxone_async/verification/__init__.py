"""`verify`: recomputes a run from its input, its journal and its files.

Guarantee: of the package only `cxone_async.errors` is imported, so nothing is shared with the
code that imports, writes or resumes (an import contract in pyproject.toml). The words and columns
of the files are written down here a second time on purpose.
"""

from cxone_async.verification.comparison import Verified, verified, verify

__all__ = ["Verified", "verified", "verify"]
