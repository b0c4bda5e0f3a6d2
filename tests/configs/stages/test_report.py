from configs.run_settings import plain
from configs.stages.report import ReportConfig


def test_what_the_report_assumes_unless_told() -> None:
    """Prices and energies; where each comes from is said in the report itself."""
    assert plain(ReportConfig()) == {
        "n_example_images": 6,
        "memory_requirement_in_GB": 2.0,
        "savings": {
            "currency": "USD",
            "objects_per_image": 3.0,
            "cost_per_object": 0.036,
            "seconds_per_object": 35.0,
            "workstation_watt": 60.0,
            "training_epochs": 100.0,
            "training_joule_per_image": 3.0,
            "data_centre_overhead": 1.58,
            "grid_gram_co2_per_kwh": 473.0,
        },
    }
