"""`--encoding auto` refuses a text in another encoding, and counts mojibake."""

import pytest

from cxone_async.errors import UnreadableInputError
from cxone_async.source.encoding import Transcoder
from cxone_async.source.encoding_check import EncodingCheck

NAMES = {
    "cp1252": "Müller José François Günther Señor Peña Núñez Größe Weiß Jürgen Zoë Hélène João",
    "cp1250": "Łukasz Świątek Żółć Dvořák Nováková Kovačević Szabó Wójcik Dąbrowska Jiří Čapek",
    "cp1251": "Иван Петров Наталья Сидорова Ольга Кузнецова Дмитрий Смирнов Алексей Попов Мария",
    "cp1253": "Γιώργος Παπαδόπουλος Ελένη Νικολάου Κώστας Δημητρίου Μαρία",
    "mac_roman": "Müller José François Günther Señor Peña Núñez Größe Weiß Jürgen Zoë Hélène",
    "cp850": "Müller José François Günther Señor Peña Núñez Größe Weiß Jürgen Zoë Hélène",
    "cp949": "김민수 이영희 박지훈 최수진 정우성 강하늘",
    "euc_jp": "田中 太郎 鈴木 花子 佐藤 健一 高橋 美咲 渡辺 直樹",
    "big5": "王偉 李娜 張敏 劉洋 陳靜 楊帆 趙磊 黃麗",
    "cp1254": "Şükrü Yıldız Çağla Gökçe İbrahim Öztürk Ayşe Güneş Işık Doğan Tuğçe",  # noqa: RUF001
    "cp1255": "דוד כהן שרה לוי יעקב מזרחי רחל פרץ משה ביטון",
    "cp1256": "محمد أحمد فاطمة علي حسن خديجة إبراهيم يوسف سعيد",
    "cp1257": "Žukauskas Rūta Šimkutė Živilė Čepaitė Gintarė Ąžuolienė Šveikauskas",
    "cp1258": "Nguyên Vân Trân Hông Thu Hà Đô Công",
    "cp874": "สมชาย ใจดี สมหญิง แสงทอง ประเสริฐ สุขใจ มาลี ศรีสุข",
    "iso8859-2": "Łukasz Świątek Żółć Dvořák Nováková Šárka Růžičková Wiśniewski Ťoupalová",
    "iso8859-5": "Георги Димитров Мария Иванова Стоян Петров Елена Тодорова",
    "koi8_r": "Иван Петров Наталья Сидорова Ольга Кузнецова Дмитрий Смирнов",
    "cp866": "Иван Петров Наталья Сидорова Ольга Кузнецова Дмитрий Смирнов",
    "cp852": "Łukasz Świątek Żółć Dvořák Nováková Szabó Wójcik Dąbrowska Jiří",
    "cp932": "田中 太郎 鈴木 花子 佐藤 健一 高橋 美咲 渡辺 直樹",
    "gb18030": "王伟 李娜 张敏 刘洋 陈静 杨帆 赵磊 黄丽",
}
ALSO_POSSIBLE = {
    "koi8_u": "Олена Шевченко Андрій Ковальчук Ірина Їжакевич Євген",
    "mac_cyrillic": "Анна Иванова Сергей Петров Елена Смирнова Дмитрий Кузнецов",
}


def table(names: str, ascii_rows: int = 100) -> str:
    named = [f"+1202555{at:04},{name}\n" for at, name in enumerate(names.split())]
    plain = [f"+1202556{at:04},Ann\n" for at in range(ascii_rows)]
    return "phone,first_name\n" + "".join(named + plain)


def checked(content: bytes, block: int = 1 << 18) -> EncodingCheck:
    check = EncodingCheck()
    for start in range(0, len(content), block):
        check.feed(content[start : start + block])
    check.finish()
    return check


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableInputError) as raised:
        checked(content).judge()
    return str(raised.value)


@pytest.mark.parametrize("encoding", NAMES)
def test_a_text_in_another_encoding_is_refused_and_its_encoding_named(encoding):
    content = table(NAMES[encoding]).encode(encoding)
    said = refusal(content)
    assert f"give --encoding {encoding};" in said
    assert "Nothing was sent" in said
    assert "lines that go beyond ASCII are no UTF-8" in said


def test_words_that_are_utf_8_by_chance_do_not_hide_another_encoding() -> None:
    by_chance = "\u8868"  # in EUC-JP the bytes of another letter in UTF-8
    assert len(by_chance.encode("euc-jp").decode()) == 1
    names = f"{NAMES['euc_jp']} {by_chance} {by_chance} {by_chance}"
    assert "give --encoding euc_jp;" in refusal(table(names).encode("euc-jp"))


@pytest.mark.parametrize("encoding", ALSO_POSSIBLE)
def test_where_several_encodings_are_possible_the_right_one_is_among_them(encoding):
    said = refusal(table(ALSO_POSSIBLE[encoding]).encode(encoding))
    assert encoding in said
    assert "would be possible too" in said


def test_bytes_that_are_text_in_no_encoding_are_refused_without_a_guess():
    cells = [bytes(0x80 + (37 * row + 11 * at) % 128 for at in range(12)) for row in range(40)]
    said = refusal(b"phone,first_name\n" + b"".join(b"+12025550101,%b\n" % one for one in cells))
    assert "does not seem to be UTF-8: 40 of the 40 lines" in said
    assert "it is not clear what they are. Nothing was sent. Save the file as UTF-8" in said


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("utf-16-le", "太郎 花子"),
        ("utf-16-be", "太郎 花子"),
        ("iso2022_jp", "太郎 花子"),
        ("iso2022_kr", "김민수 이영희"),
        ("hz", "王伟 李娜"),
        ("utf-7", "太郎 花子"),
        ("utf-7", "José Zoë"),
        ("utf-7", "Jose\u0301 Zoe\u0308 Иван Λάμπρος"),
        ("utf-7", "김민수 이영희"),
    ],
)
def test_encodings_whose_bytes_are_all_ascii_are_named_too(encoding, names):
    said = refusal(table(names).encode(encoding))
    assert f"give --encoding {encoding};" in said
    assert "Nothing was sent" in said


@pytest.mark.parametrize(
    "cell",
    ["+442079460000", "+1800FLOWERS", "+49(0)30 123", "+1-202-555-0101x12", "anna+tag@example.com",
     "C+Team", "Max+Eva GmbH", "A+", "+Anna", "~{", "a ~{b c~}", "x\x0ey", "Jos+AOk- Diaz"],
)  # fmt: skip
def test_a_plus_or_a_tilde_of_plain_text_switches_no_alphabet(cell):
    rows = [f"{cell},Ann\n" for _ in range(1 if "AOk" in cell else 9)]
    checked(f"phone,first_name\n{''.join(rows)}".encode()).judge()


@pytest.mark.parametrize("encoding", ["utf-7", "hz", "iso2022_kr"])
def test_the_flag_that_is_named_reads_the_text(encoding):
    text = table("王伟 李娜" if encoding == "hz" else "김민수 이영희")
    transcoder = Transcoder(encoding)
    delivered = b"".join(transcoder.feed(bytes([one])) for one in text.encode(encoding))
    assert (delivered + transcoder.finish()).decode() == text


def test_the_message_holds_counts_and_letters_and_no_cell():
    said = refusal(table(NAMES["cp1252"]).encode("cp1252"))
    assert "13 of the 13 lines" in said
    assert not any(name in said for name in NAMES["cp1252"].split())
    assert "202555" not in said


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"phone\n",
        table("Ann Bob").encode(),
        table(NAMES["cp1252"]).encode(),
        table(NAMES["cp1251"]).encode(),
        table(NAMES["euc_jp"]).encode(),
        table(NAMES["cp1252"]).encode("utf-8-sig"),
        table(NAMES["euc_jp"]).encode("utf-16"),
        table("Ann").encode() + "+12025550199,José\n".encode("cp1252"),
        table(NAMES["cp1252"]).encode() + "+12025550199,José\n".encode("cp1252"),
        table(NAMES["cp1252"]).encode() + "1,José\n2,Zoë\n".encode("cp1252"),
    ],
    ids=["empty", "header", "ASCII", "UTF-8", "Russian", "Japanese", "mark", "UTF-16 with a mark",
         "one bad line", "one bad line among good ones", "few bad lines"],
)  # fmt: skip
def test_utf_8_and_single_bad_lines_are_left_to_the_reader(content):
    check = checked(content)
    check.judge()
    assert not check.mojibake_lines


def test_a_header_that_is_no_utf_8_is_enough():
    content = "Téléphone,Prénom\n+12025550101,Ann\n".encode("cp1252")
    assert "give --encoding cp1252;" in refusal(content)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("block", [1, 7, 1 << 18])
def test_counts_depend_neither_on_blocks_nor_on_line_ends(block, ending):
    text = table(NAMES["cp1252"]) + "3,JosÃ©\n"
    content = text.replace("\n", ending).encode() + "1,Zoë".encode("cp1252")
    check = checked(content, block)
    counts = check.lines_beyond_ascii, check.undecodable_lines, check.mojibake_lines
    assert counts == (15, 1, 1)
    assert check.lines == 116


MOJIBAKE = {
    "latin-1": "Müller José François Günther Núñez Größe Zoë Łukasz Иван",
    "cp1252": "Müller José François Günther Núñez Größe Zoë Hélène",
    "cp1251": "Müller José Günther Zoë Наталья",
    "mac_roman": "Müller José François Günther Núñez Größe Hélène",
}


@pytest.mark.parametrize("read_as", MOJIBAKE)
def test_mojibake_all_over_is_refused(read_as):
    names = " ".join(
        name.encode().decode(read_as).replace("\xa0", "¡") for name in MOJIBAKE[read_as].split()
    )
    said = refusal(table(names).encode())
    assert "mojibake" in said
    assert "Nothing was sent" in said
    assert "--encoding utf-8" in said


def test_a_utf_8_mark_does_not_hide_mojibake():
    assert "mojibake" in refusal(table("JosÃ© MÃ¼ller").encode("utf-8-sig"))


def test_characters_that_were_replaced_are_mojibake():
    assert "mojibake" in refusal(table("Jos\ufffd M\ufffdller").encode())


def test_mojibake_in_more_than_one_line_of_a_thousand_is_much():
    text = table(NAMES["cp1252"], ascii_rows=1_900)
    few, many = (checked((text + "1,JosÃ©\n" * count).encode()) for count in (1, 3))
    few.judge()
    many.judge()
    assert (few.mojibake_lines, few.has_much_mojibake) == (1, False)
    assert (many.mojibake_lines, many.has_much_mojibake) == (3, True)


@pytest.mark.parametrize(
    "name",
    ["«CAFÉ»", "PÃO", "AÑO", "“É”", "João", "Âmbar", "Íñigo", "STÓŁ", "ŻÓŁĆ", "Её", "Пётр", "Ça…",
     "São Tomé", "Nguyễn Ánh", "Øre™", "Þór", "Ångström…Ö"],
)  # fmt: skip
def test_rare_but_right_spellings_are_no_mojibake(name):
    assert checked(f"phone,first_name\n1,{name}\n".encode()).mojibake_lines == 0


def test_a_long_text_is_refused_by_its_beginning_with_all_lines_counted():
    content = table(NAMES["cp1252"] + " Müller" * 12_000, 0).encode("cp1252")
    check = checked(content, block=1 << 13)
    with pytest.raises(UnreadableInputError, match="give --encoding cp1252;"):
        check.judge()
    assert check.undecodable_lines > 12_000
