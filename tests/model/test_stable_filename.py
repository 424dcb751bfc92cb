"""What differs from run to run or from machine to machine has one name, so that recordings are found anywhere."""

import re

import pytest

from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.stable import stable_disposition, stable_filename


@pytest.mark.parametrize(
    ("filename", "stable"),
    [
        ("avatar.webp", "avatar.webp"),
        ("pictures/avatar.webp", "pictures/avatar.webp"),
        ('my "best".webp', 'my "best".webp'),
        ("a:b.webp", "a:b.webp"),
        ("7", "<file descriptor>"),
        ("20260101123", "20260101123"),
        ("2024", "2024"),
        ("xtmpab12cd_9", "xtmpab12cd_9"),
        ("tmpab12cd_9x.webp", "tmpab12cd_9x.webp"),
        ("tmpab12cd_9", "<temporary name>"),
        ("/home/anna/Bilder/avatar.webp", "<local path>/avatar.webp"),
        ("/avatar.webp", "<local path>/avatar.webp"),
        ("/home/anna/", "<local path>/"),
        (r"/home/anna/my\best.webp", r"<local path>/my\best.webp"),
        (r"C:\Users\anna\avatar.webp", r"<local path>\avatar.webp"),
        ("C:/Users/anna/avatar.webp", "<local path>/avatar.webp"),
        (r"\\server\share\avatar.webp", r"<local path>\avatar.webp"),
        ("file:///home/anna/avatar.webp", "file://<local path>/avatar.webp"),
        ("file:///C:/Users/anna/avatar.webp", "file://<local path>/avatar.webp"),
        ("/tmp/tmpab12cd_9", "<local path>/<temporary name>"),
    ],
)
def test_a_filename_is_the_same_on_every_machine(filename, stable):
    assert stable_filename(filename) == stable
    assert stable_filename(stable) == stable


@pytest.mark.parametrize(
    ("written", "filename"),
    [
        ('filename="/home/anna/a b.webp"', "/home/anna/a b.webp"),
        ('filename="/home/anna %22a%22/a b.webp"', '/home/anna "a"/a b.webp'),
        (r'filename="/home/anna \"a\"/a b.webp"', '/home/anna "a"/a b.webp'),
        (r'filename="C:\\Users\\anna\\a b.webp"', r"C:\Users\anna\a b.webp"),
        (r'filename="C:\Users\anna\a b.webp"', r"C:\Users\anna\a b.webp"),
        ("filename*=utf-8''%2Fhome%2Fanna%2Fa%20b.webp", "/home/anna/a b.webp"),
        ("filename=\"/home/anna/a b.webp\"; filename*=utf-8''/home/anna/a%20b.webp", "/home/anna/a b.webp"),
    ],
)
def test_a_disposition_tells_no_folder_however_it_is_written(written, filename):
    disposition = stable_disposition(f'form-data; name="image"; {written}', filename)
    assert "anna" not in disposition
    assert disposition.startswith('form-data; name="image"; filename')
    assert re.search(r"<local path>[\\/]a", disposition)


def part(folder):
    path = f"{folder}/avatar.webp"
    return Part(
        name="image",
        filename=path,
        content_type="image/webp",
        disposition=f'form-data; name="image"; filename="{path}"',
        size=7,
        sha256="ab" * 32,
    )


def test_two_machines_send_one_wire_form():
    assert part("/home/anna").identity() == part("/var/lib/ci").identity()
    assert part("/home/anna").identity() == part("<local path>").identity()
