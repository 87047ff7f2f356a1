"""The report of a run: its form is published, and what was written is found again."""

import json

import jsonschema
import pytest

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.records.report import (
    SCHEMA_PATH,
    encode_report,
    read_report,
    report_schema,
    write_report,
)
from unit_tests.kit.objects import MemoryObjects
from unit_tests.kit.reports import make_report


def test_the_published_schema_is_the_one_of_the_code() -> None:
    assert json.loads(SCHEMA_PATH.read_text()) == report_schema(), "python scripts/generate_docs.py renews it"


def test_a_report_fits_its_schema() -> None:
    validator = jsonschema.Draft202012Validator(
        report_schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    validator.validate(json.loads(encode_report(make_report())))
    validator.validate(json.loads(encode_report(make_report(streams=(), lotes=(), job=None))))


def test_the_schema_refuses_what_is_no_report() -> None:
    broken = {**json.loads(encode_report(make_report())), "ending": "well"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, report_schema())


def test_the_last_run_is_found_whatever_its_job_is_called() -> None:
    objects = MemoryObjects()
    assert write_report(objects, make_report(job="9"), "9") == "runs/9-1.json"
    write_report(objects, make_report(job="10", attempt=2), "10")
    assert read_report(objects).job == "10"
    path = write_report(objects, make_report(job=None), "no-job")
    assert path.startswith("runs/no-job.2026")
    assert read_report(objects).job is None


def test_without_a_word_on_the_last_run_the_highest_job_counts() -> None:
    objects = MemoryObjects()
    for job in ("9", "10"):
        write_report(objects, make_report(job=job), job)
    del objects.content["journal/latest-run"]
    assert read_report(objects).job == "10"


def test_the_last_attempt_of_a_job_is_found() -> None:
    objects = MemoryObjects()
    for attempt in (1, 2, 10):
        write_report(objects, make_report(job="42", attempt=attempt), "42")
    write_report(objects, make_report(job="43"), "43")
    assert read_report(objects, "42").attempt == 10


def test_a_job_without_a_report_is_told_with_the_jobs_there_are() -> None:
    objects = MemoryObjects()
    with pytest.raises(ConfigError, match="no report at all"):
        read_report(objects, "42")
    with pytest.raises(ConfigError, match="object_storage_config"):
        read_report(objects)
    write_report(objects, make_report(job="43"), "43")
    with pytest.raises(ConfigError, match="The last ones there: 43"):
        read_report(objects, "42")


def test_a_report_of_another_form_is_told() -> None:
    objects = MemoryObjects({"runs/42-1.json": b'{"version": 2}'})
    with pytest.raises(ConfigError, match="is not a report"):
        read_report(objects, "42")
