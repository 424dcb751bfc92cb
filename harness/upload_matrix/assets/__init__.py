"""The pictures that are uploaded: made by Pillow from recipes, never downloaded.

``recipes`` says what each looks like, ``images`` which file names they go by, ``studio`` writes them for
a run. Imports ``model`` and Pillow.
"""
