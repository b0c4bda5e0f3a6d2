"""Partitions: one partition = one dataset. What a key may be stands in `configs.dataset_key`."""

from dagster import DynamicPartitionsDefinition

from configs.dataset_key import PARTITIONS

datasets = DynamicPartitionsDefinition(name=PARTITIONS)
