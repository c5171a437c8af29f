/* The commands, and what they share. Each returns the program's exit status. */
#ifndef PP_APP_APP_H
#define PP_APP_APP_H

#include "app/options.h"
#include "pptest/task.h"
#include "schema/config.h"

struct pp_machine;

enum { PP_EXIT_DONE = 0, PP_EXIT_FAILED = 1, PP_EXIT_WRONG = 2 };

int pp_command_run(const struct pp_options *options);
int pp_command_compare(const struct pp_options *options);
int pp_command_report(const struct pp_options *options);
int pp_command_check(const struct pp_options *options);
int pp_command_tasks(const struct pp_options *options);
int pp_command_executors(const struct pp_options *options);
int pp_command_schema(const struct pp_options *options);
int pp_command_manual(const struct pp_options *options);
int pp_command_completion(const struct pp_options *options);
int pp_command_machine(const struct pp_options *options);

/* What an executed worker (start method spawn) does instead; never returns on success. */
int pp_command_worker(int argc, char **argv);

/* What a rank of an MPI job does that is not rank 0: works, until rank 0 has no more for it. */
int pp_command_rank(void);

/* Prints "error: …" on standard error, one line each. */
void pp_print_problems(const struct pp_problems *problems);
void pp_print_error(const char *file, const struct pp_error *error);
/* The same for what is wrong with a config or its run; names the option where that stands for what the config says. */
void pp_print_config_error(const struct pp_config *config, const struct pp_error *error);

/* Loads the command line's configs. Returns how many there are, in a new list at *configs, or -errno with everything
 * that is wrong in any of them printed. Free them with pp_free_configs. */
long pp_load_configs(const struct pp_options *options, struct pp_config ***configs);
void pp_free_configs(struct pp_config **configs, long count);

/* Everything that can be found out about a config before it runs, short of running it: limits, folders, inputs. Returns
 * 0, or -errno with the error printed. */
int pp_check_config(const struct pp_config *config);

/* Reads the machine that runs a config, with the libraries that its task uses and no others, which would take time. */
void pp_read_machine_for(const struct pp_config *config, struct pp_machine *machine);

/* Calls `use` with the command line as rows. Returns PP_EXIT_DONE, or PP_EXIT_FAILED with a word on standard error. */
int pp_with_command_line(void (*use)(const struct pp_command_line *line));

/* Words that commands take, from 0 on, NULL after the last. */
const char *pp_schema_name(size_t index);
const char *pp_manual_name(size_t index);
const char *pp_shell_name(size_t index);
const char *pp_tasks_format_name(size_t index);
const char *pp_compare_format_name(size_t index);

/* Flushes standard output. Returns PP_EXIT_FAILED with a word on standard error when not all of it could be written;
 * a reader that has had enough (a closed pipe) is none of our business. */
int pp_finish_output(int status);

#endif
