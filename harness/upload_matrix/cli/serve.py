"""``upload-matrix serve``: the emulator as a server of its own, for any client you like."""

from __future__ import annotations

import click


@click.command("serve")
@click.option(
    "--profile", default="openai-2026-02", show_default=True, help="A built-in profile, or a YAML file."
)
@click.option("--port", type=int, default=0, help="Port on 127.0.0.1. [default: a free one]")
@click.option("--rules", is_flag=True, help="Print the profile's rules with their sources, and stop.")
@click.option("--quiet", is_flag=True, help="Do not print a line a request.")
@click.pass_context
def command(ctx: click.Context, /, profile: str, port: int, *, rules: bool, quiet: bool) -> None:
    """Serve an emulator profile on 127.0.0.1 until interrupted.

    Every answer carries `x-upload-matrix-provenance: emulated`: it is a dated set of rules with sources,
    not the vendor. Exit code 3 where no request came.

    \b
    Examples:
      upload-matrix serve --profile openai-2026-11 --port 4010
      OPENAI_BASE_URL=http://127.0.0.1:4010/v1 python app.py
      upload-matrix serve --profile openai-2026-02 --rules
      upload-matrix serve --profile openai@2025-09
    """
    from upload_matrix.emulator.profile import load_profile
    from upload_matrix.report.streams import print_lines

    loaded = load_profile(profile)
    if rules:
        print_lines([f"{loaded.name}, as of {loaded.date}: {loaded.summary}"])
        for rule in loaded.rules:
            print_lines([f"  {rule.id}", f"   source: {rule.source}"])
        return
    from upload_matrix.answers.service import EmulatorService
    from upload_matrix.model.errors import ConfigurationError, Exit
    from upload_matrix.report.wording import plural

    try:
        service = EmulatorService(loaded, port=port, log=None if quiet else click.echo)
    except OSError as error:
        raise ConfigurationError(
            f"--port {port}: {error.strerror or error}; choose another, or leave it out for a free one"
        ) from error
    with service:
        try:
            click.echo(f"emulated {loaded.name} at {service.base_url} (Ctrl-C ends it)")
            service.wait()
        except KeyboardInterrupt:
            number = service.requests
            click.echo(f"ended after {plural(number, 'request')}" if number else "? no request came")
            ctx.exit(0 if number else Exit.UNRESOLVED)
