"""What ours is compared with: LlamaIndex's own IngestionPipeline as a tutorial sets it up, written fairly.

Its packages for Hugging Face models and for Qdrant are no part of this installation. In their place: a `BaseEmbedding`
over sentence-transformers that calls it as that package does, and nodes written to qdrant-client's local mode on disk
in batches of 64 with the payload that LlamaIndex itself makes of a node. It neither labels, nor records, nor indexes
words.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

BATCH = 64
AS_INSTALLED = 10
"""Texts that LlamaIndex gives its embedding at once when nobody says otherwise."""
WELL_CHOSEN = 32
"""What sentence-transformers takes at once by itself."""


class PlainPipeline:
    """Reads files, splits, embeds and stores them; the model is loaded when it is made."""

    def __init__(self, model: Path, store: Path, *, tokens: int, batch: int = AS_INSTALLED) -> None:
        from llama_index.core.ingestion import IngestionPipeline
        from llama_index.core.node_parser import SentenceSplitter
        from qdrant_client import QdrantClient, models
        from sentence_transformers import SentenceTransformer
        from tokenizers import Tokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        transformer = SentenceTransformer(str(model), device="cpu", local_files_only=True).eval()
        tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()

        def count(text: str) -> list[int]:
            return list(tokenizer.encode(text, add_special_tokens=False).ids)

        splitter = SentenceSplitter(chunk_size=tokens, chunk_overlap=0, tokenizer=count, paragraph_separator="\n\n")
        self._pipeline = IngestionPipeline(transformations=[splitter, _embedding(transformer, batch)])
        self._models = models
        self._client = QdrantClient(path=str(store))
        size = transformer.get_embedding_dimension()
        self._client.create_collection(
            "plain", vectors_config=models.VectorParams(size=size, distance=models.Distance.COSINE)
        )

    def take_in(self, paths: Sequence[Path]) -> int:
        """The number of chunks that were stored."""
        from llama_index.core import Document
        from llama_index.core.vector_stores.utils import node_to_metadata_dict

        documents = [Document(text=path.read_text(), metadata={"title": path.stem}) for path in paths]
        nodes = self._pipeline.run(documents=documents)
        for start in range(0, len(nodes), BATCH):
            points = [
                self._models.PointStruct(id=node.node_id, vector=node.embedding, payload=node_to_metadata_dict(node))
                for node in nodes[start : start + BATCH]
            ]
            self._client.upsert("plain", points)
        return len(nodes)

    def close(self) -> None:
        self._client.close()


def _embedding(transformer: Any, batch: int) -> Any:
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.bridge.pydantic import PrivateAttr

    class SentenceTransformersEmbedding(BaseEmbedding):  # type: ignore[misc]
        _model: Any = PrivateAttr()

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            rows = self._model.encode(texts, batch_size=self.embed_batch_size, normalize_embeddings=True)
            return [[float(number) for number in row] for row in rows.tolist()]

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embeddings([query])[0]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

    embedding = SentenceTransformersEmbedding(model_name="packaged", embed_batch_size=batch)
    embedding._model = transformer
    return embedding
