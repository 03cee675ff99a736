import pytest

from cxone_async.matching.explanation import explain
from cxone_async.matching.name_order import NameOrder, NameReading
from cxone_async.matching.policy import Duplicate, MatchPolicy
from cxone_async.matching.registry import definition, new_matcher


def test_a_dropped_row_is_explained_field_by_field(new_contact):
    earlier = new_contact("Robert", "Abbott", "12125550101", "bob.a@example.com")
    contact = new_contact("Bob", "Abbrott", "12125550101", "")
    matching = new_matcher(MatchPolicy.CORROBORATED)
    matching.decide(matching.standardise(earlier))
    decision = matching.decide(matching.standardise(contact))
    assert isinstance(decision, Duplicate)
    explanation = explain(
        contact,
        earlier,
        MatchPolicy.CORROBORATED,
        rule=decision.rule,
        score=decision.score,
        dropped=True,
    )
    assert (explanation.row, explanation.earlier_row) == (2, 1)
    assert [(field.field, field.level) for field in explanation.fields] == [
        ("phone", "same"),
        ("email", "blank"),
        ("first_name", "another form of the same"),
        ("last_name", "a typing error"),
    ]
    assert [field.similarity for field in explanation.fields][:2] == [100.0, None]
    assert explanation.reasoning[0] == "row 2 is dropped as a repeat of row 1"
    assert definition(MatchPolicy.CORROBORATED).rules["phone+name"] in explanation.reasoning[1]
    assert "other people were expected" in explanation.reasoning[2]


def test_a_kept_row_is_told_what_it_lacks(new_contact):
    one, other = new_contact("Mary", "Abbott", "1"), new_contact("John", "Abbott", "1")
    explanation = explain(
        other, one, MatchPolicy.CORROBORATED, rule="phone+name", score=20.0, dropped=False
    )
    assert "is kept, though it resembles row 1" in explanation.reasoning[0]
    assert "4 other people" in explanation.reasoning[2]
    assert explanation.fields[0].standardised == ""


def test_what_is_no_evidence_is_not_called_blank(new_contact):
    one = new_contact("Ada", "Abbott", "0000000000", "info@example.com")
    other = new_contact("Ada", "Abbott", "", "info@example.com")
    explanation = explain(
        other, one, MatchPolicy.CORROBORATED, rule="name", score=20.0, dropped=False
    )
    phone, email, first_name, _ = explanation.fields
    assert phone.level.startswith("no evidence")
    assert email.level.startswith("no evidence")
    assert first_name.level == "same"


@pytest.mark.parametrize(
    ("score", "said"), [(100.0, "fewer than 0.001"), (85.0, "0.176"), (0.0, "more than 1,000")]
)
def test_a_score_is_told_as_a_number_of_people(new_contact, score, said):
    one, other = new_contact("Ada", "Abbott"), new_contact("Ada", "Abbott")
    explanation = explain(
        other, one, MatchPolicy.CORROBORATED, rule="name", score=score, dropped=False
    )
    assert f"{said} other people" in explanation.reasoning[2]


def test_only_a_policy_with_a_threshold_names_it(new_contact):
    one, other = new_contact(phone="12125550101"), new_contact(phone="12125550101")

    def score_said(policy, rule):
        return explain(other, one, policy, rule=rule, score=100.0, dropped=True).reasoning[2]

    assert "threshold" in score_said(MatchPolicy.ANY_FIELD, "similar-phone")
    assert "threshold" not in score_said(MatchPolicy.EXACT, "exact-phone")


@pytest.mark.parametrize("policy", [MatchPolicy.ANY_FIELD, MatchPolicy.EXACT])
def test_the_plain_policies_show_the_two_fields_they_look_at(policy, new_contact):
    one, other = new_contact(phone="12125550101"), new_contact(phone="12125550102")
    explanation = explain(other, one, policy, rule="similar-phone", score=90.9, dropped=True)
    phone, email = explanation.fields
    assert phone.level == "different"
    assert phone.similarity == pytest.approx(90.9, abs=0.05)
    assert (email.level, email.similarity) == ("blank", None)


def test_a_rule_that_the_policy_does_not_know_is_called_so(new_contact):
    one, other = new_contact("Ada", "Abbott"), new_contact("Ada", "Abbott")
    explanation = explain(other, one, MatchPolicy.EXACT, rule="name", score=100.0, dropped=True)
    assert "not a rule of this version" in explanation.reasoning[1]


@pytest.mark.parametrize(
    ("order", "first_names", "sentence"),
    [
        (NameOrder.FAMILY_FIRST, ("Eszter", "Istvan"), "first name's column holds family names"),
        (NameOrder.UNKNOWN, ("Nagy", "Nagy"), "does not tell which of its two names"),
    ],
)
def test_names_are_shown_in_the_order_in_which_they_were_compared(
    order, first_names, sentence, new_contact
):
    earlier, contact = new_contact("Nagy", "Istvan", "1"), new_contact("Nagy", "Eszter", "1")
    explanation = explain(
        contact,
        earlier,
        MatchPolicy.CORROBORATED,
        rule="phone+name",
        score=20.0,
        dropped=False,
        names=NameReading(order),
    )
    first = explanation.fields[2]
    assert (first.field, first.value, first.earlier_value) == ("first_name", *first_names)
    assert sentence in " ".join(explanation.reasoning)


def test_a_learned_order_that_is_the_headers_is_not_mentioned(new_contact):
    one, other = new_contact("Ada", "Abbott", "1"), new_contact("Zed", "Abbott", "1")

    def reasoning(names):
        return explain(
            other,
            one,
            MatchPolicy.CORROBORATED,
            rule="phone+name",
            score=20.0,
            dropped=False,
            names=names,
        ).reasoning

    assert reasoning(NameReading(one_field=NameOrder.FAMILY_FIRST)) == reasoning(NameReading())


@pytest.mark.parametrize(
    ("earlier", "contact", "remark"),
    [
        (
            ("Andrew", "Howard", "12125550143", "box77@example.com"),
            ("Andrew", "Howard Jr.", "12125550143", "box77@example.com"),
            "a mark such as Jr., or Mr and Mrs, tells the two apart",
        ),
        (
            ("Priya", "Nair", "12125550143", "priya.nair@example.com"),
            ("Riya", "Nair", "12125550143", "riya.nair@example.com"),
            "each address spells the first name of its own row",
        ),
        (
            ("Jane", "Berg", "12125550143", "bergs@example.com"),
            ("J.", "Berg", "12125550143", "bergs@example.com"),
            "the mailbox is named after the family",
        ),
    ],
)
def test_what_tells_two_people_apart_is_said_in_a_sentence(new_contact, earlier, contact, remark):
    explanation = explain(
        new_contact(*contact), new_contact(*earlier), MatchPolicy.CORROBORATED,
        rule="phone+email", score=10.0, dropped=False,
    )  # fmt: skip
    assert explanation.remarks == (remark,)
    assert remark in explanation.reasoning
    assert remark in explanation.speaks_against


def test_names_in_two_scripts_have_no_similarity_of_letters(new_contact):
    explanation = explain(
        new_contact("Vera", "Lev", "12125550143"),
        new_contact("\u0412\u0435\u0440\u0430", "\u041b\u0435\u0432", "12125550143"),
        MatchPolicy.CORROBORATED, rule="phone+name", score=99.0, dropped=True,
    )  # fmt: skip
    first_name = explanation.fields[2]
    assert (first_name.level, first_name.similarity) == ("another form of the same", None)
