"""What a dictionary is trained on tells of nobody, and training on it pays."""

import json
from typing import Any

from lrs.log import dictionaries, samples, training
from lrs.xapi import stored_text

TAIL = b',"authority":{"account":{"homePage":"https://mastrail.invalid/credentials","name":"key-7"}},"version":"1.0.3"}'


def statement(number: int, learners: int = 200, **more: Any) -> dict[str, Any]:
    learner = number % learners
    return {
        "actor": {"name": f"Learner Number{learner}", "mbox": f"mailto:learner{learner}@example.org"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/answered", "display": {"en-US": "answered"}},
        "object": {"id": f"http://example.org/course/{number % 3}", "definition": {"name": {"en": "Safety at work"}}},
        "result": {"score": {"raw": number * 7919}, "response": f"my secret is {learner * 104729}"},
        **more,
    }


def payloads(count: int, **options: Any) -> list[bytes]:
    texts = [json.dumps(statement(number, **options)).encode() for number in range(count)]
    return [stored_text.pack(text, TAIL) for text in texts]


def test_what_many_have_in_common_stays() -> None:
    (first, *_) = samples.anonymous(payloads(300))
    for common in (b"http://adlnet.gov/expapi/verbs/answered", b'{"en": "Safety at work"}', b'"response": "'):
        assert common in first
    assert b'"homePage":"https://mastrail.invalid/credentials"' in first


def test_nothing_that_a_single_learner_has_stays() -> None:
    shown = b"\n".join(samples.anonymous(payloads(300)))
    for number in range(200):
        assert f"learner{number}@".encode() not in shown
        assert f"Number{number}".encode() not in shown
        assert f"secret is {number * 104729}".encode() not in shown
    assert b"example.org" in shown
    assert b"key-7" not in shown


def test_a_sentence_is_not_kept_in_words_though_each_of_them_is_common() -> None:
    made = [
        json.dumps(statement(number, result={"response": "it is fine", "feedback": "I am ill"})).encode()
        for number in range(9)
    ]
    made += [
        json.dumps(statement(number, result={"response": "I", "x": "am", "y": "ill"})).encode() for number in range(50)
    ]
    shown = b"\n".join(samples.anonymous([stored_text.pack(text, TAIL) for text in made]))
    assert b"I am ill" not in shown
    assert b'"ill"' in shown


def test_what_fewer_than_ten_actors_have_goes_however_often_it_stands_there() -> None:
    shown = b"\n".join(samples.anonymous(payloads(300, learners=9)))
    assert b"Safety" not in shown
    assert b"adlnet" not in shown


def test_a_sample_has_the_length_and_the_kinds_of_characters_of_its_statement() -> None:
    made = payloads(300)
    for payload, shown in zip(made, samples.anonymous(made), strict=True):
        text = payload[4:]
        assert len(shown) == len(text)
        assert [byte for byte in shown if byte in b'{}[]:,"'] == [byte for byte in text if byte in b'{}[]:,"']


def test_the_same_payloads_give_the_same_samples() -> None:
    assert samples.anonymous(payloads(50)) == samples.anonymous(payloads(50))


def test_what_is_no_statement_is_left_out() -> None:
    strange = [b"", b"{}", b"\x00\x00", stored_text.pack(b"[1]", b""), stored_text.pack(b'{"actor":1}', b"")]
    assert samples.anonymous([*strange, stored_text.pack(b'{"actor":{},"x":"' + b"y" * 20_000 + b'"}', TAIL)]) == []


def test_a_trained_dictionary_is_taken_only_where_it_is_better() -> None:
    made = payloads(600)
    generic = dictionaries.of_package(1)
    own = training.train(made, generic)
    assert 0 < len(own) <= training.DICTIONARY_BYTES
    assert training.train(made, generic) == own
    assert training.train(made, own) == b""


def test_too_few_statements_train_nothing() -> None:
    generic = dictionaries.of_package(1)
    assert training.train([], generic) == b""
    assert training.train(payloads(3), generic) == b""
    assert training.train([b"{}"] * 1000, generic) == b""
