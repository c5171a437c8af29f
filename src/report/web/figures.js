/* The charts of results of the same work, each with its title, legend, switches and words. */
(function (report) {
    'use strict';

    const {element, paragraph, list, charts, duration, bytes, number, percent, factor, plural, known} = report;
    const root = document.documentElement;
    const longestName = 40; /* letters, in a legend */
    const mostBands = 6; /* those of more lines cover each other */
    const separate = ['process', 'mpi']; /* executors whose workers are processes of their own */

    function setShown(entry, name, shown) {
        entry.chart.data.datasets.forEach((set, index) => {
            if (set.legend === name) entry.chart.setDatasetVisibility(index, shown);
        });
        entry.chart.update();
    }

    /* One for all charts of a figure, which have the same sets. */
    function legendButton(entries, set, index) {
        const words = element('span', {text: report.middleCut(set.legend, longestName)});
        const button = element(
            'button',
            {type: 'button', 'aria-pressed': String(entries[0].chart.isDatasetVisible(index))},
            charts.swatch(set),
            words,
        );
        if (words.textContent !== set.legend) {
            button.title = set.legend;
            button.setAttribute('aria-label', set.legend);
        }
        button.addEventListener('click', () => {
            const shown = button.getAttribute('aria-pressed') !== 'true';
            button.setAttribute('aria-pressed', String(shown));
            entries.forEach((entry) => setShown(entry, set.legend, shown));
        });
        return button;
    }

    const mostEntries = 12; /* of a legend; the rest comes when it is asked for */

    function fillLegend(legend, entries) {
        const buttons = entries[0].chart.data.datasets
            .map((set, index) => (set.band ? null : legendButton(entries, set, index)))
            .filter(Boolean);
        legend.replaceChildren(...buttons);
        if (buttons.length <= mostEntries + 1 || legend.dataset.whole) return;
        const isDrawn = (button) => button.getAttribute('aria-pressed') === 'true';
        buttons.sort((a, b) => isDrawn(b) - isDrawn(a));
        legend.replaceChildren(...buttons);
        const rest = buttons.slice(mostEntries);
        rest.forEach((button) => button.classList.add('rest'));
        const all = element('button', {type: 'button', class: 'all', text: 'show all ' + buttons.length});
        all.addEventListener('click', () => {
            legend.dataset.whole = 'true';
            rest.forEach((button) => button.classList.remove('rest'));
            rest[0].focus();
            all.remove();
        });
        legend.append(all);
    }

    const captionOf = (options) => (typeof options.caption === 'function' ? options.caption() : options.caption);
    const beyond = (entries) =>
        entries.some((entry) => report.goesBeyond(entry.chart))
            ? ' Arrows: the interval goes on beyond the axis; point at its mark for the ends.'
            : '';

    const isPrinting = () => root.classList.contains('printing');

    /* {title, caption, describe, make, pieces, height, tools}: a figure whose charts are drawn when `later` calls back.
     * The caption is a text, or calculates one. What is too long for one chart has one for each of its pieces, which are
     * as many as `pieces` returns at that time, and which `make`, `height` and `describe` get. */
    function figure(options, later) {
        const pieces = options.pieces || (() => [undefined]);
        const boxes = element('div', {class: 'pieces'});
        const legend = element('div', {class: 'legend', role: 'group', 'aria-label': 'shown in: ' + options.title});
        const caption = element('figcaption', {text: captionOf(options)});
        const made = element(
            'figure',
            {class: options.wide ? 'wide' : ''},
            element('div', {class: 'head'}, element('h3', {text: options.title}), ...(options.tools || [])),
            legend,
            boxes,
            caption,
        );
        const entries = [];
        const tell = () => {
            caption.textContent = captionOf(options) + beyond(entries);
            fillLegend(legend, entries);
        };
        /* As many boxes as there are pieces, each as high as its piece wants it now. */
        const fit = () => {
            const now = pieces();
            made.classList.toggle('long', now.length > 1);
            while (boxes.childElementCount > now.length) boxes.lastElementChild.remove();
            while (boxes.childElementCount < now.length)
                boxes.append(element('div', {class: 'canvas'}, element('canvas', {role: 'img'})));
            now.forEach((piece, index) => {
                const box = boxes.children[index];
                box.style.height = (options.height ? options.height(piece) : isPrinting() ? 230 : 320) + 'px';
                box.firstElementChild.setAttribute('aria-label', options.title + '. ' + options.describe(piece));
            });
            return now.length;
        };
        const drawRest = (count) => {
            const hidden = entries.length > 0 ? charts.hidden(entries[0]) : new Set();
            while (entries.length < count) {
                const index = entries.length;
                const canvas = boxes.children[index].firstElementChild;
                const entry = charts.draw(canvas, () => options.make(pieces()[index]));
                entry.onRedraw = () => {
                    fit();
                    tell();
                };
                hidden.forEach((name) => setShown(entry, name, false));
                entries.push(entry);
            }
        };
        fit();
        later(made, () => {
            drawRest(fit());
            tell();
        });
        const redraw = () => {
            if (entries.length === 0) return;
            const count = pieces().length;
            while (entries.length > count) charts.discard(entries.pop());
            fit();
            entries.forEach(charts.redraw);
            drawRest(count);
        };
        return {element: made, redraw};
    }

    /* What a chart shows, in words; the table has all of it. */
    function describeLines(lines, value) {
        return (
            lines
                .slice(0, 4)
                .map(
                    (line) =>
                        line.name +
                        ': ' +
                        line.cases
                            .slice(0, 12)
                            .map((each) => plural(each.workers, 'worker') + ' ' + value(each))
                            .join(', '),
                )
                .join('. ') + '. The table of all cases has the numbers.'
        );
    }

    /* ---- one group: results of the same work ---- */

    function linesOf(group) {
        const several = group.length > 1;
        const lines = group.flatMap((item) => item.series.map((series) => Object.assign({item}, series)));
        lines.forEach((line, index) => {
            line.hue = index;
            line.crowded = lines.length > mostBands;
            const short = line.name.replace(/^executor /, '');
            line.name = several
                ? line.item.name + (line.item.series.length > 1 ? ', ' + short : '')
                : short || 'all cases';
        });
        return lines;
    }

    /* A line for each that has something of its own to say. */
    function modelWords(lines) {
        const names = new Map();
        for (const line of lines) {
            const text = [line.model ? modelText(line.model) : 'no model', line.remark].filter(Boolean).join('; ');
            names.set(text, (names.get(text) || []).concat(line.name));
        }
        const words = Array.from(
            names,
            ([text, of]) => (of.length > 3 ? plural(of.length, 'line') : of.join(' and ')) + ': ' + text,
        );
        return words;
    }

    const mostModels = 6;

    function modelsOf(lines) {
        const words = modelWords(lines),
            shown = words.length <= mostModels + 1 ? words.length : mostModels,
            more = words.length - shown;
        return element(
            'div',
            {class: 'models'},
            paragraph('note', 'Models of the throughput' + (lines.some((line) => line.model) ? ' (dotted):' : ':')),
            list(words.slice(0, shown)),
            more > 0
                ? element('details', {}, element('summary', {text: 'and ' + more + ' more'}), list(words.slice(shown)))
                : null,
        );
    }

    function modelText(model) {
        if (known(model.roof))
            return 'roof: ' + number(model.gamma, 4) + ' tasks/s for each worker, up to ' + number(model.roof, 4);
        return (
            model.name +
            ': contention ' +
            number(model.sigma, 2) +
            ', coherency ' +
            number(model.kappa || 0, 2) +
            ', residuals ' +
            percent(model.residual_rms, 2)
        );
    }

    function checkbox(text, on, change) {
        const input = element('input', {type: 'checkbox'});
        input.checked = on;
        input.addEventListener('change', () => change(input.checked));
        return element('label', {class: 'switch'}, input, text);
    }

    function chooser(text, names, change) {
        const select = element(
            'select',
            {},
            ...names.map((name, index) => element('option', {value: String(index), text: name})),
        );
        select.addEventListener('change', () => change(Number(select.value)));
        return element('label', {class: 'switch'}, element('span', {text}), select);
    }

    const disturbedHint = (lines) =>
        lines.some((line) => line.cases.some((each) => each.disturbed > 0))
            ? ' Hollow marks: passes were disturbed.'
            : '';

    const intervalWords = (lines) =>
        !lines.some((line) => line.cases.some((each) => each.speedup.ci95))
            ? ''
            : lines.length > mostBands
              ? 'Small bars: 95 % interval (' + lines.length + ' lines are too many to shade it). '
              : 'Shaded: 95 % interval. ';

    /* Workers that are threads, and the case without any, are the main process: it cannot be told from them. */
    function memoryWords(lines, group) {
        const executors = new Set(lines.flatMap((line) => line.cases.map((each) => each.executor)));
        const own = Array.from(executors).filter((name) => !separate.includes(name)),
            others = Array.from(executors).filter((name) => separate.includes(name));
        const whole = own.concat(group.some((item) => item.sequential) ? 'sequential' : []);
        const uneven =
            whole.length > 0 && others.length > 0 ? ' Not the same thing: compare with that in mind.' : '';
        return (
            'The most that was had at once, shared pages counted once.' +
            (others.length > 0 ? ' ' + others.join(', ') + ': all workers, without the main process.' : '') +
            (whole.length > 0 ? ' ' + whole.join(', ') + ': all of pptest.' : '') +
            uneven
        );
    }

    /* Axes without a point would look like a run in which nothing was fast. */
    function withoutSpeed(lines, group) {
        const cases = group.flatMap((item) => report.counted(item.result));
        return paragraph(
            'note wide',
            'No speed-up and no efficiency: ' +
                (cases.some((each) => each.failed > 0)
                    ? 'tasks failed, and work that was not done is no speed.'
                    : 'no case has a pass in the same round as its base.'),
        );
    }

    function speedFigures(lines, limits, state, toggle, group, later) {
        const values = charts.workersOf(lines);
        const within = limits
            .filter((each) => each.value <= 1.03 * values[values.length - 1])
            .map((each) => each.label);
        const uprights = within.length > 0 ? ' Dotted uprights: ' + within.join('; ') + '.' : '';
        const sequential = group.some((item) => item.sequential) ? ' The case without workers is the line at 1×.' : '';
        const models = lines.some((line) => line.model) ? ' Dotted curve: the model that fits.' : '';
        const speedup = figure(
            {
                title: 'Speed-up',
                make: () => charts.scaling(lines, limits, state.logarithmic, 'speedup'),
                tools: [toggle],
                describe: () => describeLines(lines, (each) => factor(each.speedup.value)),
                caption:
                    'How many times as fast as its base, which the table names. ' +
                    intervalWords(lines) +
                    'Long dashes: ideal.' +
                    models +
                    sequential +
                    uprights +
                    disturbedHint(lines),
            },
            later,
        );
        const efficiency = figure(
            {
                title: 'Efficiency',
                make: () => charts.scaling(lines, limits, state.logarithmic, 'efficiency'),
                describe: () => describeLines(lines, (each) => percent(each.efficiency)),
                caption:
                    'Speed-up for each worker: what is below 100 % is paid for and not had.' + disturbedHint(lines),
            },
            later,
        );
        return [speedup, efficiency];
    }

    function workerFigures(group, lines, later) {
        const values = charts.workersOf(lines),
            limits = report.limits(group);
        const state = {logarithmic: values[values.length - 1] / Math.max(values[0], 1) >= 16};
        const made = [];
        const toggle = checkbox('logarithmic axes', state.logarithmic, (on) => {
            state.logarithmic = on;
            made.forEach((each) => each.redraw());
        });
        const compared = lines.some((line) => line.cases.some((each) => known(each.speedup.value)));
        if (compared) made.push(...speedFigures(lines, limits, state, toggle, group, later));
        const speed = compared ? made.map((each) => each.element) : [withoutSpeed(lines, group)];
        if (!lines.some((line) => line.cases.some((each) => known(each.memory.peak_pss)))) return {speed};
        const memory = figure(
            {
                title: 'Memory',
                make: () => charts.memory(lines, limits, state.logarithmic, group),
                describe: () => describeLines(lines, (each) => bytes(each.memory.peak_pss)),
                caption: memoryWords(lines, group),
            },
            later,
        );
        made.push(memory);
        return {speed, memory: memory.element};
    }

    const hasTimes = (each) => each.histogram.length > 0;

    /* The base, the recommended and the last: more than four lines at once are hard to tell apart. */
    function interesting(cases, result) {
        const last = cases[cases.length - 1];
        const some =
            cases.length <= 4 ? cases : [cases[0], cases.find((each) => each.name === result.verdict.name), last];
        return new Set(some.filter(Boolean).map((each) => each.name));
    }

    const mostNames = 4;

    function timesWords(cases) {
        const together = cases.filter((each) => each.timed_together);
        if (together.length === 0)
            return (
                'How the times of tasks are spread. Choose cases above. ' +
                'Several humps, or a long tail to the right, say that tasks wait for something.'
            );
        const names = together.slice(0, mostNames).map((each) => each.name),
            more = together.length - names.length;
        const which =
            together.length === cases.length
                ? ''
                : ' (' + names.join(', ') + (more > 0 ? ' and ' + more + ' more of ' + cases.length + ' cases' : '') + ')';
        return (
            'Means of many: tasks' +
            which +
            ' were too short for the clock, and timed many together. So these are no times of single tasks: ' +
            'those are spread wider. Choose cases above.'
        );
    }

    /* Where there are several, one of them is shown at a time. */
    function itemChooser(items, choose) {
        if (items.length === 1) return [];
        return [
            chooser(
                'of',
                items.map((each) => each.name),
                (index) => choose(items[index]),
            ),
        ];
    }

    function timesFigure(group, later) {
        const items = group.filter((item) => report.counted(item.result).some(hasTimes));
        if (items.length === 0) return null;
        let item = items[0],
            made = null;
        const cases = () => report.counted(item.result).filter(hasTimes);
        const tools = itemChooser(items, (chosen) => {
            item = chosen;
            made.redraw();
        });
        made = figure(
            {
                title: 'Times of single tasks',
                tools,
                make: () => charts.distribution(cases(), interesting(cases(), item.result)),
                describe: () =>
                    cases()
                        .slice(0, 8)
                        .map(
                            (each) =>
                                each.name +
                                ': median ' +
                                duration(each.task.p50) +
                                ', 99 % below ' +
                                duration(each.task.p99),
                        )
                        .join('. '),
                caption: () => timesWords(cases()),
            },
            later,
        );
        return made.element;
    }

    const mostBars = 24; /* of a chart: with its title and legend it fits on a page of A4 or Letter, upright or not */

    /* As few charts as that makes, and about as many bars in each. */
    function evenPieces(cases) {
        const count = Math.ceil(cases.length / mostBars);
        return Array.from({length: count}, (_, i) =>
            cases.slice(Math.floor((i * cases.length) / count), Math.floor(((i + 1) * cases.length) / count)),
        );
    }

    function breakdownFigure(group, later) {
        const items = group.filter((item) => report.counted(item.result).some(charts.hasParts));
        if (items.length === 0) return null;
        let item = items[0],
            made = null;
        const cases = () => report.counted(item.result).filter(charts.hasParts);
        const tools = itemChooser(items, (chosen) => {
            item = chosen;
            made.redraw();
        });
        made = figure(
            {
                title: 'Where the workers’ time went',
                tools,
                pieces: () => evenPieces(cases()),
                make: (piece) => charts.breakdown(piece, cases()),
                wide: true,
                height: (piece) => 70 + (isPrinting() ? 20 : 30) * piece.length,
                describe: (piece) =>
                    piece
                        .slice(0, 12)
                        .map(
                            (each) =>
                                each.name +
                                ': computing ' +
                                percent(each.breakdown.cpu / (each.work.mean * Math.max(each.workers, 1))) +
                                ', limited by ' +
                                each.limiter,
                        )
                        .join('. '),
                caption:
                    'While at work: each bar is all the time of all workers. ' +
                    'Useful is what computes; the rest says what more workers would wait for.',
            },
            later,
        );
        return made.element;
    }

    function chartsOf(group, later) {
        const lines = linesOf(group);
        const {speed, memory} =
            lines.length > 0
                ? workerFigures(group, lines, later)
                : {speed: [paragraph('note', 'No case has workers: there is nothing to draw against their number.')]};
        const models = lines.some((line) => line.model || line.remark) ? modelsOf(lines) : null;
        return element(
            'div',
            {class: 'charts'},
            ...[...speed, models, timesFigure(group, later), memory, breakdownFigure(group, later)].filter(Boolean),
        );
    }

    Object.assign(report, {chartsOf});
})((window.pptestReport = window.pptestReport || {}));
