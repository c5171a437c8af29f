/* Files that are part of the program (the Makefile embeds them): what a report needs, so that it needs nothing else. */
#ifndef PP_REPORT_WEB_H
#define PP_REPORT_WEB_H

/* Each ended by NUL. */
extern const char pp_web_style[];  /* src/report/web/report.css */
extern const char pp_web_script[]; /* Chart.js with its licence, if there is one, and src/report/web's scripts */

/* "sha256-…" of each, for the page's Content-Security-Policy: nothing else in it may style or run. */
extern const char pp_web_style_hash[], pp_web_script_hash[];

#endif
