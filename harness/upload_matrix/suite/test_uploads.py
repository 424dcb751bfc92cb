"""One test, called once for every case of the matrices. A project of your own needs no more than this."""


def test_upload(upload_case):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Run the case and compare it with the matrix's expectation."""
    upload_case.check()
