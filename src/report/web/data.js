/* The results of the page: read, named, put into groups of the same work; numbers as text. Nothing is calculated here
 * that says how sure something is: that is in the results. */
(function (report) {
    'use strict';

    /* ---- numbers as text ---- */

    const known = (value) => typeof value === 'number' && Number.isFinite(value);
    const unknown = '–';

    function digits(value, count) {
        if (value === 0) return '0';
        const size = Math.abs(value);
        if (size >= 1e9 || size < 1e-4)
            return value
                .toPrecision(count)
                .replace(/\.?0+e/, 'e')
                .replace('e+', 'e');
        const decimals = Math.max(0, count - 1 - Math.floor(Math.log10(size) + 1e-9));
        return value.toFixed(Math.min(decimals, 10));
    }

    function scaled(value, units, count) {
        if (!known(value)) return unknown;
        const size = Math.abs(value);
        const unit = units.find((each) => size >= 0.9995 * each[0]) || units[units.length - 1];
        return digits(value / unit[0], count || 3) + '\u00a0' + unit[1];
    }

    const duration = (seconds, count) =>
        seconds === 0
            ? '0\u00a0s'
            : scaled(
                  seconds,
                  [
                      [1, 's'],
                      [1e-3, 'ms'],
                      [1e-6, 'µs'],
                      [1e-9, 'ns'],
                  ],
                  count,
              );
    const bytes = (value, count) =>
        scaled(
            value,
            [
                [1e12, 'TB'],
                [1e9, 'GB'],
                [1e6, 'MB'],
                [1e3, 'kB'],
                [1, 'B'],
            ],
            count,
        );
    const number = (value, count) => (known(value) ? digits(value, count || 3) : unknown);
    const integer = (value) => (known(value) ? String(value) : unknown);
    const percent = (value, count) => (known(value) ? digits(100 * value, count || 3) + '\u00a0%' : unknown);
    const factor = (value) => (known(value) ? value.toFixed(2) + '×' : unknown);
    const signedPercent = (value) =>
        known(value) ? (value < 0 ? '−' : '+') + Math.abs(100 * value).toFixed(1) + '\u00a0%' : unknown;
    /* "2.50 MB" as "2.5 MB": where numbers do not stand below each other. */
    const short = (text) => text.replace(/(\.\d*?)0+(?=\D|$)/, '$1').replace(/\.(?=\D|$)/, '');
    /* Long names often differ in their ends. */
    const middleCut = (text, most) => {
        const letters = Array.from(text),
            head = Math.ceil((most - 1) / 3);
        return letters.length <= most
            ? text
            : letters.slice(0, head).join('') + '…' + letters.slice(head + 1 - most).join('');
    };
    const plural = (count, word) => count + ' ' + word + (count === 1 ? '' : 's');
    const range = (pair, text) => (pair ? text(pair[0]) + ' to ' + text(pair[1]) : unknown);

    /* ---- results ---- */

    const fileName = (path) => path.split('/').pop();

    const longestName = 60; /* letters; the whole label stands in the config */

    /* Short names that tell results apart: labels, then files, then numbers. */
    function nameAll(items) {
        for (const item of items)
            item.name = middleCut(item.result.label || fileName(item.file) || item.result.task, longestName);
        const count = (name) => items.filter((item) => item.name === name).length;
        for (const item of items.filter((each) => count(each.name) > 1))
            item.longName =
                item.result.label && item.file ? item.name + ' (' + fileName(item.file) + ')' : item.file || item.name;
        for (const item of items) item.name = item.longName || item.name;
        const seen = new Map();
        for (const item of items) {
            const before = seen.get(item.name) || 0;
            seen.set(item.name, before + 1);
            if (before > 0) item.name += ' #' + (before + 1);
        }
    }

    const work = (result) =>
        result.task + (result.details ? ' ' + result.details : '') + ', ' + plural(result.task_count, 'task');

    function machineName(machine) {
        const cpus = machine.cpus;
        return [cpus.model, plural(cpus.affinity, 'CPU'), machine.kernel].filter(Boolean).join(', ');
    }

    /* Cases that were measured, in the order of the plan. */
    const counted = (result) => result.cases.filter((each) => each.counted > 0);

    /* Results from before there were series in them are one series. */
    function seriesOf(result) {
        const cases = counted(result);
        const lists =
            result.series.length > 0
                ? result.series
                : [{name: '', cases: cases.map((each) => each.name), use: null, model_remark: ''}];
        return lists
            .map((series) => ({
                name: series.name,
                remark: series.model_remark,
                cases: cases
                    .filter((each) => each.workers > 0 && series.cases.includes(each.name))
                    .sort((a, b) => a.workers - b.workers),
                model: result.models.find((model) => model.chosen && (model.series === series.name || !series.name)),
            }))
            .filter((series) => series.cases.length > 0);
    }

    function read() {
        const items = Array.from(document.querySelectorAll('script.result'), (element) =>
            JSON.parse(element.textContent),
        );
        nameAll(items);
        const groups = new Map();
        items.forEach((item, index) => {
            item.series = seriesOf(item.result);
            item.sequential = counted(item.result).find((each) => each.workers === 0);
            if (!groups.has(item.base)) groups.set(item.base, []);
            groups.get(item.base).push(item);
            item.index = index;
        });
        return {items, groups: Array.from(groups.values())};
    }

    /* ---- what results differ in ---- */

    const facts = [
        ['task', (result) => result.task],
        ['arguments', (result) => result.details || 'none'],
        ['tasks a pass', (result) => integer(result.task_count)],
        ['work (check value)', (result) => (result.varies ? 'varies' : result.check || 'none')],
        ['machine', (result) => machineName(result.machine)],
        ['version of pptest', (result) => result.version],
    ];

    function distinct(items, tell) {
        const values = new Map();
        for (const item of items) {
            const value = tell(item.result);
            values.set(value, (values.get(value) || []).concat(item.name));
        }
        return values;
    }

    /* Other work has another check value, and another task arguments of its own: that says nothing more. */
    function follows(what, differing) {
        const differs = (...names) => names.some((name) => differing.has(name));
        if (what === 'arguments' || what === 'tasks a pass') return differs('task');
        return what === 'work (check value)' && differs('task', 'arguments', 'tasks a pass');
    }

    /* [what, Map of value to names] for each that is not the same in all. */
    function differences(items) {
        const keys = new Set(items.flatMap((item) => Object.keys(item.result.config || {})));
        for (const key of ['label', 'output_dir', 'tmp_dir', 'task', 'task_args', 'task_count']) keys.delete(key);
        const configured = Array.from(keys, (key) => [
            'config: ' + key,
            (result) => JSON.stringify((result.config || {})[key]),
        ]);
        const found = facts
            .concat(configured)
            .map(([what, tell]) => [what, distinct(items, tell)])
            .filter(([, values]) => values.size > 1);
        const differing = new Set(found.map(([what]) => what));
        return found.filter(([what]) => !follows(what, differing));
    }

    /* ---- the machine's limits on the axis of workers ---- */

    function limits(items) {
        const found = new Map();
        const add = (value, words) => {
            if (value > 0) found.set(value, new Set([...(found.get(value) || []), words]));
        };
        for (const {
            result: {
                machine: {cpus},
            },
        } of items) {
            add(cpus.usable_cores, plural(cpus.usable_cores, 'core'));
            if (cpus.affinity !== cpus.usable_cores)
                add(
                    cpus.affinity,
                    plural(cpus.affinity, cpus.smt > 1 ? 'CPU' : 'logical CPU') + (cpus.smt > 1 ? ' (SMT)' : ''),
                );
            if (cpus.quota > 0) add(cpus.quota, 'quota ' + short(number(cpus.quota)) + ' CPUs');
        }
        return Array.from(found, ([value, words]) => ({value, label: Array.from(words).join(', ')})).sort(
            (a, b) => a.value - b.value,
        );
    }

    /* Throughput that a model says for so many workers, in tasks per second. */
    function throughput(model, workers) {
        if (known(model.roof)) return Math.min(model.gamma * workers, model.roof);
        const contention = (model.sigma || 0) * (workers - 1),
            coherency = (model.kappa || 0) * workers * (workers - 1);
        return (model.gamma * workers) / (1 + contention + coherency);
    }

    /* Each bucket holds what is at least its `low`, and less than this (src/stats/histogram.h). */
    function bucketEnd(low) {
        const bits = Math.floor(Math.log2(Math.max(low, 1)));
        return low + Math.pow(2, Math.max(0, bits - 6));
    }

    Object.assign(report, {
        known,
        short,
        unknown,
        duration,
        bytes,
        number,
        integer,
        percent,
        signedPercent,
        factor,
        middleCut,
        plural,
        range,
        work,
        machineName,
        counted,
        read,
        differences,
        limits,
        throughput,
        bucketEnd,
    });
})((window.pptestReport = window.pptestReport || {}));
