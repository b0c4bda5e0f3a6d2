"""The states of a run as the platform's scripts know them, in the order of a run."""

OF_STEPS = {
    "input_samples": ("LOADING_DATASET", "Listing the files of the dataset."),
    "checked_samples": ("CHECKING_CORRUPTNESS", "Checking the samples."),
    "checkpoint": ("TRAINING", "Preparing the model."),
    "embeddings": ("EMBEDDING", "Embedding the samples."),
    "selected_samples": ("SAMPLING", "Selecting samples."),
    "exported_samples": ("SAVING_RESULTS", "Saving the results."),
    "report": ("GENERATING_REPORT", "Making the report."),
    "platform_samples": ("UPLOADING_DATASET", "Adding the samples to the dataset."),
}
BEGIN = ("STARTED", "The run has begun.")
ENDS = ("COMPLETED", "FAILED", "CRASHED", "ABORTED")
