"""A tenth of a second of silence, as a file."""

import wave


def write_voice(path: str = "voice.wav") -> None:
    """One channel, 16 bits, 8 kHz."""
    with wave.open(path, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(800))
