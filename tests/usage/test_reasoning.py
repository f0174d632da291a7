"""Tokens of reasoning and of DeepSeek's cache: read as they are counted, or asked about."""

from __future__ import annotations

from pathlib import Path

import pytest

from commet_core.usage.ingest import Ingested, parse_mapping, read
from commet_core.usage.ingest.recognise.questions import Undecided

BEGIN = "timestamp,customer_id,feature,model"


def written(folder: Path, names: str, numbers: str) -> Path:
    path = folder / "usage.csv"
    path.write_text(f"{BEGIN},{names}\n2026-03-01T00:00:01Z,a,chat,gpt-5,{numbers}\n")
    return path


def tokens(ingested: Ingested) -> tuple[int, int, int]:
    """Input, output, read from the cache."""
    found = ingested.usage.tokens
    assert found is not None
    return int(found.input[0]), int(found.output[0]), int(found.cache_read[0])


@pytest.mark.parametrize(
    ("names", "numbers", "output"),
    [
        ("input_tokens,output_tokens,reasoning_tokens", "100,50,20", 50),
        ("input_tokens,output_tokens,reasoning_tokens", "100,50,80", 130),
        ("input_tokens,output_tokens,reasoning_tokens,total_tokens", "100,50,20,150", 50),
        ("input_tokens,output_tokens,reasoning_tokens,total_tokens", "100,50,20,170", 70),
        ("input_tokens,output_tokens,thoughts_token_count", "100,50,20", 70),
        ("input_tokens,output_tokens,thinking_tokens,total_tokens", "100,50,20,150", 50),
    ],
)
def test_names_and_rows_decide(tmp_path: Path, names: str, numbers: str, output: int) -> None:
    found = read(written(tmp_path, names, numbers))
    assert tokens(found)[1] == output
    word = "part of" if output == 50 else "come on top of"
    assert any(word in note for note in found.report.notes)


def test_what_nothing_proves_is_asked(tmp_path: Path) -> None:
    path = written(tmp_path, "input_tokens,output_tokens,thinking_tokens", "100,50,20")
    with pytest.raises(Undecided, match="`reasoning: included`"):
        read(path)
    assert tokens(read(path, parse_mapping("reasoning: additional", "m.yaml")))[1] == 70
    assert tokens(read(path, parse_mapping("reasoning: included", "m.yaml")))[1] == 50


@pytest.mark.parametrize(
    ("names", "numbers"),
    [
        ("prompt_tokens,completion_tokens,prompt_cache_hit_tokens,prompt_cache_miss_tokens", "100,50,80,20"),
        ("completion_tokens,prompt_cache_hit_tokens,prompt_cache_miss_tokens", "50,80,20"),
    ],
)
def test_hits_and_misses_are_the_input(tmp_path: Path, names: str, numbers: str) -> None:
    assert tokens(read(written(tmp_path, names, numbers))) == (100, 50, 80)
