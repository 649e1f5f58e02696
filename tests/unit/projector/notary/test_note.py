"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint)."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from projector.notary.core.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint, sign_checkpoint
from projector.notary.core.encoding import from_base64, from_decimal, to_base64
from projector.notary.core.faults import MalformedCheckpoint, MalformedNote, UntrustedNote
from projector.notary.core.note import Signer, Verifier, open_note, parse_note, parse_vkey, sign_note

VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
TEXT = "This is an example message.\n"
SIGNATURE = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
NOTE = f"{TEXT}\n— example.com/foo {SIGNATURE}\n".encode()


def signer(name: str = "store.example/log", seed: int = 1) -> Signer:
    return Signer(name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


def test_the_known_note_is_opened_with_its_known_key():
    text, signed_by = open_note(NOTE, [parse_vkey(VKEY)])
    assert text == TEXT
    assert [verifier.vkey for verifier in signed_by] == [VKEY]
    assert parse_vkey(VKEY).key_id.hex() == "530d903a"


@pytest.mark.parametrize("place", range(len(NOTE)))
def test_a_flipped_bit_anywhere_in_a_note_is_noticed(place):
    flipped = bytes([*NOTE[:place], NOTE[place] ^ 1, *NOTE[place + 1 :]])
    with pytest.raises((MalformedNote, UntrustedNote)):
        open_note(flipped, [parse_vkey(VKEY)])


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])), st.integers(1, 5))
def test_a_note_opens_with_any_of_its_keys_and_unknown_ones_are_ignored(text, count):
    signers = [signer(seed=seed) for seed in range(1, count + 1)]
    note = sign_note(text + "\n", signers)
    assert len(parse_note(note).signatures) == count
    for one in signers:
        assert open_note(note, [one.verifier]) == (text + "\n", (one.verifier,))


def test_a_note_that_no_known_key_signed_is_not_believed():
    note = sign_note(TEXT, [signer()])
    for stranger in (signer(seed=2).verifier, signer("other.example/log").verifier):
        with pytest.raises(UntrustedNote, match="none of the known keys"):
            open_note(note, [stranger])


def test_a_wrong_signature_of_a_known_key_refuses_the_note_whoever_else_signed():
    good, other = signer(), signer("witness.example", 2)
    note = sign_note(TEXT, [good]) + other.signature_line("something else\n").encode()
    with pytest.raises(UntrustedNote, match=r"witness\.example does not verify"):
        open_note(note, [good.verifier, other.verifier])
    assert open_note(note, [good.verifier])[1] == (good.verifier,)


def test_the_text_ends_at_the_last_blank_line():
    note = sign_note("one\n\ntwo\n", [signer()])
    assert open_note(note, [signer().verifier])[0] == "one\n\ntwo\n"


@pytest.mark.parametrize(
    "note",
    [
        b"", b"text\n", b"text\n\n", b"text\n\n\n", TEXT.encode() + b"\n\xff", NOTE[:-1], NOTE + b"\n", NOTE + b"x\n",
        NOTE.replace("—".encode(), b"-"), NOTE.replace(b"/foo ", b"/foo  "), NOTE.replace(b"This", b"Th\tis"),
        NOTE.replace(b"This", b"Th\ris"), NOTE.replace(b"QM=", b"QM"), NOTE.replace(b"QM=", b"QN="),
        NOTE.replace(b"com/", b"com+"), "text\n\n—  AAAAAAAA\n".encode(), "text\n\n— name AAAA\n".encode(),
        TEXT.encode() + b"\n" + "— example.com/foo AAAAAAA=\n".encode() * 101, b"a" * 1_000_001,
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused(note):
    with pytest.raises(MalformedNote):
        parse_note(note)


@pytest.mark.parametrize("text", ["", "no newline", "bell\a\n", "cr\r\n"])
def test_a_text_that_cannot_be_a_note_is_not_signed(text):
    with pytest.raises(MalformedNote):
        sign_note(text, [signer()])


def test_a_note_without_a_signer_is_not_made():
    with pytest.raises(MalformedNote, match="at least one"):
        sign_note(TEXT, [])


@pytest.mark.parametrize(
    "vkey",
    ["", "name", "name+530d903a", VKEY.replace("530d903a", "530d903b"), VKEY.replace("530d", "530D"), VKEY + "=",
     VKEY.replace("+Ae", "+Be"), "+" + VKEY, VKEY.replace("example", "exam ple"), VKEY[:-4]],
)  # fmt: skip
def test_what_is_no_verifier_key_is_refused(vkey):
    with pytest.raises(MalformedNote):
        parse_vkey(vkey)


def test_a_verifier_key_survives_its_spelling_and_a_signer_never_shows_its_secret():
    one = signer()
    assert parse_vkey(one.verifier.vkey) == one.verifier
    assert "private" not in repr(one)
    with pytest.raises(MalformedNote):
        Verifier("name", b"short")


@given(st.integers(0, (1 << 63) - 1), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_opens_to_what_was_signed(size, root):
    checkpoint = Checkpoint("store.example/log", size, root)
    note = sign_checkpoint(checkpoint, signer())
    assert open_checkpoint(note, [signer().verifier], "store.example/log") == checkpoint


def test_a_checkpoint_of_another_log_is_not_taken():
    note = sign_checkpoint(Checkpoint("other.example", 1, bytes(32)), signer())
    with pytest.raises(MalformedCheckpoint, match="another log"):
        open_checkpoint(note, [signer().verifier], "store.example/log")


def test_extension_lines_are_passed_over():
    assert parse_checkpoint(f"o\n7\n{to_base64(bytes(32))}\nmore\n") == Checkpoint("o", 7, bytes(32))


ROOT = to_base64(bytes(32))


@pytest.mark.parametrize(
    "text",
    ["", "\n", "o\n1\n", f"o\n1\n{ROOT}", f"\n1\n{ROOT}\n", f"o\n01\n{ROOT}\n", f"o\n-1\n{ROOT}\n", f"o\n\n{ROOT}\n",
     f"o\n+1\n{ROOT}\n", f"o\n1_0\n{ROOT}\n", f"o\n\u0661\n{ROOT}\n", f"o\n9223372036854775808\n{ROOT}\n", "o\n1\nAAAA\n",
     f"o\n1\n{ROOT}\n\n", f"o\n1\n{ROOT[:-2]}B=\n", f"o\n1\n {ROOT}\n", f"o\n{'9' * 5000}\n{ROOT}\n"],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(MalformedCheckpoint):
        parse_checkpoint(text)


@given(st.binary(), st.integers(0, (1 << 63) - 1))
def test_bytes_and_numbers_have_one_spelling(value, number):
    assert from_base64(to_base64(value)) == value
    assert from_decimal(str(number)) == number
