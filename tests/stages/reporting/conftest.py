"""One report for all tests that only look at it."""

from collections.abc import Iterator

import pytest

from selection_assets.stages.reporting.documents.write_report import WrittenReport, write_report
from selection_assets.stages.reporting.facts.report_facts import ReportFacts
from selection_assets.stages.reporting.helper_process import DRAWING, LAYOUT
from tests.stages.reporting.facts_factory import example_facts


@pytest.fixture(scope="session")
def facts() -> ReportFacts:
    return example_facts()


@pytest.fixture(scope="session")
def written(facts: ReportFacts, tmp_path_factory: pytest.TempPathFactory) -> WrittenReport:
    return write_report(facts, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="session", autouse=True)
def processes_serve_all_tests() -> Iterator[None]:
    """Starting them, and importing their libraries, takes longer than most tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("selection_assets.stages.reporting.documents.write_report.cool_down", lambda: None)
        yield
    for helper in (LAYOUT, DRAWING):
        helper.kill()
