"""What a person does after a command that ended early, by its exit code. Loads quickly."""

from collections.abc import Mapping
from typing import Final

AFTER_STOP: Final[Mapping[int, str]] = {
    4: "Look at the input. The same command with another limit goes on.",
    64: "Correct the command or its settings.",
    65: "Correct the input, or say how it is to be read.",
    66: "Check the name of the input, and that it has arrived.",
    69: "Run the same command again. It resumes.",
    70: "Look for internal_error in the log, and report the place that it names.",
    73: "Make room, or give a run directory that can be written. Then run the same command again.",
    75: "Run the same command again. It resumes.",
    77: "Check the credentials and their scopes.",
    78: "Correct what is configured.",
}
