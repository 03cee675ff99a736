"""Which columns speak of do-not-call, by their names.

A column's name has one of four meanings:

* FLAG: the name of a do-not-call flag. The column is read.
* LIKE_FLAG: the name speaks of do-not-call, but the column may hold something else.
* LIKE_CONSENT: the name speaks of the opposite. Read as a flag, it would call those who refused
  and nobody else.
* OTHER: anything else. A column about another channel, such as `Email Opt Out`, is one.

Only OTHER may be left out without a word from the user: a list with a do-not-call column that
nobody reads calls people who asked not to be called. A name that is stopped for no reason costs one
`--ignore-column`. So a name that may well stand for do-not-call is not OTHER. One that hardly ever
does, such as `Status` or `Stop`, is, although a list may have it.

Names are compared without regard to case, accents and anything that is no letter or digit. They
are in English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Turkish, Japanese and
the Scandinavian languages.
"""

import re
import unicodedata
from enum import Enum, auto
from typing import Final


class ColumnMeaning(Enum):
    """What a column's name says of do-not-call."""

    FLAG = auto()
    LIKE_FLAG = auto()
    LIKE_CONSENT = auto()
    OTHER = auto()


def _names(text: str) -> tuple[str, ...]:
    return tuple(_letters(text).casefold().split())


def _letters(text: str) -> str:
    """Return a text without accents, invisible characters and apostrophes, in its plain form."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_WITHOUT_DECOMPOSITION))
    bare = "".join(one for one in decomposed if unicodedata.category(one) not in ("Mn", "Cf"))
    return _APOSTROPHES.sub("", bare)


_WITHOUT_DECOMPOSITION: Final = str.maketrans("ıłøđŁØĐ", "ilodLOD")
_APOSTROPHES: Final = re.compile("['\u2019`\u00b4]")


# What a flag is called, without the words around it (`_BEFORE`, `_AFTER`).
_FLAGS: Final = frozenset(
    _names(
        # English
        "dnc dncl dncr donotcall donotphone donotcontact donottelephone donotdial donotring "
        "dontcall dontphone dontcontact nevercall nevercontact nocall nocalls nocontact "
        "optout optedout optsout optedoutofcall optedoutofcalls optedoutofphone "
        "optoutofcall optoutofcalls unsubscribe unsubscribed nottobecalled notocall nosolicit "
        "donotsolicit donotdisturb callsoptout callsoptedout nophonecalls donotmakecalls "
        "tps ctps tpsctps ctpstps dnctps tpsdnc donotcallagain donotcontactagain "
        "callnotallowed callsnotallowed callingnotallowed phonenotallowed donotallowcalls "
        "donotallowphone donotallowphonecalls mustnotbecalled maynotbecalled shouldnotbecalled "
        "cannotbecalled nomorecalls nocoldcalls nocoldcalling nomarketingcalls notelemarketing "
        "nosalescalls requestsnocalls requestsnophonecalls noautomatedcalls norobocalls "
        # German
        "nichtanrufen keineanrufe keinanruf nichttelefonieren nichtkontaktieren "
        "keintelefonkontakt keinkontakt robinson robinsonliste anrufsperre anrufverbot "
        "telefonsperre werbesperre kontaktsperre nichtansprechen nichtmehranrufen "
        "nichtmehrkontaktieren nichtanwahlen nichtanwaehlen keinewerbeanrufe keinetelefonwerbung "
        "keinekontaktaufnahme keinetelefonischekontaktaufnahme telefonverbot kontaktverbot "
        "robinsoneintrag keineanrufeerwunscht keineanrufeerwuenscht anrufnichterlaubt "
        "anrufenichterlaubt telefonwerbungnichterlaubt darfnichtangerufenwerden "
        # French
        "nepasappeler neplusappeler nepastelephoner nepascontacter nepluscontacter "
        "nepasdemarcher pasdappel pasdappels bloctel pacitel nepasjoindre nepasderanger "
        "nepassolliciter neplustelephoner neplusdemarcher nesouhaitepasetreappele "
        "neveutpasetreappele nesouhaiteplusetreappele refusedetreappele refusappel refusappels "
        "stopappel stopappels inscritbloctel appelinterdit appelsinterdits demarchageinterdit "
        # Spanish
        "nollamar nocontactar notelefonear nomolestar listarobinson nodesealamadas nollamadas "
        "nodesearecibirllamadas nodeseallamadas nollame nollamarmas nocontactarmas nollamenos "
        "noquierellamadas noquiererecibirllamadas nodeseaserllamado nodeseasercontactado "
        "registronollame inscritorobinson llamadasnopermitidas prohibidollamar "
        # Italian
        "nonchiamare nontelefonare noncontattare nondisturbare registroopposizioni "
        "registrodelleopposizioni registropubblicodelleopposizioni iscrittoregistroopposizioni "
        "nonchiamarepiu noncontattarepiu nonvuoleesserechiamato nonvuoleesserecontattato "
        "iscrittorpo bloccochiamate divietodichiamata "
        # Portuguese
        "naoligar naotelefonar naochamar naocontactar naocontatar naoperturbe naoperturbar "
        "naomeperturbe naoincomodar naoligue naoligarmais naocontactarmais naocontatarmais "
        "naodesejaligacoes naodesejasercontactado naodesejasercontatado naoquerligacoes "
        "bloqueioprocon listanaoperturbe "
        # Dutch
        "nietbellen nietopbellen nietcontacteren nietbenaderen belmeniet belmenietregister "
        "geencontact geentelefoon nietcontact nietmeerbellen nietmeerbenaderen belmijniet "
        "nietmeercontacteren geentelemarketing geenverkoopgesprekken magnietgebeldworden "
        "wilnietgebeldworden bellenniettoegestaan "
        # Polish
        "niedzwonic niekontaktowac niekontaktowacsie zakazdzwonienia zakazkontaktu "
        "listarobinsona niezgadzasienakontakt brakzgodynakontakt "
        # Turkish
        "aramayin aramayiniz aranmasin aramaistemiyor aramayasagi aranmayacak "
        # Japanese
        "電話禁止 架電禁止 連絡禁止 営業電話禁止 電話拒否 架電拒否 連絡拒否 営業拒否 "
        "電話ng 架電ng 連絡ng 電話不可 架電不可 連絡不可 "
        # Danish, Norwegian, Swedish
        "ringikke maikkeringes kontaktikke ikkering robinsonlisten ringinte ringej "
        "kontaktainte kontaktaej nixtelefon nixregistret"
    )
)
_BEFORE: Final = _names(
    "is has on flag national federal state internal company customer contact lead person client "
    "phone mobile cell telephone tel telefon telefono telefone telephonique call calls calling "
    "voice direct please bitte global crm hat ist est es e kunde client cliente klant klient "
    "musteri 顧客"
)
_AFTER: Final = _names(
    "flag flags status list listed register registry registered yn indicator ind date phone calls "
    "call telephone telefon c liste lista janein ouinon sino simnao taknie "
    "フラグ 区分 リスト"
)

# Parts of a name that make it speak of do-not-call. Long enough not to be found by accident.
_LIKE_FLAG: Final = _names(
    "dnc donotcall dontcall donotphone donotcontact dontcontact donotdial donotring donottext "
    "donotsms donotdisturb nevercall nocontact nottocall nottobecalled optout optedout optsout "
    "optingout unsubscrib suppress blacklist blocklist denylist stoplist stopcall callblock "
    "stopcontact stopsms stoptext stopmarketing stopphon blockcall blockcontact callbarr "
    "callrestrict contactrestrict phonerestrict takeoffcall takeoffthelist "
    "removeme forgetme shouldforget forgetthisindividual righttobeforgotten righttoobject "
    "requestederasure erasurerequest ceaseanddesist ceasecontact ceasecommunic nomorecall "
    "nocoldcall norobocall notelemarket wantsnocall requestsnocall requestsnophone "
    "requestsnocontact refusescontact refusestotalk refusedcontact refusedcall "
    "notallowedtocall callnotallowed callsnotallowed notbecalled notbecontacted "
    "notbephoned donotmakecall dateofdeath deathdate "
    "nosolicit donotsolicit nomarketing donotmarket litigator refusescall callsrefused "
    "removefromlist removefromcalling telephonepreference excludefromcall wrongtocall "
    "nichtanruf nichtkontakt robinson anrufsperr anrufverbot telefonsperr werbesperr kontaktsperr "
    "sperrliste sperrvermerk sperrkennzeichen gesperrt widerspruch widersprochen werbeverbot "
    "keineanruf keinanruf keinewerbung abgemeldet keintelefon keinkontakt keinekontakt "
    "nichtmehranruf nichtmehrkontakt nichterwunscht nichterwuenscht unerwunscht unerwuenscht "
    "telefonverbot kontaktverbot auskunftssperr adresssperr kundensperr werbestop kontaktstop "
    "anrufstop sterbedatum todesdatum todestag nichterlaubt untersagt "
    "nepasappel neplusappel nepascontact nepluscontact nepasdemarch nepastel bloctel opposition "
    "opposeau listerouge listenoire desinscri refusdappel refusdemarchage refuseappel refusappel "
    "desabonn neplustel neplusdemarch nesouhaitepas nesouhaiteplus neveutpas refusedetre "
    "refusprospection refusecontact stopappel stopprospection stoppub droitdopposition pacitel "
    "appelinterdit demarchageinterdit contactinterdit interdictiondappel interditdappel "
    "datededeces datedeces contactbloque clientbloque estbloque appelbloque numerobloque "
    "nollamar nocontactar nomolestar notelefonear listanegra dadodebaja oposicion excluido "
    "nollame noquiere nodesea listadeexclusion exclusionpublicitaria nopublicidad "
    "fechadefallecimiento fechadefuncion registronollame numerosexcluidos "
    "nonchiamare noncontatt nontelefon opposizion disiscritt listanera nondisturb nonvuole "
    "bloccochiam bloccocontatt nopubblicita revocaconsenso datadecesso datadimorte cancellatodalle "
    "naoligar naotelefon naocontact naocontat naoperturb naochamar descadastr oposicao naoligue "
    "naodeseja naoquer naomeperturbe datadefalecimento datadeobito procon "
    "nietbellen nietopbellen nietcontact nietbenader belmeniet uitgeschreven afgemeld "
    "rechtvanverzet ringikke ringinte kontaktaej kontaktainte nixregist reserveretmod "
    "nietmeerbel nietmeerbenader nietmeercontact belmijniet zwartelijst infofilter "
    "geenreclame geenbezwaar heeftbezwaar datumoverlijden overlijdensdatum niettoegestaan "
    "niedzwon niekontaktow zakazdzwon zakazkontakt czarnalista listarobinsona brakzgody "
    "niewyrazazgody datazgonu "
    "aramayin aranmasin aramaistemi aramayasa aranmayacak karaliste iletisimistemi "
    "禁止 拒否 不可 電話ng 架電ng 連絡ng コールng オプトアウト 配信停止 ブラックリスト 死亡 逝去 "
    "故人"
)
_LIKE_FLAG_WORDS: Final = frozenset(
    _names(
        "dnd dno tps ctps rpo nix blocked blacklisted gesperrt baja opposition oppose opposizione "
        "verzet bloqueado bloccato geblokkeerd nocall nocalls nophone optouts dont "
        "deceased died muted banned barred scrubbed scrub exclude excluded exclusion exclusions "
        "revoked revocation refused refusal refuses objection objected restricted litigious "
        "widerruf widerrufen geblockt blockiert verstorben "
        "decede decedee deces refus refuse bloquee blocage exclu exclue revoque revocation "
        "fallecido fallecida fallecimiento difunto difunta bloqueada bloqueo excluida revocado "
        "reus repep rechaza "
        "deceduto deceduta decesso defunto defunta bloccata revoca revocato escluso rifiuta "
        "falecido falecida falecimento obito bloqueio excluido recusa revogado "
        "overleden blokkade uitgesloten bezwaar ingetrokken bmnr "
        "zmarly zmarla zgon sprzeciw zablokowany zablokowana blokada wypisany wypisana rezygnacja "
        "wykluczony odwolana "
        "vefat merhum engellendi yasakli reddetti "
        "afdod avdod avliden sparr sparrad sparret dodsfall dodsdato sperret reserveret reservert "
        "停止 除外 対象外"
    )
)
_LIKE_CONSENT: Final = _names(
    "consent permission oktocall oktocontact oktophone oktodial okaytocall okaytocontact maycall "
    "maywecall maycontact maywecontact cancall canwecall cancontact canwecontact mayphone optin "
    "optedin optsin optingin allowcall allowscall allowcontact allowphone allowedtocall "
    "allowedtocontact callallowed callsallowed callingallowed phoneallowed contactallowed "
    "callpermitted contactpermitted agreetocall agreedtocall agreetocontact agreedtocontact "
    "agreestocall agreestocontact acceptscall acceptcall acceptsmarketing acceptsphone "
    "acceptscontact acceptssms acceptsms maybecall maybecontact maybephon mayiwecall canbecall "
    "canbecontact "
    "canbephon canbedial tobecalledyn okforcall okaytophone oktoring oktosms oktotext okforphone "
    "allowtocall allowmarketing allowtelephone allowsms allowtext allowvoice permittocall "
    "permitscall permitscontact permittedtocall permittedtocontact contactpermit phonepermit "
    "contactingallowed phoningallowed dialingallowed dialable happytobecontacted "
    "happytobecalled wishestobecontacted wantscontact wantstobecontacted likestobecalled "
    "acceptstelemarketing acceptstelephone agreetobe agreestobe agreedtobe willingtobe "
    "eligibleforcall eligibletocontact authorizedtocontact authorisedtocontact "
    "contactauthoris contactauthoriz callauthoris callauthoriz sendmarketing receivemarketing "
    "receivecall "
    "marketingpref contactpreferenc communicationpref callpreferenc phonepreferenc legalbas "
    "lawfulbas "
    "telemarketing processingbas "
    "authorizedtocall authorisedtocall approvedtocall eligibletocall wantscall wantstobecalled "
    "pleasecall pleasecontact marketingallowed marketingpermitted callable contactable "
    "einwillig eingewilligt zustimmung zugestimmt anruferlaubt anruferlaubnis darfangerufen "
    "telefonerlaubnis werbeerlaubnis kontakterlaubnis kontakterlaubt einverstand "
    "werbungerlaubt werbungzulassig werbungzulaessig werbungok werbunggestattet werbungerwunscht "
    "werbungerwuenscht werbezustimm werbefreigabe kontaktfreigabe anruffreigabe telefonfreigabe "
    "anrufenerlaubt anrufengestattet anrufegestattet anrufgestattet anrufzulassig anrufzulaessig "
    "anrufok "
    "anruferwunscht anruferwuenscht anrufgewunscht anrufgewuenscht anrufefreigegeben "
    "telefonerlaubt telefonwerbungerlaubt telefonwerbungok telefonwerbunggestattet "
    "telefonkontakterlaubt telefonkontakterwunscht kontaktaufnahmeerlaubt kontaktaufnahmegestattet "
    "kontaktaufnahmeerwunscht kontaktaufnahmeok kontaktgestattet kontakterwunscht "
    "kontakterwuenscht darfkontakt darfgeruf darfmanan darfichan darfanruf darfwerb darftelef "
    "kannangerufen kannkontakt anrufbar kontaktierbar rechtsgrundlage "
    "peutetreappele accordappel accordtelephon acceptedetre accepteappel accepteletre "
    "accepteletel autorisation peutetrecontact peutetrejoint peutonappeler peutappeler "
    "appelautoris appelsautoris appelok appelsok appelpermis okappel okpourappel "
    "contactautoris contactpermis demarchageautoris demarchageaccept demarchageok "
    "prospectionautoris prospectionaccept autoriseappel autoriselesappel autoriseletel "
    "autorisecontact autoriselecontact acceptecontact acceptelecontact accepteledemarch "
    "acceptelaprosp accepteprosp acceptesms souhaiteetre appelable contactableparte baselegale "
    "consintio consiente aceptallamad aceptacontact autorizacion "
    "autorizado permisollamad permisocontact permiteellamad permitellamad consenso "
    "sepuedellamar puedellamar puedeserllamado puedesercontactado puedecontactar "
    "llamadaspermitidas llamadapermitida llamadasautorizadas okllamada aceptapublicidad "
    "aceptacomunicac aceptamarketing aceptatelemark aceptasms aceptarecibir aceptaser "
    "permitecontacto permitepublicidad publicidadpermitida publicidadaceptada deseaserllamado "
    "deseasercontactado aptoparallamar llamable contactabl basejuridica baselegal "
    "autorizzazione autorizzat chiamabil contattabil puoessere sipuochiamare puochiamare "
    "accettachiam accettamarketing accettatelef accettapubbl accettacontatt accettasms "
    "chiamateconsent chiamateammesse chiamatepermesse contattoconsentito pubblicitaconsent "
    "pubblicitaammessa okchiamata basegiuridica "
    "autorizacao aceitaligac aceitacontat aceitacontact permiteligac "
    "permitecontat podeligar podeserligad podesercontac podesercontat podecontac podecontat "
    "podereceberlig aceitamarketing aceitapublic aceitasms aceitareceber aceitaser aceitatelef "
    "ligacoespermitidas ligacaopermitida ligacoesautoriz permitepublic contatavel contactavel "
    "deseasercontatado desejasercontat desejasercontact "
    "toestemming magbellen maggebeld magcontact akkoordbellen magwordengebeld maggecontact "
    "magbenader magwordenbenader bellentoegestaan contacttoegestaan reclametoegestaan "
    "telefoontoegestaan benaderentoegestaan kangebeldworden bellenok belbaar "
    "zgoda zgodna moznadzwon moznakontakt kontaktdozwolony dozwolonykontakt wyrazilzgod "
    "aramaizni iletisimizni aranabilir ticariileti izinli iletiizni onayi acikriza "
    "同意 許可 承諾 電話可 架電可 連絡可 オプトイン "
    "samtyk samtyck marinkgas maringes farringes farringas"
)
_LIKE_CONSENT_WORDS: Final = frozenset(
    _names(
        "subscribed callable contactable accord consent permission permitted optin permiso privacy "
        "gdpr dsgvo rgpd lgpd lopd lopdgdd rodo kvkk tcpa casl pecr ccpa cpra pdpa popia iys lssi "
        "akkoord permissao izin onay riza aranabilir"
    )
)
# Whole names: beside other words, as in `Marketing Source`, they mean something else.
_LIKE_CONSENT_NAMES: Final = frozenset(
    _names(
        "marketing directmarketing marketingstatus marketingyn callyn callsyn phoneyn "
        "werbung werbekennzeichen werbekz werbejanein telefonwerbung "
        "publicite prospection demarchage publicidad publicidade pubblicita reclame reklama reklam "
        "prospeccao prospeccion bellen onay izin dsgvostatus datenschutz datenschutzok "
        "anrufen anrufenjanein telefonerlaubt permesso callok callsok phoneok contactok "
        "mobileok smsok"
    )
)
_LIKE_FLAG_NAMES: Final = frozenset(
    _names(
        "nophone notelephone nosms notext notexts nomobile nomarketing stopflag stopkz stopdate "
        "dead"
    )
)

# Channels that a call does not use. SMS is not one of them: it goes to the same number.
_OTHER_CHANNELS: Final = re.compile(
    r"(?:all )?e ?mails?|mailing|mail|newsletter|fax|post|postal|letters?|direct mail|whats ?app|"
    r"push|web|cookies?|brief|correo|courriel|courrier|posta|nieuwsbrief|infolettre|boletin|"
    r"epost|eposta|poczta|bulk ?(?:e ?)?mails?|bulk ?(?:postal ?)?mails?|postal ?mails?"
)
_VOICE: Final = (
    "call", "phone", "tel", "mobile", "cell", "anruf", "appel", "llam", "chiam", "ligar", "ligac",
    "bellen", "gebeld", "belme", "ringe", "ringa", "dnc", "contact", "kontakt", "sms",
)  # fmt: skip
_OTHER_CHANNELS_FIRST: Final = ("email", "メール", "郵送")  # without a space behind them
_ALL_CHANNELS: Final = frozenset({"all", "any", "bel", "ring", "alle", "tous", "todos", "tutti"})


def meaning_of(name: str) -> ColumnMeaning:
    """Say what a column's name says of do-not-call."""
    words = _words(name)
    key = "".join(words)
    if not key:
        return ColumnMeaning.OTHER
    if _is_flag(key):
        return ColumnMeaning.FLAG
    if _is_of_another_channel(words):
        return ColumnMeaning.OTHER
    # `unsubscribed` and `no consent` hold the words of a consent, so they are looked for first.
    if (
        any(part in key for part in _LIKE_FLAG)
        or not _LIKE_FLAG_WORDS.isdisjoint(words)
        or key in _LIKE_FLAG_NAMES
        or _DO_NOT.search(" ".join(words))
    ):
        return ColumnMeaning.LIKE_FLAG
    if (
        any(part in key for part in _LIKE_CONSENT)
        or not _LIKE_CONSENT_WORDS.isdisjoint(words)
        or key in _LIKE_CONSENT_NAMES
        or _CALL_ME.search(" ".join(words))
        or _CALL_OK.search(" ".join(words))
    ):
        return ColumnMeaning.LIKE_CONSENT
    return ColumnMeaning.OTHER


# `Do not rent`, but not what a program says of its own file: `(Do Not Modify) Row Checksum`.
# `Sperre`, `Sperrgrund`; but not `Sperrgut`, nor other locks: `Liefersperre`.
_DO_NOT: Final = re.compile(
    r"\bdo not\b(?! (?:modify|edit|change|delete|remove|import|export|sync|update|merge))|"
    r"\bsperr(?!holz|gut|mull|muell|ig|sitz|zeit)"
)
# `Call OK`, but not `Phone Oklahoma`.
_CALL_OK: Final = re.compile(
    r"\b(?:calls?|calling|contact(?:ing)?|phones?|phoning|telephone|tel|dial(?:ing)?|mobile|cell|sms|"
    r"text(?:s|ing)?|voice) (?:ok(?:ay)?|(?:is|are) (?:ok(?:ay)?|fine))\b|"
    r"\bok(?:ay)? (?:calls?|contact|phone|telephone|tel|dial|mobile|cell|sms|text|voice)\b"
)
_CALL_ME: Final = re.compile(r"\b(?:call|contact|phone|ring|text) me\b")


def _words(name: str) -> list[str]:
    """Return the words of a name: `HasOptedOutOfCall` and `has_opted-out of call` are one."""
    text = _CAMEL.sub(" ", _letters(name[:_LONGEST_NAME])).casefold()
    return _WORD.findall(_GLUED.sub(r"do not \1", text))


_LONGEST_NAME: Final = 200
_GLUED: Final = re.compile(r"(?<![^\W_])donot([a-z])")  # as in `donotbulkemail`
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_WORD: Final = re.compile(r"[^\W_]+")


def _is_flag(key: str) -> bool:
    while key not in _FLAGS:
        for before in _BEFORE:
            if key.startswith(before) and _has_flag_in(key[len(before) :]):
                key = key[len(before) :]
                break
        else:
            after = next((after for after in _AFTER if key.endswith(after)), None)
            if after is None:
                return False
            key = key[: -len(after)]
    return True


def _has_flag_in(key: str) -> bool:
    return any(flag in key for flag in _FLAGS)


def _is_of_another_channel(words: list[str]) -> bool:
    key = "".join(words)
    text = " ".join(words)
    if not re.search(rf"\b(?:{_OTHER_CHANNELS.pattern})\b", text) and not key.startswith(
        _OTHER_CHANNELS_FIRST
    ):
        return False
    rest = re.sub(rf"\b(?:{_OTHER_CHANNELS.pattern})\b|^email", "", text)
    return not any(voice in rest for voice in _VOICE) and _ALL_CHANNELS.isdisjoint(rest.split())
