"""Building a site: every report is read once, oldest first; its page is written, its story kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from upload_matrix.files import read_text
from upload_matrix.model.result import Run
from upload_matrix.model.sweep import Sweep
from upload_matrix.report import badge, html_report, registry
from upload_matrix.report.html import sweep_page
from upload_matrix.report.rendering import read
from upload_matrix.site import pages, reading
from upload_matrix.site.reading import IndexEntry, ReportFile, Slugs, Subject, entry, find_reports
from upload_matrix.site.stories import MatrixStory, by_matrix


@dataclass(frozen=True, slots=True)
class BuiltSite:
    """What stands in the folder now: its files from the root, and what was found but not taken, and why."""

    files: tuple[str, ...]
    skipped: tuple[str, ...]
    matrices: int
    reports: int


class _Site:
    """A site while it is being written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.files: list[str] = []

    def write(self, name: str, text: str | Iterable[str]) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        registry.write_text(path, text)
        self.files.append(name)


def build(paths: Sequence[Path], folder: Path, *, title: str) -> BuiltSite:
    """Write the site of all reports under ``paths`` into ``folder``.

    A folder that holds an earlier site becomes this one; what is no longer in it is removed. Raises
    ConfigurationError when there is no report, a report cannot be read, or the folder holds anything else.
    """
    stale = reading.earlier(folder)
    harvest = find_reports(paths, without=folder)
    site, slugs, names = _Site(folder), Slugs(), Slugs()
    stories: dict[str, MatrixStory] = {}
    entries: list[IndexEntry] = []
    for found in harvest.reports:
        text = read_text(found.path)
        subject = read(text, str(found.path)).subject
        told = entry(found, subject, slugs.give(found.name))
        entries.append(told)
        site.write(told.data, text)
        if told.page is not None:
            site.write(told.page, _page(subject, found))
        if isinstance(subject, Run):
            for name, part in by_matrix(subject):
                if name not in stories:
                    stories[name] = MatrixStory(name, names.give(name))
                stories[name].add(told, part)
    for story in stories.values():
        site.write(story.page, pages.matrix(story))
        if story.latest is not None:
            site.write(story.badge, badge.run_badge(story.latest, label=story.matrix))
    site.write("index.html", pages.index(title, list(stories.values()), entries))
    site.write(reading.NAME, reading.dump(site.files))
    reading.remove(folder, set(stale) - set(site.files))
    return BuiltSite(tuple(sorted(site.files)), harvest.skipped, len(stories), len(entries))


def _page(subject: Subject, found: ReportFile) -> Iterable[str]:
    if isinstance(subject, Run):
        return html_report.chunks(subject)
    if isinstance(subject, Sweep):
        return (sweep_page.render(subject),)
    raise ValueError(f"{found.path}: a {found.kind} has no page")
