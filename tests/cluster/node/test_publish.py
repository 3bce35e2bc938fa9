import pytest

from e2e.cluster.node.publish import publish


def content(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for name in folder.iterdir()
        if not name.name.startswith("..")
        for path in ([name] if name.is_file() else name.rglob("*"))
        if path.is_file()
    }


def test_a_volume_holds_the_files_below_links_through_the_current_folder(tmp_path):
    publish(tmp_path, {"a": b"1", "deep/b": b"2"})
    assert content(tmp_path) == {"a": b"1", "deep/b": b"2"}
    assert (tmp_path / "a").readlink().as_posix() == "..data/a"
    assert (tmp_path / "..data").is_symlink()


def test_new_content_replaces_the_old_and_nothing_else_is_left(tmp_path):
    publish(tmp_path, {"stays": b"1", "goes": b"1"})
    publish(tmp_path, {"stays": b"2", "comes": b"2"})
    assert content(tmp_path) == {"stays": b"2", "comes": b"2"}
    assert len([path for path in tmp_path.iterdir() if path.is_dir() and not path.is_symlink()]) == 1


def test_a_reader_that_holds_the_current_folder_sees_only_one_version(tmp_path):
    publish(tmp_path, {"a": b"1", "b": b"1"})
    with (tmp_path / "a").open("rb") as early:
        publish(tmp_path, {"a": b"2", "b": b"2"})
        assert early.read() == b"1"
    assert content(tmp_path) == {"a": b"2", "b": b"2"}


def test_a_swap_that_was_interrupted_does_not_hinder_the_next(tmp_path):
    (tmp_path / "..data_tmp").symlink_to("nowhere")
    publish(tmp_path, {"a": b"1"})
    assert content(tmp_path) == {"a": b"1"}


@pytest.mark.parametrize("files", [{}, {"a": b""}])
def test_an_empty_volume_can_be_published_twice(tmp_path, files):
    publish(tmp_path, files)
    publish(tmp_path, files)
    assert content(tmp_path) == files
