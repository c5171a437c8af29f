/* The charts: what is drawn, and how it looks. Drawing itself is Chart.js's. */
(function (report) {
    'use strict';

    const {duration, bytes, short, percent, factor, range, known, element} = report;
    const {color, hue, hues, faint, mark, styles, dashes, axis, workerAxis, roundValues, roundEnd, timeTicks} = report;
    const drawn = []; /* {chart, make}: all charts of the page */

    /* ---- lines ---- */

    const disturbedWords = (each) =>
        each.disturbed > 0 ? [each.disturbed + ' of ' + each.counted + ' passes disturbed'] : [];

    /* One series as it is named in the legend: its line, its band, its model. pick(case) gives {y, low, high}. */
    function lineSets(line, pick, text) {
        const strong = hue(line.hue);
        const points = line.cases
            .map((each) => Object.assign({x: each.workers, of: each}, pick(each)))
            .filter((point) => known(point.y));
        const banded = line.crowded ? [] : points.filter((point) => known(point.low));
        const hollow = points.map((point) => point.of.disturbed > 0);
        const shared = {legend: line.name, pointRadius: 0, pointHitRadius: 0, borderWidth: 0};
        const sets =
            banded.length === 0
                ? []
                : [
                      Object.assign({}, shared, {band: true, data: banded.map(({x, low}) => ({x, y: low}))}),
                      Object.assign({}, shared, {
                          band: true,
                          data: banded.map(({x, high}) => ({x, y: high})),
                          fill: '-1',
                          backgroundColor: faint(strong, 0.18),
                      }),
                  ];
        return sets.concat({
            legend: line.name,
            label: line.name,
            data: points,
            whiskers: true,
            borderColor: strong,
            borderWidth: 2,
            borderDash: mark(dashes, line.hue),
            pointStyle: mark(styles, line.hue),
            pointRadius: hollow.map((is) => (is ? 6 : 4)),
            pointHoverRadius: 7,
            pointBorderWidth: 2,
            pointBorderColor: strong,
            pointBackgroundColor: hollow.map((is) => (is ? color('surface') : strong)),
            tell: (point) =>
                [
                    line.name +
                        ', ' +
                        point.of.name +
                        ': ' +
                        text(point.y) +
                        (known(point.low) ? ' (95 %: ' + range([point.low, point.high], text) + ')' : ''),
                ].concat(disturbedWords(point.of)),
        });
    }

    function sampled(from, to, formula) {
        const points = [];
        for (let i = 0; i <= 120; i++) {
            const x = from * Math.pow(to / from, i / 120);
            points.push({x, y: formula(x)});
        }
        return points;
    }

    function plainLine(name, data, dash, stroke, more) {
        return Object.assign(
            {
                legend: name,
                label: name,
                data,
                borderColor: stroke,
                borderDash: dash,
                borderWidth: 1.5,
                pointRadius: 0,
                pointHitRadius: 0,
            },
            more,
        );
    }

    /* The throughput of a series' base, which its speed-ups are against. */
    function baseOf(line) {
        const name = (line.cases.find((each) => each.speedup.base) || line.cases[0]).speedup.base;
        return (
            report.counted(line.item.result).find((each) => each.name === name) || line.item.sequential || line.cases[0]
        );
    }

    function modelSet(line, from, to, divide) {
        const base = baseOf(line),
            rate = base.task_count / base.total.median;
        const name = line.name + ', model ' + line.model.name;
        return plainLine(
            name,
            sampled(from, to, (x) => report.throughput(line.model, x) / rate / divide(x, base)),
            [1, 4],
            hue(line.hue),
            {borderWidth: 3, borderCapStyle: 'round', model: true},
        );
    }

    /* ---- what charts share ---- */

    const workersOf = (lines) =>
        Array.from(new Set(lines.flatMap((line) => line.cases.map((each) => each.workers)))).sort((a, b) => a - b);

    function tooltip() {
        return {
            backgroundColor: color('text'),
            titleColor: color('surface'),
            bodyColor: color('surface'),
            displayColors: false,
            filter: (entry) => Boolean(entry.dataset.tell),
            callbacks: {
                title: () => '',
                label: (entry) => entry.dataset.tell(entry.raw, entry.dataIndex),
            },
        };
    }

    function lineOptions(x, y, lines) {
        return {
            scales: {x, y},
            layout: {padding: {top: 18 + 15 * Math.max(0, (lines || []).length - 1), right: 10}},
            interaction: {mode: 'nearest', intersect: true},
            plugins: {tooltip: tooltip(), limits: {lines: lines || []}},
        };
    }

    const least = (sets) =>
        Math.min(
            ...sets
                .flatMap((set) => set.data.map((point) => Math.min(point.y, point.low || Infinity)))
                .filter((y) => y > 0),
            1,
        );
    const inRange = (limits, last) => limits.filter((each) => each.value <= 1.03 * last);

    const largest = (sets) => Math.max(...sets.flatMap((set) => set.data.map((point) => point.y)), 0);
    const reach = (sets) =>
        Math.max(...sets.flatMap((set) => set.data.map((point) => Math.max(point.y, point.high || 0))), 0);

    /* ---- the charts: each returns {type, data, options} for the colours of now ---- */

    function scaling(lines, limits, logarithmic, kind) {
        const values = workersOf(lines),
            first = Math.min(1, values[0]),
            last = values[values.length - 1];
        const speedup = kind === 'speedup';
        const pick = speedup
            ? (each) => ({y: each.speedup.value, low: (each.speedup.ci95 || [])[0], high: (each.speedup.ci95 || [])[1]})
            : (each) => ({y: each.efficiency, low: scaledBound(each, 0), high: scaledBound(each, 1)});
        const measured = lines.flatMap((line) => lineSets(line, pick, speedup ? factor : (value) => percent(value)));
        const divide = speedup ? () => 1 : (x, base) => x / Math.max(base.workers, 1);
        const models = lines.filter((line) => line.model).map((line) => modelSet(line, first, last, divide));
        const bases = Math.max(1, Math.min(...lines.map((line) => Math.max(baseOf(line).workers, 1))));
        const ideal = plainLine(
            'ideal',
            sampled(first, last * 1.2, speedup ? (x) => x / bases : () => 1),
            [6, 4],
            color('ideal'),
        );
        const all = measured.concat(models, ideal);
        if (speedup && lines.some((line) => line.item.sequential))
            all.push(
                plainLine(
                    'sequential',
                    [
                        {x: logarithmic ? first / 2 : 0, y: 1},
                        {x: last * 1.2, y: 1},
                    ],
                    [2, 2],
                    color('muted'),
                ),
            );
        /* Wide intervals get room, but not so much that the values lie flat on the ground. */
        const top = Math.min(reach(measured), 2 * largest(measured.filter((set) => set.whiskers))) || 1,
            high = Math.max(top * 1.08, Math.min(last / bases, 1.4 * top), 1.1);
        const y = !speedup
            ? axis('efficiency', {
                  type: 'linear',
                  min: 0,
                  max: roundEnd(Math.max(1.05, top * 1.05)),
                  ticks: {callback: (value) => Math.round(100 * value) + ' %'},
              })
            : logarithmic
              ? axis('speed-up', {
                    type: 'logarithmic',
                    min: 0.85 * Math.min(1, least(measured)),
                    max: high,
                    afterBuildTicks: (scale) => {
                        scale.ticks = roundValues(scale);
                    },
                    ticks: {autoSkip: true, callback: (value) => value + '×'},
                })
              : axis('speed-up', {
                    type: 'linear',
                    min: 0,
                    max: roundEnd(high),
                    ticks: {callback: (value) => short(value.toFixed(3)) + '×'},
                });
        return {
            type: 'line',
            data: {datasets: all},
            options: lineOptions(workerAxis(values, logarithmic), y, inRange(limits, last)),
        };
    }

    /* Efficiency is the speed-up for each worker, so its interval is, too. */
    function scaledBound(each, end) {
        return each.speedup.ci95 && known(each.efficiency) && each.speedup.value > 0
            ? (each.speedup.ci95[end] * each.efficiency) / each.speedup.value
            : undefined;
    }

    function memory(lines, limits, logarithmic, machines) {
        const values = workersOf(lines),
            first = Math.min(1, values[0]),
            last = values[values.length - 1];
        const measured = lines.flatMap((line) => lineSets(line, (each) => ({y: each.memory.peak_pss}), bytes));
        const across = (y) => [
            {x: logarithmic ? first / 2 : 0, y},
            {x: last * 1.2, y},
        ];
        const all = measured.slice();
        for (const item of new Set(lines.map((line) => line.item)))
            if (item.sequential && known(item.sequential.memory.peak_pss))
                all.push(
                    plainLine(
                        'sequential' + (machines.length > 1 ? ', ' + item.name : ''),
                        across(item.sequential.memory.peak_pss),
                        [2, 2],
                        color('muted'),
                    ),
                );
        const top = reach(all);
        for (const limit of new Set(machines.map((item) => item.result.machine.memory.usable)))
            if (limit > 0 && limit < 1.5 * top)
                all.push(plainLine('memory limit, ' + bytes(limit), across(limit), [8, 3, 2, 3], color('limit')));
        const y = axis('peak memory', {
            type: 'linear',
            min: 0,
            suggestedMax: 1.1 * reach(all),
            ticks: {callback: (value) => short(bytes(value))},
        });
        return {
            type: 'line',
            data: {datasets: all},
            options: lineOptions(workerAxis(values, logarithmic), y, inRange(limits, last)),
        };
    }

    /* ---- task times ---- */

    const narrowest = 0.05,
        mostBins = 90; /* of a bin, as a share of its times: some buckets of the histogram at least */

    function binEdges(cases) {
        const lows = cases.flatMap((each) => each.histogram.map((bucket) => Math.max(bucket[0], 0.5)));
        const from = Math.min(...lows) / 1.1;
        const to = Math.max(...lows.map((low) => report.bucketEnd(low))) * 1.1;
        const count = Math.max(4, Math.min(mostBins, Math.floor(Math.log(to / from) / narrowest)));
        return Array.from({length: count + 1}, (_, i) => from * Math.pow(to / from, i / count));
    }

    /* Shares of the tasks; what lies across an edge is shared out. */
    function shares(histogram, edges) {
        const bins = new Array(edges.length - 1).fill(0);
        const all = histogram.reduce((sum, bucket) => sum + bucket[1], 0);
        let bin = 0;
        for (const [low, count] of histogram) {
            const start = Math.max(low, 0.5),
                end = report.bucketEnd(start);
            while (bin + 1 < bins.length && edges[bin + 1] <= start) bin++;
            for (let i = bin; i < bins.length && edges[i] < end; i++)
                bins[i] +=
                    ((count / all) * Math.max(0, Math.min(end, edges[i + 1]) - Math.max(start, edges[i]))) /
                    (end - start);
        }
        return bins;
    }

    function distribution(cases, visible) {
        const edges = binEdges(cases);
        const sets = cases.map((each, index) => {
            const bins = shares(each.histogram, edges),
                stroke = hue(index);
            const data = bins
                .map((share, i) => ({x: edges[i] * 1e-9, y: share, to: edges[i + 1] * 1e-9}))
                .concat({x: edges[edges.length - 1] * 1e-9, y: 0, to: edges[edges.length - 1] * 1e-9});
            return {
                legend: each.name,
                label: each.name,
                data,
                stepped: 'before',
                borderColor: stroke,
                borderWidth: 2,
                borderDash: mark(dashes, index),
                pointRadius: 0,
                pointHitRadius: 6,
                hidden: !visible.has(each.name),
                fill: 'origin',
                backgroundColor: faint(stroke, 0.1),
                tell: (point) =>
                    each.name + ': ' + percent(point.y) + ' of the tasks took ' + range([point.x, point.to], duration),
            };
        });
        const x = axis('time of one task, logarithmic', {
            type: 'logarithmic',
            min: edges[0] * 1e-9,
            max: edges[edges.length - 1] * 1e-9,
            afterBuildTicks: (scale) => {
                scale.ticks = timeTicks(scale);
            },
            ticks: {autoSkip: false, callback: (value) => short(duration(value, 2))},
        });
        const y = axis('share of the tasks', {
            type: 'linear',
            min: 0,
            ticks: {callback: (value) => short(percent(value, 2))},
        });
        return {type: 'line', data: {datasets: sets}, options: lineOptions(x, y)};
    }

    /* ---- the breakdown ---- */

    const parts = [
        ['cpu', 'computing'],
        ['runnable', 'ready, no CPU'],
        ['blocked', 'blocked in tasks'],
        ['verify', 'checking answers'],
        ['transfer', 'moving data'],
        ['waiting', 'waiting for work'],
        ['tail', 'idle at the end'],
        ['other', 'not accounted for'],
    ];

    /* Each part has a pattern of its own, so that colour is not all there is. */
    function pattern(index) {
        const strong = color('part-' + index),
            size = 8,
            canvas = document.createElement('canvas');
        canvas.width = canvas.height = size;
        const ctx = canvas.getContext('2d');
        ctx.fillStyle = strong;
        ctx.fillRect(0, 0, size, size);
        ctx.strokeStyle = ctx.fillStyle = color('surface');
        ctx.lineWidth = 1.4;
        const lines = [
            [],
            [
                [0, 8, 8, 0],
                [-2, 2, 2, -2],
                [6, 10, 10, 6],
            ],
            [[4, 0, 4, 8]],
            [[0, 4, 8, 4]],
            [
                [0, 0, 8, 8],
                [-2, 6, 2, 10],
                [6, -2, 10, 2],
            ],
            [],
            [
                [4, 0, 4, 8],
                [0, 4, 8, 4],
            ],
            [
                [0, 8, 8, 0],
                [0, 0, 8, 8],
            ],
        ][index];
        for (const [x, y, toX, toY] of lines) {
            ctx.beginPath();
            ctx.moveTo(x, y);
            ctx.lineTo(toX, toY);
            ctx.stroke();
        }
        if (index === 5) ctx.fillRect(2, 2, 3, 3);
        return ctx.createPattern(canvas, 'repeat');
    }

    const hasParts = (each) => known(each.breakdown.cpu) && known(each.work.mean);

    /* Of `cases`, which are some of `all`: each part that one of all has is drawn, or takes no room. */
    function breakdown(cases, all) {
        const whole = (each) => each.work.mean * Math.max(each.workers, 1);
        const share = (each, key) => Math.max(0, (each.breakdown[key] || 0) / whole(each));
        const datasets = parts
            .map(([key, words], index) => [key, words, index])
            .filter(([key]) => all.some((each) => share(each, key) > 0.0005))
            .map(([key, words, index]) => ({
                legend: words,
                label: words,
                backgroundColor: pattern(index),
                part: index,
                borderColor: color('surface'),
                borderWidth: {right: 1},
                maxBarThickness: 26,
                data: cases.map((each) => share(each, key)),
                tell: (_, index) =>
                    cases[index].name +
                    ', ' +
                    words +
                    ': ' +
                    percent((cases[index].breakdown[key] || 0) / whole(cases[index])),
            }));
        const x = axis('share of workers × work', {
            type: 'linear',
            stacked: true,
            min: 0,
            max: 1,
            ticks: {callback: (value) => Math.round(100 * value) + ' %'},
        });
        const labels = (some) => some.map((each) => shortened(each.name));
        const y = axis('', {type: 'category', stacked: true, ticks: {autoSkip: false, color: color('text')}});
        /* Bars of all charts of one figure begin below each other. */
        y.afterFit = (scale) => {
            scale.ctx.font = Chart.helpers.toFont(scale.options.ticks.font).string;
            const widest = Math.max(...labels(all).map((label) => scale.ctx.measureText(label).width));
            scale.width = Math.max(scale.width, Math.min(widest + 16, scale.maxWidth));
        };
        const options = lineOptions(x, y);
        options.indexAxis = 'y';
        options.layout = {padding: {right: 14}};
        return {type: 'bar', data: {labels: labels(cases), datasets}, options};
    }

    const shortened = (name) => (name.length > 26 ? name.slice(0, 25) + '…' : name);

    /* ---- on the page ---- */

    function draw(canvas, make) {
        const chart = new Chart(canvas, make());
        const entry = {chart, make};
        drawn.push(entry);
        return entry;
    }

    const hiddenIn = ({chart}) =>
        new Set(chart.data.datasets.filter((_, i) => !chart.isDatasetVisible(i)).map((set) => set.legend));

    /* With the colours of now, and what was hidden still hidden. */
    function redraw(entry) {
        const hidden = hiddenIn(entry);
        const shown = new Set(entry.chart.data.datasets.map((set) => set.legend));
        const fresh = entry.make();
        entry.chart.data = fresh.data;
        entry.chart.options = fresh.options;
        entry.chart.update();
        fresh.data.datasets.forEach((set, i) => {
            if (shown.has(set.legend)) entry.chart.setDatasetVisibility(i, !hidden.has(set.legend));
        });
        entry.chart.update();
        if (entry.onRedraw) entry.onRedraw();
    }

    function discard(entry) {
        entry.chart.destroy();
        drawn.splice(drawn.indexOf(entry), 1);
    }

    const redrawAll = () => drawn.forEach(redraw);

    /* The mark of a legend's entry: what the chart draws, small. */
    function swatch(set) {
        const canvas = element('canvas', {width: '56', height: '28', 'aria-hidden': 'true', class: 'swatch'});
        const ctx = canvas.getContext('2d');
        ctx.scale(2, 2);
        if (set.part !== undefined) {
            ctx.fillStyle = set.backgroundColor;
            ctx.fillRect(0, 1, 28, 12);
            return canvas;
        }
        ctx.strokeStyle = set.borderColor;
        ctx.lineWidth = set.borderWidth;
        ctx.lineCap = set.borderCapStyle || 'butt';
        ctx.setLineDash(set.borderDash || []);
        ctx.beginPath();
        ctx.moveTo(1, 7);
        ctx.lineTo(27, 7);
        ctx.stroke();
        ctx.setLineDash([]);
        ctx.fillStyle = set.borderColor;
        if (set.pointStyle)
            Chart.helpers.drawPoint(ctx, {pointStyle: set.pointStyle, radius: 4, borderWidth: 2}, 14, 7);
        return canvas;
    }

    Object.assign(report, {
        charts: {
            scaling,
            memory,
            distribution,
            breakdown,
            hasParts,
            draw,
            discard,
            hidden: hiddenIn,
            redraw,
            redrawAll,
            swatch,
            drawn,
            workersOf,
            hues,
        },
    });
})((window.pptestReport = window.pptestReport || {}));
