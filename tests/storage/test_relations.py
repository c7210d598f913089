from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
import xxhash
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aptl3.errors import BadArgument
from aptl3.records.media import DATA, Entry, FileState, PictureInfo, Result
from aptl3.records.relation import CAPTION_BYTES, Caption, Related
from aptl3.records.store import Removed, RemovedRelation
from aptl3.storage.store import Store
from aptl3.storage.verify import verify
from aptl3.storage.writer import Writer
from tests.storage.samples import (
    ALL,
    FOLDER,
    MINI,
    add_models,
    add_text_model,
    alignment,
    fill,
    ingest,
    queue,
    relate,
    row,
)


def text_file(writer: Writer, name: str, words: str) -> int:
    """Ingests a ``.txt`` file; returns its media item."""
    job, [item] = queue(writer, [name])
    data = words.encode()
    with writer.checkpoint() as checkpoint:
        checkpoint.commit_result(
            Result(
                job,
                item.id,
                FOLDER,
                Entry(name, FileState(len(data), 1)),
                xxhash.xxh3_128_digest(data),
                PictureInfo("TEXT", 0, 0),
                {"mini": row(9, MINI)} if writer.model("mini") else {},
                words=words,
            )
        )
    media = writer.media_at(item.path)
    assert media is not None
    return media


def test_captions_become_texts_and_pairs(writer: Writer, root: Path) -> None:
    first, second = ingest(writer, {"a": 1, "b": 2})
    assert relate(writer, {"a": " a man\n", "b": "a man", "gone": "a ghost"}) == Related(pairs=2, missing=1)
    assert writer.counts().media == 3 and writer.counts().texts == 1
    with Store.open(root) as store:
        [relation] = store.relations()
        assert (relation.id, relation.name, relation.source) == (1, "coco", "a test")
        assert (relation.pairs, relation.pictures, relation.texts) == (2, 2, 1)
        assert relation.created.endswith("+00:00")
        [text] = store.captions_of(first)
        assert store.pictures_of(text) == [first, second]
        assert store.captions_of(text) == store.pictures_of(first) == []
        assert store.pairs(1).tolist() == [[first, text], [second, text]]
        assert store.words(text) == "a man" and store.words(first) is None
        assert store.hashes([text]) == [xxhash.xxh3_128_digest(b"a man")]
        info = store.media_info(text)
        assert info is not None
        assert (info.modality, info.size, info.picture) == ("text", 5, PictureInfo("TEXT", 0, 0))
        assert store.modality_of([first, text, 99]) == {first: "image", text: "text"}
        [place] = store.locations(text)
        assert (place.path, place.url, place.state) == (None, "data:,a%20man", FileState(5, 0))
        assert store.media_at("data:,a%20man") == text
        assert store.placed([text, first]) == {text, first}
    assert verify(root) == []


def test_relating_again_adds_nothing(writer: Writer) -> None:
    ingest(writer, {"a": 1, "b": 2})
    captions = {"a": "one", "b": "two"}
    assert relate(writer, captions) == Related(pairs=2)
    before = writer.counts()
    assert relate(writer, captions) == Related(known=2)
    assert relate(writer, {"a": "two"}) == Related(pairs=1)
    assert writer.counts() == before
    assert relate(writer, captions, "others") == Related(pairs=2)
    assert [relation.pairs for relation in writer.relations()] == [3, 2]
    with writer.checkpoint() as checkpoint:
        twice = [Caption(f"{FOLDER}/a", "three")] * 2
        assert checkpoint.relate("coco", "", twice) == Related(pairs=1, known=1)


def test_a_relation_begins_with_its_first_pair(writer: Writer) -> None:
    assert relate(writer, {"gone": "a ghost"}) == Related(missing=1)
    assert writer.relations() == []
    assert writer.counts().media == 0
    with writer.checkpoint() as checkpoint:
        assert checkpoint.relate("coco", "", []) == Related()
    assert writer.pairs(1).shape == (0, 2)


def test_relations_are_found_by_name_and_by_id(writer: Writer) -> None:
    ingest(writer, {"a": 1})
    for name in ("coco", "1", "mine"):
        relate(writer, {"a": "x"}, name)
    names = {key: relation.name for key in ("coco", "1", "3", 1, 3) if (relation := writer.relation(key)) is not None}
    assert names == {"coco": "coco", "1": "1", "3": "mine", 1: "coco", 3: "mine"}
    assert writer.relation("4") is writer.relation(4) is writer.relation("x") is None


@pytest.mark.parametrize(
    ("text", "wrong"),
    [(" \n", "empty"), ("ä" * (CAPTION_BYTES // 2 + 1), "8002 bytes"), ("\udcff", "no Unicode"), ("a\0b", "zero byte")],
)
def test_captions_that_cannot_be(writer: Writer, text: str, wrong: str) -> None:
    ingest(writer, {"a": 1, "b": 2})
    with pytest.raises(BadArgument, match=f"caption of {FOLDER}/b.*{wrong}"):
        relate(writer, {"a": "good", "b": text})
    assert writer.relations() == [] and writer.counts().texts == 0
    assert relate(writer, {"a": f" {'ä' * (CAPTION_BYTES // 2)} "}).pairs == 1


def test_a_relation_needs_a_name(writer: Writer) -> None:
    with pytest.raises(BadArgument, match="name"):
        relate(writer, {}, " ")


def test_texts_are_no_photographs(writer: Writer) -> None:
    text_file(writer, "a.txt", "a man")
    assert relate(writer, {"a.txt": "a text"}) == Related(missing=1)


def test_a_file_of_the_same_words_is_the_same_medium(writer: Writer) -> None:
    ingest(writer, {"a": 1})
    relate(writer, {"a": "a man"})
    media = text_file(writer, "a.txt", "a man")
    assert writer.captions_of(1) == [media]
    assert [place.url for place in writer.locations(media)] == ["file:///photographs/a.txt", "data:,a%20man"]
    assert writer.counts().texts == 1


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=40).filter(lambda text: bool(text.strip()) and "\0" not in text))
def test_any_text_is_its_own_place(writer: Writer, text: str) -> None:
    if writer.media_at(f"{FOLDER}/a") is None:
        ingest(writer, {"a": 1})
    relate(writer, {"a": text})
    words = {writer.words(media): media for media in writer.captions_of(1)}
    [place] = writer.locations(words[text.strip()])
    assert unquote(place.url.removeprefix(DATA), errors="strict") == text.strip()
    assert place.url.isascii() and "/" not in place.url


def test_what_only_a_relation_held_goes_with_it(writer: Writer, root: Path) -> None:
    ingest(writer, {"a": 1, "b": 2, "c": 3})
    add_text_model(writer)
    relate(writer, {"a": "only here", "b": "in both", "c": "in a file"})
    relate(writer, {"a": "in both"}, "other")
    text_file(writer, "c.txt", "in a file")
    fill(writer)
    with writer.checkpoint() as checkpoint:
        kept = checkpoint.add_alignment(replace(alignment(writer), relation=1))
    with writer.checkpoint() as checkpoint:
        assert checkpoint.remove_relation(1) == RemovedRelation(pairs=3, texts=1, vectors=1)
    assert [relation.name for relation in writer.relations()] == ["other"]
    assert sorted(str(writer.words(media)) for media in range(1, 9) if writer.words(media)) == ["in a file", "in both"]
    assert [(record.id, record.relation) for record in writer.alignments()] == [(kept, None)]
    assert writer.counts().media == 5
    file = writer.media_at(f"{FOLDER}/c.txt")
    assert file is not None and [place.path for place in writer.locations(file)] == [f"{FOLDER}/c.txt"]
    assert verify(root) == []
    for unknown in (1, 99):
        with pytest.raises(BadArgument, match=f"no relation {unknown}; aptl3 relations"), writer.checkpoint() as other:
            other.remove_relation(unknown)


def test_captions_go_with_their_photograph(root: Path) -> None:
    with Writer.open(root) as writer:
        add_models(writer)
        add_text_model(writer)
        ingest(writer, {"a": 1, "b": 2})
        relate(writer, {"a": "top secret", "b": "a man"})
        relate(writer, {"a": "a man"})
        text_file(writer, "c.txt", "its own")
        fill(writer)
        removed = writer.remove([f"{FOLDER}/a"])
        assert removed == Removed(locations=2, media=2, vectors=3, thumbnails=1)
        assert writer.media_at("data:,top%20secret") is None
        assert writer.captions_of(2) == [writer.media_at("data:,a%20man")]
        assert writer.pairs(1).shape == (1, 2)
        assert verify(root) == []
        writer.compact()
    left = b"".join(path.read_bytes() for path in root.rglob("*") if path.is_file())
    assert b"secret" not in left and b"its own" in left


def test_texts_are_taken_out_one_by_one_or_all(writer: Writer, root: Path) -> None:
    ingest(writer, {"a": 1})
    for words in ("one", "two/2", "three"):
        relate(writer, {"a": words})
    assert writer.remove(["data:,two%2F2"]) == Removed(1, 1, 0, 0)
    assert [writer.words(media) for media in writer.captions_of(1)] == ["one", "three"]
    assert writer.remove(["/"]).media == 3  # the photograph takes its captions along
    ingest(writer, {"a": 1})
    relate(writer, {"a": "one"})
    assert writer.remove([DATA]) == Removed(1, 1, 0, 0)
    assert writer.counts().media == 1
    assert verify(root) == []


def test_a_drive_that_is_away_takes_no_text_along(writer: Writer) -> None:
    ingest(writer, {"a": 1})
    relate(writer, {"a": "one"})
    with writer.checkpoint() as checkpoint:
        checkpoint.flag_missing(os.sep)
    assert [writer.locations(media)[0].missing for media in (1, 2)] == [True, False]
    assert relate(writer, {"a": "two"}).pairs == 1  # it is known where it was


def test_pairs_keep_their_order_and_type(writer: Writer) -> None:
    ingest(writer, {f"{i:02}": i for i in range(20)})
    for i in reversed(range(20)):
        relate(writer, {f"{i:02}": f"text {i % 7}"})
    pairs = writer.pairs(1)
    assert pairs.dtype == np.int64 and pairs.shape == (20, 2)
    assert pairs.tolist() == sorted(pairs.tolist())


def test_no_job_brings_back_a_text_that_was_removed(writer: Writer) -> None:
    ingest(writer, {"a": 1, "b": 2})
    add_text_model(writer)
    relate(writer, {"a": "goes"})
    relate(writer, {"b": "stays"}, name="other")
    with writer.checkpoint() as checkpoint:
        job = checkpoint.create_job([], {"fill": True})
        assert checkpoint.fill_job(job, ALL) == 2
    with writer.checkpoint() as checkpoint:
        checkpoint.remove_relation(1)
    assert [item.path for item in writer.pending_items(job)] == ["data:,stays"]
