"""docs/python-api.md is what the docstrings of the public names say."""

import importlib

import pytest
import python_api


def test_the_page_is_what_the_docstrings_say() -> None:
    assert python_api.PAGE.read_text(encoding="utf-8") == python_api.rendered(), "run `make docs`"


def test_every_public_class_function_and_method_has_a_docstring() -> None:
    assert python_api.missing_docstrings() == []


@pytest.mark.slow
def test_the_page_has_every_name_that_the_package_offers() -> None:
    for section in ("cxone_async", "cxone_async.testing"):
        offered = set(importlib.import_module(section).__all__) - {"__version__"}
        assert {public.name for public in python_api.public_names(section)} == offered
