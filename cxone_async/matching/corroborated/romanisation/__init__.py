"""Names in other scripts and their romanisations: forms of one name.

`forms` lists how a name in its own script is spelt in Latin letters, and finds it in a text;
`comparison` says whether two names in different scripts can be one; `spellings` whether two
Latin spellings are one Arabic or Indian name. Every name is in the standard form of `names`:
lower case, without accents, spaces and signs, decomposed (NFKD).

A script has a module that turns a name into its sounds (`spelling`). Names in ASCII letters need
none of this, except `spellings`.
"""
