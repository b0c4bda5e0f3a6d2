"""What the report shows: config of the assets `plots` and `report`."""

from typing import Annotated, ClassVar

from pydantic import Field

from configs.field_types import Number, Text, Whole
from configs.option import Option
from configs.stages.base import StageConfig

LARGEST = 1e12  # of an assumption: no figure of the report becomes infinite


class SavingsConfig(StageConfig):
    """Assumptions behind the estimated savings; the report prints them. Sources stand with `SavingsAssumptions`."""

    currency: Annotated[Text, Option("savings.currency")] = Field(
        default="USD", max_length=8, description="Printed before amounts of money."
    )
    objects_per_image: Annotated[Number, Option("savings.objects_per_image")] = Field(
        default=3.0, ge=0, le=LARGEST, description="Objects that an annotator marks in an image."
    )
    cost_per_object: Annotated[Number, Option("savings.cost_per_object")] = Field(
        default=0.036, ge=0, le=LARGEST, description="Price of marking one object."
    )
    seconds_per_object: Annotated[Number, Option("savings.seconds_per_object")] = Field(
        default=35.0, ge=0, le=LARGEST, description="Time to mark one object."
    )
    workstation_watt: Annotated[Number, Option("savings.workstation_watt")] = Field(
        default=60.0, ge=0, le=LARGEST, description="Power of the annotator's computer and screen."
    )
    training_epochs: Annotated[Number, Option("savings.training_epochs")] = Field(
        default=100.0, ge=0, le=LARGEST, description="How often training sees every image."
    )
    training_joule_per_image: Annotated[Number, Option("savings.training_joule_per_image")] = Field(
        default=3.0, ge=0, le=LARGEST, description="Energy to train on one image once."
    )
    data_centre_overhead: Annotated[Number, Option("savings.data_centre_overhead")] = Field(
        default=1.58, ge=1, le=LARGEST, description="Total over computing energy (PUE)."
    )
    grid_gram_co2_per_kwh: Annotated[Number, Option("savings.grid_gram_co2_per_kwh")] = Field(
        default=473.0, ge=0, le=LARGEST, description="CO2 per kWh of electricity, in grams."
    )


class ReportConfig(StageConfig):
    """Pictures, statistics and estimates."""

    title: ClassVar[str] = "Report"

    n_example_images: Annotated[Whole, Option("n_example_images")] = Field(
        default=6,
        ge=0,
        le=1000,
        multiple_of=2,
        description="Pairs of a retained and a removed image in the report: an even number.",
    )
    memory_requirement_in_GB: Annotated[Number, Option("memory_requirement_in_GB")] = Field(  # noqa: N815 - the old name
        default=2.0,
        gt=0,
        le=1_000_000,
        description="Largest distance matrix for the statistics; of larger datasets a random sample is measured.",
    )
    savings: SavingsConfig = SavingsConfig()
