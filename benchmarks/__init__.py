"""What the product promises in figures, measured side by side with other trackers."""
