"""The packaged sample is what its generator makes, and has the trouble it promises."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "cxone_async" / "sample" / "contacts.csv"


def test_the_packaged_sample_is_what_its_generator_makes(tmp_path):
    program = ROOT / "benchmarks" / "make_sample.py"
    subprocess.run([sys.executable, str(program), str(tmp_path / "again.csv")], check=True)
    assert (tmp_path / "again.csv").read_bytes() == SAMPLE.read_bytes()


def test_the_sample_is_large_enough_and_all_its_addresses_are_made_up():
    content = SAMPLE.read_bytes()
    assert content.count(b"\r\n") > 2_000
    domains = set(re.findall(rb"@([a-z0-9-]+\.[a-z.]+)", content.lower()))
    assert domains == {b"example.com", b"example.org", b"example.net"}
