"""The load generator with streams, in JSON and in CBOR."""

from kinesis_lookalike import Stream, cbor, event
from loading import Loading


class StreamTest(Loading):
    ENCODINGS = ((), ("--cbor",))

    def run_stream(self, mode, *options, **lookalike):
        server = lookalike.pop("server", None) or Stream(**lookalike)
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
                server = Stream()
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
        server = Stream(shards=len(shards), **options)
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
            text = cbor(reply)[:-3]
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text)

        self.assert_error(self.run_stream("put-records", "--cbor", fault=fault), "malformed reply")

    def test_notices_damaged_ended_and_silent_subscriptions(self):
        exception = event({":message-type": "exception", ":exception-type": "InternalFailure"}, b"{}")
        for fault, kind in ((lambda raw: raw[:-5] + b"#" + raw[-4:], "malformed event"),
                            (lambda raw: exception, "exception in a subscription"),
                            (lambda raw: None, "subscription that ended")):
            with self.subTest(kind=kind):
                server = Stream()
                server.event_fault = fault
                self.assert_error(self.run_stream("subscribe", "--seconds", "5", server=server), kind)
        refused = self.run_stream("subscribe", "--seconds", "5", fault=lambda action, reply: (500, {}))
        self.assert_error(refused, "status 500")
