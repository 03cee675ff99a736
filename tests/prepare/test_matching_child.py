from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, get_ident

from cxone_async.prepare.matching_child import map_with


def test_the_first_item_runs_here_while_the_others_run_in_the_executor():
    both = Barrier(2, timeout=10)

    def thread_of(_item):
        both.wait()
        return get_ident()

    with ThreadPoolExecutor(1) as second_thread:
        here, elsewhere = map_with(second_thread)(thread_of, ("first", "second"))
    assert here == get_ident()
    assert elsewhere != here
