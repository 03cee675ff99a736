"""External ids as `verify` reads them again from the input."""

import json

import pytest

from cxone_async import PlanSettings, run_plan
from cxone_async.commands.environment import Environment
from cxone_async.testing.preparation import InlinePreparation
from cxone_async.verification import verify

pytestmark = pytest.mark.virtual_time

CONTENT = (
    "phone,email,Kündnr.\n"
    "+12025550101,a@example.com, 7 \n"
    '+12025550102,b@example.com,"=8"\n'
    "+12025550103,c@example.com,n/a\n"
    "12,x,9\n"
    "+12025550104,d@example.com,ü\n"
    "+12025550105,e@example.com\n"
    "+12025550106,f@example.com,7\n"
)


async def planned(tmp_path, encoding="utf-8", external_id="kuendnr", content=CONTENT):
    path = tmp_path / "in.csv"
    path.write_bytes(content.replace("Kündnr.", external_id).encode(encoding))
    settings = PlanSettings(
        run_dir=tmp_path / "run", external_id=external_id.upper(), encoding=encoding
    )
    await run_plan(path, settings, environment=Environment(preparation=InlinePreparation))
    return path


def contradictions(path, encoding=None):
    return verify(path.parent / "run", path, encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
async def test_ids_are_as_in_the_input_whatever_its_encoding(tmp_path, encoding):
    path = await planned(tmp_path, encoding, "Kündnr.")
    assert contradictions(path, encoding) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (",7,\n2,", ",8,\n2,", "row 1 has another external id"),
        (",7,\n2,", ",,\n2,", "row 1 has another external id"),
        ("'=8", "=8", "row 2 has another external id"),
        ("ü", "u", "row 5 has another external id"),
        (",0,,,\n7,", ",0,,x,\n7,", "row 6 has another external id"),
        ("7,8,invalid,external_id_repeated", "7,8,ready,", "1 row(s) were kept with the external"),
    ],
)
async def test_an_id_that_is_not_as_in_the_input_is_named(tmp_path, old, new, said):
    path = await planned(tmp_path)
    file = tmp_path / "run/outcomes.csv"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    assert said in "\n".join(contradictions(path))


async def test_a_column_that_is_not_there_is_named_and_so_is_an_id_from_nowhere(tmp_path):
    path = await planned(tmp_path)
    file = tmp_path / "run/reconciliation.json"
    result = json.loads(file.read_text(encoding="utf-8"))
    for column, said in (("other", "no column of the name"), ("", "row 1 has another external id")):
        result["run"]["settings"]["external_id"] = column
        file.write_text(json.dumps(result), encoding="utf-8")
        assert said in "\n".join(contradictions(path))
    file.write_text("[]", encoding="utf-8")
    assert "row 1 has another" in "\n".join(contradictions(path))
    file.write_text("no JSON", encoding="utf-8")
    assert "row 1 has another" in "\n".join(contradictions(path))
