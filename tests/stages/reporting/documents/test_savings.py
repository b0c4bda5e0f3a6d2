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
    """Three boxes of 0.036 USD and 35 s each; 60 W for 105 s, and 100 epochs of 3 J at a PUE of 1.58, at 473 g/kWh."""
    saved = savings(1, SavingsAssumptions())
    assert SavingsAssumptions().currency == "USD"
    assert saved.cost == pytest.approx(0.108)
    assert saved.hours == pytest.approx(105 / 3600)
    assert saved.kg_co2 == pytest.approx((105 * 60 + 100 * 3 * 1.58) / 3.6e6 * 0.473)


def test_an_image_is_a_part_of_the_sum() -> None:
    one, many = savings(1, SavingsAssumptions()), savings(12_345, SavingsAssumptions())
    assert (many.cost, many.hours, many.kg_co2) == pytest.approx(
        (12_345 * one.cost, 12_345 * one.hours, 12_345 * one.kg_co2)
    )
