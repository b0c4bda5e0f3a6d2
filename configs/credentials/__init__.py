"""Credentials of a bucket, as a dataset of the catalog has them: typed, and never shown. One file per kind of bucket.

Names are those of the old platform's datasources, where it had them.
"""
