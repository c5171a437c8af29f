/* A machine in the words of `pptest machine`. What is not known is left out. */
(function (report) {
    'use strict';

    const {element, number, known, plural, withTerm, short} = report;

    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

    /* In the largest unit of which there is one at least. */
    function binary(bytes) {
        let value = bytes,
            unit = 0;
        for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
        return short(number(value, 4)) + '\u00a0' + units[unit];
    }

    const gigahertz = (hertz) => short(number(hertz / 1e9)) + '\u00a0GHz';
    const some = (value, text) => (known(value) && value > 0 ? text(value) : '');
    const count = (value) => some(value, String);
    const joined = (...parts) => parts.filter(Boolean).join(', ');

    const kindText = (kind) =>
        kind.name +
        ': ' +
        joined(
            some(kind.cores, (cores) => plural(cores, 'core')),
            some(kind.logical, (logical) => plural(logical, 'logical CPU')),
            some(kind.max_hz, (hertz) => 'up to ' + gigahertz(hertz)),
        );
    const cacheText = (cache) =>
        joined(
            'level ' + cache.level,
            cache.type + ': ' + cache.count + ' × ' + binary(cache.bytes),
            'each for ' + plural(cache.shared, 'logical CPU'),
        );

    function cpuFacts(cpus) {
        return [
            ['logical CPUs', count(cpus.logical)],
            ['physical cores', count(cpus.physical)],
            ['threads a core', count(cpus.smt)],
            ['packages', count(cpus.packages)],
            ['memory nodes', count(cpus.numa_nodes)],
            ...cpus.kinds.map((kind) => ['kind of core', kindText(kind)]),
            ...cpus.caches.map((cache) => ['cache', cacheText(cache)]),
            ['affinity mask', some(cpus.affinity, (all) => plural(all, 'CPU'))],
            ['CPU quota', some(cpus.quota, (quota) => short(number(quota, 4)) + ' CPUs') || 'none'],
            ['usable CPUs', some(cpus.usable, (usable) => short(number(usable, 4)))],
        ];
    }

    function memoryFacts(memory) {
        return [
            ['memory', some(memory.total, binary)],
            ['available', some(memory.available, binary)],
            ['memory limit', some(memory.limit, binary) || 'none'],
            ['usable memory', some(memory.usable, binary)],
            ['swap', some(memory.swap, binary) || 'none'],
        ];
    }

    function machineFacts(machine) {
        const {frequency} = machine;
        return [
            ['system', machine.os],
            ['kernel', machine.kernel],
            ['hypervisor', machine.hypervisor],
            ['container', machine.container],
            ['processor', machine.cpus.model],
            [
                'frequency',
                joined(
                    some(frequency.current, (hertz) => gigahertz(hertz) + ' now'),
                    some(frequency.max, (hertz) => gigahertz(hertz) + ' at most'),
                    frequency.governor ? 'governor ' + frequency.governor : '',
                ),
            ],
            ...cpuFacts(machine.cpus),
            ...memoryFacts(machine.memory),
            ...machine.libraries.map((each) => [each.name, each.version]),
        ].filter(([, text]) => text);
    }

    const machineList = (machine) =>
        element('dl', {class: 'facts'}, ...machineFacts(machine).flatMap(([term, text]) => withTerm(term, text)));

    Object.assign(report, {machineList});
})((window.pptestReport = window.pptestReport || {}));
