"""What the report shows: config of the assets `plots` and `report`."""

from pydantic import Field

from configs.stages.base import StageConfig


class SavingsConfig(StageConfig):
    """Assumptions behind the estimated savings; the report prints them. Sources stand with `SavingsAssumptions`."""

    currency: str = Field(default="USD", max_length=8, description="Printed before amounts of money.")
    objects_per_image: float = Field(default=3.0, ge=0, description="Objects that an annotator marks in an image.")
    cost_per_object: float = Field(default=0.036, ge=0, description="Price of marking one object.")
    seconds_per_object: float = Field(default=35.0, ge=0, description="Time to mark one object.")
    workstation_watt: float = Field(default=60.0, ge=0, description="Power of the annotator's computer and screen.")
    training_epochs: float = Field(default=100.0, ge=0, description="How often training sees every image.")
    training_joule_per_image: float = Field(default=3.0, ge=0, description="Energy to train on one image once.")
    data_centre_overhead: float = Field(default=1.58, ge=1, description="Total over computing energy (PUE).")
    grid_gram_co2_per_kwh: float = Field(default=473.0, ge=0, description="CO2 per kWh of electricity, in grams.")


class ReportConfig(StageConfig):
    """Pictures, statistics and estimates."""

    n_example_images: int = Field(
        default=6,
        ge=0,
        le=1000,
        multiple_of=2,
        description="Pairs of a retained and a removed image in the report: an even number.",
    )
    memory_requirement_in_GB: float = Field(  # noqa: N815 - the old name
        default=2.0,
        gt=0,
        description="Largest distance matrix for the statistics; of larger datasets a random sample is measured.",
    )
    savings: SavingsConfig = SavingsConfig()
