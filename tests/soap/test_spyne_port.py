"""What this project relies on in Spyne 2.14; a new Spyne that changes it makes these fail."""

from __future__ import annotations

import gc
import inspect
import logging
import math
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from typing import Any

import pytest

from ihe_profiles.soap import spyne_port
from ihe_profiles.soap.exchange import Answer, Operation
from ihe_profiles.soap.spyne_port import ActionProtocol, SoapServer
from tests.soap import echo, messages
from tests.soap.echo import PROVIDE, RETRIEVE, SUBMIT, UPDATE, Echo

HOOKS = {
    "create_in_document": ["self", "ctx", "in_string_encoding"],
    "decompose_incoming_envelope": ["self", "ctx", "message"],
    "get_call_handles": ["self", "ctx"],
    "deserialize": ["self", "ctx", "message"],
    "serialize": ["self", "ctx", "message"],
    "create_out_string": ["self", "ctx", "out_string_encoding"],
}


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hooks in the order in which Spyne calls them."""
    calls: list[str] = []

    def spy(name: str) -> None:
        original = getattr(ActionProtocol, name)

        def hook(self: ActionProtocol, *args: Any, **more: Any) -> Any:
            calls.append(name)
            return original(self, *args, **more)

        monkeypatch.setattr(ActionProtocol, name, hook)

    for name in HOOKS:
        spy(name)
    return calls


def test_the_version_that_the_port_was_written_for() -> None:
    assert metadata.version("spyne") == "2.14.0"


@pytest.mark.parametrize("name", HOOKS)
def test_the_hooks_have_the_signatures_of_spyne(name: str) -> None:
    theirs = inspect.signature(getattr(spyne_port.ProtocolBase, name))
    ours = inspect.signature(getattr(ActionProtocol, name))
    assert list(theirs.parameters) == list(ours.parameters) == HOOKS[name]


def test_spyne_calls_each_hook_once_and_in_this_order(called: list[str]) -> None:
    Echo().send(echo.submit())
    assert called == list(HOOKS)


def test_a_fault_in_the_envelope_goes_straight_to_the_answer(called: list[str]) -> None:
    reply, _ = Echo().send(messages.envelope("", "<x/>"))
    assert reply.status == 400
    assert called == [
        "create_in_document",
        "decompose_incoming_envelope",
        "serialize",
        "create_out_string",
    ]


def test_a_fault_in_the_body_goes_straight_to_the_answer(called: list[str]) -> None:
    reply, _ = Echo().send(messages.envelope(messages.action(SUBMIT.action), "<x/>"))
    assert reply.status == 400
    assert called == list(HOOKS)


@pytest.mark.parametrize("transaction", [SUBMIT, UPDATE])
def test_two_operations_with_one_body_element_are_told_apart(
    transaction: spyne_port.Transaction,
) -> None:
    service = Echo()
    reply, data = service.send(echo.submit(transaction))
    assert reply.status == 200
    assert f'by="{transaction.number}"'.encode() in data
    assert messages.first(data, ".//wsa:Action") == transaction.response_action
    assert service.exchanges[0].transaction is transaction


def test_an_unknown_action() -> None:
    reply, data = Echo().send(messages.envelope(messages.action("urn:test:Nothing"), "<x/>"))
    assert reply.status == 400
    assert messages.fault_subcodes(data) == ["ActionNotSupported"]
    path = ".//s:Detail/wsa:ProblemAction/wsa:Action"
    assert messages.first(data, path) == "urn:test:Nothing"
    assert "urn:test:Update" in messages.fault_text(data)


def test_the_action_of_one_transaction_with_the_body_of_another() -> None:
    reply, data = Echo().send(
        messages.envelope(messages.action(SUBMIT.action), f'<Retrieve xmlns="{echo.XDS}"/>')
    )
    assert reply.status == 400
    text = messages.fault_text(data)
    assert SUBMIT.request in text
    assert RETRIEVE.request in text
    assert "ITI-42" in text


@pytest.mark.parametrize("header", ["ReplyTo", "FaultTo"])
def test_an_answer_elsewhere_is_refused_and_nobody_is_contacted(header: str) -> None:
    service = Echo()
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        address = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/"
        endpoint = f"<wsa:{header}><wsa:Address>{address}</wsa:Address></wsa:{header}>"
        reply, data = service.send(echo.submit(header=endpoint))
        assert reply.status == 400
        assert messages.fault_subcodes(data)[1:] == ["OnlyAnonymousAddressSupported"]
        assert address in messages.fault_text(data)
        elsewhere.settimeout(0.1)
        with pytest.raises(TimeoutError):
            elsewhere.accept()
    assert service.exchanges == []


def test_an_operation_sees_the_exchange() -> None:
    service = Echo()
    message_id = "<wsa:MessageID>urn:uuid:1</wsa:MessageID>"
    reply, data = service.send(echo.submit(header=message_id, content="<x/>"))
    [exchange] = service.exchanges
    assert exchange.addressing.message_id == "urn:uuid:1"
    assert exchange.header is not None
    assert exchange.body.tag == SUBMIT.request
    assert exchange.peer.address == "192.0.2.7"
    assert exchange.peer.certificate == b"certificate"
    assert ("X-Trace-Id", exchange.trace_id) in reply.headers
    assert f'trace="{exchange.trace_id}"'.encode() in data
    assert messages.first(data, ".//wsa:RelatesTo") == "urn:uuid:1"


def test_a_fault_of_an_operation() -> None:
    reply, data = Echo().send(
        echo.submit(attributes='fail="fault"', header="<wsa:MessageID>urn:m</wsa:MessageID>")
    )
    assert reply.status == 400
    assert messages.fault_subcodes(data) == ["InvalidAddressingHeader", "DuplicateMessageID"]
    assert messages.first(data, ".//wsa:RelatesTo") == "urn:m"


def test_an_unforeseen_error_is_logged_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    service = Echo()
    reply, data = service.send(echo.submit(attributes='fail="handler"'))
    assert reply.status == 500
    assert messages.fault_code(data) == "Receiver"
    assert service.exchanges[0].trace_id in messages.fault_text(data)
    assert b"secret" not in data
    assert b"Traceback" not in data
    [record] = caplog.records
    assert record.name == "ihe_profiles.soap.spyne_port"
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


def test_spyne_itself_logs_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        Echo().send(messages.envelope("", "<x/>"))
        Echo().send(echo.submit(attributes='fail="fault"'))
    assert [r for r in caplog.records if r.name.startswith("spyne")] == []


def test_two_operations_with_one_action_cannot_be_offered() -> None:
    twin = Operation(SUBMIT, lambda exchange: Answer([]))
    with pytest.raises(ValueError, match="same action"):
        SoapServer("Twins", [twin, twin])


def test_transactions_by_action() -> None:
    assert dict(Echo().server.transactions) == {
        t.action: t for t in (SUBMIT, UPDATE, PROVIDE, RETRIEVE)
    }


def test_many_threads_do_not_mix_their_messages() -> None:
    service = Echo()
    barrier = threading.Barrier(8)

    def one(thread: int) -> list[tuple[str, str]]:
        barrier.wait()
        answers = []
        for turn in range(40):
            transaction = SUBMIT if (thread + turn) % 2 else UPDATE
            name = f"urn:{thread}:{turn}"
            message_id = f"<wsa:MessageID>{name}</wsa:MessageID>"
            _, data = service.send(echo.submit(transaction, header=message_id))
            assert messages.first(data, ".//wsa:RelatesTo") == name
            answers.append((f'by="{transaction.number}"', data.decode()))
        return answers

    with ThreadPoolExecutor(8) as pool:
        for answers in pool.map(one, range(8)):
            assert all(expected in answer for expected, answer in answers)


def test_spyne_runs_no_garbage_collection_of_its_own() -> None:
    service = Echo()
    collections: list[str] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if info["generation"] == 2:
            collections.append(phase)

    assert math.isinf(spyne_port.spyne.const.MIN_GC_INTERVAL)
    gc.disable()
    gc.callbacks.append(note)
    try:
        service.send(echo.submit())
    finally:
        gc.callbacks.remove(note)
        gc.enable()
    assert collections == []


def test_the_port_imports_spyne_quietly_and_leaves_the_process_as_it_was() -> None:
    program = (
        "import logging, sys, warnings; before = list(warnings.filters), list(sys.path);"
        "import ihe_profiles.soap.spyne_port;"
        "assert (list(warnings.filters), list(sys.path)) == before;"
        "assert not [m for m in sys.meta_path if type(m).__module__.startswith('spyne')];"
        "import six; assert not hasattr(six, 'get_function_name');"
        "from spyne.util.appreg import applications; assert not applications"
    )
    # -B and an own cache prefix: the sources are compiled anew, with every warning an error.
    command = [sys.executable, "-W", "error", "-B", "-X", "pycache_prefix=/nonexistent", "-c"]
    ran = subprocess.run([*command, program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_servers_do_not_stay_in_spyne_s_registry() -> None:
    program = (
        "from tests.soap.echo import Echo; Echo();"
        "from spyne.util.appreg import applications; assert not applications"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
