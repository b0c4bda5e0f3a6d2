"""What the smaller set saves: labelling cost, labelling hours and CO2.

Estimates from openly stated assumptions; the report prints every assumption beside the result.
"""

from dataclasses import dataclass

SECONDS_PER_HOUR = 3600
JOULES_PER_KWH = 3.6e6


@dataclass(frozen=True, kw_only=True)
class SavingsAssumptions:
    """Constants of the estimate. The defaults describe drawing boxes around a few objects in every image.

    Attributes:
        currency: printed before amounts of money.
        objects_per_image: objects that an annotator marks in an image.
        cost_per_object: price of one box by one annotator. AWS lists 0.036 USD for Amazon Mechanical Turk
            (SageMaker Ground Truth pricing).
        seconds_per_object: 35 s for one box of high quality (Su, Deng, Fei-Fei 2012, "Crowdsourcing Annotations for
            Visual Object Detection").
        workstation_watt: computer and screen of the annotator.
        training_epochs: how often the model to be trained sees every image.
        training_joule_per_image: energy to train on one image once: 300 W at 100 images/s.
        data_centre_overhead: total over computing energy (PUE); 1.58 is the average of the Uptime Institute's survey
            of 2023.
        grid_gram_co2_per_kwh: world average of 2024, Ember, Global Electricity Review 2025.
    """

    currency: str = "USD"
    objects_per_image: float = 3.0
    cost_per_object: float = 0.036
    seconds_per_object: float = 35.0
    workstation_watt: float = 60.0
    training_epochs: float = 100.0
    training_joule_per_image: float = 3.0
    data_centre_overhead: float = 1.58
    grid_gram_co2_per_kwh: float = 473.0

    @property
    def cost_per_image(self) -> float:
        return self.objects_per_image * self.cost_per_object

    @property
    def hours_per_image(self) -> float:
        return self.objects_per_image * self.seconds_per_object / SECONDS_PER_HOUR

    @property
    def kg_co2_per_image(self) -> float:
        labelling = self.hours_per_image * SECONDS_PER_HOUR * self.workstation_watt
        training = self.training_epochs * self.training_joule_per_image * self.data_centre_overhead
        return (labelling + training) / JOULES_PER_KWH * self.grid_gram_co2_per_kwh / 1000


@dataclass(frozen=True)
class Savings:
    """What `images` images that need no label save."""

    images: int
    cost: float
    hours: float
    kg_co2: float


def savings(images: int, assumptions: SavingsAssumptions) -> Savings:
    """Savings of not labelling, and not training on, the given number of images."""
    return Savings(
        images,
        images * assumptions.cost_per_image,
        images * assumptions.hours_per_image,
        images * assumptions.kg_co2_per_image,
    )
