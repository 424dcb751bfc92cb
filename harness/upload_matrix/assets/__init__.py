"""The files that are uploaded: made from recipes, never downloaded.

``pictures`` are drawn with Pillow, ``sounds`` and ``documents`` written byte by byte; ``studio`` puts what a
run needs on disk.
"""
