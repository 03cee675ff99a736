"""From a row's fields to a contact, or to the reason why it is none.

- `model`: the contact
- `normalise`: a row's fields in, a contact or a rejection out; the rest serves it
- `country`, `phone`, `email`, `name`: one field each
- `checks`: how strictly phones and emails are checked
- `constraints`: what a campaign asks of its contacts; the do-not-call flag
- `suppression`: whom not to call
"""
