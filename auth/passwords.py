"""Passwords: Argon2id hashes, and what a new password must be like."""

from __future__ import annotations

import secrets
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP Password Storage Cheat Sheet, Argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

MIN_LENGTH = 8
MAX_LENGTH = 128  # hashing cost grows with length; nobody types more
_KINDS = (str.islower, str.isupper, str.isdigit, lambda letter: not letter.isalnum())
# fmt: off
_COMMON = frozenset((
    "password", "password1", "passw0rd", "p@ssw0rd", "p@ssword", "abc12345", "abcd1234", "admin123",
    "admin888", "admin@123", "qwer1234", "1qaz2wsx", "qwerty123", "a1234567", "aa123456", "abc@1234",
    "test1234", "welcome1", "huawei@123", "iloveyou1",
))
# fmt: on


def hash_password(password: str) -> str:
    """The Argon2id hash of ``password`` in PHC format, salt and cost included."""
    return _HASHER.hash(password)


def verify(password_hash: str, password: str) -> bool:
    """Whether ``password`` is the one that was hashed; False also for a hash that is none."""
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def verify_nobody(password: str) -> bool:
    """False, after the time that a real check takes: an unknown user must not answer faster than a known one."""
    verify(_nobody(), password)
    return False


def needs_rehash(password_hash: str) -> bool:
    """Whether the hash was made with another cost than today's, so that it should be made anew at the next sign-in."""
    try:
        return _HASHER.check_needs_rehash(password_hash)
    except InvalidHashError:
        return True


def faults(password: str, *, username: str = "", current: str = "") -> list[str]:
    """What is wrong with ``password`` as a new one, in Chinese; empty when it may be taken.

    GB/T 22239-2019 8.1.4.1 asks for complexity of passwords without naming one: here three of four kinds of characters.
    """
    found = []
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        found.append(f"密码长度应为 {MIN_LENGTH}–{MAX_LENGTH} 位，现为 {len(password)} 位。")
    if sum(any(map(kind, password)) for kind in _KINDS) < 3:
        found.append("密码应包含大写字母、小写字母、数字、符号中的三种。")
    if len(username) >= 3 and username.lower() in password.lower():
        found.append("密码中不能包含用户名。")
    if password.lower() in _COMMON or len(set(password)) < 4:
        found.append("这个密码太常见，容易被猜中，请换一个。")
    if current and password == current:
        found.append("新密码不能与当前密码相同。")
    return found


def random_password() -> str:
    """A password for a first sign-in that fulfils the rules and has no look-alike characters."""
    letters = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    while True:
        password = "".join(secrets.choice(letters) for _ in range(14))
        if not faults(password):
            return password


@lru_cache
def _nobody() -> str:
    return hash_password(secrets.token_urlsafe(16))
