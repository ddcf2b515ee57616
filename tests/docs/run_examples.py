"""Runs the examples of one page in order, as one session of `python -m asyncio`.

Reads a JSON list of [source, line] from standard input and writes a JSON list of what
each printed. A block may await at its top.
"""

import ast
import asyncio
import contextlib
import inspect
import io
import json
import sys


def main(page):
    blocks = json.load(sys.stdin)
    namespace = {"__name__": "__main__"}
    printed = []
    with asyncio.Runner() as runner:
        for source, line in blocks:
            with contextlib.redirect_stdout(io.StringIO()) as output:
                run(page, "\n" * line + source, namespace, runner)
            printed.append(output.getvalue())
    json.dump(printed, sys.stdout)


def run(page, source, namespace, runner):
    code = compile(source, page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if not code.co_flags & inspect.CO_COROUTINE:
        exec(code, namespace)
        return

    async def block():
        await eval(code, namespace)

    runner.run(block())


if __name__ == "__main__":
    main(sys.argv[1])
