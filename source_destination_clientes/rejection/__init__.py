"""Outcomes of records, the reasons of rejections, and the dead letter that keeps rejected records."""
