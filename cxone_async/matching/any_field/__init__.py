"""The original rule: a row whose phone or email resembles any earlier one is a duplicate.

- `matcher`: the rule, by scan and by index
- `similarity_index`: the index in Python
- `signature_index`, `signature_scan`: the index for many keys, and its compiled part (numba)
- `policy`: the rules in words, and the definition for the registry
"""
