#!/usr/bin/env python3
"""judge.py RESULT.json...   judges results of bench.py: exit status 0 if nothing was stale, lost or torn and no phase failed.

bench.py measures, and goes on whatever it finds. Here the counters of its group share (stale, lost, torn, never_seen,
bad_*) must be 0, no phase of any group may have failed, and the group must have been measured as a whole: each of its
phases, each with operations in it. Says what is wrong, a line each; otherwise how much was judged.
"""
import json, sys

SHARE = ('pingpong_block', 'pingpong_trunc', 'attr_after_append', 'names', 'write_share_open', 'two_writers_1block',
         'append_nolock', 'append_flock', 'append_fcntl', 'counter_flock', 'counter_fcntl')
PROMISES = ('stale', 'lost', 'torn', 'never_seen', 'bad_')


def faults(result):
    phases = result['phases']
    for name in SHARE:
        if not phases.get('share.' + name, {}).get('n'):
            yield 'share.%s was not measured' % name
    for name, phase in phases.items():
        if 'error' in phase:
            yield '%s failed: %s' % (name, phase['error'])
        for key, value in phase.items():
            if name.startswith('share.') and key.startswith(PROMISES) and not key.startswith('stale_ms') and value:
                yield '%s: %s=%s' % (name, key, value)


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ('-h', '--help'):
        sys.exit(__doc__)
    bad = False
    for path in sys.argv[1:]:
        with open(path) as f:
            result = json.load(f)
        found = list(faults(result))
        for fault in found:
            print('%s: %s' % (path, fault), file=sys.stderr)
        bad |= bool(found)
        phases = result['phases']
        print('%s: %d phases, %d operations of the group share; %s' % (
            result['name'], len(phases), sum(p.get('n') or 0 for k, p in phases.items() if k.startswith('share.')),
            '%d faults' % len(found) if found else 'nothing stale, lost or torn'))
    sys.exit(bad)


if __name__ == '__main__':
    main()
