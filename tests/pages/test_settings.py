"""How the dashboard's server is set up, where a setting keeps something from going wrong."""

import gc

import pytest
from streamlit import config
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_cache import populate_hash_if_needed


@pytest.mark.parametrize("letters", [10, 100_000, 10_000_000])
def test_no_message_is_left_to_what_a_browser_may_have_dropped(letters: int) -> None:
    """Else a fast tap ends in "Connection error … Cached ForwardMsg MISS": the browser drops it while it asks for a page."""
    message = ForwardMsg()
    message.delta.new_element.markdown.body = "x" * letters
    populate_hash_if_needed(message)
    assert not message.metadata.cacheable


def test_a_page_does_not_sweep_the_whole_memory_after_each_run() -> None:
    """It takes five times as long as all else on the page; what visitors leave is swept when they have left (`kept`)."""
    assert config.get_option("runner.postScriptGC") is False
    assert gc.isenabled()
