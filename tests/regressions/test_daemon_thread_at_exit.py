"""A daemon thread that waits for an answer while the interpreter ends.

Up to Python 3.13 a thread that wants the GIL back then is ended by unwinding its stack.
pybind11's gil_scoped_release takes the GIL back in a destructor, through which nothing
may unwind: the process was aborted, about one time in five.
"""

import pytest

from hazards.programs import run

WAITS = {
    "stream": "next(esi.stream_pages(ORDERS, consistent=False, **FORGE))",
    "get": "esi.get(SYSTEM, **system(0))",
    "statistics": "[esi.statistics() for _ in range(100_000)]",
}


# To gcc's undefined behaviour sanitizer a thread that is unwound is a null reference.
@pytest.mark.unsanitized
@pytest.mark.parametrize("wait", WAITS)
def test_the_process_is_not_aborted(simulator, wait):
    """
    The program ends with 0, however its daemon threads stand at that moment.
    """
    simulator.faults([{"fault": {"kind": "no_answer"}, "times": None}])
    program = f"""
    esi = blocking()
    def ask():
        try:
            {WAITS[wait]}
        except errors.ESIError:
            pass
    for _ in range(8):
        threading.Thread(target=ask, daemon=True).start()
    time.sleep(0.05)
    """
    for _ in range(6):
        ended = run(program, simulator.base_url, seconds=20)
        assert (ended.returncode, ended.stderr) == (0, "")
