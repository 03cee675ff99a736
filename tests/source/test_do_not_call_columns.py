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
        "TPS/CTPS", "CTPS registered", "Robinson-Eintrag", "No llame", "Bloqueio Procon",
        "Nie dzwonić", "Aramayın", "架電禁止", "電話NG", "電話不可", "donotphone",
        "Do not allow Phone Calls", "Direct Phone DNC", "Mobile Phone Do Not Call",
        "Requests no phone calls", "Calls not allowed", "Bel-me-niet", "Kein Kontakt",
        "Nicht mehr anrufen", "Ne souhaite pas être appelé", "Non vuole essere chiamato",
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
        "Opt Out Reason", "Blocked", "Afgemeld", "Desinscrit", "Do Not Share", "Do not visit",
        "Sperre", "Verstorben", "Deceased", "Is Deceased", "is_deceased", "Date of Death",
        "Kontakt nicht erwünscht", "Sperrkennzeichen", "Sperrgrund", "Sperrfrist", "Sperre bis",
        "Sperrdatum", "Kundensperre", "Auskunftssperre", "Widerruf", "Todesdatum", "Stop pub",
        "Décédé", "Date de décès", "Refus", "Fallecido", "Exclusión publicitaria", "REPEP",
        "Deceduto", "Falecido", "Overleden", "Blokkade", "Bezwaar", "Zmarły", "Sprzeciw", "Vefat",
        "オプトアウト", "死亡", "donotsendmm", "HasOptedOutSolicit", "HasOptedOutProcessing",
        "ShouldForget", "Do Not Trade", "do_not_sms", "Do Not Rent", "phoneNumberIsOptedOut",
        "phone_blacklisted", "Excluded", "Exclusion", "Cease and desist", "Refused", "Revoked",
        "Consent revoked", "Scrubbed", "Litigator", "No phone", "No SMS", "Dødsfall", "Avliden",
        "Spärrad", "Blockiert", "Unerwünscht", "muted", "Right to object", "Blocked Phone",
        "Stop flag", "Call restriction", "Recht van verzet",
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
        "Data Processing Basis",
        "Werbung erlaubt", "May be called", "Peut être appelé", "Peut être appelée",
        "Peut être contacté", "Werbung", "Werbung erlaubt?", "Telefonwerbung erlaubt",
        "Anruf erlaubt", "Anrufen gestattet", "Kontakt erwünscht", "Démarchage autorisé",
        "Appels autorisés", "Accepte le démarchage", "Puede ser llamado", "Acepta publicidad",
        "Può essere chiamato", "Contattabile", "Accetta marketing", "Privacy", "Pode ligar",
        "Mag gebeld worden", "Bellen toegestaan", "Zgoda na kontakt telefoniczny", "Arama izni",
        "Ticari ileti izni", "同意", "電話可", "架電可否", "Send Marketing Materials",
        "Marketing status", "marketing_status", "Legal basis for processing contact's data",
        "ContactCallable", "ContactableByVoice", "GDPR", "DSGVO", "RGPD", "TCPA",
        "Can be contacted", "OK for calls", "Happy to be contacted", "Allow marketing",
        "Telemarketing", "Marketing", "Contact preference", "Communication preferences",
        "Call (Y/N)", "Får ringas", "Må ringes", "Rechtsgrundlage", "Base légale", "Datenschutz",
        "Consent withdrawn", "Accepts SMS marketing", "Opted in", "Call OK", "CallOK", "call_ok",
        "callok", "Phone OK?", "Contact OK", "Calls okay", "SMS OK", "Calling is fine", "OK Phone",
        "Mobile ok",
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
        "(Do Not Modify) Contact", "(Do Not Modify) Row Checksum", "Do not delete", "Mahnsperre",
        "Preferred Method of Contact", "Credit Hold", "Escalera", "Sensitivity", "Locked",
        "Call time", "Bus Stop", "Liefersperre", "Zahlungssperre", "Sperrgut", "Street Block",
        "Block Number", "Blok", "Bloque postal", "Marketing Source", "Marketing Campaign",
        "Marketing Owner", "Werbekanal", "Werbemittel", "Werber", "Webseite", "Death benefit",
        "Do not email", "donotemail", "donotbulkemail", "donotbulkpostalmail", "donotfax",
        "donotpostalmail", "Do not allow Emails", "Do not allow Bulk Emails", "Do Not Mail",
        "Email allowed", "E-Mail Werbung erlaubt", "Newsletter", "Unsubscribed from all email",
        "hs_email_optout", "Preferred contact method", "Preferred Contact Time",
        "Best time to call", "Telefon privat", "Active", "Inactive", "IsDeleted", "Reachable",
        "Contact Type", "Account Manager", "Anrede", "Titel", "Kundennummer", "Branche",
        "Bemerkung", "Kontaktperson", "Ansprechpartner", "Letzter Kontakt", "Letzter Anruf",
        "Anrufversuche", "Anrufzeit", "Rückruf", "Rückrufzeit", "Rückruf erwünscht am", "Appel le",
        "Dernier appel", "Date d'appel", "Statut", "Commentaire", "Adresse", "Société", "Llamadas",
        "Última llamada", "Hora de llamada", "Estado", "Empresa", "Azienda", "Chiamate",
        "Ultima chiamata", "Stato", "Ligações", "Última ligação", "Status da conta", "Cargo",
        "Bedrijf", "Laatste gesprek", "Beltijd", "Belgique", "Firma", "Miasto", "Ostatni kontakt",
        "Şirket", "Son arama", "Arama sayısı", "会社名", "担当者", "備考", "最終架電日", "架電結果",
        "電話番号", "住所", "Retention", "Return", "Retail", "Excludes", "Index", "Donor",
        "Donations", "Consultant", "Permalink", "Accounts", "Privat", "Private Phone", "Private",
        "Opponent", "Oppo", "Rodolfo", "Rodovia", "Area", "Dialect", "Dialing code", "Dialer",
        "Campaign", "Marketing Contact Status", "Subscription status", "Subscription Type",
        "Contract", "Cancelled", "Kündigung", "Gekündigt", "Inaktiv", "Nicht erreicht",
        "Not reached", "No answer", "Busy", "Vertragsende", "Widerrufsbelehrung", "Wohnblock",
        "Todd", "Totals", "Deadline", "Diedrich", "Refund", "Restaurant", "NG", "Voice", "Called",
        "To call", "Next call", "Skill", "Segment", "Score", "Source", "Lead Source", "Tags",
        "Owner", "Gender", "Birthday", "Website", "Fax", "Handy", "Zgierz", "Prowincja", "Vefa",
        "Reusable", "Scrubs size", "Ban", "Bank", "Bankleitzahl", "IBAN", "Bloque",
        "Bloque y puerta", "Contact Method", "Call Method", "Household Calls", "Call Holder",
        "Contact Author", "Contact Preferred Language", "メール配信停止日", "Permesso di soggiorno",
        "Privacidad de la puerta", "Volcano calls", "Phone No Called", "Priority", "Agent",
        "Attempts", "Callback time", "Call Attempts", "Caller", "Allowance", "Allocated to",
        "Author", "Authority", "Authorised signatory", "Approved", "Approval date", "Eligible",
        "Policy number", "Policy", "Private policy", "Phone Oklahoma", "OK",
        "Token phone", "Contact fine", "Book contact",
    ],
)  # fmt: skip
def test_other_columns_and_other_channels_are_left_alone(name: str) -> None:
    assert meaning_of(name) is ColumnMeaning.OTHER


def test_a_name_of_a_megabyte_is_read_quickly() -> None:
    assert meaning_of("x" * 1_000_000) is ColumnMeaning.OTHER
