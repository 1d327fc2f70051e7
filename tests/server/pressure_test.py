"""More work than there is room for, and clients that ask too often."""

import json
import os
import re
import time
import unittest

from harness import MEDIA, PATIENCE, Service, query, refrain

BEAR = MEDIA / "known" / "bear.jpg"
FILM = MEDIA / "known" / "crystal.mp4"
JSON = {"Content-Type": "application/json"}
HANG = b"ESCAPE hang\n"  # which the worker of the tests takes to heart


class Pressure(unittest.TestCase):
    def service(self, *words, **options):
        service = Service(*words, **options)
        self.addCleanup(service.stop)
        return service

    def sum_of(self, service, names):
        text = service.ask("GET", "/metrics").body.decode()
        return sum(float(re.search("^" + re.escape(name) + " (.*)$", text, re.MULTILINE)[1]) for name in names)

    def wait_for(self, service, names, value):
        end = time.monotonic() + PATIENCE
        while (now := self.sum_of(service, names)) != value:
            self.assertLess(time.monotonic(), end, f"{names}: {now}, not {value}")
            time.sleep(0.01)

    def begin(self, service, body):
        connection = service.connect()
        self.addCleanup(connection.close)
        connection.request("POST", "/v1/find", body)
        return connection

    def test_a_full_queue_refuses_and_clients_that_leave_make_room(self):
        service = self.service("--worker", os.environ["REFRAIN_TEST_ESCAPE_WORKER"],
                               config="[work]\ndecode_threads = 2\nwaiting_images = 1\n")
        hanging = []
        for running in (1, 2):
            hanging.append(self.begin(service, HANG))
            self.wait_for(service, ['refrain_queue_running{lane="image"}'], running)
        hanging.append(self.begin(service, HANG))
        self.wait_for(service, ['refrain_queue_waiting{lane="image"}'], 1)
        refused = service.ask("POST", "/v1/find", BEAR.read_bytes())
        self.assertEqual((refused.status, refused.json()["code"]), (503, "queue_full"))
        self.assertGreater(int(refused.headers["Retry-After"]), 0)
        codes = service.ask("POST", "/v1/find/fingerprint", json.dumps({"pdq": "f0" * 32}), JSON)
        self.assertEqual(codes.status, 200, "look-ups without a medium have threads of their own")
        for connection in hanging:
            connection.close()
        # The third is dropped, unless it had begun before its client was missed.
        self.wait_for(service, ('refrain_sandbox_deaths{cause="cancelled"}', "refrain_work_dropped"), 3)
        self.assertEqual(service.ask("POST", "/v1/find", BEAR.read_bytes()).status, 200)

    def test_a_picture_is_answered_while_films_are_worked_on(self):
        service = self.service(config="[work]\ndecode_threads = 2\n")
        films = [service.upload("/v1/jobs" + query(effort="thorough"), FILM).json()["id"] for _ in range(6)]
        self.assertEqual(service.upload("/v1/find", BEAR).status, 200)
        self.assertIn(service.ask("GET", "/v1/jobs/" + films[-1]).json()["status"], ("queued", "running"))
        for film in films:
            self.assertEqual(service.ask("GET", f"/v1/jobs/{film}?wait={PATIENCE}").json()["status"], "done")

    def test_an_address_that_asks_too_often_is_told_when_to_come_again(self):
        service = self.service(config="[limits]\nrequests_per_second = 1\nrequest_burst = 5\n")
        answers = [service.ask("GET", "/v1/banks") for _ in range(200)]
        refused = [answer for answer in answers if answer.status == 429]
        self.assertEqual([answer.status for answer in answers[:5]], [200] * 5)
        self.assertGreater(len(refused), 0)
        self.assertEqual({answer.json()["code"] for answer in refused}, {"too_many_requests"})
        self.assertEqual({answer.headers["Retry-After"] for answer in refused}, {"1"})

    def test_a_key_has_a_rate_of_its_own(self):
        service = self.service(anonymous=False)
        keys = [refrain("key", "create", "--corpus", str(service.corpus), *rate).stdout.strip()
                for rate in (("--rate", "0.001"), ())]
        slow, any_rate = ({"Authorization": "Bearer " + key} for key in keys)
        statuses = [service.ask("GET", "/v1/banks", None, slow).status for _ in range(21)]
        self.assertEqual(statuses, [200] * 20 + [429])
        self.assertEqual(service.ask("GET", "/v1/banks", None, any_rate).status, 200)

    def test_uploads_beyond_the_spools_quota_are_refused_for_now(self):
        service = self.service(config="[spool]\nbytes = 100000\n")
        refused = service.upload("/v1/find", FILM)
        self.assertEqual((refused.status, refused.json()["status"]), (503, 503))
        self.assertIn("Retry-After", refused.headers)
        self.assertEqual(service.upload("/v1/find", BEAR).status, 200, "what was taken is given back")


if __name__ == "__main__":
    unittest.main()
