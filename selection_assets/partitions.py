"""Partitions: one partition = one dataset. What a key may be stands in `configs.dataset_key`."""

from dagster import DynamicPartitionsDefinition

datasets = DynamicPartitionsDefinition(name="datasets")
