"""Which mailboxes are a role's, not a person's, by what stands before the @.

A role mailbox has many readers: two people who give it need not be one, and one of them who asks
not to be called does not ask it for the others. A personal mailbox that were taken for a role's
would do more harm: its owner is called twice, or though a row says not to. So a word is here only
if hardly anybody bears it as a name, and a role has to be all that stands before the @:
`kontakt`, `service.client` and `info-vertrieb` are roles, `maria.info` and `info24` are not.

Words are in English, German, French, Spanish, Portuguese, Italian, Dutch, Polish, Turkish, the
Scandinavian languages and Japanese in Latin letters. Accents make no difference.
"""

import unicodedata
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ROLES: Final = _words(
    # English
    "info infos information sales admin administrator administration office contact contacts "
    "contactus support hello help helpdesk service services team mail email mailbox enquiry "
    "enquiries inquiry inquiries reception billing accounts accounting finance payroll "
    "purchasing procurement invoice invoices hr jobs careers career recruitment recruiting "
    "marketing webmaster hostmaster postmaster noreply donotreply order orders shipping "
    "logistics warehouse operations customerservice customercare customersupport frontdesk "
    "switchboard booking bookings reservation reservations shop legal "
    "privacy security abuse feedback newsletter events membership technical website web "
    "manager management secretary accountspayable accountsreceivable humanresources it "
    # German
    "kontakt kontakte kontaktformular post poststelle anfrage anfragen auskunft empfang "
    "rezeption zentrale telefonzentrale buero buro sekretariat verwaltung hausverwaltung "
    "stadtverwaltung gemeinde rathaus geschaeftsfuehrung geschaftsfuhrung geschaeftsleitung "
    "geschaftsleitung geschaeftsstelle geschaftsstelle vertrieb verkauf einkauf buchhaltung "
    "buha rechnung rechnungen rechnungswesen rechnungseingang bestellung bestellungen auftrag "
    "auftraege bewerbung bewerbungen personalabteilung kundenservice kundendienst "
    "kundenbetreuung kundencenter versand werkstatt praxis kanzlei reservierung reservierungen "
    "redaktion presse vorstand technik datenschutz dispo disposition mahnwesen lohnbuchhaltung "
    # French
    "accueil secretariat direction comptabilite compta commercial commerciale ventes vente "
    "achat achats commande commandes facture factures facturation recrutement rh sav "
    "serviceclient serviceclients serviceclientele relationclient relationclients "
    "administratif mairie boutique courrier courriel standard communication bonjour "
    "renseignement renseignements informations agence bureau cabinet gerance juridique "
    "logistique livraison livraisons devis reclamation reclamations ressourceshumaines "
    # Spanish
    "contacto contactos contactenos informacion informes ventas venta compras administracion "
    "contabilidad facturacion facturas factura pedido pedidos atencion atencionalcliente "
    "atencioncliente atencionclientes servicioalcliente recepcion reserva reservas "
    "recursoshumanos rrhh direccion gerencia gerente secretaria soporte taller tienda oficina "
    "empleo consultas cotizaciones cobranza cobranzas cobros tesoreria logistica prensa correo "
    "clientes hola comunicacion presupuestos "
    # Portuguese
    "contato contatos contactos vendas financeiro faturamento faturacao cobranca cobrancas "
    "administrativo administracao contabilidade atendimento atendimentoaocliente sac suporte "
    "recepcao encomendas informacao informacoes geral escritorio loja recrutamento diretoria "
    "orcamento orcamentos ouvidoria nfe juridico comercial faleconosco "
    # Italian
    "contatti contatto informazioni informazione vendite vendita acquisti ordini ordine "
    "amministrazione contabilita fatturazione fatture fattura segreteria ufficio direzione "
    "assistenza assistenzaclienti clienti servizioclienti prenotazioni prenotazione negozio "
    "magazzino risorseumane preventivi posta pec stampa comunicazione lavoraconnoi buongiorno "
    "commerciali ufficiovendite ufficioacquisti ufficiocommerciale ufficiostampa "
    # Dutch
    "informatie administratie verkoop inkoop klantenservice klantcontact receptie boekhouding "
    "bestelling bestellingen factuur facturen personeelszaken kantoor secretariaat balie "
    "vacatures vragen debiteuren crediteuren directie planning offerte offertes bedrijfsbureau "
    # Polish
    "informacja informacje biuro sprzedaz ksiegowosc sekretariat kadry zamowienia zamowienie "
    "faktury faktura poczta obsluga obslugaklienta rekrutacja praca reklamacje handlowy "
    "recepcja rezerwacja rezerwacje sklep zakupy marketingu zapytania "
    # Turkish
    "bilgi iletisim satis satinalma muhasebe destek siparis insankaynaklari musteri "
    "musterihizmetleri rezervasyon ofis "
    # Danish, Norwegian, Swedish
    "salg salgsafdeling faktura ordre kundeservice kundesenter regnskab regnskap bogholderi "
    "kontor kontoret firmapost postmottak hovedkontor kundtjanst kundservice forsaljning "
    "ekonomi bestallning bokning resepsjon kansli kansliet "
    # Japanese
    "toiawase otoiawase oshirase soumu eigyo eigyou keiri jinji saiyou madoguchi uketsuke "
    "kouhou"
)
_BEGINNINGS: Final = frozenset(role[:2] for role in _ROLES)
_LONGEST: Final = 64  # characters before the @: RFC 5321, 4.5.3.1.1


def is_role(local: str) -> bool:
    """Say whether what stands before the @, in lower case, is a role and nothing else."""
    if local in _ROLES:
        return True
    if local.isascii():  # most addresses go no further: every row of a list passes here
        if local[:2] not in _BEGINNINGS or local.isalnum():
            return False
    elif len(local) > _LONGEST:
        return False
    else:
        decomposed = unicodedata.normalize("NFKD", local.translate(_WITHOUT_DECOMPOSITION))
        local = "".join(one for one in decomposed if unicodedata.category(one) != "Mn")
    words = local.replace("_", ".").replace("-", ".").split(".")
    return "".join(words) in _ROLES or (words[0] in _ROLES and _ROLES.issuperset(words))


_WITHOUT_DECOMPOSITION: Final = str.maketrans("ıłø", "ilo")
