"""What a run reads: from a string that names an input to numbered rows of six fields."""
