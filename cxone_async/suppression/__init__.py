"""Files of people not to call: read as they come, whatever their size.

- `layout`: which columns of a file hold phones and emails
- `expiry`: whether an entry still counts
- `entries`: from lines to phones and emails
- `sorted_numbers`: millions of numbers in a sorted file
- `files`: reads the files of one run
"""
