"""What programs and notebooks use: ``import upload_matrix``, and nothing of the rooms below is needed.

``run_matrix`` runs matrices, ``inspect_call`` looks at what a function of yours uploads, ``isolate_cause``
finds the difference that decides, ``read_report`` reads whatever the commands wrote, ``find_facts`` selects
what is known of servers. Each gives a view: it prints as the command does, and shows as tables in Jupyter.
Errors are ``ConfigurationError`` for what you gave, and ``HarnessError`` (its base) for what went wrong
here.
"""

from upload_matrix.api.known import FactsView, find_facts
from upload_matrix.api.reports import ReportView, read_report, run_matrix
from upload_matrix.api.uploads import (
    DifferencesView,
    InspectionView,
    IsolationView,
    UploadView,
    inspect_call,
    isolate_cause,
)
from upload_matrix.api.view import View
from upload_matrix.model.errors import ConfigurationError, HarnessError

__all__ = [
    "ConfigurationError",
    "DifferencesView",
    "FactsView",
    "HarnessError",
    "InspectionView",
    "IsolationView",
    "ReportView",
    "UploadView",
    "View",
    "find_facts",
    "inspect_call",
    "isolate_cause",
    "read_report",
    "run_matrix",
]
