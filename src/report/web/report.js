/* The page: it takes the place of the plain one that is there without scripts. */
(function (report) {
    'use strict';

    const {element, table, charts, paragraph, list, withTerm, verdictCard, chartsOf} = report;
    const {duration, bytes, number, integer, percent, factor, signedPercent, plural} = report;
    const root = document.documentElement,
        prefersDark = window.matchMedia('(prefers-color-scheme: dark)');
    const openCards = 4;
    const eagerGroups = 6; /* charts of more are drawn when they are looked at */

    /* ---- tables ---- */

    const timeColumn = (title, value) => ({
        title,
        unit: 's',
        value: (row) => value(row.each),
        text: (seconds) => duration(seconds),
    });
    const plainColumn = (title, value, text, unit) => ({
        title,
        unit,
        value: (row) => value(row.each),
        text: text || integer,
    });
    const end = (pair, index) => (pair ? pair[index] : null);

    const extra = (column) => Object.assign(column, {extra: true});

    function caseColumns(several) {
        const columns = [{title: 'case', value: (row) => row.each.name, head: true}];
        if (several) columns.push({title: 'result', value: (row) => row.item.name, words: true, most: 32});
        return columns.concat([
            /* on paper the names of cases, which have it, must do where there is a column more */
            Object.assign(
                plainColumn('workers', (each) => each.workers),
                {extra: several},
            ),
            timeColumn('total', (each) => each.total.median),
            timeColumn('95 % from', (each) => end(each.total.ci95, 0)),
            timeColumn('95 % to', (each) => end(each.total.ci95, 1)),
            plainColumn('speed-up', (each) => each.speedup.value, factor),
            plainColumn('speed-up from', (each) => end(each.speedup.ci95, 0), factor),
            plainColumn('speed-up to', (each) => end(each.speedup.ci95, 1), factor),
            plainColumn(
                'efficiency',
                (each) => each.efficiency,
                (value) => percent(value),
            ),
            plainColumn(
                'tasks/s',
                (each) => each.tasks_per_second,
                (value) => number(value, 4),
            ),
            extra(timeColumn('init', (each) => each.init.median)),
            extra(timeColumn('task median', (each) => each.task.p50)),
            extra(timeColumn('task 99 %', (each) => each.task.p99)),
            extra(timeColumn('CPU time', (each) => each.cost.cpu)),
            plainColumn(
                'peak memory',
                (each) => each.memory.peak_pss,
                (value) => bytes(value),
                'bytes',
            ),
            extra(plainColumn('passes', (each) => each.counted)),
            plainColumn('disturbed', (each) => each.disturbed),
            plainColumn('failed', (each) => each.failed),
            {title: 'limited by', value: (row) => row.each.limiter, words: true},
            extra({title: 'base', value: (row) => row.each.speedup.base || null, words: true}),
        ]);
    }

    function casesTable(group) {
        const rows = group.flatMap((item) => report.counted(item.result).map((each) => ({item, each})));
        if (rows.length === 0) return paragraph('note', 'No pass was done whole: there are no numbers.');
        return table('All cases: medians over the passes that count', caseColumns(group.length > 1), rows);
    }

    const changeColumns = [
        {title: 'case', value: (each) => each.name, head: true},
        {title: 'base', unit: 's', value: (each) => each.base, text: (value) => duration(value)},
        {title: 'new', unit: 's', value: (each) => each.new, text: (value) => duration(value)},
        {title: 'change', value: (each) => each.change, text: signedPercent},
        {title: '95 % from', value: (each) => end(each.ci95, 0), text: signedPercent},
        {title: '95 % to', value: (each) => end(each.ci95, 1), text: signedPercent},
        {title: 'answer', value: (each) => (each.improved ? 'improved' : each.answer), words: true},
    ];

    function answerOf(compared) {
        const lacking =
            compared.only_base + compared.only_new > 0
                ? ' Without a counterpart that did all its work: ' +
                  compared.only_base +
                  ' of the base, ' +
                  compared.only_new +
                  ' of the other.'
                : '';
        const workers = !compared.workers_known
            ? ''
            : ' Recommended: ' + compared.base_name + ', then ' + compared.new_name + '.';
        return element(
            'p',
            {},
            element('strong', {text: compared.answer}),
            '; what matters is a change of ' + percent(compared.min_effect) + '.' + workers + lacking,
        );
    }

    const compared = (base, item) =>
        item.comparison
            ? [
                  answerOf(item.comparison),
                  table('Total times, base: ' + base.name + ', new: ' + item.name, changeColumns, item.comparison.cases),
              ]
            : [paragraph('note', 'Not compared: ' + item.reason + '.')];

    /* Of many the answers stand alone, one below the other. */
    function comparison(base, item, folds) {
        if (!folds)
            return element(
                'div',
                {},
                element('h3', {text: item.name + ' against ' + base.name}),
                ...compared(base, item),
            );
        const answer = item.comparison ? item.comparison.answer : 'not compared';
        return details(item.name + ': ' + answer, () => element('div', {}, ...compared(base, item)), 'comparison');
    }

    function comparisons(group) {
        const [base, ...others] = group,
            folds = group.length > openCards;
        return others.length === 0
            ? null
            : element(
                  'section',
                  {class: 'compared'},
                  element('h3', {text: 'Compared with the first' + (folds ? ', ' + base.name : '')}),
                  ...others.map((item) => comparison(base, item, folds)),
              );
    }

    /* Which results a value is of, where that can be said shortly. */
    function whose(names, values, items) {
        if (values < items) return ' (' + plural(names.length, 'result') + ')';
        return items > 4 ? '' : ' (' + names[0] + ')';
    }

    function differencesList(items) {
        const lines = report
            .differences(items)
            .map(
                ([what, values]) =>
                    what +
                    ': ' +
                    Array.from(
                        values,
                        ([value, names]) => value + whose(names, values.size, items.length),
                    ).join('; '),
            );
        return lines;
    }

    /* ---- folded away ---- */

    function details(summary, fill, name) {
        const made = element('details', {class: name || ''}, element('summary', {text: summary}));
        made.addEventListener('toggle', () => {
            if (made.open && made.childElementCount === 1) made.append(fill());
        });
        return made;
    }

    const passColumns = [
        {title: 'case', value: (row) => row.name, head: true},
        {title: 'round', value: (row) => row.pass.round},
        {title: 'position', value: (row) => row.pass.position},
        ...['init', 'work', 'task_avg', 'total'].map((key) => ({
            title: key.replace('_', ' '),
            unit: 's',
            value: (row) => row.pass[key],
            text: (value) => duration(value),
        })),
        {title: 'done', value: (row) => row.pass.done},
        {title: 'failed', value: (row) => row.pass.failed},
        {title: 'disturbed by', value: (row) => row.pass.disturbed.join(', '), words: true},
        {title: 'counts', value: (row) => (row.pass.repeated ? 'no: run again' : 'yes'), words: true},
    ];

    function passes(result) {
        const rows = result.cases.flatMap((each) => each.passes.map((pass) => ({name: each.name, pass})));
        const made = table('Passes, warm-ups aside', passColumns, rows);
        return result.passes_left_out > 0
            ? element(
                  'div',
                  {},
                  paragraph(
                      'note',
                      plural(result.passes_left_out, 'more pass').replace('passs', 'passes') +
                          ' left out here; the JSON result has them all.',
                  ),
                  made,
              )
            : made;
    }

    function folded(item, alone) {
        const {result} = item,
            of = alone ? '' : ' of ' + item.name;
        return [
            details('Machine' + of + ': ' + report.machineName(result.machine), () => report.machineList(result.machine), 'machine'),
            details(
                'Config' + of,
                () => element('pre', {tabindex: '0', text: JSON.stringify(result.config, null, 2)}),
                'config',
            ),
            details('Passes' + of, () => passes(result), 'passes'),
        ];
    }

    /* ---- all of it ---- */

    function about(item) {
        const {result} = item;
        return [
            report.middleCut(result.label, 200),
            result.summary,
            'measured ' + result.started.replace('T', ' '),
            'pptest ' + result.version,
            result.check ? 'check value ' + result.check : '',
        ]
            .filter(Boolean)
            .join(' · ');
    }

    /* Of many, the charts and the table of all results say more than as many cards do. */
    function verdicts(group) {
        const cards = () =>
            element('div', {class: 'verdicts'}, ...group.map((item) => verdictCard(item, group.length === 1)));
        return group.length <= openCards ? cards() : details('Verdicts of these ' + group.length + ' results', cards);
    }

    function section(group, later) {
        const alone = group.length === 1,
            [first] = group;
        const differing = alone ? [] : differencesList(group);
        return element(
            'section',
            {class: 'group'},
            element('h2', {text: report.work(first.result)}),
            paragraph('note', alone ? about(first) : first.result.summary),
            verdicts(group),
            differing.length > 0
                ? element('div', {class: 'differ'}, paragraph('', 'The same work; what differs:'), list(differing))
                : null,
            chartsOf(group, later),
            comparisons(group),
            casesTable(group),
            element('div', {class: 'folded'}, ...group.flatMap((item) => folded(item, alone))),
        );
    }

    /* Where no workers are best, the series is that of the fastest ones. */
    function kindOf({result: {verdict}}) {
        if (verdict.known && verdict.workers === 0) return 'plain calls';
        return verdict.series || null;
    }

    const glanceColumns = [
        {title: 'result', value: (item) => item.name, head: true},
        {
            title: 'run',
            value: (item) => (item.result.verdict.known ? item.result.verdict.workers : null),
            text: (value) =>
                value === null ? report.unknown : value === 0 ? 'no workers' : plural(value, 'worker'),
        },
        {
            title: '95 %',
            value: (item) => (item.result.verdict.interval ? item.result.verdict.interval.join(' to ') : null),
        },
        {title: 'kind', value: kindOf, words: true},
        {
            title: 'limited by',
            value: (item) => (item.result.verdict.known ? report.limiterText(item.result) : null),
            words: true,
        },
    ];
    const sharedColumns = [
        {title: 'work', value: (item) => report.work(item.result), words: true},
        {title: 'machine', value: (item) => report.machineName(item.result.machine), words: true},
        {title: 'version', value: (item) => item.result.version, words: true},
        {title: 'state', value: (item) => (item.result.complete ? 'complete' : 'partial'), words: true},
    ];

    const longestWord = 30; /* longer ones that come again are numbered, and told once */

    /* What is the same in all is said once; what is long and comes again has a number. */
    function shareOut(items) {
        const columns = [],
            words = [];
        for (const column of sharedColumns) {
            const values = Array.from(new Set(items.map(column.value)));
            const long = values.length < items.length && values.some((value) => value.length > longestWord);
            if (values.length === 1) words.push(column.title + ' of all: ' + values[0]);
            else if (!long) columns.push(column);
            else {
                const name = (value) => column.title + ' ' + (values.indexOf(value) + 1);
                columns.push(Object.assign({}, column, {text: name}));
                values.forEach((value) => words.push(name(value) + ': ' + value));
            }
        }
        return {columns: glanceColumns.concat(columns), words};
    }

    function glance(items, groups) {
        const {columns, words} = shareOut(items);
        const made = [table('At a glance: ' + plural(items.length, 'result'), columns, items)];
        if (words.length > 0) made.push(element('div', {class: 'note'}, list(words)));
        if (groups.length > 1)
            made.push(
                element(
                    'div',
                    {class: 'differ'},
                    paragraph(
                        '',
                        'Not all of this is the same work. What is not is shown one after another, ' +
                            'and not compared. What differs:',
                    ),
                    list(
                        differencesList(groups.map((group) => group[0])).filter((line) => !line.startsWith('config: ')),
                    ),
                ),
            );
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
            if (draw) draw();
        };
        const observer = new IntersectionObserver(
            (entries) => entries.filter((each) => each.isIntersecting).forEach((each) => drawNow(each.target)),
            {rootMargin: '400px'},
        );
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
        const name = () => {
            button.textContent = isDark() ? 'Light colours' : 'Dark colours';
        };
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
            before.opened = Array.from(document.querySelectorAll('details.machine:not([open]), .models details:not([open])'));
            before.opened.forEach((each) => {
                each.open = true;
                each.dispatchEvent(new Event('toggle'));
            });
            root.dataset.theme = 'light';
            root.classList.add('printing');
            charts.redrawAll();
            charts.drawn.forEach(({chart}) => chart.resize());
        });
        window.addEventListener('afterprint', () => {
            root.classList.remove('printing');
            if (before.theme) root.dataset.theme = before.theme;
            else delete root.dataset.theme;
            before.opened.forEach((each) => {
                each.open = false;
            });
            charts.redrawAll();
            charts.drawn.forEach(({chart}) => chart.resize());
        });
    }

    function start() {
        const {items, groups} = report.read();
        const {later, all} = drawer(groups.length);
        const main = document.querySelector('main');
        main.replaceChildren(
            ...(items.length > 1 ? [glance(items, groups)] : []),
            ...groups.map((group) => section(group, later)),
        );
        document.querySelector('header').append(themeButton());
        queue.forEach((draw) => draw());
        watchPrinting(all);
    }

    start();
})((window.pptestReport = window.pptestReport || {}));
