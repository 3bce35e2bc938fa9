import json
import os
from pathlib import Path

import pytest

from e2e.cluster.node.images import Image, ImageTable


def test_relative_folders_are_relative_to_the_nodes_folder():
    image = Image.parse("a:1", {"path": f"bin{os.pathsep}/opt/bin", "cwd": "x"})
    assert image.path == f"{Path.cwd() / 'bin'}{os.pathsep}/opt/bin"
    assert image.cwd == str(Path.cwd() / "x")


def test_an_entry_may_be_empty():
    assert Image.parse("a:1", {}) == Image()


def test_an_unknown_field_is_named():
    with pytest.raises(ValueError, match=r"image a:1: unknown paths; use command, cwd, env, path"):
        Image.parse("a:1", {"paths": ""})


def test_an_image_that_is_added_to_the_table_is_found(tmp_path):
    file = tmp_path / "images.json"
    file.write_text(json.dumps({"a:1": {"command": ["run"], "env": {"A": "1"}}}))
    table = ImageTable(file)
    assert table.find("a:1") == Image(env={"A": "1"}, command=("run",))
    assert table.find("a:2") is None
    file.write_text(json.dumps({"a:2": {}}))
    assert table.find("a:2") == Image()
