"""``upload-matrix bug-report``: a folder that a vendor can act on, from a case of a report."""

from __future__ import annotations

from typing import Any

import click

from upload_matrix.ask.declared import BASE_URL, CASSETTES, GATEWAY, JSON, MATRIX, MAX_CASES, MIME_TABLE
from upload_matrix.cli.options import options


@click.command("bug-report")
@click.argument("report", type=click.Path(exists=True))
@click.argument("case_id", required=False)
@click.option("-o", "--output", type=click.Path(file_okay=False), help="The folder. [default: bug-report]")
@options(MATRIX, matrices={"help": "Where the case comes from. [default: matrix]"})
@options(CASSETTES)
@click.option("--template", metavar="NAME", help="openai-python, openai-node, plain, or a .md file of yours.")
@options(BASE_URL, base_url={"help": "Of a target that was given by its URL."})
@click.option("--no-zip", is_flag=True, help="Only the folder.")
@click.option("--force", is_flag=True, help="Write into a folder that holds something.")
@options(
    *(MAX_CASES, MIME_TABLE, *GATEWAY, JSON), as_json={"help": "What was written and verified, as JSON."}
)
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> None:
    """Write a bug report for a failing case: the vendor's form filled in, repros, requests, answers, a zip.

    REPORT is a run's JSON report and CASE_ID one of its failing cases; or a request that was saved by
    `inspect --save` (NAME.request); or a diagnosis (`diagnose -o cause.json`), and CASE_ID then the folder of
    its request where that was a program's: what was found stands in the report, with the fix. The case is
    run once more, offline, to get its bytes, through its gateway where it took one (give the same --through).
    Each repro is then run against the tap, and report.md says whether it sends exactly what the case sent.
    Nothing is sent anywhere, and no key enters. Exit code 3 when the repro of the case's
    own client differs, or none could be verified.

    \b
    Examples:
      upload-matrix bug-report reports/latest.json containers/openai/bytesio/webp/system
      upload-matrix bug-report reports/latest.json CASE_ID -o for-the-vendor --template plain
      upload-matrix bug-report cause.json avatar.request
      upload-matrix bug-report reports/latest.json CASE_ID --mime-table builtin=tables/python-3.12.types
    """
    from upload_matrix.ask.options import Through, taken
    from upload_matrix.bugreport.reporting import report
    from upload_matrix.bugreport.story_of_case import BugReportOptions
    from upload_matrix.report.streams import print_lines

    as_json = values.pop("as_json")
    found = report(BugReportOptions(way=taken(Through, values), **values))
    if as_json:
        click.echo(found.json)
    else:
        print_lines(found.text.splitlines())
    ctx.exit(found.exit_code)
