"""What a column's name says of do-not-call."""

# ruff: noqa: RUF001  a curly apostrophe is one of the names

import pytest

from cxone_async.source.do_not_call_columns import ColumnMeaning, meaning_of


@pytest.mark.parametrize(
    "name",
    [
        "DNC", "dnc_flag", "Do Not Call", "Do-Not-Call Flag", "do not contact", "optout",
        "Opted Out", "Unsubscribed", "DNC Status", "Do Not Phone", "HasOptedOutOfCall",
        "Nicht anrufen", "Robinson", "Phone Opt Out", "DoNotCall", "IsDNC", "D.N.C.",
        "National DNC", "State DNC", "Federal DNC List", "DNC Date", "Opt-Out Date", "Don't Call",
        "Don’t call", "Do Not Call (Y/N)", "Ne pas appeler", "Ne plus contacter", "Bloctel",
        "No llamar", "Lista Robinson", "Non chiamare", "Registro Opposizioni", "Não ligar",
        "Nao telefonar", "Niet bellen", "Bel-me-niet register", "Bitte nicht anrufen",
        "Keine Anrufe", "Anrufsperre", "Robinsonliste", "Não perturbe", "Pas d'appel",
        "Ring inte", "TPS", "CTPS", "TPS Flag", "Do_Not_Call__c", "donotcall__c", "PhoneOptOut",
        "Call Opt Out", "OptOut Phone", "DNC?", "Do Not Call List", "dncRegistered",
    ],
)  # fmt: skip
def test_a_flag_s_name_is_known_in_the_languages_of_real_lists(name: str) -> None:
    assert meaning_of(name) is ColumnMeaning.FLAG


@pytest.mark.parametrize(
    "name",
    [
        "DNC Reason", "DNC Source", "Do Not Call Comment", "Suppressed", "Suppression",
        "Blacklist", "Blacklisted", "Gesperrt", "Widerspruch", "Opposition démarchage", "Baja",
        "Sperrvermerk", "Liste rouge", "DND", "Do not text", "SMS opt out", "Lista negra",
        "Verzet", "Oposición", "Werbewiderspruch", "wireless dnc type", "TCPA Litigator",
        "Opt Out Reason", "Blocked", "Afgemeld", "Desinscrit",
    ],
)  # fmt: skip
def test_a_name_that_only_speaks_of_do_not_call_is_no_flag(
    name: str,
) -> None:
    assert meaning_of(name) is ColumnMeaning.LIKE_FLAG


@pytest.mark.parametrize(
    "name",
    [
        "Consent", "OK to call", "Opt In", "opt-in", "OptIn", "May call", "May we contact",
        "Permission", "TCPA Consent", "Phone Consent", "Callable", "Call allowed", "Allow calls",
        "Accepts Marketing", "Subscribed", "Einwilligung", "Einwilligung Telefon", "Consentement",
        "Consentimiento", "Consenso marketing", "Toestemming", "Mag bellen", "Autorización",
        "Marketing Permission", "Contactable", "Double Opt-In Date", "GDPR consent", "Can call",
        "Samtykke", "Zustimmung", "Consentimento", "Darf angerufen werden",
    ],
)  # fmt: skip
def test_a_consent_is_never_taken_for_a_flag(name: str) -> None:
    assert meaning_of(name) is ColumnMeaning.LIKE_CONSENT


@pytest.mark.parametrize(
    "name",
    [
        "Phone", "Mobile", "Company", "Name", "Full Name", "Phone Type", "Phone Extension",
        "Email Opt Out", "HasOptedOutOfEmail", "HasOptedOutOfFax", "Email Unsubscribed",
        "Newsletter Opt In", "Email Consent", "Call Time", "Caller ID", "Last Called",
        "Call Back", "Status", "Contact Name", "Contact Number", "Opportunity", "Option",
        "Optional", "Optician", "Notes", "Block", "Building Block", "Content", "Postal Code",
        "Country", "State", "Tel", "Stop", "Subscription Plan", "Subscription", "Microphone",
        "Territory", "List", "Register", "Flag", "Date", "Phone Status", "Is Active", "Address",
        "Position", "Composition", "Lead Status", "Last Contact", "Contact Owner", "Cell",
        "Language", "Timezone", "Region", "Call Center", "Calls", "Account Name", "Deposition",
        "Accordion", "Basis", "Nixon", "Company Phone", "Nationality", "Preferred call time",
        "Brand Name", "Contact ID", "ID", "Zip", "Annotation", "Call Result", "Call Notes",
        "Disposition", "Email", "E-mail", "First Name", "Opened", "Position title",
        "State/Province", "Proposition", "Installation", "Exposition", "Optimal time", "Options",
        "Recall", "Call count", "Phone 2", "_row", "_outcome", "_reason", "_detail",
    ],
)  # fmt: skip
def test_other_columns_and_other_channels_are_left_alone(name: str) -> None:
    assert meaning_of(name) is ColumnMeaning.OTHER


def test_a_name_of_a_megabyte_is_read_quickly() -> None:
    assert meaning_of("x" * 1_000_000) is ColumnMeaning.OTHER
