/* What all charts have in common: colours, marks, axes, the machine's limits, intervals. */
(function (report) {
    'use strict';

    const {known} = report;
    const styles = ['circle', 'rect', 'triangle', 'rectRot', 'star', 'cross', 'crossRot', 'rectRounded'];
    const dashes = [[], [9, 4], [3, 3], [12, 3, 3, 3], [6, 2], [2, 5], [14, 6], [5, 5, 1, 5]];
    const hues = 8; /* --series-0 … in the style */
    const color = (name) =>
        getComputedStyle(document.documentElement)
            .getPropertyValue('--' + name)
            .trim();
    /* The ninth has the first one's colour, and another mark. */
    const mark = (marks, index) => marks[(index + Math.floor(index / hues)) % marks.length];
    const hue = (index) => color('series-' + (index % hues));

    function faint(hex, alpha) {
        const parts = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
        return 'rgba(' + parts.join(', ') + ', ' + alpha + ')';
    }

    /* ---- plugins ---- */

    /* The machine's limits: dashed lines across, each with its words above the chart. */
    const limitLines = {
        id: 'limits',
        afterDatasetsDraw(chart) {
            const given = chart.options.plugins.limits,
                axis = chart.scales.x;
            if (!given || !given.lines || !axis) return;
            const {ctx, chartArea} = chart;
            ctx.save();
            ctx.font = '12px ' + Chart.defaults.font.family;
            ctx.textBaseline = 'bottom';
            let row = 0,
                edge = -Infinity;
            const placed = given.lines
                .filter((each) => each.value >= axis.min && each.value <= axis.max)
                .map(({value, label}) => {
                    const x = axis.getPixelForValue(value),
                        half = ctx.measureText(label).width / 2;
                    const middle = Math.min(Math.max(x, chartArea.left + half), chart.width - half - 2);
                    row = middle - half < edge + 8 ? row + 1 : 0;
                    edge = Math.max(edge, middle + half);
                    return {x, label, half, middle, top: chartArea.top - 3 - 15 * row};
                });
            ctx.strokeStyle = color('limit');
            ctx.setLineDash([2, 3]);
            ctx.lineWidth = 1.5;
            for (const {x, top} of placed) {
                ctx.beginPath();
                ctx.moveTo(x, chartArea.bottom);
                ctx.lineTo(x, top);
                ctx.stroke();
            }
            ctx.textAlign = 'center';
            for (const {label, half, middle, top} of placed) {
                ctx.fillStyle = color('surface');
                ctx.fillRect(middle - half - 2, top - 14, 2 * half + 4, 15);
                ctx.fillStyle = color('limit');
                ctx.fillText(label, middle, top);
            }
            ctx.restore();
        },
    };

    const above = (point, axis) => known(point.high) && point.high > axis.max;
    const below = (point, axis) => known(point.low) && point.low < axis.min;

    /* An end that is beyond the axis is an arrow at the axis' end. */
    function drawInterval(ctx, x, point, axis) {
        const ends = [
            {y: axis.getPixelForValue(Math.max(point.low, axis.min)), arrow: below(point, axis) ? -6 : 0},
            {y: axis.getPixelForValue(Math.min(point.high, axis.max)), arrow: above(point, axis) ? 6 : 0},
        ];
        ctx.beginPath();
        ctx.moveTo(x, ends[0].y);
        ctx.lineTo(x, ends[1].y);
        for (const {y, arrow} of ends) {
            ctx.moveTo(x - (arrow ? 4 : 3), y + arrow);
            if (arrow) ctx.lineTo(x, y);
            ctx.lineTo(x + (arrow ? 4 : 3), y + arrow);
        }
        ctx.stroke();
    }

    const goesBeyond = (chart) =>
        chart.data.datasets.some(
            (set) =>
                set.whiskers &&
                set.data.some((point) => above(point, chart.scales.y) || below(point, chart.scales.y)),
        );

    /* Intervals of single points, which have no width to be shaded. */
    const whiskers = {
        id: 'whiskers',
        beforeDatasetsDraw(chart) {
            const {ctx, chartArea, scales} = chart;
            ctx.save();
            ctx.beginPath();
            ctx.rect(chartArea.left, chartArea.top, chartArea.right - chartArea.left, chartArea.bottom - chartArea.top);
            ctx.clip();
            chart.data.datasets.forEach((set, index) => {
                if (!set.whiskers || !chart.isDatasetVisible(index)) return;
                ctx.strokeStyle = set.borderColor;
                ctx.lineWidth = 1.5;
                for (const point of set.data.filter((each) => known(each.low)))
                    drawInterval(ctx, scales.x.getPixelForValue(point.x), point, scales.y);
            });
            ctx.restore();
        },
    };

    /* Legends and markers in them are drawn by the page, where the keyboard reaches them. */
    Chart.defaults.animation = false;
    Chart.defaults.responsive = true;
    Chart.defaults.maintainAspectRatio = false;
    Chart.defaults.font.family =
        'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif';
    Chart.defaults.font.size = 12;
    Chart.defaults.plugins.legend.display = false;
    Chart.register(limitLines, whiskers);

    /* ---- axes ---- */

    function axis(title, more) {
        const ticks = Object.assign({color: color('muted'), maxRotation: 0, autoSkipPadding: 12}, more.ticks);
        return Object.assign(
            {
                title: {display: Boolean(title), text: title, color: color('text')},
                grid: {color: color('grid'), borderColor: color('axis')},
                border: {color: color('axis')},
            },
            more,
            {ticks},
        );
    }

    /* On a logarithmic axis there are lines at the worker counts themselves, as far as their numbers find room. */
    function thinned(values, scale) {
        const room = Math.max(scale.width || 300, 200) / 42,
            reach = Math.log(scale.max / scale.min) || 1;
        const kept = [];
        for (const value of values)
            if (kept.length === 0 || Math.log(value / kept[kept.length - 1]) > reach / room) kept.push(value);
        return kept.map((value) => ({value}));
    }

    function workerAxis(values, logarithmic) {
        const last = values[values.length - 1],
            first = values[0];
        if (!logarithmic)
            return axis('workers', {
                type: 'linear',
                min: 0,
                max: last > first ? last * 1.03 : last + 1,
                afterBuildTicks: (scale) => {
                    scale.ticks = wholeNumbers(scale);
                },
                ticks: {autoSkip: false, callback: (value) => String(value)},
            });
        return axis('workers, logarithmic', {
            type: 'logarithmic',
            min: first > 1 ? first / 1.3 : 0.8,
            max: last * 1.15,
            afterBuildTicks: (scale) => {
                scale.ticks = thinned(values, scale);
            },
            ticks: {autoSkip: false, callback: (value) => String(value)},
        });
    }

    function roundStep(least) {
        const power = Math.pow(10, Math.floor(Math.log10(least)));
        return power * [1, 2, 5, 10].find((factor) => factor * power >= least * 0.999);
    }

    function wholeNumbers(scale) {
        const step = Math.max(1, roundStep(scale.max / (Math.max(scale.width || 300, 200) / 45)));
        return Array.from({length: Math.floor(scale.max / step) + 1}, (_, i) => ({value: i * step}));
    }

    /* The end of an axis that begins at 0: at one of its marks. */
    const roundEnd = (value) => Math.ceil(value / roundStep(value / 8) - 1e-9) * roundStep(value / 8);

    /* 1, 2 and 5 of each power of ten; of many powers the tens alone. */
    function roundValues(scale) {
        const many = Math.log10(scale.max / scale.min) > 3,
            values = [];
        for (let power = Math.floor(Math.log10(scale.min)); power <= Math.log10(scale.max); power++)
            for (const step of many ? [1] : [1, 2, 5]) values.push(Number((step * Math.pow(10, power)).toPrecision(1)));
        return values.filter((value) => value >= scale.min && value <= scale.max).map((value) => ({value}));
    }

    /* Round times, so many that their words find room. */
    function timeTicks(scale) {
        const decades = Math.log10(scale.max / scale.min),
            room = Math.max(3, Math.floor((scale.width || 400) / 58));
        const steps = decades * 9 <= room ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : decades * 3 <= room ? [1, 2, 5] : [1];
        const values = [];
        for (let power = Math.floor(Math.log10(scale.min)); power <= Math.log10(scale.max); power++)
            for (const step of steps) values.push(step * Math.pow(10, power));
        const inside = values.filter((value) => value >= scale.min && value <= scale.max);
        const step = Math.ceil(inside.length / room) || 1;
        const kept = inside.filter((_, i) => i % step === 0);
        return (kept.length > 1 ? kept : [scale.min * 1.02, Math.sqrt(scale.min * scale.max), scale.max / 1.02]).map(
            (value) => ({value}),
        );
    }

    Object.assign(report, {
        color,
        hue,
        hues,
        faint,
        mark,
        styles,
        dashes,
        axis,
        workerAxis,
        goesBeyond,
        roundValues,
        roundEnd,
        timeTicks,
    });
})((window.pptestReport = window.pptestReport || {}));
