"""Who answers a case: a recording, the emulator, a live server, or nobody.

``answering`` decides and asks, ``service`` puts an emulator behind a port, ``given`` keeps what asking live
servers leaves for the run that replays; ``interruptions`` and ``file_ids`` are what an answer needs beside.
"""
