"""Models that the organisation runs, behind one seam (`base.py`). None of them may reach outside the house."""
