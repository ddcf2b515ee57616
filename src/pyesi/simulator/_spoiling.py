"""What a fault makes of a reply before it is sent."""

from __future__ import annotations

import msgspec

from pyesi.simulator._faults import Fault
from pyesi.simulator._freshness import told_expiry
from pyesi.simulator._request import Refusal, Reply
from pyesi.simulator._world import WRAPPED_PAGE_END

_JSON = "application/json"
_HTML_504 = (
    b"<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n"
    b"<center><h1>504 Gateway Time-out</h1></center>\r\n</body>\r\n</html>\r\n"
)
# What still reaches the client as the answer that it is.
_HARMLESS = frozenset({"latency", "slow_drip", "headers"})


def spoil(reply: Reply, fault: Fault) -> Reply:
    """Let a fault decide what is sent; how it is sent, the server decides."""
    match fault.kind:
        case "status":
            reply = _scripted(fault)
        case "html_504":
            reply = Reply(504, {"Content-Type": "text/html"}, _HTML_504)
        case "wrapped_page_end_500":
            reply = Refusal(500, WRAPPED_PAGE_END).reply()
        case "redirect":
            reply = Reply(fault.code or 302, {"Location": fault.location})
        case "invalid_json":
            reply = Reply(200, {"Content-Type": _JSON}, b'{"players": 21, "server_')
    reply.fault = fault
    if fault.kind not in _HARMLESS:
        reply.told_expiry = None
    return reply


def _scripted(fault: Fault) -> Reply:
    headers = {"Content-Type": _JSON}
    if isinstance(fault.body, str):
        headers["Content-Type"] = "text/html"
        body = fault.body.encode()
    else:
        default = {"error": "scripted fault"}
        body = msgspec.json.encode(default if fault.body is None else fault.body)
    return Reply(fault.code or 500, headers, body)


def change_headers(reply: Reply, fault: Fault, now: float) -> None:
    """Add and leave out headers, and read anew what the client is told by them."""
    reply.headers |= fault.headers
    gone = {name.lower() for name in fault.missing}
    reply.headers = {
        name: value for name, value in reply.headers.items() if name.lower() not in gone
    }
    if reply.told_expiry is not None:
        reply.told_expiry = told_expiry(reply.headers, now)
