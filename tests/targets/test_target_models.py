"""Which models a server has: read from its list, the emulator's among them, and one picked that lives."""

import json
from datetime import date

import pytest
from fault_server import FaultServer, error, says
from target_requests import KEY, spec_for

from upload_matrix.answers.answering import Answering, Policy
from upload_matrix.answers.service import EmulatorService
from upload_matrix.emulator.profile import load_profile
from upload_matrix.model.errors import ConfigurationError, UnavailableError
from upload_matrix.recordings import RecordMode
from upload_matrix.targets.models import (
    ListedModel,
    ending,
    fetch_models,
    models_path,
    pick,
    read_models,
    retired,
    unlisted,
)
from upload_matrix.targets.spec import Api, ad_hoc, load_targets
from upload_matrix.targets.upstream import Upstream

TODAY = date(2026, 11, 22)


def asked(spec):
    return fetch_models(Upstream(spec, timeout=20).ask, spec.name, models_path(spec))


def test_the_emulator_lists_its_profiles_models_with_their_last_day():
    with EmulatorService(load_profile("openai-2026-11")) as service:
        models = asked(ad_hoc(service.base_url))
    by_name = {model.id: model for model in models}
    assert by_name["gpt-image-1.5"].shutdown == date(2026, 12, 1)
    assert by_name["gpt-image-2"].shutdown is None
    assert "gpt-image-1" not in by_name
    assert pick(models, TODAY).id == "gpt-image-2.6-flare"
    # Before they end, and after.
    assert retired("gpt-image-1.5", models, date(2026, 11, 30)) is None
    assert retired("gpt-image-1.5", models, date(2026, 12, 1)).startswith(
        "the model gpt-image-1.5 was shut down on 2026-12-01; living image models: gpt-image-2.6-flare, "
    )
    assert unlisted("gpt-image-1", models, TODAY).startswith("the model gpt-image-1 is not among the ")


def test_the_emulators_own_answerer_is_asked_the_same_way(tmp_path):
    policy = Policy(tmp_path, RecordMode.NONE, TODAY, recording=False)
    with Answering(policy, {}) as answering:
        models = fetch_models(answering.answerer("emulator:openai-2026-11"), "emulator")
    assert pick(models, TODAY).id == "gpt-image-2.6-flare"


def listed(*entries):
    return read_models(json.dumps({"object": "list", "data": list(entries)}).encode())


@pytest.mark.parametrize(
    ("entry", "shutdown"),
    [
        ({"shutdown_date": "2026-12-01"}, date(2026, 12, 1)),
        ({"shutdown_date": "2026-12-01T00:00:00Z"}, date(2026, 12, 1)),
        ({"shutdown_date": 1796083200}, date(2026, 12, 1)),
        ({"shutdown_date": None}, None),
        ({}, None),
        ({"deprecation": {"fine_tune": 1, "inference": 1796083200}}, date(2026, 12, 1)),
        ({"deprecation": None}, None),
    ],
)
def test_the_last_day_in_every_spelling(entry, shutdown):
    assert listed({"id": "m", "created": 5, **entry}) == (ListedModel("m", 5, shutdown),)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"data": 3}', b'{"data": [{"id": "m", "shutdown_date": "soon"}]}']
)
def test_what_is_no_list_of_models(body):
    with pytest.raises(ValueError, match=r".*"):
        read_models(body)


def test_the_newest_is_picked_by_date_then_number_then_plain_name():
    models = listed(
        {"id": "gpt-5", "created": 99},
        {"id": "gpt-image-9", "created": 1},
        {"id": "gpt-image-2-2026-04-21", "created": 7},
        {"id": "gpt-image-2", "created": 7},
        {"id": "gpt-image-1.5", "created": 7},
        {"id": "gpt-image-3", "created": 8, "shutdown_date": "2026-11-22"},
    )
    assert pick(models, TODAY).id == "gpt-image-2"
    assert pick(models, date(2026, 11, 21)).id == "gpt-image-3"


def test_no_living_model_is_said():
    with pytest.raises(
        ConfigurationError, match=r"no living image model is listed \(dall-e-2 ended 2026-05-12\)"
    ):
        pick(listed({"id": "dall-e-2", "shutdown_date": "2026-05-12"}), TODAY)
    with pytest.raises(ConfigurationError, match=r"\(none at all\)"):
        pick((), TODAY)


def test_a_model_that_ends_soon_is_said():
    models = listed({"id": "gpt-image-1.5", "shutdown_date": "2026-12-01"}, {"id": "gpt-image-2"})
    assert ending("gpt-image-1.5", models, TODAY) == (
        "the model gpt-image-1.5 ends on 2026-12-01; living image models: gpt-image-2"
    )
    assert ending("gpt-image-1.5", models, TODAY, days=5) is None
    assert ending("gpt-image-2", models, TODAY) is None
    assert ending("gpt-image-1.5", models, date(2026, 12, 2)) is None


def test_azure_lists_models_but_is_asked_for_deployments():
    assert unlisted("my-deployment", listed({"id": "gpt-image-2"}), TODAY, Api.AZURE) is None


def test_azure_is_asked_in_its_own_way(monkeypatch):
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
    azure = load_targets()["azure"]
    with FaultServer(says(200, {"data": [{"id": "gpt-image-2", "created_at": 3}]})) as server:
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", server.base_url.removesuffix("/v1"))
        assert asked(azure) == (ListedModel("gpt-image-2", 3),)
    head = server.requests[0][0]
    assert head.startswith(b"GET /openai/models?api-version=2025-04-01-preview HTTP/1.1\r\n")
    assert f"api-key: {KEY}".encode() in head
    assert b"authorization" not in head.lower()


@pytest.mark.parametrize(
    ("behave", "kind", "says_"),
    [
        (error(401), ConfigurationError, "/v1/models answers 401 (said by the test); name a model yourself"),
        (error(404), ConfigurationError, "answers 404"),
        (says(200, b"<html>"), ConfigurationError, "answers no list of models"),
        (error(503), UnavailableError, "it answers 503"),
    ],
)
def test_a_list_that_is_not_to_be_had(behave, kind, says_, monkeypatch):
    monkeypatch.setenv("TEST_KEY", KEY)
    with FaultServer(behave) as server, pytest.raises(kind) as caught:
        asked(spec_for(server.base_url))
    assert str(caught.value).startswith("the models of live cannot be listed: ")
    assert says_ in str(caught.value)


def test_a_server_that_is_not_there(monkeypatch):
    monkeypatch.setenv("TEST_KEY", KEY)
    server = FaultServer()
    server.close()
    with pytest.raises(UnavailableError, match=r"no connection to 127\.0\.0\.1"):
        asked(spec_for(server.base_url))
