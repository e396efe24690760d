"""May this happen, and what happened? Pure: no network, no model server, none of our other rooms."""
