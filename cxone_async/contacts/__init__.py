"""Turns a row's fields into a contact, or gives the reason why it cannot.

- `model`: the contact
- `normalise`: a row's fields in, a contact or a rejection out; it uses the other modules
- `country`, `phone`, `email`, `name`: one field each
- `checks`: how strictly phones and emails are checked
- `constraints`: what a campaign asks of its contacts; the do-not-call flag
- `suppression`: people not to call
"""
