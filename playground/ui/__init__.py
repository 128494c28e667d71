"""The window: the only place for PySide6 and pyqtgraph. No torch here; the engine's door is the only way to the
models.
"""
