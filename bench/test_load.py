"""Tests of the load generator itself, against small lookalikes of SQS and Kinesis that can be told to misbehave.

Run by unittest; MILLRACE_LOAD names the binary (default: build/release/millrace-load).
"""

import asyncio
import collections
import hashlib
import itertools
import json
import os
import pathlib
import subprocess
import sys
import threading
import unittest

import kinesis_lookalike
import sns_lookalike

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOAD = os.environ.get("MILLRACE_LOAD", str(ROOT / "build" / "release" / "millrace-load"))


class Lookalike:
    """Serves the few operations that the generator uses, in memory. `fault` is called with (action, reply) before a
    reply leaves and returns what to send instead: (status, reply), None to close the connection, or bytes."""

    def __init__(self, fault=None):
        self.fault = fault or (lambda action, reply: (200, reply))
        self.queues = collections.defaultdict(collections.deque)
        self.in_flight = {}
        self.waiters = collections.defaultdict(collections.deque)
        self.groups = []
        self.dedup_ids = set()
        self.number = 0
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait()

    def _run(self, ready):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self._connection, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self.loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.close()

    def close(self):
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join()

    async def _connection(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                pairs = (line.split(": ", 1) for line in head[1:] if line)
                headers = {name.lower(): value for name, value in pairs}
                body = self.decode(headers, await reader.readexactly(int(headers["content-length"])))
                action = headers["x-amz-target"].split(".")[1] if "x-amz-target" in headers else body["Action"]
                answer = await self._handle(action, body)
                if callable(answer):
                    await answer(writer)
                    continue
                answer = self.fault(action, answer)
                if answer is None:
                    break
                if not isinstance(answer, bytes):
                    status, reply = answer
                    text = self.encode(reply) if reply is not None else b""
                    answer = b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n%s" % (status, len(text), text)
                writer.write(answer)
                if b"Connection: close" in answer:
                    break
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    def decode(self, headers, raw):
        return json.loads(raw)

    def encode(self, reply):
        return json.dumps(reply).encode()

    def _send(self, url, entry):
        self.number += 1
        if "MessageGroupId" in entry:
            self.groups.append(entry["MessageGroupId"])
            self.dedup_ids.add(entry.get("MessageDeduplicationId"))
        self.queues[url].append((str(self.number), entry["MessageBody"]))
        if self.waiters[url]:
            self.waiters[url].popleft().set()
        md5 = hashlib.md5(entry["MessageBody"].encode()).hexdigest()
        return {"MD5OfMessageBody": md5, "MessageId": f"id-{self.number}"}

    async def _handle(self, action, body):
        url = body["QueueUrl"]
        if action == "SendMessage":
            return self._send(url, body)
        if action == "SendMessageBatch":
            return {"Successful": [{"Id": e["Id"], **self._send(url, e)} for e in body["Entries"]], "Failed": []}
        if action == "DeleteMessage":
            self.in_flight.pop(body["ReceiptHandle"])
            return None
        if action == "DeleteMessageBatch":
            for entry in body["Entries"]:
                self.in_flight.pop(entry["ReceiptHandle"], None)
            return {"Successful": [{"Id": e["Id"]} for e in body["Entries"]]}
        if not self.queues[url] and body["WaitTimeSeconds"]:
            event = asyncio.Event()
            self.waiters[url].append(event)
            try:
                await asyncio.wait_for(event.wait(), body["WaitTimeSeconds"])
            except asyncio.TimeoutError:
                self.waiters[url].remove(event)
        messages = []
        while self.queues[url] and len(messages) < body["MaxNumberOfMessages"]:
            number, text = self.queues[url].popleft()
            handle = f"handle-{number}-\"quoted\""
            self.in_flight[handle] = text
            messages.append({"MessageId": f"id-{number}", "ReceiptHandle": handle, "Body": text,
                             "MD5OfBody": hashlib.md5(text.encode()).hexdigest()})
        return {"Messages": messages} if messages else {}


class StreamLookalike(kinesis_lookalike.Stream, Lookalike):
    def __init__(self, fault=None, shards=3, open_lengths=False):
        kinesis_lookalike.Stream.__init__(self, shards, open_lengths)
        Lookalike.__init__(self, fault)

    async def _handle(self, action, body):
        return await self.handle_stream(action, body)


class TopicLookalike(sns_lookalike.Topics, Lookalike):
    def __init__(self, fault=None, **options):
        sns_lookalike.Topics.__init__(self, **options)
        Lookalike.__init__(self, fault)

    async def _handle(self, action, body):
        return await super()._handle(action, body) if "QueueUrl" in body else self.handle_topic(action, body)


class Loading(unittest.TestCase):
    def run_load(self, mode, *options, fault=None, server=None):
        self.server = server or Lookalike(fault)
        self.addCleanup(self.server.close)
        command = [LOAD, "--mode", mode, "--address", f"127.0.0.1:{self.server.port}", "--seconds", "0.2", "--warmup", "0",
                   "--size", "100", *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        self.status = done.returncode
        return json.loads(done.stdout)

    def assert_clean(self, result):
        self.assertEqual(result["errors"], {})
        self.assertEqual(self.status, 0)

    def assert_error(self, result, kind):
        self.assertIn(kind, result["errors"])
        self.assertEqual(self.status, 1)


class LoadTest(Loading):
    # What it does with a server that behaves.

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
        server = Lookalike()
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

    # What it notices.

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


class StreamTest(Loading):
    ENCODINGS = ((), ("--cbor",))

    def run_stream(self, mode, *options, **lookalike):
        server = lookalike.pop("server", None) or StreamLookalike(**lookalike)
        return self.run_load(mode, "--shards", str(len(server.shards)), "--consumer", "arn:consumer", *options,
                             server=server)

    def test_puts_and_finds_everything_again(self):
        for encoding in self.ENCODINGS:
            for batch in ("1", "500"):
                for open_lengths in (False, True):
                    with self.subTest(encoding=encoding, batch=batch, open_lengths=open_lengths):
                        result = self.run_stream("put-records", "--batch", batch, "--connections", "3", "--check-drain",
                                                 *encoding, open_lengths=open_lengths)
                        self.assert_clean(result)
                        self.assertGreater(result["messages"], 0)
                        self.assertEqual(result["sent"], result["received"])
                        self.assertEqual(result["sent"], sum(map(len, self.server.shards)))

    def test_keys_reach_all_shards_alike(self):
        self.assert_clean(self.run_stream("put-records", "--batch", "500", "--count", "2000", shards=10))
        sizes = list(map(len, self.server.shards))
        self.assertEqual(sum(sizes), 2000)
        self.assertGreater(min(sizes), 120)

    def test_reads_every_shard_again_and_again_or_once(self):
        for encoding in self.ENCODINGS:
            with self.subTest(encoding=encoding):
                server = StreamLookalike()
                self.run_stream("put-records", "--batch", "500", "--count", "2000", *encoding, server=server)
                server = self.server_with(server.shards)
                result = self.run_stream("get-records", "--connections", "2", "--once", *encoding, server=server)
                self.assert_clean(result)
                self.assertEqual((result["messages"], result["received"]), (2000, 2000))
                server = self.server_with(server.shards)
                result = self.run_stream("get-records", "--connections", "5", "--seconds", "1", *encoding, server=server)
                self.assert_clean(result)
                self.assertGreater(result["messages"], 2000)

    def server_with(self, shards, **options):
        self.server.close()
        server = StreamLookalike(shards=len(shards), **options)
        server.shards = shards
        return server

    def test_tail_readers_see_what_is_put(self):
        for encoding in self.ENCODINGS:
            with self.subTest(encoding=encoding):
                result = self.run_stream("tail", "--connections", "2", "--batch", "3", "--rate", "100", "--seconds", "0.7",
                                         *encoding)
                self.assert_clean(result)
                self.assertGreater(result["calls"]["from_send"]["count"], 30)
                self.assertGreater(result["calls"]["get"]["count"], 10)

    def test_a_reader_from_the_horizon_knows_what_the_tail_put(self):
        self.run_stream("tail", "--rate", "100")
        self.assert_clean(self.run_stream("get-records", "--once", server=self.server_with(self.server.shards)))

    def test_subscribers_are_told(self):
        for encoding in self.ENCODINGS:
            with self.subTest(encoding=encoding):
                result = self.run_stream("subscribe", "--gap-ms", "1", "--seconds", "0.7", *encoding)
                self.assert_clean(result)
                self.assertGreater(result["calls"]["from_send"]["count"], 20)
                self.assertEqual(result["calls"]["from_send"]["count"], result["calls"]["wake"]["count"])

    def test_notices_failed_and_forgotten_records(self):
        def failed(action, reply):
            reply["Records"][7] = {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "slow down"}
            return 200, {**reply, "FailedRecordCount": 1}

        def forgotten(action, reply):
            return 200, {**reply, "Records": reply["Records"][1:]}

        def without_number(action, reply):
            return 200, {"ShardId": reply["ShardId"]}

        for encoding in self.ENCODINGS:
            with self.subTest(encoding=encoding):
                self.assert_error(self.run_stream("put-records", "--batch", "500", *encoding, fault=failed),
                                  "failed records")
                self.assert_error(self.run_stream("put-records", "--batch", "500", *encoding, fault=forgotten),
                                  "records without result")
                self.assert_error(self.run_stream("put-records", *encoding, fault=without_number), "records without result")

    def test_notices_changed_lost_repeated_and_disordered_records(self):
        def changed(records):
            data = records[1]["Data"]
            records[1]["Data"] = data[:-8] + (b"AAAAAAAA" if isinstance(data, bytes) else "AAAAAAAA")

        def swapped(records):
            records[3], records[4] = records[4], records[3]

        for harm, kind in ((changed, "while reading"), (swapped, "while reading"),
                           (lambda records: records.pop(5), "acknowledged messages missing"),
                           (lambda records: records.insert(2, records[2]), "while reading")):
            for encoding in self.ENCODINGS:
                harmed = []

                def fault(action, reply, harm=harm, harmed=harmed):
                    if action == "GetRecords" and len(reply["Records"]) > 9 and not harmed:
                        harm(reply["Records"])
                        harmed.append(True)
                    return 200, reply

                with self.subTest(kind=kind, encoding=encoding):
                    result = self.run_stream("put-records", "--batch", "500", "--check-drain", *encoding, fault=fault)
                    self.assert_error(result, kind)

    def test_notices_what_is_cut_off(self):
        def fault(action, reply):
            text = kinesis_lookalike.cbor(reply)[:-3]
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text)

        self.assert_error(self.run_stream("put-records", "--cbor", fault=fault), "malformed reply")

    def test_notices_damaged_ended_and_silent_subscriptions(self):
        exception = kinesis_lookalike.event({":message-type": "exception", ":exception-type": "InternalFailure"}, b"{}")
        for fault, kind in ((lambda raw: raw[:-5] + b"#" + raw[-4:], "malformed event"),
                            (lambda raw: exception, "exception in a subscription"),
                            (lambda raw: None, "subscription that ended")):
            with self.subTest(kind=kind):
                server = StreamLookalike()
                server.event_fault = fault
                self.assert_error(self.run_stream("subscribe", "--seconds", "5", server=server), kind)
        refused = self.run_stream("subscribe", "--seconds", "5", fault=lambda action, reply: (500, {}))
        self.assert_error(refused, "status 500")


class TopicTest(Loading):
    TOPIC = "arn:aws:sns:us-east-1:000000000000:t"

    def run_topic(self, mode, *options, server=None, **lookalike):
        return self.run_load(mode, "--topic", self.TOPIC, *options, server=server or TopicLookalike(**lookalike))

    def test_publishes_and_finds_everything_again(self):
        for batch, raw in itertools.product(("1", "10"), (True, False)):
            with self.subTest(batch=batch, raw=raw):
                server = TopicLookalike(raw=raw)
                server.queue_url = f"http://127.0.0.1:{server.port}/000000000000/bench"
                result = self.run_topic("publish", "--batch", batch, "--count", "200", "--connections", "3", "--attribute",
                                        "colour=dark blue", server=server)
                self.assert_clean(result)
                self.assertEqual((result["messages"], result["sent"]), (200, 200))
                self.assertEqual(result["calls"]["publish"]["count"], 200 // int(batch))
                self.assertEqual(server.attributes, ["dark blue"] * 200)
                drained = self.run_load("drain", "--count", "200", "--batch", "10", *([] if raw else ["--enveloped"]),
                                        server=server)
                self.assert_clean(drained)
                self.assertEqual(drained["received"], 200)

    def test_measures_from_publish_to_receive(self):
        server = TopicLookalike()
        server.queue_url = f"http://127.0.0.1:{server.port}/000000000000/bench"
        result = self.run_topic("long-poll", "--enveloped", "--seconds", "0.5", server=server)
        self.assert_clean(result)
        self.assertGreater(result["calls"]["from_send"]["count"], 3)

    def test_makes_topics_and_subscriptions_with_numbers(self):
        server = TopicLookalike()
        self.assert_clean(self.run_load("create-topics", "--topic", "name", "--first", "7", "--count", "3", server=server))
        self.assertEqual(server.topics, ["name-7", "name-8", "name-9"])
        self.assert_clean(self.run_topic("add-subscriptions", "--queue", "q", "--count", "2", "--filtered", server=server))
        self.assertEqual(server.endpoints, [(self.TOPIC, "sqs", f"arn:aws:sqs:us-east-1:000000000000:q-{n}")
                                            for n in (0, 1)])
        self.assertEqual(server.policies, ['{"key":["value-0"]}', '{"key":["value-1"]}'])

    def test_notices_what_was_not_accepted(self):
        def one_less(action, reply):
            return 200, sns_lookalike.Xml(reply.replace("<Id>3</Id>", ""))

        def failed(action, reply):
            return 200, sns_lookalike.Xml(reply.replace("<Failed/>", "<Failed><member><Code>InternalError</Code></member>"))

        for fault in (one_less, failed):
            with self.subTest(fault=fault):
                result = self.run_topic("publish", "--batch", "10", "--count", "10", fault=fault)
                self.assert_error(result, "reply that is not what it should be")
                self.assertEqual(result["messages"], 0)
        empty = self.run_topic("publish", "--count", "1", fault=lambda action, reply: (200, sns_lookalike.Xml("<a/>")))
        self.assert_error(empty, "reply that is not what it should be")

    def test_notices_a_changed_envelope(self):
        def fault(action, reply):
            for message in reply.get("Messages", []) if isinstance(reply, dict) else []:
                message["Body"] = message["Body"].replace('"Signature" : "x"', '"Signature" : "y"')
            return 200, reply

        server = TopicLookalike(fault)
        server.queue_url = f"http://127.0.0.1:{server.port}/000000000000/bench"
        self.run_topic("publish", "--count", "1", server=server)
        self.assert_error(self.run_load("drain", "--count", "1", "--enveloped", server=server), "body that was not sent")


if __name__ == "__main__":
    outcome = unittest.main(exit=False).result
    broken = len(outcome.failures) + len(outcome.errors)
    print(f"{outcome.testsRun - broken} passed, {broken} failed")
    sys.exit(broken != 0)
