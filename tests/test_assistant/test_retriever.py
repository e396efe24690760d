"""The LlamaIndex face of retrieval."""

from fakes import make_passage

from assistant.retrieval import Retrieved
from assistant.retriever import HouseRetriever


def test_nodes_carry_text_and_keep_metadata_out_of_prompts_and_embeddings():
    from llama_index.core.schema import MetadataMode

    passage = make_passage("Records are kept for seven years.", rank=1)
    asked = []

    def search(text: str) -> Retrieved:
        asked.append(text)
        return Retrieved(passages=(passage,))

    (found,) = HouseRetriever(search).retrieve("how long?")
    assert asked == ["how long?"]
    assert found.node.node_id == passage.chunk.id
    assert found.node.metadata["page"] == passage.chunk.page
    for mode in (MetadataMode.LLM, MetadataMode.EMBED):
        assert found.node.get_content(mode) == passage.chunk.text
