"""Which rows repeat an earlier person.

- `policy`: the policies' names, the decisions, what a matcher is
- `definition`: what a policy offers the rest of the package
- `registry`: from a policy's name to its definition and its matcher
- `match_input`: what a matcher needs to know of a contact
- `blocking_index`: from a key to the earlier contacts that have it
- `exact`: the policies `exact` and `off`
- `corroborated`: the default policy
- `any_field`: the system's original rule, answered from an index
- `explanation`, `field_comparison`: a decision in words
- `evaluation`: precision and recall, given the truth

A new policy needs a module or package here that defines it, a member of `MatchPolicy`, and a
line in `registry`.
"""
