#!/usr/bin/env python3
"""Turns a model file into C++: structs, field tables, operations and errors.

    generate.py models/aws/sqs.model BUILD/generated/models/sqs

writes sqs.h and sqs.cc there. The format is described in models/README.md. What is wrong in a model is reported with
file, line and what is allowed. A file that would not change is not touched, so that nothing is rebuilt.
"""
import os
import re
import sys
from dataclasses import dataclass, field

SCALARS = {'string': 'std::string', 'int': 'std::int32_t', 'long': 'std::int64_t', 'bool': 'bool',
           'blob': 'codec::Blob', 'double': 'double', 'float': 'double', 'timestamp': 'Time'}
NUMBERS = ('int', 'long', 'double', 'float')
VIEWS = {'string': 'std::string_view', 'blob': 'codec::BlobView'}
SERVICE_KEYS = {'json': ('target', 'version', 'namespace'), 'query': ('version', 'namespace'), 'rpc': ('service',)}
NAME = re.compile(r'[A-Za-z][A-Za-z0-9]*$')
# Members become identifiers; these cannot, and get an underscore at their end.
KEYWORDS = {'and', 'asm', 'auto', 'bool', 'break', 'case', 'catch', 'char', 'class', 'concept', 'const', 'continue',
            'default', 'delete', 'do', 'double', 'else', 'enum', 'explicit', 'export', 'extern', 'false', 'float', 'for',
            'friend', 'goto', 'if', 'inline', 'int', 'long', 'mutable', 'namespace', 'new', 'not', 'operator', 'or',
            'private', 'protected', 'public', 'register', 'requires', 'return', 'shape', 'short', 'signed', 'sizeof',
            'static', 'struct', 'switch', 'template', 'this', 'throw', 'true', 'try', 'typedef', 'typeid', 'typename',
            'union', 'unsigned', 'using', 'virtual', 'void', 'volatile', 'while', 'xor'}
FIELDS_MAX = 64  # codec/field.h


class ModelError(Exception):
    pass


@dataclass
class Member:
    name: str
    kind: str  # a scalar, 'struct', 'list' or 'map'
    base: str  # the scalar or struct that it is made of
    containers: tuple  # 'list' and 'map', the outermost first
    line: int
    rules: dict = field(default_factory=dict)
    quirk: tuple = ()  # (name,) of a flattened list, (name, key, value) of a flattened or renamed map


@dataclass
class Operation:
    name: str
    line: int
    input: str = ''
    output: str = ''
    errors: list = field(default_factory=list)


@dataclass
class ServiceError:
    name: str
    status: int
    sender: bool
    json: str = ''
    query: str = ''


class Model:
    """What a model file says. Dictionaries keep the file's order."""

    def __init__(self, path, text):
        self.path = path
        self.service = ''
        self.protocols = {}
        self.errors = {}
        self.groups = {}
        self.sets = {}
        self.operations = {}
        self.structs = {}
        self.struct_lines = {}
        self.line = 0
        self.parse(text)
        self.resolve()

    def fail(self, what, line=None):
        raise ModelError(f'{self.path}:{line or self.line}: {what}')

    # ---- Reading ----

    def parse(self, text):
        block = member = None
        for self.line, raw in enumerate(text.splitlines(), 1):
            # A comment begins with a `#` that stands alone or at the start: TYPE#NAME is a name.
            content = re.sub(r'(^|\s)#(\s.*|$)', '', raw).rstrip()
            if not content.strip():
                continue
            if '\t' in content:
                self.fail('a tab: indent with spaces')
            indent = len(content) - len(content.lstrip(' '))
            words = content.split()
            if indent == 0:
                block, member = self.top(words), None
            elif block is None:
                self.fail('an indented line belongs to nothing: service, error, operation or struct comes first')
            elif isinstance(block, dict) and words[0] == 'quirk':
                if member is None:
                    self.fail('a quirk follows the member that it is about')
                self.member_quirk(member, words)
            elif isinstance(block, dict):
                member = self.member(block, words)
            else:
                self.detail(block, words)

    def top(self, words):
        kind, rest = words[0], words[1:]
        if kind == 'service' and len(rest) == 1:
            if self.service:
                self.fail('a second service: a file describes one')
            self.service = rest[0]
            return 'service'
        if kind == 'error' and len(rest) == 3:
            name, status, fault = rest
            if name in self.errors:
                self.fail(f'error {name} is there twice')
            if not status.isdigit() or not 400 <= int(status) <= 599:
                self.fail(f'status {status}: allowed are 400 to 599')
            if fault not in ('sender', 'receiver'):
                self.fail(f'fault {fault}: allowed are sender and receiver')
            self.errors[name] = ServiceError(name, int(status), fault == 'sender', json=name, query=name)
            return self.errors[name]
        if kind == 'errors' and len(rest) >= 2 and rest[0].startswith('@'):
            self.groups[rest[0]] = self.error_names(rest[1:])
            return None
        if kind == 'set' and len(rest) >= 2:
            self.sets.setdefault(rest[0], []).extend(rest[1:])
            return None
        if kind == 'operation' and len(rest) == 1:
            if rest[0] in self.operations:
                self.fail(f'operation {rest[0]} is there twice')
            return self.operations.setdefault(rest[0], Operation(rest[0], self.line))
        if kind == 'struct' and len(rest) == 1:
            if rest[0] in self.structs:
                self.fail(f'struct {rest[0]} is there twice')
            self.check_name(rest[0])
            self.struct_lines[rest[0]] = self.line
            return self.structs.setdefault(rest[0], {})
        return self.fail(f'"{" ".join(words)}": allowed are service NAME, error NAME STATUS sender|receiver, '
                         'errors @GROUP NAME..., set NAME VALUE..., operation NAME, struct NAME')

    def check_name(self, name):
        if not NAME.match(name):
            self.fail(f'"{name}": a name is letters and digits')
        return name

    def error_names(self, words):
        names = []
        for word in words:
            if word.startswith('@'):
                if word not in self.groups:
                    self.fail(f'group {word} is not known; known are {known(self.groups)}')
                names += self.groups[word]
            else:
                if word not in self.errors:
                    self.fail(f'error {word} is not known; known are {known(self.errors)}')
                names.append(word)
        return names

    def detail(self, block, words):
        if block == 'service':
            if len(words) != 3 or words[1] not in SERVICE_KEYS.get(words[0], ()):
                self.fail(f'"{" ".join(words)}": allowed are ' + ', '.join(
                    f'{protocol} {key} VALUE' for protocol, keys in SERVICE_KEYS.items() for key in keys))
            self.protocols[words[0], words[1]] = words[2]
        elif isinstance(block, ServiceError):
            if len(words) != 3 or words[0] != 'quirk' or words[1] not in ('json', 'query'):
                self.fail(f'"{" ".join(words)}": allowed are quirk json TYPE and quirk query CODE')
            setattr(block, words[1], words[2])
        elif words[0] in ('input', 'output') and len(words) == 2:
            setattr(block, words[0], words[1])
        elif words[0] == 'errors':
            block.errors += self.error_names(words[1:])
        else:
            self.fail(f'"{" ".join(words)}": allowed are input STRUCT, output STRUCT, errors NAME...')

    def member(self, block, words):
        if len(words) < 2:
            self.fail('a member is NAME TYPE RULE...')
        name, type_text = self.check_name(words[0]), words[1]
        if name in block:
            self.fail(f'member {name} is there twice')
        if len(block) == FIELDS_MAX:
            self.fail(f'a struct has at most {FIELDS_MAX} members')
        base, containers = type_text, []
        while container := re.match(r'(list|map)<(.+)>$', base):
            containers.append(container.group(1))
            base = container.group(2)
        kind = containers[0] if containers else base if base in SCALARS else 'struct'
        if not NAME.match(base):
            self.fail(f'type {type_text}: allowed are {", ".join(SCALARS)}, a struct, list<TYPE>, map<TYPE>')
        if base == 'bool' and 'list' in containers[-1:]:
            self.fail(f'type {type_text}: a list of bool is not possible')
        block[name] = Member(name, kind, base, tuple(containers), self.line, self.rules(kind, words[2:]))
        return block[name]

    def rules(self, kind, words):
        rules = {}
        words = list(words)
        while words:
            rule = words.pop(0)
            if rule in ('required', 'expected'):
                rules[rule] = True
            elif rule == 'view':
                if kind not in VIEWS:
                    self.fail(f'view on {kind}: it is for {known(VIEWS)}')
                rules[rule] = True
            elif rule in ('always', 'optional'):
                if kind not in ('list', 'map'):
                    self.fail(f'{rule} on {kind}: it is for list and map')
                if rules.keys() & {'always', 'optional'}:
                    self.fail('always and optional exclude each other')
                rules[rule] = True
            elif rule in ('range', 'len') and words:
                if (rule == 'range') != (kind in NUMBERS) or kind in ('bool', 'struct', 'timestamp'):
                    self.fail(f'{rule} on {kind}: range is for int, long and double, len for string, blob, list and map')
                bounds = re.match(r'(-?\d+)\.\.(-?\d+)$', words.pop(0))
                if not bounds or int(bounds[1]) > int(bounds[2]):
                    self.fail(f'{rule}: allowed is A..B with A not above B')
                rules['min'], rules['max'] = int(bounds[1]), int(bounds[2])
            elif rule == 'in' and words:
                if kind != 'string':
                    self.fail(f'in on {kind}: it is for string')
                rules['in'] = words.pop(0)
            else:
                self.fail(f'rule "{rule}": allowed are required, expected, view, always, optional, range A..B, '
                          'len A..B, in SET')
        return rules

    def member_quirk(self, member, words):
        pattern = {'list': r'(\w+)\.N$', 'map': r'(\w+(?:\.entry)?)\.N\.(\w+)/(\w+)$'}.get(member.kind)
        match = re.match(pattern, words[2]) if pattern and len(words) == 3 and words[1] == 'query' else None
        if not match:
            self.fail('allowed are quirk query NAME.N on a list and quirk query NAME.N.KEY/VALUE on a map')
        member.quirk = match.groups()

    # ---- Checking what refers to what ----

    def resolve(self):
        if not self.service:
            self.fail('no service line', 1)
        for operation in self.operations.values():
            if not operation.input:
                self.fail(f'operation {operation.name} has no input', operation.line)
            for name in (operation.input, operation.output):
                if name and name not in self.structs:
                    self.fail(f'operation {operation.name}: struct {name} is not in this file', operation.line)
        for members in self.structs.values():
            for member in members.values():
                if member.base not in SCALARS and member.base not in self.structs:
                    self.fail(f'type {member.base}: allowed are {", ".join(SCALARS)}, or a struct of this file',
                              member.line)
                if 'in' in member.rules and member.rules['in'] not in self.sets:
                    self.fail(f'set {member.rules["in"]} is not known; known are {known(self.sets)}', member.line)
        self.ordered = []
        self.forward = []
        for name in self.structs:
            self.order(name, [])

    def used(self, name):
        """The structs that a struct is made of, and whether it holds them by value."""
        return [(member.base, not member.containers) for member in self.structs[name].values()
                if member.base in self.structs]

    def reaches(self, start, goal):
        seen, todo = set(), [start]
        while todo:
            name = todo.pop()
            if name == goal:
                return True
            if name not in seen:
                seen.add(name)
                todo += [used for used, _ in self.used(name)]
        return False

    def circle(self, name):
        """The structs that contain this one and are contained in it, with itself; empty when it does not contain
        itself."""
        return [other for other in self.structs if any(self.reaches(used, other) for used, _ in self.used(name))
                and any(self.reaches(used, name) for used, _ in self.used(other))]

    def order(self, name, path):
        """What is used comes first. Only what contains itself in lists and maps may be used before it is complete, by
        the structs of its own circle."""
        if name in path:
            circle = ' > '.join(path[path.index(name):] + [name])
            self.fail(f'struct {name} contains itself: {circle}', self.struct_lines[name])
        if name in self.ordered:
            return
        for used, by_value in self.used(name):
            if not self.reaches(used, name):
                for other in [used] + self.circle(used):
                    self.order(other, path + [name])
            elif by_value:
                self.order(used, path + [name])
            elif used != name and used not in self.ordered and used not in self.forward:
                self.forward.append(used)
        self.ordered.append(name)


def known(names):
    return ', '.join(names) or 'none'


def snake(name):
    name = re.sub(r'(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])', '_', name)
    name = name.lower()
    return name + '_' if name in KEYWORDS else name


def quoted(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


# ---- Writing ----

def cpp_type(model, owner, member):
    text = VIEWS[member.kind] if 'view' in member.rules else SCALARS.get(member.base, member.base)
    for container in reversed(member.containers):
        text = f'std::vector<{text}>' if container == 'list' else f'codec::Map<{text}>'
    bare = 'optional' not in member.rules if member.containers else 'required' in member.rules
    if bare:
        return text
    # std::optional has to know the size of what it holds, also where lists and maps need not.
    recursive = member.containers and member.base in model.structs and model.reaches(member.base, owner)
    return f'codec::OptionalContainer<{text}>' if recursive else f'std::optional<{text}>'


def struct_lines(model, name):
    starts = {'bool': ' = false', 'timestamp': '{}'} | {number: ' = 0' for number in NUMBERS}
    yield f'struct {name} {{'
    for member in model.structs[name].values():
        start = starts.get(member.kind, '') if 'required' in member.rules else ''
        yield f'  {cpp_type(model, name, member)} {snake(member.name)}{start};'
    yield '  static const codec::Shape shape;'
    # The comparison of a struct that contains itself needs all of its circle.
    yield f'  bool operator==(const {name}&) const{"" if model.circle(name) else " = default"};'
    yield '};'
    yield ''


def header(model):
    yield f'// Generated by tools/generate.py from {os.path.basename(model.path)}. Do not edit.'
    yield '#pragma once'
    for include in ('array', 'cstdint', 'optional', 'string', 'string_view', 'vector'):
        yield f'#include <{include}>'
    yield ''
    yield '#include "base/time.h"'
    yield '#include "codec/field.h"'
    yield '#include "codec/operation.h"'
    yield ''
    yield f'namespace millrace::models::{model.service} {{'
    yield ''
    for (protocol, key), value in model.protocols.items():
        yield f'inline constexpr std::string_view {protocol}_{key} = {quoted(value)};'
    yield ''
    for name, values in model.sets.items():
        yield f'inline constexpr std::array<std::string_view, {len(values)}> {snake(name)}_set = {{'
        for value in values:
            yield f'    {quoted(value)},'
        yield '};'
    yield ''
    yield 'namespace errors {'
    namespace = model.protocols.get(('json', 'namespace'), '')
    for error in model.errors.values():
        json = error.json if '#' in error.json or not namespace else f'{namespace}#{error.json}'
        yield (f'inline constexpr codec::ServiceError {snake(error.name)}{{{quoted(json)}, {quoted(error.query)}, '
               f'{error.status}, {"true" if error.sender else "false"}}};')
    yield '}  // namespace errors'
    yield ''
    for name in model.forward:
        yield f'struct {name};'
    for name in model.ordered:
        yield from struct_lines(model, name)
    yield 'namespace op {'
    for operation in model.operations.values():
        yield f'struct {operation.name} {{'
        yield f'  static constexpr std::string_view name = {quoted(operation.name)};'
        yield f'  using input = {operation.input};'
        yield f'  using output = {operation.output or "codec::NoOutput"};'
        yield '  static const codec::Operation info;'
        yield '};'
    yield '}  // namespace op'
    yield ''
    yield 'using operations = codec::OperationList<'
    yield ',\n'.join(f'    op::{name}' for name in model.operations) + '>;'
    yield ''
    yield f'}}  // namespace millrace::models::{model.service}'


def rule_text(member):
    parts = []
    if 'required' in member.rules:
        parts.append('.required = true')
    if 'always' in member.rules:
        parts.append('.always = true')
    if 'min' in member.rules:
        parts.append(f'.min = {member.rules["min"]}, .max = {member.rules["max"]}')
    if 'in' in member.rules:
        parts.append(f'.one_of = {snake(member.rules["in"])}_set')
    return '{' + ', '.join(parts) + '}'


def wire_text(member):
    """The names of the query protocol: flattened with a quirk, else NAME.member.N and NAME.entry.N.key/value."""
    name = member.name
    if member.kind == 'list':
        query, outer, item = (member.quirk[0], '', member.quirk[0]) if member.quirk else (f'{name}.member', name, 'member')
        key = value = ''
    elif member.kind == 'map':
        if member.quirk:
            query, outer, item, key, value = member.quirk[0], '', *member.quirk
            if query.endswith('.entry'):
                outer, item = query.split('.')
        else:
            query, outer, item, key, value = f'{name}.entry', name, 'entry', 'key', 'value'
    else:
        query, outer, item, key, value = name, '', name, '', ''
    pairs = (('query', query), ('outer', outer), ('item', item), ('key', key), ('value', value))
    return '{' + ', '.join(f'.{k} = {quoted(v)}' for k, v in pairs if v) + '}'


def source(model, stem):
    yield f'// Generated by tools/generate.py from {os.path.basename(model.path)}. Do not edit.'
    yield f'#include "models/{stem}.h"'
    yield ''
    yield f'namespace millrace::models::{model.service} {{'
    yield 'namespace {'
    yield 'using codec::field;'
    for name in model.ordered:
        yield f'constexpr std::array<codec::Field, {len(model.structs[name])}> {snake(name)}_fields = {{'
        for member in model.structs[name].values():
            yield (f'    field<&{name}::{snake(member.name)}>({quoted(member.name)}, {rule_text(member)}, '
                   f'{wire_text(member)}),')
        yield '};'
    for operation in model.operations.values():
        names = ', '.join(f'&errors::{snake(name)}' for name in operation.errors)
        yield (f'constexpr std::array<const codec::ServiceError*, {len(operation.errors)}> '
               f'{snake(operation.name)}_errors = {{{names}}};')
    yield '}  // namespace'
    yield ''
    for name in model.ordered:
        if model.circle(name):
            yield f'bool {name}::operator==(const {name}&) const = default;'
    for name in model.ordered:
        yield f'constinit const codec::Shape {name}::shape{{{quoted(name)}, {snake(name)}_fields}};'
    yield ''
    for operation in model.operations.values():
        output = f'&{operation.output}::shape' if operation.output else 'nullptr'
        yield (f'constinit const codec::Operation op::{operation.name}::info{{name, &{operation.input}::shape, '
               f'{output}, {snake(operation.name)}_errors}};')
    yield f'}}  // namespace millrace::models::{model.service}'


def write(path, lines):
    text = '\n'.join(lines) + '\n'
    if os.path.exists(path):
        with open(path, encoding='utf-8') as old:
            if old.read() == text:
                return
    with open(path, 'w', encoding='utf-8') as new:
        new.write(text)


def main(arguments):
    if len(arguments) != 2:
        print('usage: generate.py MODEL OUTPUT_STEM', file=sys.stderr)
        return 2
    path, output = arguments
    try:
        with open(path, encoding='utf-8') as file:
            model = Model(path, file.read())
    except ModelError as error:
        print(error, file=sys.stderr)
        return 1
    os.makedirs(os.path.dirname(output) or '.', exist_ok=True)
    write(output + '.h', header(model))
    write(output + '.cc', source(model, os.path.basename(output)))
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
