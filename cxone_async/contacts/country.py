"""Countries: from what a file calls them to ISO 3166 alpha-2.

Guarantee: a country is a region that libphonenumber has a numbering plan for (the ISO
list without a few uninhabited territories, plus Ascension, Tristan da Cunha and Kosovo),
because its one use here besides being sent is to read phones. Alpha-2 and alpha-3 codes
are read in any case, and the English names that lists of contacts commonly hold; a longer
list of names would need a library, and no dependency of this package has one.
"""

from collections.abc import Iterable

from phonenumbers import SUPPORTED_REGIONS

from cxone_async.outcome import Problem, Reason


def read_country(raw: str, default: str) -> str | Problem:
    """Read a country cell as an alpha-2 code in capitals; an empty cell gives `default`."""
    if raw in _ALPHA_2:
        return raw
    key = _key(raw)
    if not key:
        return default if not raw or raw.isspace() else _UNKNOWN
    return _BY_KEY.get(key, _UNKNOWN)


def allowed_countries(codes: Iterable[str]) -> frozenset[str]:
    """Alpha-2 codes from the codes or names in which a campaign lists its countries.

    What is not known stays in the result, in capitals: it allows no row, but a list of
    one unknown country must not turn into the empty list, which allows every country.
    """
    countries = set()
    for code in codes:
        country = read_country(code, "")
        countries.add(code.strip().upper() if isinstance(country, Problem) else country)
    return frozenset(countries)


def _key(raw: str) -> str:
    """Letters and digits in capitals: `U.S.A.` and `usa`, `Great  Britain` are one each."""
    return "".join(character for character in raw[:_LONGEST_NAME] if character.isalnum()).upper()


# Longer than any name in the table, so that a megabyte in the cell costs nothing.
_LONGEST_NAME = 64

_UNKNOWN = Problem(Reason.COUNTRY_UNKNOWN, "country: not an ISO 3166 code or a usual English name")

_ALPHA_2 = frozenset(SUPPORTED_REGIONS)

_ALPHA_3 = """
AND=AD ARE=AE AFG=AF ATG=AG AIA=AI ALB=AL ARM=AM AGO=AO ARG=AR ASM=AS AUT=AT AUS=AU ABW=AW
ALA=AX AZE=AZ BIH=BA BRB=BB BGD=BD BEL=BE BFA=BF BGR=BG BHR=BH BDI=BI BEN=BJ BLM=BL BMU=BM
BRN=BN BOL=BO BES=BQ BRA=BR BHS=BS BTN=BT BWA=BW BLR=BY BLZ=BZ CAN=CA CCK=CC COD=CD CAF=CF
COG=CG CHE=CH CIV=CI COK=CK CHL=CL CMR=CM CHN=CN COL=CO CRI=CR CUB=CU CPV=CV CUW=CW CXR=CX
CYP=CY CZE=CZ DEU=DE DJI=DJ DNK=DK DMA=DM DOM=DO DZA=DZ ECU=EC EST=EE EGY=EG ESH=EH ERI=ER
ESP=ES ETH=ET FIN=FI FJI=FJ FLK=FK FSM=FM FRO=FO FRA=FR GAB=GA GBR=GB GRD=GD GEO=GE GUF=GF
GGY=GG GHA=GH GIB=GI GRL=GL GMB=GM GIN=GN GLP=GP GNQ=GQ GRC=GR GTM=GT GUM=GU GNB=GW GUY=GY
HKG=HK HND=HN HRV=HR HTI=HT HUN=HU IDN=ID IRL=IE ISR=IL IMN=IM IND=IN IOT=IO IRQ=IQ IRN=IR
ISL=IS ITA=IT JEY=JE JAM=JM JOR=JO JPN=JP KEN=KE KGZ=KG KHM=KH KIR=KI COM=KM KNA=KN PRK=KP
KOR=KR KWT=KW CYM=KY KAZ=KZ LAO=LA LBN=LB LCA=LC LIE=LI LKA=LK LBR=LR LSO=LS LTU=LT LUX=LU
LVA=LV LBY=LY MAR=MA MCO=MC MDA=MD MNE=ME MAF=MF MDG=MG MHL=MH MKD=MK MLI=ML MMR=MM MNG=MN
MAC=MO MNP=MP MTQ=MQ MRT=MR MSR=MS MLT=MT MUS=MU MDV=MV MWI=MW MEX=MX MYS=MY MOZ=MZ NAM=NA
NCL=NC NER=NE NFK=NF NGA=NG NIC=NI NLD=NL NOR=NO NPL=NP NRU=NR NIU=NU NZL=NZ OMN=OM PAN=PA
PER=PE PYF=PF PNG=PG PHL=PH PAK=PK POL=PL SPM=PM PRI=PR PSE=PS PRT=PT PLW=PW PRY=PY QAT=QA
REU=RE ROU=RO SRB=RS RUS=RU RWA=RW SAU=SA SLB=SB SYC=SC SDN=SD SWE=SE SGP=SG SHN=SH SVN=SI
SJM=SJ SVK=SK SLE=SL SMR=SM SEN=SN SOM=SO SUR=SR SSD=SS STP=ST SLV=SV SXM=SX SYR=SY SWZ=SZ
TCA=TC TCD=TD TGO=TG THA=TH TJK=TJ TKL=TK TLS=TL TKM=TM TUN=TN TON=TO TUR=TR TTO=TT TUV=TV
TWN=TW TZA=TZ UKR=UA UGA=UG USA=US URY=UY UZB=UZ VAT=VA VCT=VC VEN=VE VGB=VG VIR=VI VNM=VN
VUT=VU WLF=WF WSM=WS XKX=XK YEM=YE MYT=YT ZAF=ZA ZMB=ZM ZWE=ZW
"""

_ENGLISH_NAMES = {
    "Argentina": "AR",
    "Australia": "AU",
    "Austria": "AT",
    "Belgium": "BE",
    "Brazil": "BR",
    "Canada": "CA",
    "Chile": "CL",
    "China": "CN",
    "Colombia": "CO",
    "Czech Republic": "CZ",
    "Czechia": "CZ",
    "Denmark": "DK",
    "England": "GB",
    "Finland": "FI",
    "France": "FR",
    "Germany": "DE",
    "Great Britain": "GB",
    "Greece": "GR",
    "Hong Kong": "HK",
    "Hungary": "HU",
    "India": "IN",
    "Indonesia": "ID",
    "Ireland": "IE",
    "Israel": "IL",
    "Italy": "IT",
    "Japan": "JP",
    "Luxembourg": "LU",
    "Malaysia": "MY",
    "Mexico": "MX",
    "Netherlands": "NL",
    "New Zealand": "NZ",
    "Northern Ireland": "GB",
    "Norway": "NO",
    "Peru": "PE",
    "Philippines": "PH",
    "Poland": "PL",
    "Portugal": "PT",
    "Puerto Rico": "PR",
    "Romania": "RO",
    "Scotland": "GB",
    "Singapore": "SG",
    "South Africa": "ZA",
    "South Korea": "KR",
    "Spain": "ES",
    "Sweden": "SE",
    "Switzerland": "CH",
    "Taiwan": "TW",
    "Thailand": "TH",
    "The Netherlands": "NL",
    "Turkey": "TR",
    "UK": "GB",
    "Ukraine": "UA",
    "United Arab Emirates": "AE",
    "United Kingdom": "GB",
    "United States": "US",
    "United States of America": "US",
    "Vietnam": "VN",
    "Wales": "GB",
}

_BY_KEY = {
    **{_key(name): code for name, code in _ENGLISH_NAMES.items()},
    **dict(pair.split("=") for pair in _ALPHA_3.split()),
    **{code: code for code in SUPPORTED_REGIONS},
}
