"""A sample, as the client takes it."""

from platform_api.wire.samples import SampleData
from resources.platform.samples import Sample

_KNOWN = ("thumbName", "exif", "videoFrameData", "cropData")


def shown_sample(sample: Sample) -> SampleData:
    """All that is known of it."""
    about = sample.about
    return SampleData.model_validate(
        {
            "id": sample.id,
            "type": about["type"],
            "datasetId": sample.dataset,
            "fileName": sample.file_name,
            "index": sample.index,
            "metaData": {"sizeInBytes": about["size"], **about.get("metaData", {})},
            "customMetaData": sample.custom,
            **{name: about[name] for name in _KNOWN if name in about},
        }
    )
