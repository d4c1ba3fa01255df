#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""spec.t - kmod/kpps_gen.yaml has the shape that the kernel asks of its netlink
specs, and says what uapi/kpps_gen.h and the module's policies say."""
import glob
import os
import re
import subprocess
import sys

import jsonschema
import yaml

SPEC, HEADER, POLICIES = 'kmod/kpps_gen.yaml', 'kmod/uapi/kpps_gen.h', 'kmod/netlink.c'
UNREAL = re.compile(r'KPPS_GEN_(A|CMD)_(UNSPEC|MAX)')
count = failed = 0


def ok(good, name, *notes):
    global count, failed
    count += 1
    failed += not good
    print(f"{'' if good else 'not '}ok {count} - {name}")
    for note in notes if not good else ():
        print(f'# {note}')


def schema():
    """The kernel's own, out of the distribution's source package."""
    cache = os.path.join(os.environ.get('KPPS_CACHE') or
                         os.path.expanduser('~/.cache/kpps'), 'genetlink.yaml')
    if not os.path.exists(cache):
        archive = max(glob.glob('/usr/src/linux-source-6.*.tar.xz'),
                      key=lambda name: int(re.search(r'6\.(\d+)', name)[1]))
        top = os.path.basename(archive)[:-len('.tar.xz')]
        text = subprocess.run(['tar', 'xJOf', archive, '--occurrence=1',
                               f'{top}/Documentation/netlink/genetlink.yaml'],
                              check=True, capture_output=True).stdout
        os.makedirs(os.path.dirname(cache), exist_ok=True)
        with open(f'{cache}.{os.getpid()}', 'wb') as file:
            file.write(text)
        os.rename(file.name, cache)
    with open(cache, encoding='utf-8') as file:
        return yaml.safe_load(file)


def enum(name):
    """Enumerators of the header in order: name, value, first word of the comment."""
    body = re.search(r'enum %s \{(.*?)\n\};' % name, header, re.S)[1]
    value, members = 0, []
    for line in body.split('\n'):
        m = re.match(r'\s*(KPPS_GEN_\w+)(?: = (\d+))?,?\s*(?:/\* (\w+))?', line)
        if m:
            value = int(m[2]) if m[2] else value
            members.append((m[1], value, m[3]))
            value += 1
    return members


def c_name(prefix, name):
    return prefix + name.upper().replace('-', '_')


with open(HEADER, encoding='utf-8') as file:
    header = file.read()
with open(SPEC, encoding='utf-8') as file:
    spec = yaml.safe_load(file)
with open(POLICIES, encoding='utf-8') as file:
    policies = file.read()

try:
    jsonschema.validate(spec, schema())
    ok(True, "the spec has the shape of the kernel's genetlink schema")
except jsonschema.ValidationError as error:
    ok(False, "the spec has the shape of the kernel's genetlink schema", error.message,
       list(error.absolute_path))

attrs = spec['attribute-sets'][0]['attributes']
ours = [(c_name('KPPS_GEN_A_', a['name']), i + 1, None if a['type'] == 'pad' else a['type'])
        for i, a in enumerate(attrs)]
theirs = [m for m in enum('kpps_gen_attr') if not UNREAL.fullmatch(m[0])]
theirs = [(n, v, None if n.endswith('_PAD') else t) for n, v, t in theirs]
ok(ours == theirs, 'attributes have the names, values and types of the header',
   set(ours) ^ set(theirs))

ops = spec['operations']['list']
ours = [(c_name('KPPS_GEN_CMD_', o['name']), i + 1) for i, o in enumerate(ops)]
theirs = [m[:2] for m in enum('kpps_gen_cmd') if not UNREAL.fullmatch(m[0])]
ok(ours == theirs, 'commands have the names and values of the header', set(ours) ^ set(theirs))

for d in spec['definitions']:
    if d['type'] == 'const':
        m = re.search(r'#define %s\s+(\d+)' % c_name('KPPS_GEN_', d['name']), header)
        ok(m and int(m[1]) == d['value'], f"constant {d['name']} is that of the header")
        continue
    prefix = c_name('KPPS_GEN_', d['name'].removesuffix('-flag')) + '_'
    ours = [(c_name(prefix, e if isinstance(e, str) else e['name']),
             1 << i if d['type'] == 'flags' else i) for i, e in enumerate(d['entries'])]
    theirs = [m[:2] for m in enum(c_name('kpps_gen_', d['name']).lower())]
    ok(ours == theirs, f"{d['type']} {d['name']} is that of the header", ours, theirs)

tables = {name: re.findall(r'\[KPPS_GEN_A_(\w+)\]', body) for name, body in
          re.findall(r'nla_policy (\w+)\[\] = \{(.*?)\n\};', policies, re.S)}
used = {cmd: table for cmd, table in
        re.findall(r'KG_OP\((\w+), \w+, (\w+)\)', policies)}
used |= {cmd: 'kg_id_policy' for cmd in re.findall(r'KG_OP_GET\((\w+),', policies)}
wrong = []
for o in ops:
    if 'event' in o:
        continue
    said = {c_name('', a) for a in o['do']['request']['attributes']}
    taken = set(tables[used[c_name('', o['name'])]])
    if said != taken:
        wrong.append(f"{o['name']}: {said ^ taken}")
ok(not wrong, 'requests take the attributes that the policies take', *wrong)
ok(f'"{spec["name"]}"' in re.search(r'FAMILY_NAME\s+(\S+)', header)[1] and
   f'"{spec["mcast-groups"]["list"][0]["name"]}"' in re.search(r'MCGRP_RUNS\s+(\S+)', header)[1],
   'family and group have the names of the header')
print(f'1..{count}')
sys.exit(failed > 0)
