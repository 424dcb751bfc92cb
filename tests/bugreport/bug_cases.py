"""A project of its own for a test: a matrix, its report, and bug reports from it through the command line."""

import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from click.testing import CliRunner

from upload_matrix.answers.answering import Policy, recorded_folders
from upload_matrix.cli import commands
from upload_matrix.model.result import Run
from upload_matrix.recordings import RecordMode
from upload_matrix.report import json_report
from upload_matrix.run.loading import Request, load, settings_of
from upload_matrix.run.session import Session
from upload_matrix.targets.sending import Live

MATRIX = """
name: m
target: {target}
request: {{model: gpt-image-1, prompt: {prompt}}}
axes:
  client: [{client}]
  container: [{container}]
  image: [{image}]
  mime_table: [{table}]
  retries: [{retries}]
"""


@dataclass
class Project:
    """Files below ``folder``; ``result`` of each command is kept for looking into."""

    folder: Path

    def run(self, *, record=False, files=None, client="openai", container="bytesio", image="webp",
            target="emulator:openai-2026-02", prompt="배경", retries="none", table="builtin",
            tables=None, through=None):  # fmt: skip
        """Run all cases of a matrix and write ``report.json``; the results."""
        home = self.folder / "matrix"
        home.mkdir(exist_ok=True)
        for name, text in (files or {}).items():
            (home / name).parent.mkdir(exist_ok=True)
            (home / name).write_text(text, "utf-8")
        values = {"client": client, "container": container, "image": image, "target": target}
        text = MATRIX.format(**values, prompt=json.dumps(prompt), retries=retries, table=table)
        (home / "m.yaml").write_text(text, "utf-8")
        loaded = load(Request((home,)))
        cassettes = self.folder / "cassettes"
        mode = RecordMode.ONCE if record else RecordMode.NONE
        policy = Policy(
            cassettes, mode, date(2026, 11, 22), recording=record, recorded=recorded_folders(cassettes)
        )
        settings = settings_of((loaded,), policy, tables=tables or {}, live=Live(), through=through)
        with Session(settings) as session:
            results = tuple(session.run(case) for case in loaded.cases)
            run = Run(("m",), results, dict(session.wires), session.environments())
        (self.folder / "report.json").write_text(json_report.render(run), "utf-8")
        return run

    def write(self, case_id, *options, output="out", report="report.json"):
        """``bug-report`` for a case; exit code and output."""
        words = ["bug-report", str(self.folder / report), *([case_id] if case_id else [])]
        words += ["--matrix", str(self.folder / "matrix"), "--cassettes", str(self.folder / "cassettes")]
        words += ["-o", str(self.folder / output), *options]
        done = CliRunner().invoke(commands, words)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output

    def copied(self, folder):
        """A copy of the project without its bug reports, for a test that changes it."""
        shutil.copytree(
            self.folder, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("out", "out.zip", ".out*")
        )
        return Project(folder)

    def reported(self, case_id, *options, output="out", report="report.json"):
        """The same, for a report that is to succeed: its JSON and the text of report.md."""
        status, text = self.write(case_id, "--json", *options, output=output, report=report)
        assert status == 0, text
        found = json.loads(text)
        return {each["file"]: each for each in found["repros"]}, self.text(f"{output}/report.md")

    def text(self, name):
        """A file of the project."""
        return (self.folder / name).read_text("utf-8")


def failing(run):
    """The only failing result of a run."""
    (result,) = [result for result in run.results if result.outcome.kind.value != "accepted"]
    return result
