import pytest

from selection_assets.stages.reporting.documents.savings import SavingsAssumptions, savings


def test_values_by_hand() -> None:
    plain = SavingsAssumptions(
        objects_per_image=2, cost_per_object=0.5, seconds_per_object=36, workstation_watt=100, training_epochs=10,
        training_joule_per_image=6, data_centre_overhead=2, grid_gram_co2_per_kwh=500,
    )  # fmt: skip
    saved = savings(1000, plain)
    assert saved.images == 1000
    assert saved.cost == pytest.approx(1000 * 2 * 0.5)
    assert saved.hours == pytest.approx(20)  # 1000 images, 72 s each
    energy_kwh = 20 * 0.1 + 1000 * 10 * 6 * 2 / 3.6e6  # labelling at 100 W, training
    assert saved.kg_co2 == pytest.approx(energy_kwh * 0.5)


def test_nothing_saved() -> None:
    saved = savings(0, SavingsAssumptions())
    assert (saved.cost, saved.hours, saved.kg_co2) == (0, 0, 0)


def test_defaults() -> None:
    assert savings(1, SavingsAssumptions()).cost == pytest.approx(0.108)
