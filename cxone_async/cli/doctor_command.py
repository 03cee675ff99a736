"""`doctor`: its flags are those of `import`, and it reads no input."""

from typing import Final

import typer

from cxone_async.cli.flags import with_settings, without_input
from cxone_async.cli.help_text import Command
from cxone_async.cli.json_document import json_document
from cxone_async.cli.process import end_if_signalled
from cxone_async.settings import DoctorSettings

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EXAMPLES: Final = """\
cxone-async doctor --config nightly.toml
cxone-async doctor --tenant acme --list-id LIST --campaign-id CAMPAIGN --json"""

_ABOUT_THE_INPUT: Final = frozenset(DoctorSettings.model_fields) - {
    "tenant",
    "base_url",
    "list_id",
    "campaign_id",
    "segment_id",
    "client_id",
    "client_id_file",
    "client_secret",
    "client_secret_file",
    "ca_file",
    "client_cert_file",
    "client_key_file",
    "proxy",
    "quota",
    "run_dir",
    "dialect",
    "log_format",
    "log_level",
}


@app.command("doctor", cls=Command, epilog=EXAMPLES)
@without_input
@with_settings(DoctorSettings, without=_ABOUT_THE_INPUT, answers_in_json=True)
def doctor_command(_csv: str, settings: DoctorSettings) -> int:
    """Check sign-in, scopes, list, campaign and this machine. Sends no contact."""
    from rich.console import Console

    from cxone_async.cli.findings import findings_document, show_findings
    from cxone_async.commands.doctor import examine, exit_code_of
    from cxone_async.commands.event_loop import run

    end_if_signalled()
    findings = run(examine(settings))
    code = exit_code_of(findings)
    if json_document().is_wanted:
        json_document().write_result(findings_document(findings), code)
    else:
        show_findings(Console(), findings)
    return code
