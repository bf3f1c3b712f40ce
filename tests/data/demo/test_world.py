"""What the demo park's people, tanks and points promise."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from data.choices.enterprises import ENTERPRISE_SCALES, ENTERPRISE_STATES
from data.choices.monitoring import QUANTITIES, TANK_SHAPES
from data.demo.divisions import divisions
from data.demo.enterprises import credit_code, departments, enterprises, users
from data.demo.installations import cameras, gateways, installations, tanks
from data.demo.points import points
from data.demo.transport import terminals, vehicles
from data.demo.vehicle_rules import geofences
from data.demo.world import canonical_json, digest
from data.permissions import ALL_PERMISSIONS, ROLES
from data.rules.limits import Limits, ordering_errors

ROOT = Path(__file__).parents[3]
# Changes only when the park is changed on purpose.
DIGEST = "b85a3ac2da3b12428e62be7330921448918c977e5ce03249ee712fec61b38665"


def test_the_park_is_byte_equal_on_every_machine() -> None:
    assert digest() == DIGEST, "the same bytes as when it was last changed on purpose"


def test_another_process_with_another_hash_seed_makes_the_same_park() -> None:
    program = "from data.demo.world import digest; print(digest())"
    environment = {**os.environ, "PYTHONHASHSEED": "4242", "TZ": "America/Lima"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == DIGEST, "neither hash() nor the clock nor the zone has a part in it"


def test_the_canonical_form_is_json_with_chinese_as_it_is_written() -> None:
    assert "朝阳华锦新材料有限公司".encode() in canonical_json(), "UTF-8, not escaped"


def test_the_park_has_its_numbers() -> None:
    counts = [
        len(enterprises()),
        len(installations()),
        len(gateways()),
        len(vehicles()),
        len(terminals()),
        len(geofences()),
        len(cameras()),
    ]
    assert counts == [60, 12, 12, 40, 40, 7, 46], (
        "enterprises, installations, gateways, trucks, terminals, areas, cameras"
    )
    assert 105 <= len(tanks()) <= 115, "about 110 tanks"
    assert 340 <= len(points()) <= 365, "about 350 points"


def test_codes_and_names_are_unique() -> None:
    kinds = [
        ("code", enterprises()),
        ("name", enterprises()),
        ("credit_code", enterprises()),
        ("code", tanks()),
        ("code", points()),
    ]
    kinds += [
        ("plate", vehicles()),
        ("phone", terminals()),
        ("code", cameras()),
        ("username", users()),
        ("code", divisions()),
    ]
    doubles = [
        (key, name) for key, rows in kinds for name, count in Counter(row[key] for row in rows).items() if count > 1
    ]
    assert doubles == [], "nothing is called twice"


def test_limits_fit_each_other_and_the_range() -> None:
    wrong = {}
    for point in points():
        limits = Limits(
            point["low_low"],
            point["low"],
            point["high"],
            point["high_high"],
            point["dead_band"],
            point["min_duration_s"],
        )
        wrong[point["code"]] = ordering_errors(limits, point["range_low"], point["range_high"])
    assert {code: errors for code, errors in wrong.items() if errors} == {}, (
        "量程下限 ≤ 低低 < 低 < 高 < 高高 ≤ 量程上限"
    )


def test_gas_detectors_alarm_where_the_standard_says() -> None:
    steps = {
        (point["name"].split()[-1].rstrip("2"), point["unit"], point["high"], point["high_high"])
        for point in points()
        if "GT" in point["code"]
    }
    assert ("可燃气", "%LEL", 25.0, 50.0) in steps, "GB/T 50493-2019 5.5: 25 and 50 %LEL"
    assert ("氨气", "ppm", 25.0, 50.0) in steps, "ammonia 25 and 50 ppm"


def test_coded_values_have_words() -> None:
    assert {tank["shape"] for tank in tanks()} == {choice.code for choice in TANK_SHAPES}, "every shape is in the park"
    assert {point["quantity"] for point in points()} <= {choice.code for choice in QUANTITIES}, (
        "every quantity has a word"
    )
    assert {item["scale"] for item in enterprises()} <= {choice.code for choice in ENTERPRISE_SCALES}, (
        "every scale has a word"
    )
    assert {item["state"] for item in enterprises()} <= {choice.code for choice in ENTERPRISE_STATES}, (
        "every state has a word"
    )


def test_media_stand_in_tanks_of_a_fitting_shape() -> None:
    shapes = {(tank["medium"], tank["shape"]) for tank in tanks()}
    fitting = {
        ("甲醇", "floating"),
        ("液氨", "sphere"),
        ("液化石油气", "horizontal"),
        ("液氯", "horizontal"),
        ("硫酸", "vertical"),
        ("丙烯", "sphere"),
    }
    assert fitting <= shapes, "volatile liquids under a floating roof, gases in spheres and bullets"
    assert len({medium for medium, _ in shapes}) == len(shapes), "one shape a medium"


def test_telephone_numbers_are_visibly_invented() -> None:
    numbers = (
        [item["phone"] for item in enterprises()]
        + [item["phone"] for item in users()]
        + [item["driver_phone"] for item in vehicles()]
    )
    assert all(number.startswith("138-0000-") for number in numbers), "nobody is called by mistake"


def test_credit_codes_have_a_true_check_sign() -> None:
    assert all(credit_code(item["credit_code"][:17]) == item["credit_code"] for item in enterprises()), "GB 32100-2015"
    assert credit_code("91350100M000100Y4") == "91350100M000100Y43", "the example of the standard"


def test_divisions_resolve_and_name_the_towns_of_the_park() -> None:
    codes = {item["code"]: item for item in divisions()}
    assert all(item["parent"] in codes for item in divisions() if item["level"] != "province"), "every parent is there"
    assert (codes["211321001"]["name"], codes["211321104"]["name"]) == ("柳城街道", "二十家子镇"), "the park's towns"
    assert {item["division"] for item in enterprises()} == {"211321001", "211321104"}, (
        "every enterprise lies in one of them"
    )


def test_departments_stand_behind_their_parents() -> None:
    names = [item["short_name"] for item in departments()]
    assert all(
        not item["parent"] or names.index(item["parent"]) < names.index(item["short_name"]) for item in departments()
    ), "parents first"
    assert {item["department"] for item in enterprises()} <= set(names), "every department of an enterprise exists"


def test_every_role_has_a_user_and_every_enterprise_its_own() -> None:
    assert {item["role"] for item in users()} == {role.code for role in ROLES}, "one can sign in as each role"
    mine = {item["username"] for item in users() if item["role"] == "enterprise"}
    assert mine == {item["name"] for item in enterprises()}, "an enterprise signs in with its name"


def test_roles_have_only_declared_permissions() -> None:
    assert all(set(role.permissions) <= ALL_PERMISSIONS for role in ROLES), "no role may do what has no word"
    assert set(next(role for role in ROLES if role.code == "admin").permissions) == {one for one in ALL_PERMISSIONS if not one.startswith("own.")}, (
        "the administrator may do all but file for an enterprise"
    )
