"""The demo: the coordinator's main job, on a roster and at a rhythm that are real, about people who are not."""
