"""Does an answer sentence stand in the passages? Sentence by sentence, before anything is shown.

`sentences` finds their borders, also in a stream; `check.check` decides; `quotes` picks what passages say
best and tells when nothing relevant was found. No model is needed; an embedder may help to see paraphrases.
"""
