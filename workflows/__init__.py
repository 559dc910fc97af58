"""Orchestration only: the journey, the engine that hosts its tracks, and a file per track."""
