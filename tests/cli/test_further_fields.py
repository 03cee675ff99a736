"""All columns of a list, end to end: what the tenant gets, what the files say, what is refused."""

import csv
import json
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

MARKER = "Quittengelee"
LIST = (
    "Kunden-Nr.;Vorname;Nachname;Telefon;E-Mail;Land;Saldo;Seit;VIP;Notiz;Filiale;Leer\n"
    "4711;Anna;Berg;+12025550101;anna@example.com;US;1.234,50;25.12.2020;ja;"
    " Quittengelee, x ;Süd;\n"
    "4712;Bernd;Tal;+12025550102;bernd@example.com;US;-7;2021-02-03;nein;;;\n"
    "4711;Anna;Berg;+12025550101;anna@example.com;US;0;;;;;\n"
    "4711;Carl;Dorn;+12025550103;carl@example.com;US;0;;;Quittengelee;;\n"
    "4713;Dora;Eck;+12025550104;dora@example.com;US;1.234;;;;;\n"
    ";Emil;Fink;+12025550105;emil@example.com;US;;03/04/2026;;;;\n"
    ";Frida;Gans;+12025550106;frida@example.com;US;;;vielleicht;;;\n"
    ";Gerd;Hahn;+12025550107;gerd@example.com;US;n/a;;;;;\n"
)
FIELDS = (
    "--field", "balance=Saldo", "--field", "since=Seit", "--field", "vip=VIP",
    "--field", "source:=Messe 2026", "--field", "*", "--external-id", "Kunden-Nr.",
    "--field-type", "balance=number", "--field-type", "since=date", "--field-type", "vip=boolean",
    "--ignore-column", "Leer", "--default-country", "US",
)  # fmt: skip


def target(tenant, run_dir="run"):
    return (
        "--base-url", tenant.base_url, "--list-id", "demo-list", "--campaign-id", "demo-campaign",
        "--quota", "0", "--run-dir", run_dir, "--max-invalid-rate", "1",
    )  # fmt: skip


def table(path):
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(tmp_path, content):
    path = tmp_path / "in.csv"
    path.write_text(content, encoding="utf-8")
    return str(path)


def sent(truth):
    return sorted(
        (one["fields"] for one in truth["contacts"].values()), key=lambda one: one["email"]
    )


def test_all_columns_arrive_and_every_row_keeps_its_id(command, start_tenant, tmp_path):
    path = write(tmp_path, LIST)
    with start_tenant() as tenant:
        ended = command("import", path, *target(tenant), *FIELDS)
        truth = tenant.statistics(full=True)
        before = Path("run/outcomes.csv").read_bytes()
        Path("run/outcomes.csv").unlink()
        again = command("import", path, *target(tenant), *FIELDS)
    assert (ended.code, again.code) == (0, 0), ended.err + again.err
    anna, bernd, gerd = sent(truth)
    assert anna == {
        "phone": "12025550101", "email": "anna@example.com", "first_name": "Anna",
        "last_name": "Berg", "country": "US", "external_id": "4711", "balance": "1234.50",
        "since": "2020-12-25", "vip": "true", "source": "Messe 2026",
        "Notiz": "Quittengelee, x", "Filiale": "Süd",
    }  # fmt: skip
    assert bernd | {"phone": "", "email": ""} == {
        "phone": "", "email": "", "first_name": "Bernd", "last_name": "Tal", "country": "US",
        "external_id": "4712", "balance": "-7", "since": "2021-02-03", "vip": "false",
        "source": "Messe 2026",
    }  # fmt: skip
    assert gerd.keys() == {
        "phone", "email", "first_name", "last_name", "country", "source",
    }  # fmt: skip
    outcomes = table("run/outcomes.csv")
    assert [(one["outcome"], one["reason"], one["external_id"]) for one in outcomes] == [
        ("imported", "", "4711"),
        ("imported", "", "4712"),
        ("duplicate", "", "4711"),
        ("invalid", "external_id_repeated", "4711"),
        ("invalid", "field_not_number", "4713"),
        ("invalid", "field_not_date", ""),
        ("invalid", "field_not_boolean", ""),
        ("imported", "", ""),
    ]
    assert outcomes[7]["repairs"] == "empty_word"
    assert all(one["contact_id"] for one in outcomes if one["outcome"] == "imported")
    assert Path("run/outcomes.csv").read_bytes() == before
    repeated = Path("run/rejects.csv").read_text(encoding="utf-8").splitlines()[1]
    assert repeated == (
        "4711;Carl;Dorn;+12025550103;carl@example.com;US;0;;;Quittengelee;;"
        ";4;invalid;external_id_repeated;external_id: that of row 1, another person"
    )
    assert command("verify", "run", path).code == 0
    only_rows = {"outcomes.csv", "rejects.csv", "unresolved.csv", "journal.db"}
    told = ended.out + ended.err + again.out + again.err
    for file in Path("run").iterdir():
        if file.name not in only_rows:
            told += file.read_text(encoding="utf-8", errors="replace")
    assert MARKER not in told
    # The next command has what was typed, so that it can be copied; nothing else tells a value.
    typed = [line for line in ended.out.splitlines() if "'source:=Messe 2026'" in line]
    assert len(typed) == 1
    assert "Messe 2026" not in told.replace(typed[0], "")
    columns = json.loads(Path("run/reconciliation.json").read_text(encoding="utf-8"))["columns"]
    uses = {one["name"]: (one["used_as"], one["field"]) for one in columns}
    assert uses["Kunden-Nr."] == ("external_id", "external_id")
    assert uses["Saldo"] == ("custom_field", "balance")
    assert uses["Filiale"] == ("custom_field", "Filiale")
    assert uses["Leer"] == ("ignored", "")


def test_rejects_go_in_as_they_are_without_the_columns_of_the_run(command, start_tenant, tmp_path):
    path = write(tmp_path, "phone,email,a\n+12025550101,x,1\n")
    every = ("--field", "*")
    with start_tenant() as tenant:
        command("import", path, *target(tenant), *every)
        corrected = Path("run/rejects.csv").read_text().replace(",x,", ",ada@example.com,")
        path = write(tmp_path, corrected)
        assert command("import", path, *target(tenant, "second"), *every).code == 0
        (contact,) = sent(tenant.statistics(full=True))
    assert contact["a"] == "1"
    assert not {"_row", "_outcome", "_reason", "_detail"} & contact.keys()


HEADER = "phone,email,Saldo,Konto,DNC,x\n"
WRONG = {
    "no form": (("--field", "Saldo"), 64, "NAME=COLUMN, NAME:=value or *"),
    "no name": (("--field", "=Saldo"), 64, "NAME=COLUMN"),
    "no value": (("--field", "a:="), 64, "NAME:=value"),
    "a field of the contact": (("--field", "phone=Saldo"), 64, "reserved"),
    "in other letters": (("--field", "First Name=Saldo"), 64, "reserved"),
    "the flag": (("--field", "dnc_flag=Saldo"), 64, "reserved"),
    "the id": (("--field", "external_id=Saldo"), 64, "--external-id"),
    "a long name": (("--field", f"{'n' * 65}=Saldo"), 64, "64 characters"),
    "a name that is not printed": (("--field", "a\tb=Saldo"), 64, "not printed"),
    "a long constant": (("--field", f"a:={'x' * 4001}"), 64, "4,000 characters"),
    "a field twice": (("--field", "a=Saldo", "--field", "A=Konto"), 64, "named twice"),
    "a column twice": (("--field", "a=Saldo", "--field", "b=saldo"), 64, "named twice"),
    "a column as an id, too": (("--field", "a=Konto", "--external-id", "konto"), 64, "named twice"),
    "a mapped column": (("--map", "last_name=x", "--field", "a=x"), 64, "is mapped"),
    "an ignored column": (("--ignore-column", "x", "--field", "a=x"), 64, "is ignored"),
    "a do-not-call column": (("--field", "a=DNC"), 64, "not to be called"),
    "no such column": (("--field", "a=Nirgends"), 64, "'Saldo', 'Konto'"),
    "no such id column": (("--external-id", "Nirgends"), 64, "'Saldo', 'Konto'"),
    "a wrong type": (("--field", "a=x", "--field-type", "a=int"), 64, "number|date|boolean"),
    "a type of nothing": (("--field-type", "a=number"), 64, "no field of --field"),
    "a type of no column": (("--field", "*", "--field-type", "a=number"), 64, "no field that"),
    "two types": (
        ("--field", "a=x", "--field-type", "a=date", "--field-type", "a=number"), 64, "two types"
    ),
    "a typed id": (("--external-id", "x", "--field-type", "external_id=number"), 64, "text"),
    "a constant of another type": (
        ("--field", "a:=soon", "--field-type", "a=date"), 64, "is no date"
    ),
    "a required id without a column": (("--require", "external_id"), 64, "--external-id COLUMN"),
    "something else required": (("--require", "saldo"), 64, "external_id"),
    "too many": (tuple(f"--field=f{n}:=x" for n in range(101)), 64, "at most 100"),
    "a column with the name of a field": (
        ("--field", "Konto=x", "--field", "*"), 65, "--field NAME=COLUMN"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("flags", "code", "said"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_sent_is_refused_before_anything_is(command, tmp_path, flags, code, said):
    path = write(tmp_path, HEADER + "+12025550101,ada@example.com,1,2,,3\n")
    ended = command("plan", path, "--run-dir", "run", *flags)
    assert (ended.code, said in ended.err) == (code, True), ended.err


def test_settings_in_a_file_say_the_same_and_a_wrong_one_is_78(command, tmp_path):
    path = write(tmp_path, HEADER + "+12025550101,ada@example.com,1,2,,3\n")
    config = tmp_path / "c.toml"
    config.write_text('external_id = "Konto"\nfield = ["a=x"]\n[field_type]\na = "number"\n')
    assert command("plan", path, "--run-dir", "run", "--config", str(config)).code == 0
    assert table("run/outcomes.csv")[0]["external_id"] == "2"
    assert command("verify", "run", path).code == 0
    config.write_text("[field]\na = 'x'\nb = ''\n")
    ended = command("plan", path, "--run-dir", "other", "--config", str(config))
    assert (ended.code, "item 2" in ended.err) == (78, True)
    config.write_text("field = 7\n")
    assert command("plan", path, "--run-dir", "other", "--config", str(config)).code == 78
    config.write_text("field_type = 7\n")
    assert command("plan", path, "--run-dir", "other", "--config", str(config)).code == 78


def test_an_id_can_be_required(command, tmp_path):
    path = write(tmp_path, "phone,email,id\n+12025550101,ada@example.com,-\n")
    flags = ("--external-id", "id", "--require", "external_id", "--max-invalid-rate", "1")
    assert command("plan", path, "--run-dir", "run", *flags).code == 0
    (row,) = table("run/outcomes.csv")
    assert (row["outcome"], row["reason"]) == ("invalid", "external_id_missing")


def test_columns_keeps_what_goes_out_in_its_template(command, tmp_path):
    path = write(tmp_path, HEADER + "+12025550101,ada@example.com,1,2,,3\n")
    ended = command(
        "columns", path, "--field", "a=x", "--field", "*", "--external-id", "Konto",
        "--field-type", "a=number", "--require", "external_id", "--ignore-column", "name",
        "--default-country", "US",
    )  # fmt: skip
    (tmp_path / "c.toml").write_text(ended.out, encoding="utf-8")
    assert ended.code == 0
    assert '# Sent under their own names:\n#   "Saldo"' in ended.out
    assert command("plan", path, "--run-dir", "run", "--config", "c.toml").code == 0
    columns = json.loads(Path("run/reconciliation.json").read_text())["columns"]
    assert [one["field"] for one in columns] == [
        "phone", "email", "Saldo", "external_id", "dnc_flag", "a"
    ]  # fmt: skip
    settings = tomllib.loads(ended.out)
    assert settings["field_type"] == {"a": "number"}
    assert settings["require"] == "external_id"
