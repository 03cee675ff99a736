"""The identity of a run: what it was started with.

Guarantee: a run is resumed only with the target, the input and the outcome-deciding settings that
it began with; a refusal names everything that differs.
"""

import re
from typing import Final

import msgspec

from cxone_async.errors import ConfigurationError

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
"""What a setting of files is journalled as, such as `suppress`: it tells a person nothing."""


class RunIdentity(msgspec.Struct, frozen=True):
    """What a run is, journalled before anything else.

    `run_id` is drawn at random by whoever makes the run directory; chunk ids derive
    from it. `command` is "import" or "plan". `segment_id` is "" when no segment is
    asked for. `settings` holds, as text, exactly the settings that decide outcomes, and
    no secret: a refusal prints both values.
    """

    run_id: str
    command: str
    base_url: str
    list_id: str
    campaign_id: str
    segment_id: str
    input_fingerprint: str
    settings: dict[str, str]

    def differences(self, other: "RunIdentity") -> tuple[str, ...]:
        """What `other` has otherwise, in words; run ids are not compared."""
        plain = [
            name
            for name in self.__struct_fields__
            if name not in {"run_id", "settings"} and getattr(self, name) != getattr(other, name)
        ]
        settings = [
            name
            for name in sorted(self.settings.keys() | other.settings.keys())
            if self.settings.get(name) != other.settings.get(name)
        ]
        return (
            *(_difference_of(name, getattr(self, name), getattr(other, name)) for name in plain),
            *(
                _difference(name, self.settings.get(name), other.settings.get(name))
                for name in settings
            ),
        )


def refuse_another_run(begun: RunIdentity, asked: RunIdentity, where: str) -> None:
    """Raise ConfigurationError, naming what differs, unless `asked` may resume `begun`."""
    differences = begun.differences(asked)
    if differences:
        raise ConfigurationError(
            f"{where} holds another run: {'; '.join(differences)}. Resume it with what it was "
            "begun with, or choose another run directory"
        )


def _difference_of(name: str, was: str, now: str) -> str:
    if name == "input_fingerprint":  # two digests tell a person nothing
        return "the input does not hold what it held"
    return f"{name} was {was!r}, is {now!r}"


def _difference(name: str, was: str | None, now: str | None) -> str:
    if any(value and _DIGEST.fullmatch(value) for value in (was, now)):
        return f"what --{name} holds is not what it held"
    return f"setting {name} was {_shown(was)}, is {_shown(now)}"


def _shown(value: str | None) -> str:
    return "not set" if value is None else repr(value)
