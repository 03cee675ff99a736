"""What a run came to: the equation, the files, the page."""
