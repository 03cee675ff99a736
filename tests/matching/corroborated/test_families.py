"""Relatives, namesakes and colleagues, and what one person leaves on a list.

Each pair is the last of a list of 3,000 people who have nothing to do with it.
"""

import pytest
from fixtures.unrelated_people import after_unrelated_people

PHONE, OTHER_PHONE = "12125550143", "16465550177"
BOX, OTHER_BOX = "box77@example.com", "sunflower88@example.org"


@pytest.fixture(scope="module")
def people_in():
    """Count the people that two rows are taken for."""
    return after_unrelated_people()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # couples who share all but their names, which nobody else on the list has
        (("Agnetha", "Quillfeather", PHONE, BOX), ("Bartholomew", "Ostrander", PHONE, BOX)),
        (("Lutz", "Brinkhaus", PHONE, BOX), ("Carlotta", "Brinkhaus-Vogt", PHONE, BOX)),
        (("Ilya", "Mamontov", PHONE, BOX), ("Vera", "Mamontova", PHONE, BOX)),
        # Icelandic father and daughter
        (("Hallgrimur", "Thorbjarnarson", PHONE, BOX), ("Solveig", "Hallgrimsdottir", PHONE, BOX)),
        # the family name misspelt once
        (("Obadiah", "Dickinson", PHONE, BOX), ("Prudence", "Dikinson", PHONE, BOX)),
        # brothers, sisters and twins
        (("Priya", "Nair", PHONE, "priya.nair@example.com"),
         ("Riya", "Nair", PHONE, "riya.nair@example.com")),
        (("Suresh", "Nair", PHONE, "suresh.nair@example.com"),
         ("Sudesh", "Nair", PHONE, "sudesh.nair@example.com")),
        (("Xiao Ming", "Wang", PHONE, ""), ("Xiao Hong", "Wang", PHONE, "")),
        (("Xiaoming", "Wang", PHONE, ""), ("Xiaohong", "Wang", PHONE, "")),
        (("\u82b3", "\u5434", PHONE, BOX), ("\u82b3\u79c0", "\u5434", PHONE, BOX)),
        (("Ji-hoon", "Kim", PHONE, BOX), ("Ji-won", "Kim", PHONE, BOX)),
        (("Nhu", "Tran", PHONE, "nhu88@example.com"),
         ("Nhung", "Tran", PHONE, "nhung77@example.com")),
        (("Ayşe", "Kaya", PHONE, ""), ("Ayşen", "Kaya", PHONE, "")),
        (("Oluwaseun", "Adeyemi", PHONE, BOX), ("Oluwatobi", "Adeyemi", PHONE, BOX)),
        (("Nkosinathi", "Dlamini", PHONE, BOX), ("Nkosana", "Dlamini", PHONE, BOX)),
        (("Muhammad", "Khan", PHONE, ""), ("Muhammad Umar", "Khan", PHONE, "")),
        (("Muhammad Ali", "Khan", PHONE, BOX), ("Muhammad Umar", "Khan", PHONE, BOX)),
        (("Maria", "Silva", PHONE, BOX), ("Maria Luisa", "Silva", PHONE, OTHER_BOX)),
        (("Ngọc", "Trần", PHONE, ""), ("Ngọc Mai", "Trần", PHONE, "")),
        (("Maria", "Rossi", PHONE, ""), ("Anna Maria", "Rossi", PHONE, "")),
        (("Marco", "Rossi", PHONE, ""), ("Mirco", "Rossi", PHONE, "")),
        (("Andrea", "Rossi", PHONE, BOX), ("Andreas", "Rossi", PHONE, BOX)),
        (("Kayla", "Ritter", PHONE, ""), ("Kyla", "Ritter", PHONE, "")),
        (("Simon", "Ritter", PHONE, BOX), ("Simone", "Ritter", PHONE, BOX)),
        (("Amir", "Masri", PHONE, BOX), ("Amira", "Masri", PHONE, BOX)),
        (("Khalid", "Masri", PHONE, ""), ("Khadija", "Masri", PHONE, "")),
        (("Ramesh", "Nair", PHONE, ""), ("Rakesh", "Nair", PHONE, "")),
        (("Thandi", "Dlamini", PHONE, ""), ("Thandeka", "Dlamini", PHONE, "")),
        (("Adewale", "Okoro", PHONE, ""), ("Adebayo", "Okoro", PHONE, "")),
        (("Minji", "Kim", PHONE, ""), ("Minju", "Kim", PHONE, "")),
        (("Xiaomei", "Wang", PHONE, ""), ("Xiaowei", "Wang", PHONE, "")),
        (("Ji-eun", "Kim", PHONE, ""), ("Ji-hyun", "Kim", PHONE, "")),
        (("Seoyeon", "Kim", PHONE, BOX), ("Seoyun", "Kim", PHONE, BOX)),
        (("Hajun", "Kim", PHONE, ""), ("Hayun", "Kim", PHONE, "")),
        (("Joon-ho", "Kim", PHONE, ""), ("Yoon-ho", "Kim", PHONE, "")),
        (("Xiaojing", "Wang", PHONE, ""), ("Xiaoying", "Wang", PHONE, "")),
        (("Zhihong", "Wang", PHONE, ""), ("Zhiyong", "Wang", PHONE, "")),
        (("Hang", "Tran", PHONE, ""), ("Khang", "Tran", PHONE, "")),
        (("Akihiko", "Sato", PHONE, ""), ("Akiko", "Sato", PHONE, "")),
        (("Saleh", "Masri", PHONE, ""), ("Sally", "Masri", PHONE, "")),
        (("Yanto", "Sukarno", PHONE, ""), ("Yanti", "Sukarno", PHONE, "")),
        (("Daniel", "Ritter", PHONE, BOX), ("Danielle", "Ritter", PHONE, BOX)),
        (("Ryo", "Sato", PHONE, BOX), ("Ryota", "Sato", PHONE, BOX)),
        (("Julia", "Ritter", PHONE, BOX), ("Juliana", "Ritter", PHONE, BOX)),
        # brother and sister, each with a last name made of the father's first name
        (("Karl", "Karlsson", PHONE, BOX), ("Karla", "Karlsdóttir", PHONE, BOX)),
        (("Jón", "Jónsson", PHONE, BOX), ("Jóna", "Jónsdóttir", PHONE, BOX)),
        # father and son, marked on one side
        (("Andrew", "Howard", PHONE, BOX), ("Andrew", "Howard Jr.", PHONE, BOX)),
        (("Andrew", "Howard", PHONE, BOX), ("Andrew II", "Howard", PHONE, OTHER_BOX)),
        (("José", "Ruiz", PHONE, BOX), ("José", "Ruiz (hijo)", PHONE, OTHER_BOX)),
        (("João", "Silva", PHONE, BOX), ("João", "Silva Filho", PHONE, BOX)),
        # one first name, two last names, one phone
        (("David", "Ekholm", PHONE, ""), ("David", "Bergman", PHONE, "")),
        (("Manpreet", "Kaur", PHONE, ""), ("Manpreet", "Singh", PHONE, "")),
        (("Nagy", "Istvan", PHONE, ""), ("Nagy", "Eszter", PHONE, "")),
        # no more than an initial, or no first name
        (("B.", "Ng", PHONE, ""), ("B.", "Ng", PHONE, "")),
        (("Mr J.", "Berg", PHONE, BOX), ("Mrs J.", "Berg", PHONE, BOX)),
        (("J.", "Berg", PHONE, ""), ("Jane", "Berg", PHONE, "")),
        (("", "Berg", PHONE, "bergs@example.com"), ("Jane", "Berg", PHONE, "bergs@example.com")),
        # one cell: nobody knows which word is the family's
        (("Nguyễn Văn Hùng", "", PHONE, BOX), ("Nguyễn Văn Dũng", "", PHONE, OTHER_BOX)),
        (("Tanaka, Ichiro", "", PHONE, ""), ("Tanaka, Hanako", "", PHONE, "")),
        (("Sukarno", "", PHONE, ""), ("Sukarti", "", PHONE, "")),
        # namesakes: the address is made of the name
        (("Theo", "Silveira Carvalho", PHONE, "theo.silveira@example.com"),
         ("Theo", "Silveira Carvalho", OTHER_PHONE, "theo.silveira@example.org")),
        (("Jörg", "Müller", PHONE, "joerg.mueller@example.com"),
         ("Jörg", "Müller", OTHER_PHONE, "joerg.mueller@example.org")),
    ],
)  # fmt: skip
def test_these_are_two_people(people_in, first, second):
    assert people_in(first, second) == 2
    assert people_in(second, first) == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("Mohamed", "Masri", PHONE, BOX), ("Mohammed", "Masri", PHONE, OTHER_BOX)),
        (("Abdulrahman", "Masri", PHONE, ""), ("Abd al-Rahman", "Masri", PHONE, "")),
        (("Youssef", "El Masry", PHONE, ""), ("Yusuf", "Al-Masri", PHONE, "")),
        (("Lucía", "García López", PHONE, ""), ("Lucía", "López", PHONE, "")),
        (("Anna Maria", "Rossi", PHONE, BOX), ("Maria", "Rossi", PHONE, BOX)),
        (("Lavinia", "Rossi", PHONE, ""), ("Lavinia Rosa", "Rossi", PHONE, "")),
        (("Thị Lan", "Trần", PHONE, ""), ("Lan", "Trần", PHONE, "")),
        (("Minh Nam", "Trần", PHONE, ""), ("Nam", "Trần", PHONE, "")),
        (("Jörg", "Müller", PHONE, ""), ("Joerg", "Mueller", PHONE, "")),
        (("\u0412\u0435\u0440\u0430", "\u041b\u0435\u0432\u0438\u043d\u0430", PHONE, BOX),
         ("Vera", "Levina", PHONE, BOX)),
        (("\u592a\u90ce", "\u7530\u4e2d", PHONE, ""), ("Taro", "Tanaka", PHONE, "")),
        (("\ubbfc\uc900", "\uae40", PHONE, ""), ("Min-jun", "Kim", PHONE, "")),
        (("Dani", "Ritter", PHONE, BOX), ("Daniel", "Ritter", PHONE, BOX)),
        (("Minsoo", "Kim", PHONE, ""), ("Min-su", "Kim", PHONE, "")),
        (("Hyuna", "Kim", PHONE, ""), ("Hyunah", "Kim", PHONE, "")),
        (("\u738b\u5c0f\u660e", "", PHONE, BOX), ("\u5c0f\u660e", "\u738b", PHONE, BOX)),
        (("Wang Xiaoming", "", PHONE, BOX), ("Xiaoming", "Wang", PHONE, BOX)),
        (("J.", "Berg", PHONE, BOX), ("Jane", "Berg", PHONE, BOX)),
        (("", "Berg", PHONE, BOX), ("Jane", "Berg", PHONE, BOX)),
        (("Jane", "Berg", PHONE, BOX), ("Jane", "Ekholm", PHONE, BOX)),  # she married
        (("Jane", "Berg-Ekholm", PHONE, ""), ("Jane", "Berg", PHONE, "")),
        (("Matlida", "Berg", PHONE, ""), ("Matilda", "Berg", PHONE, "")),
        (("Dr. Matilda", "Berg", PHONE, ""), ("Berg", "Matilda", PHONE, "")),
        (("Qwbrt", "Hxrtlwy", PHONE, BOX), ("Robert", "Hartley", PHONE, BOX)),  # a scan, misread
        (("Andrew", "Howard Jr.", PHONE, BOX), ("Andrew", "Howard junior", PHONE, OTHER_BOX)),
    ],
)  # fmt: skip
def test_these_are_one_person(people_in, first, second):
    assert people_in(first, second) == 1
    assert people_in(second, first) == 1


def test_an_initial_is_nobody_where_two_people_have_it(people_in):
    names = (("Jane", "Berg"), ("James", "Berg"), ("J.", "Berg"))
    assert people_in(*((*name, PHONE, BOX) for name in names)) == 3
