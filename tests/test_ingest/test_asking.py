"""Which folders somebody without a login on the machine may name as a source, and how words are checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.asking import allowed_place, categories_named, level_named, source
from ingest.config import load_settings
from policies.config import Home
from policies.errors import RefusedError, UsageError
from policies.labels import Category, Level


@pytest.fixture
def roots(tmp_path: Path) -> list[Path]:
    """Two roots, one of them a link; beside them what must not be reached, and a home within the first."""
    for place in ("share/legal/new", "share/home/keys", "other", "secret/deep", "shared"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "mount").symlink_to(tmp_path / "other")
    (tmp_path / "share/out").symlink_to(tmp_path / "secret")
    (tmp_path / "share/round").symlink_to(tmp_path / "share/round")
    (tmp_path / "share/in").symlink_to(tmp_path / "share/legal")
    return [tmp_path / "share", tmp_path / "mount"]


def asked_for(folder: object, roots: list[Path]) -> Path:
    return allowed_place(str(folder), roots, never=[roots[0] / "home"])


def test_a_folder_below_a_root_is_taken_with_its_links_followed(roots: list[Path]) -> None:
    share, other = roots[0], roots[0].parent / "other"
    assert asked_for(share / "legal/new", roots) == share / "legal/new"
    assert asked_for(f" {share}/legal/ ", roots) == share / "legal"
    assert asked_for(share / "in", roots) == share / "legal"
    assert asked_for(share / "legal/../legal", roots) == share / "legal"
    assert asked_for(roots[1] / "x", roots) == other / "x"


@pytest.mark.parametrize(
    "folder",
    [
        "{at}/secret",
        "{at}/share/../secret",
        "{at}/share/legal/../../secret/deep",
        "{at}/share/out",  # a link that leads out
        "{at}/share/out/deep",
        "{at}/share/out/../legal",  # by the link's own parent this is elsewhere
        "{at}/share/round",
        "{at}/shared",  # begins with the letters of a root
        "{at}/secret/not-there",
        "{at}",
        "/",
        "",
        "share/legal",
        "~/share",
        "{at}/share/legal\0",
        "{at}/share/home",  # the home of this installation, what lies in it, and what holds it
        "{at}/share/home/keys",
        "{at}/share",
    ],
)
def test_everything_else_is_refused_in_the_same_words(roots: list[Path], folder: str) -> None:
    """Nobody learns from them what lies on the machine."""
    with pytest.raises(RefusedError) as refused:
        asked_for(folder.format(at=roots[0].parent), roots)
    below = f"{roots[0]} or {roots[1]}"
    assert str(refused.value) == (
        "This folder is not one that may be added from here. "
        f"Name a whole path below {below}, or ask who runs the server."
    )


def test_without_a_root_nothing_may_be_added(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="source_roots"):
        allowed_place(str(tmp_path), [], never=[])


def test_roots_are_whole_paths(home: Home) -> None:
    """None as installed."""
    assert load_settings(home).source_roots == ()
    (home.path / "ringfence.toml").write_text('[ingest]\nsource_roots = ["/srv/docs", "docs"]\n')
    with pytest.raises(UsageError, match="docs is no whole path"):
        load_settings(home)
    (home.path / "ringfence.toml").write_text('[ingest]\nsource_roots = ["/srv/docs"]\n')
    assert load_settings(home).source_roots == (Path("/srv/docs"),)


def test_words_are_taken_as_they_are_known(tmp_path: Path) -> None:
    assert level_named("") is None
    assert level_named(" Internal ") is Level.INTERNAL
    assert categories_named(["health", "Payment"]) == {Category.HEALTH, Category.PAYMENT}
    rules = {"owner": "", "level": "", "categories": [], "actor": "a"}
    for name, groups, originals, words in (
        ("Board!", ["staff"], "keep", "cannot be a name"),
        ("board", [], "keep", "no group was named"),
        ("board", ["staff"], "kep", "Did you mean 'keep'"),
    ):
        with pytest.raises(UsageError, match=words):
            source(name, tmp_path, groups=groups, originals=originals, **rules)  # type: ignore[arg-type]
