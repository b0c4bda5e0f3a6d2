"""`sanity_check=True`: is the installation complete? Needs neither data nor token.

Every package with compiled parts is used once, because importing alone may succeed where using fails.
"""

from importlib.metadata import version

PACKAGES = ("dagster", "torch", "torchvision", "lightly", "polars", "faiss-cpu", "scikit-learn", "weasyprint")


def sanity_check() -> str:
    """One line that says what is installed. Raises what is missing as it is."""
    import faiss
    import numpy as np
    import torch

    from selection_assets.stages.reporting.documents.report_pdf import import_weasyprint

    index = faiss.IndexFlatL2(2)
    index.add(np.eye(2, dtype=np.float32))
    if not import_weasyprint().HTML(string="<p>sanity check</p>").write_pdf().startswith(b"%PDF"):
        raise RuntimeError("WeasyPrint wrote no PDF")
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    found = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    return f"Winnow {version('winnow')}: installation is complete ({found}; device: {device})"
