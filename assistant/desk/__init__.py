"""The front desk: what the faces may ask of the house, kept by the real parts.

What a page may ask is a protocol of `assistant.web`; a file here keeps it. Every method checks the person's rights live
and records what it is about to show before it returns; the faces decide nothing and record nothing.
"""
