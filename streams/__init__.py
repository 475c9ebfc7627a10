"""The steps: mentions flow in from the connectors; facts flow out to the store, incidents to people."""
