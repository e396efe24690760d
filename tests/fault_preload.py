"""Loaded by the server that children are forked from. See `fault_children`."""

import fault_children

fault_children.load()
