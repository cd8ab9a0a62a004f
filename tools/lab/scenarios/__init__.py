"""The scenarios, a file for each topic. Each is one entry: a sentence, its truth, and what is played."""
