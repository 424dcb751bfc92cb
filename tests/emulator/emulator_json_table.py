"""For rules about files in JSON and about bodies that are files: what each answers, and a neighbour that passes."""

from __future__ import annotations

import base64

from emulator_wires import MIB, bare, json_body, multipart, raw_body, with_files

from upload_matrix.assets.pictures import render

PNG, JPEG = render("png"), render("jpeg")
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
WAV = b"RIFF" + (36).to_bytes(4, "little") + b"WAVEfmt " + bytes(28)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>' + bytes(40)


def b64(content):
    return base64.b64encode(content).decode()


def url(content, media_type):
    return f"data:{media_type};base64,{b64(content)}"


def chat(block):
    message = {"role": "user", "content": [{"type": "text", "text": "What is this?"}, block]}
    return with_files("/v1/chat/completions", {"model": "gpt-4o", "messages": [message]})


def picture(text):
    return chat({"type": "image_url", "image_url": {"url": text}})


def document(text, **more):
    return chat({"type": "file", "file": {"file_data": text, **more}})


def by_id(name):
    return chat({"type": "file", "file": {"file_id": name}})


def sound(word):
    return chat({"type": "input_audio", "input_audio": {"data": b64(WAV), "format": word}})


def responses(block):
    return with_files("/v1/responses", {"model": "gpt-4o", "input": [{"role": "user", "content": [block]}]})


def input_image(text):
    return responses({"type": "input_image", "image_url": text})


def input_file(text, **more):
    return responses({"type": "input_file", "file_data": text, **more})


OPENAI = {
    "chat-image-without-prefix": (picture(b64(PNG)), picture(url(PNG, "image/png"))),
    "chat-image-type": (picture(url(PNG, "application/pdf")), picture(url(JPEG, "image/png"))),
    "chat-image-format": (picture(url(SVG, "image/png")), picture(url(JPEG, "image/jpg"))),
    "chat-file-without-name": (
        document(url(PDF, "application/pdf")),
        document(url(PDF, "application/pdf"), filename="a.pdf"),
    ),
    "chat-file-without-prefix": (
        document(b64(PDF), filename="a.pdf"),
        document(url(PDF, "application/pdf"), filename="a"),
    ),
    "chat-file-type": (
        document(url(PDF, "text/markdown"), filename="a.md"),
        document(url(PDF, "application/pdf"), filename="a.md"),
    ),
    "chat-file-id-type": (by_id("file-emulated-untyped-0123"), by_id("file-emulated-application-pdf-0123")),
    "chat-sound-format": (sound("audio/wav"), sound("wav")),
    "input-image-empty": (input_image("data:image/png;base64,"), input_image(url(PNG, "image/png"))),
    "input-image-without-prefix": (input_image(b64(PNG)), input_image("https://example.test/a.png")),
    "input-image-format": (input_image(url(SVG, "image/svg+xml")), input_image(url(JPEG, "image/png"))),
    "input-file-without-name": (
        input_file(url(PDF, "application/pdf")),
        input_file(url(PDF, "application/pdf"), filename="a"),
    ),
    "input-file-without-prefix": (
        input_file(b64(PDF), filename="a.pdf"),
        input_file(url(PDF, "application/pdf"), filename="a.pdf"),
    ),
    "input-file-type": (
        input_file(url(WAV, "audio/wav"), filename="a.wav"),
        input_file(url(b"a,b\n1,2\n" * 20, "text/csv"), filename="a.csv"),
    ),
}


def messages(kind, media_type, data):
    source = {"type": "base64", "media_type": media_type, "data": data}
    message = {"role": "user", "content": [{"type": kind, "source": source}]}
    return with_files("/v1/messages", {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [message]})


LARGE = PNG[:-12] + bytes(4 * MIB) + PNG[-12:]

ANTHROPIC = {
    "path-not-emulated": (json_body("/v1/batches", model="x"), messages("image", "image/png", b64(PNG))),
    "streaming-not-emulated": (
        json_body("/v1/messages", model="x", stream=True),
        json_body("/v1/messages", model="x", stream=False),
    ),
    "body-not-json": (multipart("/v1/messages", model="x"), json_body("/v1/messages", model="x")),
    "image-empty": (messages("image", "image/png", ""), messages("image", "image/png", b64(PNG))),
    "image-type": (messages("image", "image/jpg", b64(JPEG)), messages("image", "image/jpeg", b64(JPEG))),
    "document-type": (
        messages("document", "text/csv", b64(PDF)),
        messages("document", "application/pdf", b64(PDF)),
    ),
    "data-not-base64": (
        messages("document", "application/pdf", "/tmp/report.pdf"),
        messages("document", "application/pdf", b64(PDF)),
    ),
    "data-with-prefix": (
        messages("image", "image/png", url(PNG, "image/png")),
        messages("image", "image/png", b64(PNG)),
    ),
    "image-too-large": (
        messages("image", "image/png", b64(LARGE)),
        messages("image", "image/png", b64(PNG[:-12] + bytes(3 * MIB) + PNG[-12:])),
    ),
    "image-type-not-of-its-bytes": (
        messages("image", "image/png", b64(JPEG)),
        messages("document", "application/pdf", b64(PDF)),
    ),
    "image-not-processed": (
        messages("image", "image/png", b64(SVG)),
        messages("image", "image/webp", b64(render("webp"))),
    ),
}


def gemini(mime_type, data):
    parts = [{"text": "What is this?"}, {"inlineData": {"mimeType": mime_type, "data": data}}]
    return with_files("/v1beta/models/gemini-2.5-flash:generateContent", {"contents": [{"parts": parts}]})


GOOGLE = {
    "path-not-emulated": (json_body("/v1beta/batches"), gemini("image/png", b64(PNG))),
    "data-not-base64": (gemini("image/png", "/tmp/avatar.png"), gemini("image/png", b64(PNG).rstrip("="))),
    "data-with-prefix": (gemini("image/png", url(PNG, "image/png")), gemini("image/png", b64(JPEG))),
    "type-unsupported": (gemini("png", b64(PNG)), gemini("image/png", b64(PNG))),
}


def ocr(text):
    document = {"type": "document_url", "document_url": text}
    return with_files("/v1/ocr", {"model": "mistral-ocr-latest", "document": document})


def ocr_picture(text):
    document = {"type": "image_url", "image_url": text}
    return with_files("/v1/ocr", {"model": "mistral-ocr-latest", "document": document})


MISTRAL = {
    "path-not-emulated": (json_body("/v1/batches"), ocr(url(PDF, "application/pdf"))),
    "document-without-prefix": (ocr(b64(PDF)), ocr("https://example.test/a.pdf")),
    "document-type": (ocr(url(b"a,b\n1,2\n" * 20, "text/csv")), ocr(url(PDF, "application/pdf"))),
    "image-without-prefix": (ocr_picture(b64(PNG)), ocr_picture(url(PNG, "image/png"))),
    "document-not-pdf": (ocr(url(PNG, "application/pdf")), ocr(url(PDF, "application/pdf"))),
}

DEEPGRAM = {
    "path-not-emulated": (bare("POST", "/v1/batches"), raw_body("/v1/listen", WAV, "audio/wav")),
    "no-file": (
        raw_body("/v1/listen", b"nothing but words", "text/plain"),
        raw_body("/v1/listen", WAV, "audio/wav"),
    ),
    "no-sound-but-text": (
        raw_body("/v1/listen", b"nothing but words " * 9, "audio/wav"),
        raw_body("/v1/listen", WAV, "audio/wav"),
    ),
    "no-sound": (raw_body("/v1/listen", PNG, "audio/wav"), raw_body("/v1/listen", WAV, "audio/mpeg")),
}
