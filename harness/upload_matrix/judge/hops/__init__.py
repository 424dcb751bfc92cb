"""What a gateway did to a call, read from what was sent, what was forwarded and what was answered. Pure.

``compare`` is the door: the rewritings of one forwarded form, each with its effect. ``pairing`` finds which
part became which, ``embedded`` looks for parts in a JSON body, ``effects`` names a difference, ``speakers``
says whose verdict came back, ``told`` puts a run's hops in sentences. Imports ``upload_matrix.model`` and its
neighbours in ``upload_matrix.judge``.
"""
