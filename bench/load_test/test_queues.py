"""The load generator with queues: what it does when the server behaves, and what it notices when it does not."""

import json
import subprocess

from loading import LOAD, Loading
from sqs_lookalike import Queues


class QueuesTest(Loading):
    def test_sends_and_finds_everything_again(self):
        result = self.run_load("send", "--connections", "4", "--check-drain")
        self.assert_clean(result)
        self.assertGreater(result["messages"], 0)
        self.assertEqual(result["sent"], result["received"])
        self.assertEqual(self.server.in_flight, {})

    def test_batches_hold_ten(self):
        result = self.run_load("send", "--batch", "10")
        self.assert_clean(result)
        self.assertEqual(result["messages"], 10 * result["calls"]["send"]["count"])

    def test_fifo_ids_do_not_repeat(self):
        result = self.run_load("send", "--fifo", "--batch", "10", "--groups", "7")
        self.assert_clean(result)
        self.assertEqual(len(self.server.dedup_ids), result["sent"])
        self.assertEqual(len(set(self.server.groups)), 7)

    def test_receives_and_deletes_what_it_filled_in(self):
        for batch in ("1", "10"):
            with self.subTest(batch=batch):
                result = self.run_load("receive-delete", "--prefill", "200", "--batch", batch, "--seconds", "20")
                self.assert_clean(result)
                self.assertTrue(result["exhausted"])
                self.assertEqual(result["messages"], 200)
                self.assertLess(result["seconds"], 20)
                self.assertEqual(self.server.in_flight, {})

    def test_cycle_leaves_nothing(self):
        result = self.run_load("cycle", "--connections", "3")
        self.assert_clean(result)
        self.assertGreater(result["calls"]["cycle"]["count"], 0)
        self.assertEqual(result["sent"], result["received"])

    def test_fill_then_drain_keeping_every_tenth(self):
        server = Queues()
        self.assertEqual(self.run_load("fill", "--count", "500", "--connections", "2", server=server)["messages"], 500)
        result = self.run_load("drain", "--count", "500", "--batch", "10", "--keep-every", "10", server=server)
        self.assert_clean(result)
        self.assertEqual(result["kept"], 50)
        self.assertEqual(len(server.in_flight), 50)

    def test_large_bodies(self):
        result = self.run_load("cycle", "--size", "65536")
        self.assert_clean(result)
        self.assertGreater(result["messages"], 0)

    def test_long_poll_wakes(self):
        for options in ((), ("--queues", "5")):
            with self.subTest(options=options):
                result = self.run_load("long-poll", "--connections", "5", "--seconds", "1", *options)
                self.assert_clean(result)
                self.assertGreater(result["calls"]["wake"]["count"], 3)
                self.assertGreaterEqual(result["calls"]["from_send"]["p50_us"], result["calls"]["wake"]["p50_us"])

    def test_fair_measures_quiet_and_noisy_groups(self):
        result = self.run_load("fair", "--connections", "4", "--batch", "10", "--groups", "9", "--rate", "20", "--noisy",
                               "10", "--work-ms", "10", "--seconds", "1")
        self.assert_clean(result)
        self.assertGreater(result["calls"]["wait_quiet"]["count"], 20)
        self.assertGreater(result["calls"]["wait_noisy"]["count"], 20)


class QueueFaultsTest(Loading):
    def test_notices_an_error_reply(self):
        result = self.run_load("send", fault=lambda action, reply: (500, {"__type": "InternalError"}))
        self.assert_error(result, "status 500")
        self.assertIn("InternalError", result["errors"]["status 500"]["example"])
        self.assertEqual(result["messages"], 0)

    def test_notices_a_wrong_md5_of_a_send(self):
        def fault(action, reply):
            return 200, {**reply, "MD5OfMessageBody": "0" * 32}

        result = self.run_load("send", fault=fault)
        self.assert_error(result, "wrong MD5 of a sent body")
        self.assertEqual(result["messages"], 0)

    def test_notices_a_wrong_md5_in_a_batch(self):
        def fault(action, reply):
            reply["Successful"][7]["MD5OfMessageBody"] = "0" * 32
            return 200, reply

        self.assert_error(self.run_load("send", "--batch", "10", fault=fault), "wrong MD5 of a sent body")

    def test_notices_failed_and_forgotten_batch_entries(self):
        def failed(action, reply):
            return 200, {"Successful": reply["Successful"][1:], "Failed": [{"Id": "0", "Code": "InternalError"}]}

        def forgotten(action, reply):
            return 200, {"Successful": reply["Successful"][1:]}

        def twice(action, reply):
            return 200, {"Successful": reply["Successful"][:9] + reply["Successful"][:1]}

        self.assert_error(self.run_load("send", "--batch", "10", fault=failed), "failed batch entry")
        self.assert_error(self.run_load("send", "--batch", "10", fault=forgotten), "batch entries without result")
        self.assert_error(self.run_load("send", "--batch", "10", fault=twice), "batch entry that was not sent")

    def test_notices_a_changed_body(self):
        def fault(action, reply):
            for message in (reply or {}).get("Messages", []):
                message["Body"] = message["Body"][:-1] + "#"
            return 200, reply

        self.assert_error(self.run_load("cycle", fault=fault), "body that was not sent")

    def test_notices_a_lost_message(self):
        lost = []

        def fault(action, reply):
            if action == "ReceiveMessage" and reply.get("Messages") and not lost:
                lost.append(reply["Messages"].pop())
            return 200, reply

        result = self.run_load("send", "--check-drain", fault=fault)
        self.assert_error(result, "acknowledged messages missing")
        self.assertEqual(result["missing"], 1)

    def test_notices_a_repeated_message(self):
        def fault(action, reply):
            if action == "ReceiveMessage" and len(reply.get("Messages", [])) == 10:
                reply["Messages"][1] = reply["Messages"][0]
            return 200, reply

        result = self.run_load("send", "--check-drain", fault=fault)
        self.assert_error(result, "messages received more often than sent")

    def test_notices_what_is_not_json_and_not_http(self):
        no_json = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{\"a\":"
        self.assert_error(self.run_load("send", fault=lambda action, reply: no_json), "malformed reply")
        self.assert_error(self.run_load("send", fault=lambda action, reply: b"SSH-2.0\r\n\r\n"), "connection")

    def test_notices_a_closed_connection(self):
        self.assert_error(self.run_load("send", fault=lambda action, reply: None), "connection")

    def test_connects_again_when_the_server_closes_after_each_reply(self):
        def fault(action, reply):
            text = json.dumps(reply).encode()
            return b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text)

        result = self.run_load("send", fault=fault)
        self.assert_clean(result)
        self.assertGreater(result["messages"], 1)

    def test_reads_chunked_replies(self):
        def fault(action, reply):
            text = json.dumps(reply).encode()
            pieces = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (text[:10], text[10:]))
            return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n"

        result = self.run_load("send", fault=fault)
        self.assert_clean(result)
        self.assertGreater(result["messages"], 0)

    def test_refuses_a_command_line_that_makes_no_sense(self):
        for options in (["--mode", "dance"], ["--batch", "11"], ["--mode", "put-records", "--batch", "501"], ["--size", "x"],
                        ["--seconds"], ["--what"]):
            done = subprocess.run([LOAD, *options], capture_output=True, text=True, timeout=10)
            self.assertEqual(done.returncode, 2, options)
            self.assertIn(options[-1], done.stderr)
