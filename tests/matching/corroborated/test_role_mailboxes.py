"""A role's mailbox is known in the languages of real lists, a person's never taken for one."""

# ruff: noqa: RUF001  the dotless i is a letter of Turkish

from importlib.resources import files

import pytest

from cxone_async.matching.corroborated.phones_emails import standardise_email
from cxone_async.matching.corroborated.role_mailboxes import _ROLES, is_role

DATA = files("cxone_async.matching.corroborated") / "data"


@pytest.mark.parametrize(
    "local",
    [
        "info", "sales", "no-reply", "customer.service", "front-desk", "sales-team", "contact_us",
        "kontakt", "verkauf", "vertrieb", "buchhaltung", "rechnung", "bewerbung", "post",
        "zentrale", "buero", "büro", "kundenservice", "kontakt.verkauf", "anfragen",
        "geschäftsführung",
        "accueil", "comptabilite", "comptabilité", "compta", "service-client", "sav", "secrétariat",
        "facturation", "mairie", "bonjour", "rh",
        "contacto", "ventas", "administracion", "administración", "atencion-al-cliente", "rrhh",
        "pedidos", "facturación", "hola", "recursos.humanos",
        "contato", "vendas", "financeiro", "cobrança", "atendimento", "geral", "orçamento", "sac",
        "informazioni", "contatti", "amministrazione", "segreteria", "fatturazione", "acquisti",
        "ufficio.vendite", "prenotazioni", "posta",
        "verkoop", "klantenservice", "boekhouding", "administratie", "facturen", "receptie",
        "biuro", "sprzedaz", "sprzedaż", "księgowość", "sekretariat", "zamówienia",
        "bilgi", "iletisim", "iletişim", "satış", "muhasebe", "destek", "insan.kaynakları",
        "salg", "firmapost", "kundtjänst", "kundeservice", "faktura", "försäljning", "bokning",
        "toiawase", "eigyo", "jinji", "keiri",
    ],
)  # fmt: skip
def test_a_role_s_mailbox_is_known_whatever_its_language(local: str) -> None:
    assert is_role(local)
    assert standardise_email(f"{local}@example.com") == ""


@pytest.mark.parametrize(
    "local",
    [
        "marina", "maria.info", "info24", "infante", "salesio", "contini", "postl", "ada.post",
        "j.verkauf", "verkaufer", "ventura", "vendasta", "kontaktina", "compton", "direktor.a",
        "hola.maria", "admin.ada", "berta-service-42", "personal", "ada", "rechnungsrat", "buerger",
        "büroni", "segreto", "acquistapace", "ordonez", "reception.ada", "officer", "helpmann",
        "teamo", "mailer", "job", "media", "satish", "keiria", "jobst", "geraldo", "ola", "ik",
        "office2", "m.info.rossi", "müller", "secretario", "x" * 65 + ".info", "ada_abbott",
        "-ada-",
    ],
)  # fmt: skip
def test_a_person_s_mailbox_is_never_taken_for_a_role_s(local: str) -> None:
    assert not is_role(local)


def test_no_role_is_a_name_that_people_bear() -> None:
    names = {
        word.strip("+~")
        for file in ("given_names.txt", "family_names.txt", "nicknames.txt")
        for line in (DATA / file).read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
        for word in line.casefold().replace(",", " ").split()
    }
    assert {"ada", "smith"} <= names
    assert not names & _ROLES
