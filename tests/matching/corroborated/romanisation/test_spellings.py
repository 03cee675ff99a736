import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxone_async.matching.corroborated.names import standardise_name
from cxone_async.matching.corroborated.nicknames import FULL_NAMES, are_variants
from cxone_async.matching.corroborated.romanisation.spellings import (
    _listed,
    are_spellings_of_one_name,
    names_of,
    sound_key,
    spellings_of,
)

ONE_NAME = """
mohammed muhammad
yousef yusuf
youssef yousif
abdulrahman abdalrahman
abdurrahman abderrahmane
almasri elmasry
masri elmasri
hussein husayn
hossein hussain
khaled khalid
aisha ayesha
priya pria
karim kareem
rasheed rachid
tarek tariq
qasim kassem
alghamdi ghamdi
elghamdi alghamdi
othman uthman
osman othman
suleiman soliman
deepak dipak
lakshmi laxmi
rajeev rajiv
pooja puja
sandeep sandip
jamal gamal
sherif sharif
zainab zeinab
mahmoud mahmood
ibrahim ebrahim
fatima fatma
hamid hameed
noor nur
mohammed mouhamad
elshazly shazly
alrumaithi elrumaithi
nasser naser
abdulkareem abdelkarim
shweta swetha
krishna krushna
mukherjee mukherji
srinivas shrinivas
yasmine yasmin
sofiya sofia
sofia sofija
tretyakova tretiakova
yuriy yuri
yuri iurii
dmitriy dmitrii
alexei aleksey
evgeny yevgeniy
evgenii evgeniy
mikhail mihail
ohno ono
satoh sato
yuuko yuko
shinji sinzi
homma honma
kouta kota
ivanoff ivanov
khabarova habarova
tsvetkov cvetkov
yekaterina ekaterina
hassan hasan
hamza hamzah
abdullah abdallah
said saeed
yahya yehia
shaimaa shayma
gamila jamila
mostafa mustafa
zakaria zakariya
alnajjar annajjar
assayed elsayed
rachid rashid
farouq farouk
venkatesh venkat
srinivasan srinivas
swati swathi
anita anitha
vivek bibek
chowdhury choudhary
murthy moorthy
subramaniam subramanian
"""
TWO_NAMES = """
khalid khadija
amir amira
ahmad hamid
priya riya
omar ammar
omar amr
ammar amr
hasan hussein
samir samira
samir samar
samira samar
karim karima
karim akram
hamid hameeda
salim salma
salim salman
salma salman
rashid rashida
jamal jamil
jamil jamila
rana rena
lina lena
thomas tomas
anna ana
marco mirco
elena alena
ramesh rakesh
rohit mohit
sunil sunita
anil anita
mina mona
reem rima
nadia nadir
hana huda
ali alia
alisha isha
elmira mira
hassan hossam
hassan mohsen
mahmoud mohammed
ahmad muhammad
fatima fadima
sara samara
kiran karan
manish manoj
neha nisha
deepa deepika
vikas vikram
zaid ziad
sami samir
said saad
majid mahdi
aya aisha
maria mariam
lena lina
omar umair
adel adela
nora nour
noa noah
samer samir
samer samar
ian jan
tina dina
kenta genta
maria marina
sofia sonia
kai kay
sergei segei
ivan iva
yuki yuko
olga olya
anna hanna
ito ido
mina mia
julian juliana
nina ninja
kim kym
"""


def pairs(text: str) -> list[tuple[str, str]]:
    return [(one, other) for one, other in map(str.split, text.strip().splitlines())]


@pytest.mark.parametrize(("one", "other"), pairs(ONE_NAME))
def test_spellings_of_one_name_are_one(one, other):
    assert are_spellings_of_one_name(one, other)
    assert are_spellings_of_one_name(other, one)


@pytest.mark.parametrize(("one", "other"), pairs(TWO_NAMES))
def test_siblings_names_are_two(one, other):
    assert not are_spellings_of_one_name(one, other)
    assert not are_spellings_of_one_name(other, one)


def test_each_list_holds_forty_pairs():
    assert min(len(pairs(ONE_NAME)), len(pairs(TWO_NAMES))) >= 40


@pytest.mark.slow
def test_two_established_names_are_two_unless_a_list_says_that_they_are_one():
    merged = [
        (one, other)
        for one in FULL_NAMES
        for other in FULL_NAMES
        if one < other and are_spellings_of_one_name(one, other)
    ]
    assert all(names_of(one) & names_of(other) or are_variants(one, other) for one, other in merged)
    assert ("ahmad", "ahmed") in merged


def test_every_name_of_the_file_is_in_standard_form():
    for name in _listed().numbers:
        if not name.isascii():
            assert standardise_name(name)[0] == name
    for latin in _listed().spellings:
        assert all(spelling.isascii() and spelling.islower() for spelling in latin)
        assert all(are_spellings_of_one_name(latin[0], spelling) for spelling in latin)


def test_a_listed_name_has_its_spellings():
    assert "muhammad" in spellings_of("محمد")
    assert spellings_of("xyzzy") == ()


def test_spaces_between_words_do_not_count():
    assert are_spellings_of_one_name("abd al rahman", "abdulrahman")
    assert spellings_of("عبد الرحمن") == spellings_of("عبدالرحمن")


@pytest.mark.parametrize(
    ("one", "other"),
    [("yousef", "yousseff"), ("aicha", "aichah"), ("nour", "noour"), ("nadia", "nadya")],
)
def test_a_doubled_letter_a_long_vowel_and_a_last_h_do_not_sound(one, other):
    assert sound_key(one) == sound_key(other)


LATIN = st.text(alphabet="aehiuoybdklmnrsztj", max_size=12) | st.sampled_from(
    [name for pair in pairs(ONE_NAME) for name in pair]
)


@given(LATIN, LATIN)
def test_the_order_does_not_matter(one, other):
    assert are_spellings_of_one_name(one, other) == are_spellings_of_one_name(other, one)


@given(st.text(max_size=40))
def test_any_text_is_a_spelling_of_itself_and_has_a_short_key(text):
    assert are_spellings_of_one_name(text, text)
    assert len(sound_key(text)) <= 2 * len(text)
