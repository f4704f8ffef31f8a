#!/usr/bin/env python3
"""Tests of tools/generate.py: what it writes for a small model, and what it says about wrong ones.

Run with `python3 -m unittest discover tools -p '*_test.py'`.
"""
import contextlib
import io
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import generate

HERE = os.path.dirname(os.path.abspath(__file__))

SMALL = """\
# a comment
service shop
  json  namespace  com.example.shop   # another
  query version    2020-01-01

error Gone 404 sender
  quirk query Shop.Gone
error Broken 500 receiver
  quirk json com.example.core#Broken
errors @all Gone Broken

set Size small large

operation Buy
  input  BuyRequest
  output BuyResult
  errors @all

operation Drop
  input BuyRequest

struct BuyRequest
  ItemID   string      required len 1..80
  Count    int         required range 1..9
  Size     string      in Size
  Notes    list<string>
  Parts    list<Part>
    quirk query Part.N
  Tags     map<string>
    quirk query Tag.N.Key/Value
  Extras   map<blob>
struct Part
  MD5OfName string     expected
struct BuyResult
  Paid     bool        required
  Price    long
"""


def parse(text):
    return generate.Model('shop.model', text)


def squeezed(lines):
    return ' '.join(' '.join(lines).split())


class Names(unittest.TestCase):
    def test_snake(self):
        for name, expected in {'QueueUrl': 'queue_url', 'MD5OfBody': 'md5_of_body', 'AWSAccountIds': 'aws_account_ids',
                               'QueueOwnerAWSAccountId': 'queue_owner_aws_account_id', 'tags': 'tags',
                               'queueUrls': 'queue_urls', 'ItemID': 'item_id'}.items():
            self.assertEqual(generate.snake(name), expected)


class Output(unittest.TestCase):
    def setUp(self):
        self.model = parse(SMALL)
        self.header = squeezed(generate.header(self.model))
        self.source = squeezed(generate.source(self.model, 'shop'))

    def test_structs(self):
        self.assertIn('struct BuyRequest { std::string item_id; std::int32_t count = 0; std::optional<std::string> size; '
                      'std::vector<std::string> notes; std::vector<Part> parts; codec::Map<std::string> tags; '
                      'codec::Map<codec::Blob> extras; static const codec::Shape shape;', self.header)
        self.assertIn('struct Part { std::optional<std::string> md5_of_name;', self.header)
        self.assertIn('struct BuyResult { bool paid = false; std::optional<std::int64_t> price;', self.header)
        self.assertLess(self.header.index('struct Part'), self.header.index('struct BuyRequest'))

    def test_rules_and_wire_names(self):
        for line in (
                'field<&BuyRequest::item_id>("ItemID", {.required = true, .min = 1, .max = 80}, '
                '{.query = "ItemID", .item = "ItemID"})',
                'field<&BuyRequest::size>("Size", {.one_of = size_set}, {.query = "Size", .item = "Size"})',
                'field<&BuyRequest::notes>("Notes", {}, {.query = "Notes.member", .outer = "Notes", .item = "member"})',
                'field<&BuyRequest::parts>("Parts", {}, {.query = "Part", .item = "Part"})',
                'field<&BuyRequest::tags>("Tags", {}, {.query = "Tag", .item = "Tag", .key = "Key", .value = "Value"})',
                'field<&BuyRequest::extras>("Extras", {}, {.query = "Extras.entry", .outer = "Extras", '
                '.item = "entry", .key = "key", .value = "value"})',
                'field<&Part::md5_of_name>("MD5OfName", {}, {.query = "MD5OfName", .item = "MD5OfName"})'):
            self.assertIn(line, self.source)

    def test_operations_and_errors(self):
        self.assertIn('gone{"com.example.shop#Gone", "Shop.Gone", 404, true};', self.header)
        self.assertIn('broken{"com.example.core#Broken", "Broken", 500, false};', self.header)
        self.assertIn('using operations = codec::OperationList< op::Buy, op::Drop>;', self.header)
        self.assertIn('using input = BuyRequest; using output = codec::NoOutput;', self.header)
        self.assertIn('buy_errors = {&errors::gone, &errors::broken};', self.source)
        self.assertIn('op::Drop::info{name, &BuyRequest::shape, nullptr, drop_errors};', self.source)
        self.assertIn('size_set = { "small", "large", };', self.header)


class Types(unittest.TestCase):
    def header(self, text):
        return squeezed(generate.header(parse('service shop\n' + text)))

    def test_numbers_and_times(self):
        self.assertIn('struct A { double b = 0; std::optional<double> c; Time d{}; std::optional<Time> e;', self.header(
            'struct A\n  B double required range 0..1\n  C float\n  D timestamp required\n  E timestamp\n'))

    def test_lists_and_maps_within_each_other(self):
        text = self.header('struct A\n  B list<map<int>>\n  C map<list<blob>> optional\n  D list<list<A>> always\n')
        self.assertIn('std::vector<codec::Map<std::int32_t>> b;', text)
        self.assertIn('std::optional<codec::Map<std::vector<codec::Blob>>> c;', text)
        self.assertIn('std::vector<std::vector<A>> d;', text)

    def test_structs_may_contain_themselves_in_lists_and_maps(self):
        text = self.header('struct A\n  B B\n  C list<C>\nstruct B\n  A map<A>\nstruct C\n  D int\n')
        self.assertEqual([text.index(f'struct {name} {{') for name in 'BCA'],
                         sorted(text.index(f'struct {name} {{') for name in 'ABC'))
        self.assertIn('struct A; struct B {', text)
        self.assertNotIn('struct C;', text)

    def test_names_that_c_plus_plus_has_taken(self):
        model = parse('service shop\nstruct A\n  BOOL bool required\n  NULL bool\n  Delete int\n')
        self.assertIn('bool bool_ = false; std::optional<bool> null; std::optional<std::int32_t> delete_;',
                      squeezed(generate.header(model)))
        self.assertIn('field<&A::bool_>("BOOL", ', squeezed(generate.source(model, 'shop')))

    def test_empty_containers_that_are_written(self):
        model = parse('service shop\nstruct A\n  B list<int> required always\n')
        self.assertIn('("B", {.required = true, .always = true}, ', squeezed(generate.source(model, 'shop')))


class Mistakes(unittest.TestCase):
    def expect(self, text, line, *parts):
        with self.assertRaises(generate.ModelError) as caught:
            parse(text)
        message = str(caught.exception)
        self.assertTrue(message.startswith(f'shop.model:{line}: '), message)
        for part in parts:
            self.assertIn(part, message)

    def test_each_names_the_line_and_what_is_allowed(self):
        s = 'service shop\n'
        self.expect('struct A\n  B string\n', 1, 'no service')
        self.expect(s + 'service other\n', 2, 'second service')
        self.expect(s + 'thing A\n', 2, 'allowed are service NAME')
        self.expect('  B string\n', 1, 'belongs to nothing')
        self.expect(s + '  json colour red\n', 2, 'json target VALUE')
        self.expect(s + 'error A 200 sender\n', 2, '400 to 599')
        self.expect(s + 'error A 400 nobody\n', 2, 'sender and receiver')
        self.expect(s + 'error A 400 sender\n  quirk xml B\n', 3, 'quirk json TYPE')
        self.expect(s + 'error A 400 sender\nerror A 400 sender\n', 3, 'twice')
        self.expect(s + 'errors @g Nope\n', 2, 'Nope')
        self.expect(s + 'operation A\n  inputs B\n', 3, 'allowed are input STRUCT')
        self.expect(s + 'operation A\n  errors @g\n', 3, '@g', 'known are none')
        self.expect(s + 'operation A\n', 2, 'no input')
        self.expect(s + 'operation A\n  input B\n', 2, 'struct B')
        self.expect(s + 'struct A\n  B\n', 3, 'NAME TYPE RULE')
        self.expect(s + 'struct A\n  B strin\n', 3, 'strin', 'string, int, long, bool, blob')
        self.expect(s + 'struct A\n  B list<<int>\n', 3, 'list<TYPE>')
        self.expect(s + 'struct A\n  B map<list<bool>>\n', 3, 'list of bool')
        self.expect(s + 'struct A\n  B map<list<C>>\n', 3, 'type C')
        self.expect(s + 'struct A\n  B string\n  B int\n', 4, 'twice')
        self.expect(s + 'struct A\n  B string perhaps\n', 3, 'allowed are required')
        self.expect(s + 'struct A\n  B string optional\n', 3, 'for list and map')
        self.expect(s + 'struct A\n  B int view\n', 3, 'view on int', 'string, blob')
        self.expect(s + 'struct A\n  B list<int> optional always\n', 3, 'exclude')
        self.expect(s + 'struct A\n  B string range 1..2\n', 3, 'range is for int, long and double')
        self.expect(s + 'struct A\n  B timestamp range 1..2\n', 3, 'range is for int, long and double')
        self.expect(s + 'struct A\n  B int len 1..2\n', 3, 'len for string')
        self.expect(s + 'struct A\n  B int range 2..1\n', 3, 'A..B')
        self.expect(s + 'struct A\n  B string in C\n', 3, 'set C')
        self.expect(s + 'struct A\n  B int in C\n', 3, 'it is for string')
        self.expect(s + 'struct A\n    quirk query B.N\n', 3, 'follows the member')
        self.expect(s + 'struct A\n  B string\n    quirk query B.N\n', 4, 'NAME.N on a list')
        self.expect(s + 'struct A\n  B map<int>\n    quirk query B.N\n', 4, 'NAME.N.KEY/VALUE on a map')
        self.expect(s + 'struct A\n  B A\n', 2, 'contains itself: A > A')
        self.expect(s + 'struct A\n  B list<B>\nstruct B\n  C C\nstruct C\n  B B\n', 4, 'contains itself: B > C > B')
        self.expect(s + 'struct A\n\tB string\n', 3, 'tab')
        self.expect(s + 'struct A\n' + ''.join(f'  M{i} int\n' for i in range(65)), 67, 'at most 64')


class Program(unittest.TestCase):
    def run_on(self, text, folder):
        model = os.path.join(folder, 'shop.model')
        with open(model, 'w', encoding='utf-8') as file:
            file.write(text)
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors):
            status = generate.main([model, os.path.join(folder, 'out', 'shop')])
        return status, errors.getvalue()

    def test_writes_and_does_not_touch_what_is_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(self.run_on(SMALL, folder), (0, ''))
            header = os.path.join(folder, 'out', 'shop.h')
            os.utime(header, (1, 1))
            self.run_on(SMALL, folder)
            self.assertEqual(os.stat(header).st_mtime, 1)
            self.run_on(SMALL.replace('Price', 'Cost'), folder)
            self.assertNotEqual(os.stat(header).st_mtime, 1)

    def test_a_mistake_is_a_failure_and_writes_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            status, errors = self.run_on('service shop\nnonsense\n', folder)
            self.assertEqual(status, 1)
            self.assertIn('shop.model:2: ', errors)
            self.assertFalse(os.path.exists(os.path.join(folder, 'out')))

    def test_the_models_of_this_repository(self):
        folder = os.path.join(HERE, '..', 'models', 'aws')
        for name in sorted(os.listdir(folder)):
            with self.subTest(name), open(os.path.join(folder, name), encoding='utf-8') as file:
                model = generate.Model(name, file.read())
                self.assertTrue(model.operations)
                used = {o.input for o in model.operations.values()} | {o.output for o in model.operations.values()}
                used |= {m.base for members in model.structs.values() for m in members.values()}
                # What goes beside a reply: the details of an error, an event of a stream.
                beside = {struct for struct in model.structs if struct.endswith(('Details', 'Event'))}
                self.assertEqual(set(model.structs) - used - beside, set(), 'structs that nothing uses')


if __name__ == '__main__':
    unittest.main()
