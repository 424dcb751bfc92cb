"""The exceptions of the harness, and what the command line makes of them.

* HarnessError                   something of ours is wrong; never the server's or the client's word
  * ConfigurationError           exit code 2: the matrix, an option or a file of the user is at fault
    * MatrixError                every problem of one matrix file, each with file, line and column
  * CassetteError                exit code 2: a recording cannot be read or would be written wrongly
  * UnavailableError             an environment cannot be had on this machine; says how to get it
  * ProbeError                   the program inside an environment died, hung or spoke nonsense
"""

from __future__ import annotations

from dataclasses import dataclass

from upload_matrix.model.words import ExplainedNumber


class HarnessError(Exception):
    """Base of all errors the harness raises on its own behalf."""


class ConfigurationError(HarnessError):
    """The user's input is at fault; the message says what, where and the way out.

    ``problems`` are those lines of the message that are about a place in a file.
    """

    problems: tuple[Problem, ...] = ()

    @classmethod
    def at(cls, *problems: Problem) -> ConfigurationError:
        """The error of these problems, a line each."""
        error = ConfigurationError("\n".join(map(str, problems)))
        error.problems = problems
        return error


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a file: where it is (1-based line and column) and what to do about it."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class MatrixError(ConfigurationError):
    """All problems found in the matrix files, not just the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class CassetteError(ConfigurationError):
    """A recording cannot be read, or what was about to be written must not be."""


class UnavailableError(HarnessError):
    """An interpreter, a release or a runtime is not here; the message says what and how to get it."""


class ProbeError(HarnessError):
    """The probe died, hung or answered something that is not its protocol."""


# The exit codes of every command, in one place.


class Exit(ExplainedNumber):
    """How a command ends, the same for all."""

    OK = 0, "As expected."
    WRONG = (
        1,
        "A regression, an unexpected pass, an expired known failure, drift; of `inspect`: findings.",
        "The command's first line says what.",
    )
    USAGE = (
        2,
        "Usage or configuration; the message names file, line, value and the way out.",
        "Correct what the message names.",
    )
    UNRESOLVED = (
        3,
        "Unresolved: no recording, a server in trouble, an environment that is not there, our own failure.",
        "See what could not be decided, and why: most is settled by recording it.",
    )
    BUDGET = (
        4,
        "Stopped by a limit on money or calls.",
        "Run it again with a higher `--budget` or `--max-calls`: what was answered is not asked again.",
    )
    INTERRUPTED = (
        130,
        "Ended by Ctrl-C or SIGTERM; what was recorded until then is kept.",
        "Run the same command again: what is recorded is not asked again.",
    )
