"""A response as a table, which the core asks for when a library wants one."""

from __future__ import annotations

from pyesi import _core

from ._plan import known_route, plan_table


def _of_response(response: _core.Response) -> _core.Batches:
    """The rows of the response in columns.

    Raises:
        InvalidRequest: The catalog does not know the route.
        StatusError: It says no, and so has no rows.
        DecodeFailed: It is not what the catalog describes.
    """
    route = known_route(response.operation_id)
    response.raise_for_status()
    plan = plan_table(route, method=response.method).make()
    return _core.Batches(plan, [_core.read_batch(plan, [(response, 1, ())])])
