"""Passwords are kept as Argon2id, and new ones are judged in words."""

from __future__ import annotations

import pytest

from auth.passwords import faults, hash_password, needs_rehash, random_password, verify, verify_nobody


def test_a_hash_is_argon2id_and_tells_nothing_of_the_password() -> None:
    kept = hash_password("Correct-horse-7")
    assert kept.startswith("$argon2id$")
    assert "horse" not in kept
    assert kept != hash_password("Correct-horse-7"), "each hash has its own salt"


def test_only_the_right_password_verifies() -> None:
    kept = hash_password("Correct-horse-7")
    assert verify(kept, "Correct-horse-7")
    assert not verify(kept, "correct-horse-7")
    assert not verify("not a hash", "Correct-horse-7")
    assert not verify_nobody("Correct-horse-7")


def test_a_hash_of_another_cost_is_to_be_made_anew() -> None:
    assert not needs_rehash(hash_password("Correct-horse-7"))
    assert needs_rehash("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$ZmFrZWhhc2g")
    assert needs_rehash("not a hash")


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("Ab1-", "密码长度应为 8–128 位，现为 4 位。"),
        ("A" * 120 + "bcdefg1-x", "密码长度应为 8–128 位，现为 129 位。"),
        ("onlylowercase1", "密码应包含大写字母、小写字母、数字、符号中的三种。"),
        ("Zhaomin-2026", "密码中不能包含用户名。"),
        ("P@ssw0rd", "这个密码太常见，容易被猜中，请换一个。"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, message: str) -> None:
    assert message in faults(password, username="zhaomin")


def test_a_strong_password_is_taken_unless_it_is_the_present_one() -> None:
    assert faults("Liucheng-2026", username="zhaomin") == []
    assert faults("Liucheng-2026", current="Liucheng-2026") == ["新密码不能与当前密码相同。"]


def test_a_random_password_fulfils_the_rules() -> None:
    assert faults(random_password()) == []
    assert random_password() != random_password()
