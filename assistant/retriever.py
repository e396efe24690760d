"""Our retrieval as a LlamaIndex retriever, for pipelines that are built on its contracts.

Rights, re-checking and recording are those of the house: the function that is passed in does them for one person.
Metadata stays out of prompts and embeddings: only text goes there.
"""

from __future__ import annotations

from collections.abc import Callable

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from assistant.retrieval import Retrieved
from ingest.about import stated
from policies.vocabulary import Passage


class HouseRetriever(BaseRetriever):  # type: ignore[misc]  # a class without types of its own
    """Gives what one person may read. `retrieve` is `Desk.search` for that person: it records what it returns."""

    def __init__(self, retrieve: Callable[[str], Retrieved]) -> None:
        self._search = retrieve
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._search(query_bundle.query_str)
        return [NodeWithScore(node=_node(passage), score=passage.score) for passage in found.passages]


def _node(passage: Passage) -> TextNode:
    chunk, document = passage.chunk, passage.document
    metadata = {
        "document": document.id,
        "version": document.version,
        "source": document.source.path,
        "title": document.title,
        "page": chunk.page,
        "rows": chunk.rows,
        "heading": " › ".join(chunk.heading),
        "label": str(chunk.label.raised(document.label)),
        **stated(document),
    }
    return TextNode(
        id_=chunk.id,
        text=chunk.text,
        metadata=metadata,
        excluded_llm_metadata_keys=list(metadata),
        excluded_embed_metadata_keys=list(metadata),
    )
