"""Arguments for every operation of an OpenAPI document: schema-valid values of each path and query
parameter, and bodies that cover every enum value, union branch and optional field.

    python arguments.py KIT SPEC OUT --seed N --n N

KIT is the folder of gen_samples.py; SPEC a document as normalize_spec.py --closed leaves it.
OUT: {"operations": {"METHOD path": {"path": {name: [value]}, "query": {name: [value]},
"required": [name], "body": [sample], "body_required": bool, "form": bool}}, "uncovered": [goal]}. The
first body has required fields alone, the second one all.
"""
import argparse
import contextlib
import io
import json
import random
import re
import sys

cli = argparse.ArgumentParser()
cli.add_argument('kit')
cli.add_argument('spec')
cli.add_argument('out')
cli.add_argument('--seed', type=int, default=1)
cli.add_argument('--n', type=int, default=4)
args = cli.parse_args()
sys.path.insert(0, args.kit)
import gen_samples as kit  # noqa: E402

# Texts that travel badly in a URL. A slash in a path segment, a comma in a comma separated list and
# an empty segment have no meaning on these servers.
URL_TEXTS = ['a', 'usr_1', 'two words', 'naïve ünïcode ✓ 🦀', '100%', '%2F', 'a+b', 'c&d=e', 'x?y#z',
             "it's", '[0]', '~tilde', 'quote"', 'null', 'true', '0']


def drop_impossible(node):
    """A property that allows no value is left out: normalizing makes one out of a property that is
    itself named `properties`."""
    if isinstance(node, dict):
        fields = node.get('properties')
        if isinstance(fields, dict):
            for name in [name for name, schema in fields.items() if schema is False]:
                del fields[name]
        for value in node.values():
            drop_impossible(value)
    elif isinstance(node, list):
        for value in node:
            drop_impossible(value)


def load():
    document = json.load(open(args.spec))
    drop_impossible(document)
    for _, _, operation in operations(document):
        content = operation.get('requestBody', {}).get('content')
        if content:
            first = next(iter(content))
            # gen_samples reads JSON alone; the first media type is the most general one.
            operation['requestBody']['content'] = {'application/json': content[first]}
            operation['x-form'] = not first.endswith('json')
    return document


def operations(document):
    for path, item in document['paths'].items():
        for method, operation in item.items():
            if method in kit.METHODS:
                yield method, path, operation


def bodies(document):
    """Body samples by operation, and what of the schemas they do not cover."""
    source, target = args.out + '.spec', args.out + '.bodies'
    json.dump(document, open(source, 'w'))
    sys.argv = ['gen_samples.py', source, '--mode', 'request', '--strict-oneof', '--n', str(args.n),
                '--seed', str(args.seed), '--out', target]
    kit.load = lambda path: json.load(open(path))
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        kit.main()
    found = {}
    for root in json.load(open(target))['roots']:
        for operation in root['ops']:
            found.setdefault(operation, []).extend(root['samples'])
    uncovered = [line.strip() for line in told.getvalue().splitlines() if 'uncovered' in line]
    return found, uncovered


class Full(kit.Gen):
    """Takes every optional field and fills every list, until the sample is large."""

    def unc(self, goal):
        return goal[1] == 'present' or goal[2:] == ('nonempty',) or super().unc(goal)


def extremes(doc, schema):
    """A body with required fields alone, and one with all fields."""
    out = []
    for kind, limit in ((kit.Gen, 0), (Full, 400)):
        generator = kind(doc, args.seed)
        generator.explore(schema)
        generator.finish_graph()
        for _ in range(40):
            value, _ = generator.sample(schema, limit=limit)
            if doc.validator(schema, True).is_valid(value):
                out.append(value)
                break
    return out


def events(doc, schema, samples):
    """Samples that also keep the rules of CloudEvents and of the server, which the schema does not
    have: the client refuses other ones before they are sent."""
    out = []
    for sample in samples:
        batch = sample if isinstance(sample, list) else [sample]
        for event in batch:
            event['specversion'] = '1.0'
            event['source'] = re.sub(r'\s', '-', event['source']) or 'urn:source'
            for key in ('id', 'type', 'subject'):
                event[key] = event[key] or 'x'
            if not isinstance(event.get('data', {}), (dict, type(None))):
                event['data'] = {'value': event['data']}
        if batch and doc.validator(schema, True).is_valid(sample):
            out.append(sample)
    return out


def parameters(doc, item, operation):
    for parameter in item.get('parameters', []) + operation.get('parameters', []):
        if '$ref' in parameter:
            parameter = doc.resolve(parameter['$ref'])
        if 'content' in parameter:
            schema = next(iter(parameter['content'].values()))['schema']
        else:
            schema = parameter['schema']
        flat = doc.norm(schema)
        if parameter.get('style') == 'deepObject' and parameter['name'] == 'page':
            for key, inner in flat['properties'].items():
                if inner.get('type') == 'integer':
                    inner['minimum'] = 1
                yield parameter['in'], 'page[%s]' % key, inner, False
        else:
            yield parameter['in'], parameter['name'], schema, parameter.get('required', False)


def values(doc, generator, schema, count):
    out = []
    for _ in range(count * 30):
        value, marks = generator.sample(schema, limit=40)
        # A server reads URLs up to about 8 kB.
        if not doc.validator(schema, True).is_valid(value) or len(json.dumps(value)) > 1000:
            continue
        generator.covered.update(marks)
        # Every optional parameter is sent when all of them are, so an empty one is no value.
        if value not in (None, '', [], {}):
            out.append(value)
        if len(out) == count:
            return out
    if not out:
        raise SystemExit('no value for %s' % json.dumps(schema)[:200])
    return out


def main():
    document = load()
    found, uncovered = bodies(document)
    # Kept apart from the texts of bodies: what stands in URLs is of its own.
    body_texts, kit.TEXT = kit.TEXT, URL_TEXTS
    doc = kit.Doc(document, 'request')
    schemas = {}
    for method, path, operation in operations(doc.doc):
        item = doc.doc['paths'][path]
        schemas[method, path] = list(parameters(doc, item, operation))
    generator = kit.Gen(doc, args.seed)
    for entries in schemas.values():
        for _, _, schema, _ in entries:
            generator.explore(schema)
    generator.finish_graph()
    out = {}
    for method, path, operation in operations(doc.doc):
        entry = {'path': {}, 'query': {}, 'required': [], 'body': []}
        for place, name, schema, required in schemas[method, path]:
            if place not in ('path', 'query'):
                continue
            entry[place][name] = values(doc, generator, schema, args.n)
            if required and place == 'query':
                entry['required'].append(name)
        key = '%s %s' % (method.upper(), path)
        body = operation.get('requestBody')
        if body:
            schema = body['content']['application/json']['schema']
            kit.TEXT = body_texts
            if path.endswith('/events') and 'openmeter' in args.spec:
                entry['body'] = events(doc, schema, found[key])
            else:
                entry['body'] = extremes(doc, schema) + found[key]
            entry['body_required'] = body.get('required', False)
            entry['form'] = operation['x-form']
            kit.TEXT = URL_TEXTS
        out[key] = entry
    json.dump({'operations': out, 'uncovered': uncovered}, open(args.out, 'w'), ensure_ascii=False)
    print('%s: %d operations, %d bodies, %d not covered' % (
        args.out, len(out), sum(len(entry['body']) for entry in out.values()), len(uncovered)))


main()
