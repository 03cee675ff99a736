"""The default policy: an identifier that agrees needs a second, independent witness.

In the order of the work:

- `standardise`: a contact's standardised values and blocking keys (`names`, `phones_emails`)
- `packing`: the bytes in which an earlier contact is remembered
- `comparison_levels`: how well two values agree (`names`, `phones_emails` and `nicknames`
  compare them)
- `term_frequencies`: how common a name is on the list
- `match_weights`, `name_weights`: from levels and frequencies to a score
- `matcher`: finds the candidates, scores them, decides, remembers
- `policy`: the rules in words, and the definition for the registry
"""
