import subprocess
import sys

import pytest

from cxone_async.matching.corroborated.nicknames import (
    CANONICAL_NAME,
    FULL_NAMES,
    are_variants,
    variants_of,
)


@pytest.mark.parametrize(
    ("one", "other"), [("bob", "robert"), ("bob", "rob"), ("robert", "robert"), ("tess", "theresa")]
)
def test_forms_of_one_name_are_variants(one, other):
    assert are_variants(one, other)
    assert other in variants_of(one)


@pytest.mark.parametrize(("one", "other"), [("bob", "john"), ("maria", "mario"), ("bob", "xyzzy")])
def test_two_names_are_no_variants(one, other):
    assert not are_variants(one, other)
    assert other not in variants_of(one)


def test_every_name_of_the_file_is_read_in_standard_form():
    assert len(FULL_NAMES) > 1_300
    assert all(name.isascii() and name.isalpha() and name == name.lower() for name in FULL_NAMES)
    assert all(CANONICAL_NAME[name] in meanings for name, meanings in FULL_NAMES.items())


@pytest.mark.slow
def test_what_reads_settings_reads_no_names():
    program = """
import sys
import cxone_async.matching.policy, cxone_async.settings
print([name for name in sys.modules if "nicknames" in name or "rapidfuzz" in name])
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert ended.stdout.strip() == b"[]"
