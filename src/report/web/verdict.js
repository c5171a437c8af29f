/* The answer of a result: what to run, how sure that is, why, and what to mind. */
(function (report) {
    'use strict';

    const {element, number, integer, plural, known} = report;

    const paragraph = (name, text) => element('p', {class: name, text});
    const list = (lines) =>
        lines.length > 0 ? element('ul', {}, ...lines.map((text) => element('li', {text}))) : null;
    const withTerm = (term, ...content) => [element('dt', {text: term}), element('dd', {}, ...content)];

    function intervalText(verdict) {
        if (!verdict.interval) return 'not known: too few passes';
        const [low, high] = verdict.interval;
        return (low === high ? integer(low) : integer(low) + ' to ' + integer(high)) + ' workers (95 %)';
    }

    function alternativeText(each) {
        const what = each.kind + (each.value ? ' ' + each.value : '');
        const which = each.name || plural(each.workers, 'worker') + (each.extrapolated ? ', extrapolated' : '');
        return what + ': ' + which + ' (' + each.reason + ')';
    }

    function answer(verdict) {
        if (!verdict.known) return paragraph('answer', verdict.text || 'No answer: nothing was done whole.');
        const words =
            verdict.workers === 0
                ? [element('strong', {text: 'No workers'}), ': do the tasks one after another, in the main process']
                : [
                      element('strong', {text: plural(verdict.workers, 'worker')}),
                      verdict.series ? ' ' + verdict.series.replace(/^executor /, '') : '',
                  ];
        return element('p', {class: 'answer'}, ...words);
    }

    function partialNote(result) {
        return result.complete
            ? null
            : paragraph('partial', 'Partial: the run did not end. This is what was measured until then.');
    }

    function failedNote(result) {
        const failed = result.cases
            .filter((each) => each.failed > 0 || each.workers_lost > 0)
            .map(
                (each) =>
                    each.name +
                    ': ' +
                    plural(each.failed, 'task') +
                    ' failed, ' +
                    plural(each.workers_lost, 'worker') +
                    ' lost' +
                    each.failures.map((why) => '; ' + why.count + '× ' + why.reason).join(''),
            );
        return failed.length > 0
            ? element('div', {class: 'failed'}, paragraph('', 'Not all tasks were done:'), list(failed))
            : null;
    }

    const fewWarnings = 4;

    /* What is about single cases can be as much as there are cases: what is about all of it comes first. */
    function inOrder(result) {
        const ofCase = (text) => result.cases.some((each) => text.startsWith(each.name + ': '));
        return result.warnings.filter((text) => !ofCase(text)).concat(result.warnings.filter(ofCase));
    }

    function warningsOf(result) {
        const all = inOrder(result);
        if (all.length === 0) return null;
        const shown = all.length <= fewWarnings + 1 ? all.length : fewWarnings,
            more = all.length - shown;
        const rest = () => [
            element(
                'details',
                {class: 'warnings'},
                element('summary', {text: 'and ' + more + ' more'}),
                list(all.slice(shown)),
            ),
            paragraph('note on-paper', 'and ' + more + ' more, which the page shows on a screen'),
        ];
        return element(
            'div',
            {class: 'mind'},
            paragraph('note', 'Mind'),
            list(all.slice(0, shown)),
            ...(more > 0 ? rest() : []),
        );
    }

    /* What stops those with more workers, if there are any. */
    function limiterText(result) {
        const {verdict} = result;
        if (!['nothing', 'unknown'].includes(verdict.limiter)) return verdict.limiter;
        const series = result.series.find((each) => each.name === verdict.series);
        return report
            .counted(result)
            .some((each) => each.workers > verdict.workers && (!series || series.cases.includes(each.name)))
            ? 'nothing that was measured'
            : verdict.limiter === 'nothing'
              ? 'nothing yet: measure more workers'
              : verdict.limiter;
    }

    function verdictCard(item, alone) {
        const {result} = item,
            {verdict} = result;
        const facts = verdict.known
            ? [
                  ...withTerm('Interval', intervalText(verdict)),
                  ...withTerm('Why', verdict.reason || report.unknown),
                  ...withTerm('Limited by', limiterText(result)),
              ]
            : [];
        if (verdict.alternatives.length > 0)
            facts.push(...withTerm('Instead', list(verdict.alternatives.map(alternativeText))));
        if (known(result.rule_of_thumb) && verdict.known)
            facts.push(
                ...withTerm(
                    'Rule of thumb',
                    'CPUs / CPU share of a task = ' + report.short(number(result.rule_of_thumb)),
                ),
            );
        return element(
            'article',
            {class: 'verdict'},
            alone ? null : element('h3', {text: item.name}),
            partialNote(result),
            answer(verdict),
            verdict.known ? paragraph('note', verdict.text) : null,
            element('dl', {}, ...facts),
            failedNote(result),
            warningsOf(result),
        );
    }

    Object.assign(report, {paragraph, list, withTerm, limiterText, verdictCard});
})((window.pptestReport = window.pptestReport || {}));
