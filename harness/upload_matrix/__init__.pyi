from upload_matrix.api import ConfigurationError as ConfigurationError
from upload_matrix.api import DifferencesView as DifferencesView
from upload_matrix.api import FactsView as FactsView
from upload_matrix.api import HarnessError as HarnessError
from upload_matrix.api import InspectionView as InspectionView
from upload_matrix.api import IsolationView as IsolationView
from upload_matrix.api import ReportView as ReportView
from upload_matrix.api import UploadView as UploadView
from upload_matrix.api import View as View
from upload_matrix.api import find_facts as find_facts
from upload_matrix.api import inspect_call as inspect_call
from upload_matrix.api import isolate_cause as isolate_cause
from upload_matrix.api import read_report as read_report
from upload_matrix.api import run_matrix as run_matrix

__version__: str
