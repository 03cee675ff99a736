"""The stand-in tenant of `demo`, as a program that ends when the demo is killed."""

import runpy

from cxone_async.cli.mock_tenant_command import MOCK_TENANT
from cxone_async.prepare.child_process import end_with_parent

if __name__ == "__main__":
    end_with_parent()
    runpy.run_module(MOCK_TENANT, run_name="__main__", alter_sys=True)
