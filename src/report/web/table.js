/* Tables that can be sorted by the buttons in their heads, and copied as tab-separated text. */
(function (report) {
    'use strict';

    /* A new element with text and attributes; text never becomes markup. */
    function element(tag, options, ...children) {
        const made = document.createElement(tag);
        for (const [name, value] of Object.entries(options || {}))
            if (name === 'text') made.textContent = value;
            else if (name === 'class') made.className = value;
            else made.setAttribute(name, value);
        made.append(...children.filter((child) => child !== null && child !== undefined && child !== ''));
        return made;
    }

    function compare(a, b) {
        const lacksA = a === null || a === undefined || Number.isNaN(a),
            lacksB = b === null || b === undefined || Number.isNaN(b);
        if (lacksA || lacksB) return lacksA - lacksB;
        return typeof a === 'number' && typeof b === 'number'
            ? a - b
            : String(a).localeCompare(String(b), 'en', {numeric: true});
    }

    /* What is not known stays at the end, whichever way. */
    function sorted(rows, column, direction) {
        const lacks = (row) => column.value(row) === null || column.value(row) === undefined;
        const present = rows.filter((row) => !lacks(row));
        return present.sort((a, b) => direction * compare(column.value(a), column.value(b))).concat(rows.filter(lacks));
    }

    /* Words stand at the left, what is extra not on paper. */
    const classOf = (column) =>
        [column.words || column.head ? 'words' : '', column.extra ? 'extra' : '', column.most ? 'short' : '']
            .filter(Boolean)
            .join(' ');

    /* The whole of a long name is there for who points at it or listens. */
    function shorten(made, text, most) {
        const short = report.middleCut(text, most);
        if (short === text) return;
        made.textContent = short;
        made.title = text;
        made.setAttribute('aria-label', text);
    }

    function cell(column, row) {
        const value = column.value(row),
            text = column.text ? column.text(value, row) : value;
        const made = column.head
            ? element('th', {scope: 'row', text})
            : element('td', {text: text === null ? report.unknown : text});
        made.className = classOf(column);
        if (column.most && text) shorten(made, text, column.most);
        return made;
    }

    function fill(body, columns, rows) {
        body.replaceChildren(...rows.map((row) => element('tr', {}, ...columns.map((column) => cell(column, row)))));
    }

    /* Numbers as they are, for a spreadsheet. */
    function asText(columns, rows) {
        const plain = (value) =>
            value === null || value === undefined ? '' : String(value).replace(/[\t\r\n]+/g, ' ');
        const lines = [columns.map((column) => column.title + (column.unit ? ' (' + column.unit + ')' : ''))].concat(
            rows.map((row) => columns.map((column) => plain(column.value(row)))),
        );
        return lines.map((line) => line.join('\t')).join('\n') + '\n';
    }

    function select(table) {
        const selection = window.getSelection();
        selection.removeAllRanges();
        const marked = document.createRange();
        marked.selectNodeContents(table);
        selection.addRange(marked);
    }

    async function copy(text, table, status) {
        try {
            await navigator.clipboard.writeText(text);
            status.textContent = 'Copied.';
        } catch {
            select(table);
            status.textContent = 'The table is selected: copy it with Ctrl+C or ⌘C.';
        }
    }

    /* columns: {title, value(row), text(value, row), unit, words, head, most: letters of a name}; rows in the order shown first. */
    function table(caption, columns, rows) {
        let shown = rows.slice();
        const body = element('tbody');
        const heads = columns.map((column) => {
            const button = element('button', {type: 'button', text: column.title});
            const head = element('th', {scope: 'col', class: classOf(column)}, button);
            button.addEventListener('click', () => {
                const direction = head.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
                heads.forEach((other) => other.removeAttribute('aria-sort'));
                head.setAttribute('aria-sort', direction > 0 ? 'ascending' : 'descending');
                shown = sorted(rows, column, direction);
                fill(body, columns, shown);
            });
            return head;
        });
        fill(body, columns, shown);
        const made = element('table', {'aria-label': caption}, element('thead', {}, element('tr', {}, ...heads)), body);
        const status = element('span', {role: 'status', class: 'note'});
        const button = element('button', {type: 'button', class: 'copy', text: 'Copy table'});
        button.addEventListener('click', () => copy(asText(columns, shown), made, status));
        return element(
            'div',
            {class: 'table'},
            element('h3', {text: caption}),
            element('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption}, made),
            element('p', {class: 'tools'}, button, status),
        );
    }

    Object.assign(report, {element, table});
})((window.pptestReport = window.pptestReport || {}));
