/* The page: verdicts, charts, tables. It takes the place of the plain one that is there without scripts. */
(function (report) {
    'use strict';

    const {element, table, charts, duration, bytes, number, integer, percent, factor, signedPercent, range, plural, known} = report;
    const root = document.documentElement, prefersDark = window.matchMedia('(prefers-color-scheme: dark)');
    const eagerGroups = 6; /* charts of more are drawn when they are looked at */

    const paragraph = (name, text) => element('p', {class: name, text});
    const list = (lines) => lines.length > 0 ? element('ul', {}, ...lines.map((text) => element('li', {text}))) : null;
    const withTerm = (term, ...content) => [element('dt', {text: term}), element('dd', {}, ...content)];

    /* ---- the verdict ---- */

    function intervalText(verdict) {
        if (!verdict.interval)
            return 'not known: too few passes';
        const [low, high] = verdict.interval;
        return (low === high ? integer(low) : integer(low) + ' to ' + integer(high)) + ' workers (95 %)';
    }

    function alternativeText(each) {
        const what = each.kind + (each.value ? ' ' + each.value : '');
        const which = each.name || plural(each.workers, 'worker') + (each.extrapolated ? ', extrapolated' : '');
        return what + ': ' + which + ' (' + each.reason + ')';
    }

    function answer(verdict) {
        if (!verdict.known)
            return paragraph('answer', verdict.text || 'No answer: nothing was done whole.');
        const words = verdict.workers === 0 ? [element('strong', {text: 'No workers'}), ': do the tasks one after another, in the main process']
            : [element('strong', {text: plural(verdict.workers, 'worker')}), verdict.series ? ' ' + verdict.series.replace(/^executor /, '') : ''];
        return element('p', {class: 'answer'}, ...words);
    }

    function partialNote(result) {
        return result.complete ? null : paragraph('partial', 'Partial: the run did not end. This is what was measured until then.');
    }

    function failedNote(result) {
        const failed = result.cases.filter((each) => each.failed > 0 || each.workers_lost > 0).map((each) => each.name + ': '
            + plural(each.failed, 'task') + ' failed, ' + plural(each.workers_lost, 'worker') + ' lost'
            + each.failures.map((why) => '; ' + why.count + '× ' + why.reason).join(''));
        return failed.length > 0 ? element('div', {class: 'failed'}, paragraph('', 'Not all tasks were done:'), list(failed)) : null;
    }

    function verdictCard(item, alone) {
        const {result} = item, {verdict} = result;
        const facts = verdict.known ? [
            ...withTerm('Interval', intervalText(verdict)),
            ...withTerm('Why', verdict.reason || report.unknown),
            ...withTerm('Limited by', verdict.limiter === 'nothing' ? 'nothing: more workers may do more' : verdict.limiter),
        ] : withTerm('Why', verdict.reason || report.unknown);
        if (verdict.alternatives.length > 0)
            facts.push(...withTerm('Instead', list(verdict.alternatives.map(alternativeText))));
        if (known(result.rule_of_thumb) && verdict.known)
            facts.push(...withTerm('Rule of thumb', 'CPUs / CPU share of a task = ' + report.short(number(result.rule_of_thumb))));
        if (result.warnings.length > 0)
            facts.push(...withTerm('Mind', list(result.warnings)));
        return element('article', {class: 'verdict'}, alone ? null : element('h3', {text: item.name}), partialNote(result),
            answer(verdict), verdict.known ? paragraph('note', verdict.text) : null, element('dl', {}, ...facts), failedNote(result));
    }

    /* ---- charts with their legends ---- */

    function setShown(entry, name, shown) {
        entry.chart.data.datasets.forEach((set, index) => {
            if (set.legend === name)
                entry.chart.setDatasetVisibility(index, shown);
        });
        entry.chart.update();
    }

    function legendButton(entry, set, index) {
        const button = element('button', {type: 'button', 'aria-pressed': String(entry.chart.isDatasetVisible(index))}, charts.swatch(set), set.legend);
        button.addEventListener('click', () => {
            const shown = button.getAttribute('aria-pressed') !== 'true';
            button.setAttribute('aria-pressed', String(shown));
            setShown(entry, set.legend, shown);
        });
        return button;
    }

    function fillLegend(legend, entry) {
        const buttons = entry.chart.data.datasets
            .map((set, index) => set.band ? null : legendButton(entry, set, index)).filter(Boolean);
        legend.replaceChildren(...buttons);
    }

    /* {title, caption, describe, make, height, tools}: a figure whose chart is drawn when `later` calls back. */
    function figure(options, later) {
        const canvas = element('canvas', {role: 'img', 'aria-label': options.title + '. ' + options.describe()});
        const box = element('div', {class: 'canvas'}, canvas);
        const legend = element('div', {class: 'legend', role: 'group', 'aria-label': 'shown in: ' + options.title});
        const made = element('figure', {class: options.wide ? 'wide' : ''}, element('div', {class: 'head'}, element('h3', {text: options.title}), ...(options.tools || [])),
            legend, box, element('figcaption', {text: options.caption}));
        let entry = null;
        const fit = () => { box.style.height = (options.height ? options.height() : root.classList.contains('printing') ? 230 : 320) + 'px'; };
        fit();
        later(made, () => {
            entry = charts.draw(canvas, options.make);
            entry.onRedraw = () => {
                fit();
                canvas.setAttribute('aria-label', options.title + '. ' + options.describe());
                fillLegend(legend, entry);
            };
            fillLegend(legend, entry);
        });
        return {element: made, redraw: () => entry && charts.redraw(entry)};
    }

    /* What a chart shows, in words; the table has all of it. */
    function describeLines(lines, value) {
        return lines.slice(0, 4).map((line) => line.name + ': ' + line.cases.slice(0, 12)
            .map((each) => plural(each.workers, 'worker') + ' ' + value(each)).join(', ')).join('. ') + '. The table of all cases has the numbers.';
    }

    /* ---- one group: results of the same work ---- */

    function linesOf(group) {
        const several = group.length > 1;
        const lines = group.flatMap((item) => item.series.map((series) => Object.assign({item}, series)));
        lines.forEach((line, index) => {
            line.hue = index;
            const short = line.name.replace(/^executor /, '');
            line.name = several ? line.item.name + (line.item.series.length > 1 ? ', ' + short : '') : short || 'all cases';
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
        const words = Array.from(names, ([text, of]) => (of.length > 3 ? plural(of.length, 'line') : of.join(' and ')) + ': ' + text);
        return words.length > 6 ? words.slice(0, 6).concat('…') : words;
    }

    function modelText(model) {
        if (known(model.roof))
            return 'roof: ' + number(model.gamma, 4) + ' tasks/s for each worker, up to ' + number(model.roof, 4);
        return model.name + ': contention ' + number(model.sigma, 2) + ', coherency ' + number(model.kappa || 0, 2)
            + ', residuals ' + percent(model.residual_rms, 2);
    }

    function checkbox(text, on, change) {
        const input = element('input', {type: 'checkbox'});
        input.checked = on;
        input.addEventListener('change', () => change(input.checked));
        return element('label', {class: 'switch'}, input, text);
    }

    function chooser(text, names, change) {
        const select = element('select', {}, ...names.map((name, index) => element('option', {value: String(index), text: name})));
        select.addEventListener('change', () => change(Number(select.value)));
        return element('label', {class: 'switch'}, text + ' ', select);
    }

    const disturbedHint = (lines) => lines.some((line) => line.cases.some((each) => each.disturbed > 0))
        ? ' Hollow marks: passes were disturbed.' : '';

    function workerFigures(group, lines, later) {
        const values = charts.workersOf(lines), limits = report.limits(group);
        const state = {logarithmic: values[values.length - 1] / Math.max(values[0], 1) >= 16};
        const made = [];
        const toggle = checkbox('logarithmic axes', state.logarithmic, (on) => {
            state.logarithmic = on;
            made.forEach((each) => each.redraw());
        });
        const within = limits.filter((each) => each.value <= 1.03 * values[values.length - 1]).map((each) => each.label);
        const uprights = within.length > 0 ? ' Dotted uprights: ' + within.join('; ') + '.' : '';
        const sequential = group.some((item) => item.sequential) ? ' The case without workers is the line at 1×.' : '';
        made.push(figure({
            title: 'Speed-up', make: () => charts.scaling(lines, limits, state.logarithmic, 'speedup'), tools: [toggle],
            describe: () => describeLines(lines, (each) => factor(each.speedup.value)),
            caption: 'How many times as fast as its base, which the table names. Shaded: 95 % interval. Long dashes: ideal. Dotted curve: the model that fits.' + sequential + uprights + disturbedHint(lines),
        }, later));
        made.push(figure({
            title: 'Efficiency', make: () => charts.scaling(lines, limits, state.logarithmic, 'efficiency'),
            describe: () => describeLines(lines, (each) => percent(each.efficiency)),
            caption: 'Speed-up for each worker: what is below 100 % is paid for and not had.' + disturbedHint(lines),
        }, later));
        if (lines.some((line) => line.cases.some((each) => known(each.memory.peak_pss))))
            made.push(figure({
                title: 'Memory', make: () => charts.memory(lines, limits, state.logarithmic, group),
                describe: () => describeLines(lines, (each) => bytes(each.memory.peak_pss)),
                caption: 'The most that all workers together had at once, shared pages counted once.',
            }, later));
        return made.map((each) => each.element);
    }

    const hasTimes = (each) => each.histogram.length > 0;

    /* The base, the recommended and the last: more than four lines at once are hard to tell apart. */
    function interesting(cases, result) {
        const last = cases[cases.length - 1];
        const some = cases.length <= 4 ? cases : [cases[0], cases.find((each) => each.name === result.verdict.name), last];
        return new Set(some.filter(Boolean).map((each) => each.name));
    }

    function timesFigure(group, later) {
        const items = group.filter((item) => report.counted(item.result).some(hasTimes));
        if (items.length === 0)
            return null;
        let item = items[0], made = null;
        const cases = () => report.counted(item.result).filter(hasTimes);
        const tools = items.length === 1 ? [] : [chooser('of', items.map((each) => each.name), (index) => {
            item = items[index];
            made.redraw();
        })];
        made = figure({
            title: 'Times of single tasks', tools, make: () => charts.distribution(cases(), interesting(cases(), item.result)),
            describe: () => cases().slice(0, 8).map((each) => each.name + ': median ' + duration(each.task.p50) + ', 99 % below ' + duration(each.task.p99)).join('. '),
            caption: 'How the times of tasks are spread. Choose cases above. Several humps, or a long tail to the right, say that tasks wait for something.',
        }, later);
        return made.element;
    }

    function breakdownFigure(group, later) {
        const items = group.filter((item) => report.counted(item.result).some(charts.hasParts));
        if (items.length === 0)
            return null;
        let item = items[0], made = null;
        const cases = () => report.counted(item.result).filter(charts.hasParts);
        const tools = items.length === 1 ? [] : [chooser('of', items.map((each) => each.name), (index) => {
            item = items[index];
            made.redraw();
        })];
        made = figure({
            title: 'Where the workers’ time went', tools, make: () => charts.breakdown(cases()), wide: true, height: () => 70 + 30 * cases().length,
            describe: () => cases().slice(0, 12).map((each) => each.name + ': computing ' + percent(each.breakdown.cpu / (each.work.mean * Math.max(each.workers, 1)))
                + ', limited by ' + each.limiter).join('. '),
            caption: 'While at work: each bar is all the time of all workers. Useful is what computes; the rest says what more workers would wait for.',
        }, later);
        return made.element;
    }

    function chartsOf(group, later) {
        const lines = linesOf(group);
        const made = lines.length > 0 ? workerFigures(group, lines, later)
            : [paragraph('note', 'No case has workers: there is nothing to draw against their number.')];
        const [speedup, efficiency, memory] = made;
        const models = lines.length > 0 ? element('div', {class: 'models'}, paragraph('note', 'Models of the throughput (dotted):'), list(modelWords(lines))) : null;
        return element('div', {class: 'charts'}, ...[speedup, efficiency, models, timesFigure(group, later), memory, breakdownFigure(group, later)].filter(Boolean));
    }

    /* ---- tables ---- */

    const timeColumn = (title, value) => ({title, unit: 's', value: (row) => value(row.each), text: (seconds) => duration(seconds)});
    const plainColumn = (title, value, text, unit) => ({title, unit, value: (row) => value(row.each), text: text || integer});
    const end = (pair, index) => pair ? pair[index] : null;

    const extra = (column) => Object.assign(column, {extra: true});

    function caseColumns(several) {
        const columns = [{title: 'case', value: (row) => row.each.name, head: true}];
        if (several)
            columns.push({title: 'result', value: (row) => row.item.name, words: true});
        return columns.concat([
            plainColumn('workers', (each) => each.workers),
            timeColumn('total', (each) => each.total.median),
            timeColumn('95 % from', (each) => end(each.total.ci95, 0)),
            timeColumn('95 % to', (each) => end(each.total.ci95, 1)),
            plainColumn('speed-up', (each) => each.speedup.value, factor),
            plainColumn('speed-up from', (each) => end(each.speedup.ci95, 0), factor),
            plainColumn('speed-up to', (each) => end(each.speedup.ci95, 1), factor),
            plainColumn('efficiency', (each) => each.efficiency, (value) => percent(value)),
            plainColumn('tasks/s', (each) => each.tasks_per_second, (value) => number(value, 4)),
            extra(timeColumn('init', (each) => each.init.median)),
            extra(timeColumn('task median', (each) => each.task.p50)),
            extra(timeColumn('task 99 %', (each) => each.task.p99)),
            extra(timeColumn('CPU time', (each) => each.cost.cpu)),
            plainColumn('peak memory', (each) => each.memory.peak_pss, (value) => bytes(value), 'bytes'),
            extra(plainColumn('passes', (each) => each.counted)),
            plainColumn('disturbed', (each) => each.disturbed),
            plainColumn('failed', (each) => each.failed),
            {title: 'limited by', value: (row) => row.each.limiter, words: true},
            extra({title: 'base', value: (row) => row.each.speedup.base || null, words: true}),
        ]);
    }

    function casesTable(group) {
        const rows = group.flatMap((item) => report.counted(item.result).map((each) => ({item, each})));
        if (rows.length === 0)
            return paragraph('note', 'No pass was done whole: there are no numbers.');
        return table('All cases: medians over the passes that count', caseColumns(group.length > 1), rows);
    }

    const changeColumns = [
        {title: 'case', value: (each) => each.name, head: true},
        {title: 'base', unit: 's', value: (each) => each.base, text: (value) => duration(value)},
        {title: 'new', unit: 's', value: (each) => each.new, text: (value) => duration(value)},
        {title: 'change', value: (each) => each.change, text: signedPercent},
        {title: '95 % from', value: (each) => end(each.ci95, 0), text: signedPercent},
        {title: '95 % to', value: (each) => end(each.ci95, 1), text: signedPercent},
        {title: 'answer', value: (each) => each.improved ? 'improved' : each.answer, words: true},
    ];

    function comparison(base, item) {
        const heading = element('h3', {text: item.name + ' against ' + base.name});
        if (!item.comparison)
            return element('div', {}, heading, paragraph('note', 'Not compared: ' + item.reason + '.'));
        const compared = item.comparison;
        const lacking = compared.only_base + compared.only_new > 0 ? ' Without a counterpart that did all its work: '
            + compared.only_base + ' of the base, ' + compared.only_new + ' of the other.' : '';
        const workers = !compared.workers_known ? '' : ' Recommended: ' + compared.base_name + ', then ' + compared.new_name + '.';
        return element('div', {}, heading,
            element('p', {}, element('strong', {text: compared.answer}), '; what matters is a change of ' + percent(compared.min_effect) + '.' + workers + lacking),
            table('Total times, base: ' + base.name + ', new: ' + item.name, changeColumns, compared.cases));
    }

    function comparisons(group) {
        const [base, ...others] = group;
        return others.length === 0 ? null : element('section', {class: 'compared'}, element('h3', {text: 'Compared with the first'}),
            ...others.map((item) => comparison(base, item)));
    }

    function differencesList(items) {
        const lines = report.differences(items).map(([what, values]) => what + ': '
            + Array.from(values, ([value, names]) => value + (values.size < items.length || items.length > 4 ? ' (' + plural(names.length, 'result') + ')' : ' (' + names[0] + ')')).join('; '));
        return lines;
    }

    /* ---- folded away ---- */

    function details(summary, fill, name) {
        const made = element('details', {class: name || ''}, element('summary', {text: summary}));
        made.addEventListener('toggle', () => {
            if (made.open && made.childElementCount === 1)
                made.append(fill());
        });
        return made;
    }

    const passColumns = [
        {title: 'case', value: (row) => row.name, head: true},
        {title: 'round', value: (row) => row.pass.round},
        {title: 'position', value: (row) => row.pass.position},
        ...['init', 'work', 'task_avg', 'total'].map((key) => ({title: key.replace('_', ' '), unit: 's', value: (row) => row.pass[key], text: (value) => duration(value)})),
        {title: 'done', value: (row) => row.pass.done},
        {title: 'failed', value: (row) => row.pass.failed},
        {title: 'disturbed by', value: (row) => row.pass.disturbed.join(', '), words: true},
        {title: 'counts', value: (row) => row.pass.repeated ? 'no: run again' : 'yes', words: true},
    ];

    function passes(result) {
        const rows = result.cases.flatMap((each) => each.passes.map((pass) => ({name: each.name, pass})));
        const made = table('Passes, warm-ups aside', passColumns, rows);
        return result.passes_left_out > 0 ? element('div', {}, paragraph('note', plural(result.passes_left_out, 'more pass')
            .replace('passs', 'passes') + ' left out here; the JSON result has them all.'), made) : made;
    }

    /* Objects as lists of terms, one below the other. */
    function tree(value) {
        if (Array.isArray(value) && value.every((each) => typeof each !== 'object'))
            return value.join(', ') || 'none';
        if (value === null || typeof value !== 'object')
            return value === null || value === '' ? report.unknown : String(value);
        if (Array.isArray(value))
            return list(value.map((each) => Object.entries(each).map(([key, inner]) => key + ' ' + inner).join(', '))) || 'none';
        return element('dl', {class: 'tree'}, ...Object.entries(value).flatMap(([key, inner]) => withTerm(key.replace(/_/g, ' '), tree(inner))));
    }

    function folded(item, alone) {
        const {result} = item, of = alone ? '' : ' of ' + item.name;
        return [
            details('Machine' + of + ': ' + report.machineName(result.machine), () => tree(result.machine), 'machine'),
            details('Config' + of, () => element('pre', {tabindex: '0', text: JSON.stringify(result.config, null, 2)}), 'config'),
            details('Passes' + of, () => passes(result), 'passes'),
        ];
    }

    /* ---- all of it ---- */

    function about(item) {
        const {result} = item;
        return [result.label, result.summary, 'measured ' + result.started.replace('T', ' '), 'pptest ' + result.version,
            result.check ? 'check value ' + result.check : ''].filter(Boolean).join(' · ');
    }

    function section(group, later) {
        const alone = group.length === 1, [first] = group;
        const differing = alone ? [] : differencesList(group);
        return element('section', {class: 'group'},
            element('h2', {text: report.work(first.result)}),
            paragraph('note', alone ? about(first) : first.result.summary),
            element('div', {class: 'verdicts'}, ...group.map((item) => verdictCard(item, alone))),
            differing.length > 0 ? element('div', {class: 'differ'}, paragraph('', 'The same work; what differs:'), list(differing)) : null,
            chartsOf(group, later), comparisons(group), casesTable(group),
            element('div', {class: 'folded'}, ...group.flatMap((item) => folded(item, alone))));
    }

    const glanceColumns = [
        {title: 'result', value: (item) => item.name, head: true},
        {title: 'run', value: (item) => item.result.verdict.known ? item.result.verdict.workers : null, text: (value) => value === null ? report.unknown : plural(value, 'worker')},
        {title: '95 %', value: (item) => item.result.verdict.interval ? item.result.verdict.interval.join(' to ') : null},
        {title: 'kind', value: (item) => item.result.verdict.series || null, words: true},
        {title: 'limited by', value: (item) => item.result.verdict.limiter, words: true},
        {title: 'work', value: (item) => report.work(item.result), words: true},
        {title: 'machine', value: (item) => report.machineName(item.result.machine), words: true},
        {title: 'version', value: (item) => item.result.version, words: true},
        {title: 'state', value: (item) => item.result.complete ? 'complete' : 'partial', words: true},
    ];

    function glance(items, groups) {
        const made = [table('At a glance: ' + plural(items.length, 'result'), glanceColumns, items)];
        if (groups.length > 1)
            made.push(element('div', {class: 'differ'},
                paragraph('', 'Not all of this is the same work. What is not is shown one after another, and not compared. What differs:'),
                list(differencesList(groups.map((group) => group[0])).filter((line) => !line.startsWith('config: ')))));
        return element('section', {class: 'glance'}, ...made);
    }

    /* Calls back at once for few groups; for many, when the figure comes into sight or paper is asked for. */
    function drawer(count) {
        if (count <= eagerGroups || !window.IntersectionObserver)
            return {later: (_, draw) => queue.push(draw), all: () => {}};
        const waiting = new Map();
        const drawNow = (target) => {
            const draw = waiting.get(target);
            waiting.delete(target);
            if (draw)
                draw();
        };
        const observer = new IntersectionObserver((entries) => entries.filter((each) => each.isIntersecting).forEach((each) => drawNow(each.target)), {rootMargin: '400px'});
        return {
            later: (target, draw) => {
                waiting.set(target, draw);
                observer.observe(target);
            },
            all: () => Array.from(waiting.keys()).forEach(drawNow),
        };
    }
    const queue = []; /* a chart can be drawn only when its figure is part of the page */

    /* ---- light and dark, screen and paper ---- */

    function themeButton() {
        const button = element('button', {type: 'button', class: 'theme'});
        const isDark = () => (root.dataset.theme || (prefersDark.matches ? 'dark' : 'light')) === 'dark';
        const name = () => { button.textContent = isDark() ? 'Light colours' : 'Dark colours'; };
        button.addEventListener('click', () => {
            root.dataset.theme = isDark() ? 'light' : 'dark';
            name();
            charts.redrawAll();
        });
        prefersDark.addEventListener('change', () => {
            name();
            charts.redrawAll();
        });
        name();
        return button;
    }

    /* The class lays the page out as on paper, before charts ask how much room they have. */
    function watchPrinting(all) {
        const before = {opened: [], theme: undefined};
        window.addEventListener('beforeprint', () => {
            all();
            before.theme = root.dataset.theme;
            before.opened = Array.from(document.querySelectorAll('details.machine:not([open])'));
            before.opened.forEach((each) => { each.open = true; each.dispatchEvent(new Event('toggle')); });
            root.dataset.theme = 'light';
            root.classList.add('printing');
            charts.redrawAll();
            charts.drawn.forEach(({chart}) => chart.resize());
        });
        window.addEventListener('afterprint', () => {
            root.classList.remove('printing');
            if (before.theme)
                root.dataset.theme = before.theme;
            else
                delete root.dataset.theme;
            before.opened.forEach((each) => { each.open = false; });
            charts.redrawAll();
            charts.drawn.forEach(({chart}) => chart.resize());
        });
    }

    function start() {
        const {items, groups} = report.read();
        const {later, all} = drawer(groups.length);
        const main = document.querySelector('main');
        main.replaceChildren(...(items.length > 1 ? [glance(items, groups)] : []), ...groups.map((group) => section(group, later)));
        document.querySelector('header').append(themeButton());
        queue.forEach((draw) => draw());
        watchPrinting(all);
    }

    start();
}(window.pptestReport = window.pptestReport || {}));
