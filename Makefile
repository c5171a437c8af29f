# pptest. `make help` lists what it can do.

# make itself sets CC to "cc", which need not be there.
ifeq ($(origin CC),default)
CC      := gcc
endif
CFLAGS  ?= -O2 -g
PREFIX  ?= /usr/local
DESTDIR ?=
# FLAVOUR keeps the objects of differently instrumented builds apart: release, asan, tsan, coverage, fuzz, musl.
FLAVOUR ?= release
PKG_CONFIG ?= pkg-config

VERSION := 0.1.0
# Of the version, as CHANGELOG.md has it: manual pages bear it, and are the same whenever they are built.
RELEASED := 2026-11-22
BUILD   := build/$(FLAVOUR)
PROGRAM := $(if $(filter release,$(FLAVOUR)),pptest,$(BUILD)/pptest)

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
# fp-contract: a product and a sum fused or not give different digests.
STANDARD := -std=c17 -D_GNU_SOURCE -ffp-contract=off -fno-math-errno $(WARNINGS)
INCLUDES := -Iinclude -Isrc -Itasks -I$(BUILD)

asan_flags     := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -DPP_NO_SIMD
tsan_flags     := -O1 -fsanitize=thread -DPP_NO_SIMD
coverage_flags := -O0 --coverage -DPP_COVERAGE -DPP_NO_SIMD
fuzz_flags     := -O1 -fsanitize=fuzzer-no-link,address,undefined -DPP_NO_SIMD
FLAVOUR_FLAGS  := $($(FLAVOUR)_flags)

# Libraries that a task exercises are optional: without one its tasks stay listed, with the reason. So is hwloc: without
# it `pptest machine` says what it cannot tell. All are loaded when first needed (pptest/library.h), so here they are
# compiled against, not linked.
have      = $(shell $(PKG_CONFIG) --exists '$(1)' 2>/dev/null && echo yes)
optional  = $(if $(call have,$(1)),-DPP_HAVE_$(2) $(shell $(PKG_CONFIG) --cflags '$(1)'))
HAVES    := $(call optional,zlib,ZLIB) $(call optional,libsodium,SODIUM) $(call optional,openblas,OPENBLAS) \
            $(call optional,libjpeg,JPEG) $(call optional,libuv,UV) \
            $(call optional,libmicrohttpd >= 0.9.71,MICROHTTPD) $(call optional,libcurl,CURL) \
            $(call optional,hwloc >= 2.4 hwloc < 3,HWLOC)
# Only pptest-mpi has MPI in it: ranks of one job need it from the start, and for all others it would be a quarter of a
# second. Found by pkg-config or by the compiler's wrapper; MPI_CFLAGS and MPI_LIBS may be given instead, MPI= leaves it
# out.
MPI      ?= $(firstword $(foreach p,ompi-c mpich mpi-c,$(if $(call have,$(p)),$(p))) $(shell command -v mpicc))
ifneq ($(MPI),)
mpi_says  = $(if $(findstring mpicc,$(MPI)),$(filter -I% -L% -l% -pthread -Wl%,$(shell $(MPI) $(2) 2>/dev/null || $(MPI) $(3))),\
            $(shell $(PKG_CONFIG) $(1) $(MPI)))
MPI_CFLAGS ?= $(call mpi_says,--cflags,-showme:compile,-compile_info)
MPI_LIBS   ?= $(call mpi_says,--libs,-showme:link,-link_info)
HAVES    += -DPP_HAVE_MPI
endif
# GNU's OpenMP runtime is part of the program: a shared one makes each fork some per cent dearer, and has bound the program
# to the CPUs of OMP_PROC_BIND before it could object. clang's does not reliably end its threads when told to
# (omp_pause_resource_all). OPENMP_LIBS= leaves the executor out.
openmp_probe = \#ifdef __clang__\n\#error\n\#endif\n\#include <omp.h>\n\
  int main(void) { return omp_pause_resource_all(omp_pause_hard); }\n
ifeq ($(origin OPENMP_LIBS),undefined)
OPENMP_LIBS := $(shell printf '$(openmp_probe)' | \
  $(CC) -fopenmp -x c -o /dev/null - -l:libgomp.a -lpthread -ldl 2>/dev/null && echo -l:libgomp.a)
endif
# The HTML report has its charts from Chart.js, which becomes part of the program. CHART_JS=FILE names another build of it
# (of npm's chart.js: dist/chart.umd.js), CHART_JS= leaves it and the report out.
CHART_JS ?= $(firstword $(wildcard $(foreach f,chart.min.js Chart.min.js chart.umd.js,/usr/share/javascript/chart.js/$f \
              /usr/share/nodejs/chart.js/dist/$f /usr/lib/node_modules/chart.js/dist/$f)))
HAVES    += $(if $(CHART_JS),-DPP_HAVE_CHART_JS)
LDLIBS   := $(OPENMP_LIBS) $(shell $(PKG_CONFIG) --libs jansson 2>/dev/null || echo -ljansson) -lm -lpthread -ldl

# A text as one word of the shell's, and as a string of C's: a path may hold anything.
shell_word = '$(subst ','\'',$(1))'
c_string   = "$(subst ",\",$(subst \,\\,$(1)))"

# make V=1 shows the whole commands.
say = $(if $(V),,@printf '  %-4s %s\n' $(1) '$(2)';)

ALL_CFLAGS  = $(STANDARD) $(CPPFLAGS) $(CFLAGS) $(FLAVOUR_FLAGS) $(HAVES) $(INCLUDES) \
              -DPP_VERSION='"$(VERSION)"' -DPP_RELEASED='"$(RELEASED)"'
# z,now: a symbol looked up after a fork is looked up by every worker again. stack-size: musl gives threads 128 kB unless
# the program asks for more; these are the 8 MB that glibc gives them.
ALL_LDFLAGS = $(CFLAGS) $(FLAVOUR_FLAGS) -Wl,-z,relro,-z,now,-z,stack-size=8388608 $(LDFLAGS)
# What include/pptest declares is there for plugins; nothing else of the program is.
EXPORTS     = $(BUILD)/exports

TASKS     := $(sort $(basename $(notdir $(wildcard tasks/*.c))))
MPI_SOURCES := $(filter-out src/exec/mpi_absent.c,$(wildcard src/exec/mpi*.c))
SOURCES   := $(filter-out src/app/main.c $(MPI_SOURCES),$(wildcard src/*/*.c)) $(wildcard tasks/*.c tasks/lib/*.c)
OBJECTS   := $(SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/registry.o $(BUILD)/web.o
MPI_OBJECTS := $(MPI_SOURCES:%.c=$(BUILD)/%.o)
MAIN      := $(BUILD)/src/app/main.o
# Linked whole, for plugins may need what nothing in the program does.
BASE_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard src/base/*.c))
UNIT      := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
FUZZERS   := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

.PHONY: all test unit rooms bench asan tsan sanitized fuzz coverage covered valgrind lint format manual completions \
        schemas docs install install-built uninstall clean help program
.DELETE_ON_ERROR:
.SECONDARY:

PROGRAMS  := $(PROGRAM) $(if $(MPI),$(PROGRAM)-mpi)

all: $(PROGRAMS) manual completions $(BUILD)/pptest.pc  ## build ./pptest, and ./pptest-mpi where there is MPI

program: $(PROGRAMS)

$(PROGRAM): $(MAIN) $(BASE_OBJECTS) $(BUILD)/libpptest.a $(EXPORTS)
	$(call say,LINK,$@)$(CC) $(ALL_LDFLAGS) -Wl,--dynamic-list=$(EXPORTS) -o $@ $(filter-out $(EXPORTS),$^) $(LDLIBS)

# Its objects come first, so that what stands for them in the library is left there.
$(PROGRAM)-mpi: $(MAIN) $(MPI_OBJECTS) $(BASE_OBJECTS) $(BUILD)/libpptest.a $(EXPORTS)
	$(call say,LINK,$@)$(CC) $(ALL_LDFLAGS) -Wl,--dynamic-list=$(EXPORTS) -o $@ $(filter-out $(EXPORTS),$^) \
	  $(MPI_LIBS) $(LDLIBS)

# Whatever a header calls pp_…( is a function, or a name that the linker does not find and passes over.
$(EXPORTS): $(wildcard include/pptest/*.h)
	@mkdir -p $(@D)
	@{ echo '{'; grep -oh 'pp_[a-z0-9_]*(' $^ | sort -u | sed 's/(/;/'; echo '};'; } > $@

$(MPI_OBJECTS): LIBRARY_CFLAGS = $(MPI_CFLAGS)
$(BUILD)/src/exec/openmp.o: LIBRARY_CFLAGS = $(if $(OPENMP_LIBS),-fopenmp)

# The one file that knows PREFIX: another one costs no more than that file and linking.
$(BUILD)/src/base/data_dir.o: LIBRARY_CFLAGS = -DPP_DATADIR=$(call shell_word,$(call c_string,$(PREFIX)/share/pptest))
$(BUILD)/src/base/data_dir.o: $(BUILD)/place

$(BUILD)/libpptest.a: $(OBJECTS)
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $^

# Kernels earn wider vectors and unrolled loops; the rest is better small.
$(BUILD)/tasks/%.o $(BUILD)/src/base/rng.o $(BUILD)/src/base/hash.o: OPTIMISE = $(if $(filter release musl,$(FLAVOUR)),-O3)

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(ALL_CFLAGS) $(LIBRARY_CFLAGS) $(OPTIMISE) -MMD -MP -c -o $@ $<

# The list of tasks is the list of files in tasks/.
$(BUILD)/registry.c: $(wildcard tasks/*.c) Makefile
	@mkdir -p $(@D)
	@{ echo '/* Generated by the Makefile from the names of the files in tasks/. */'; \
	   echo '#include <stddef.h>'; echo '#include "pptest/task.h"'; \
	   for t in $(TASKS); do echo "extern const struct pp_task pp_task_$$t;"; done; \
	   echo 'static const struct pp_task *const tasks[] = {'; \
	   for t in $(TASKS); do echo "    &pp_task_$$t,"; done; \
	   echo '    NULL};'; \
	   echo 'const struct pp_task *const *pp_tasks(void) { return tasks; }'; } > $@

# What a report needs, as arrays: the style, and all scripts in one, each with its hash for the page's policy. Inside a page
# neither may hold what would end its element.
WEB_SCRIPTS := $(if $(CHART_JS),src/report/web/chart-licence.js $(CHART_JS)) \
               $(addprefix src/report/web/,$(addsuffix .js,data table axes charts verdict machine figures report))

# Only what is not there is made.
$(CHART_JS):
	@echo 'make: there is no file $@; install libjs-chart.js and leave CHART_JS away, or give it the path of Chart.js'\''s' \
	  'chart.umd.js, or build without reports: make CHART_JS=' >&2; false

# Its licence wants the copyright notice kept, which it has in itself: with years, and those of what is part of it.
$(BUILD)/web.js: $(WEB_SCRIPTS) $(BUILD)/flags
	@$(if $(CHART_JS),grep -qs '(c).*Chart\.js Contributors' '$(CHART_JS)' || { \
	  echo 'make: $(CHART_JS) lacks the notice "(c) … Chart.js Contributors"; name the file that Chart.js publishes' >&2; false; })
	@cat $(WEB_SCRIPTS) | grep -v '^//# sourceMappingURL' > $@
	@! grep -n -i -e '</script' -e '<!--' $@ || { echo 'a script holds what would end it' >&2; false; }

$(BUILD)/web.css: src/report/web/report.css
	@mkdir -p $(@D)
	@cp $< $@
	@! grep -n -i '</style' $@ || { echo 'the style holds what would end it' >&2; false; }

$(BUILD)/web.c: $(BUILD)/web.js $(BUILD)/web.css Makefile
	@{ echo '/* Generated by the Makefile from src/report/web. */'; echo '#include "report/web.h"'; \
	   for f in style:css script:js; do file=$(BUILD)/web.$${f#*:}; \
	     echo "const char pp_web_$${f%:*}[] = {"; od -An -v -td1 $$file | sed 's/[-0-9][0-9]*/&,/g'; echo '0};'; \
	     echo "const char pp_web_$${f%:*}_hash[] = \"sha256-$$(printf '%b' "$$(printf '\\0%03o' \
	       $$(sha256sum < $$file | cut -c 1-64 | sed 's/../0x& /g'))" | base64)\";"; done; } > $@

$(BUILD)/web.o: $(BUILD)/web.c $(BUILD)/flags
	$(call say,CC,$<)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/registry.o: $(BUILD)/registry.c $(BUILD)/flags
	$(call say,CC,$<)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Rebuilds everything when the compiler or its flags change. What is not there is said before anything is built.
$(BUILD)/flags: $(CHART_JS) FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS) $(MPI_CFLAGS) $(OPENMP_LIBS) $(CHART_JS)' | cmp -s - $@ || \
	  echo '$(CC) $(ALL_CFLAGS) $(MPI_CFLAGS) $(OPENMP_LIBS) $(CHART_JS)' > $@

$(BUILD)/place: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(call shell_word,$(PREFIX)) | cmp -s - $@ || printf '%s\n' $(call shell_word,$(PREFIX)) > $@
.PHONY: FORCE
FORCE:

$(BUILD)/tests/%: tests/unit/%.c $(BUILD)/libpptest.a
	@mkdir -p $(@D)
	$(call say,TEST,$<)$(CC) $(ALL_CFLAGS) -MMD -MP $(ALL_LDFLAGS) -o $@ $< $(BUILD)/libpptest.a -lcmocka $(LDLIBS)

unit: $(UNIT)  ## run the unit tests (of FLAVOUR)
	@for t in $(UNIT); do echo "# $$t"; $$t || exit 1; done

rooms:  ## check which room includes which
	scripts/check-rooms

test: all $(UNIT)  ## run all tests: rooms, units, transcripts, faults
	tests/run $(UNIT)

# The same tests with the program and the unit tests instrumented.
asan: export ASAN_OPTIONS = detect_leaks=1:allocator_may_return_null=1
asan tsan:  ## run units and transcripts under the address and undefined-behaviour (thread) sanitizers
	$(MAKE) FLAVOUR=$@ sanitized

sanitized: $(PROGRAM) $(UNIT)
	PPTEST=$(abspath $(PROGRAM)) tests/run --sanitized $(UNIT)

valgrind: $(PROGRAM) $(UNIT)  ## run the unit tests and short runs under valgrind
	PPTEST=$(abspath $(PROGRAM)) tests/valgrind $(UNIT)

coverage:  ## measure the line coverage of src and tasks
	$(MAKE) FLAVOUR=coverage covered

covered: $(PROGRAM) $(UNIT)
	find $(BUILD) -name '*.gcda' -delete
	PPTEST=$(abspath $(PROGRAM)) tests/run --covered $(UNIT)
	scripts/coverage $(BUILD)

build/fuzz/%: tests/fuzz/%.c FORCE
	$(MAKE) FLAVOUR=fuzz CC=clang build/fuzz/libpptest.a
	clang $(STANDARD) -g $(fuzz_flags) -fsanitize=fuzzer $(HAVES) -Iinclude -Isrc -Itasks -o $@ $< build/fuzz/libpptest.a $(LDLIBS)

FUZZ_SECONDS ?= 30
fuzz: $(FUZZERS)  ## run each fuzzer for FUZZ_SECONDS (30)
	@for f in $(FUZZERS); do corpus=tests/fuzz/corpus_$${f##*/fuzz_}; mkdir -p $$f.found; \
	  echo "# $$f"; $$f -max_total_time=$(FUZZ_SECONDS) -timeout=10 -artifact_prefix=$$f. $$f.found $$corpus || exit 1; done

bench: $(PROGRAM)  ## measure speed against the peers, side by side (BENCH="--quick" for a short one)
	scripts/bench/run $(BENCH)

C_FILES = $(shell git ls-files '*.c' '*.h' 2>/dev/null || find include src tasks tests scripts -name '*.[ch]')

lint: rooms  ## check format, and let clang, clang-tidy and shellcheck look for mistakes
	@clang-format --dry-run --Werror $(C_FILES)
	$(MAKE) FLAVOUR=clang CC=clang CFLAGS='-O2 -Werror' program
	@clang-tidy --quiet $(SOURCES) $(if $(MPI),$(MPI_SOURCES)) src/app/main.c -- $(ALL_CFLAGS) $(MPI_CFLAGS)
	shellcheck $$(find scripts tests debian/tests .ci -type f -exec awk 'FNR == 1 && /^#!\/bin\/(ba)?sh/ { print FILENAME }' {} +)

format:  ## format the C sources
	@clang-format -i $(C_FILES)

# What compilers of plugins ask for: they link nothing, so it names the headers alone, from its own place, which may move.
$(BUILD)/pptest.pc: Makefile
	@mkdir -p $(@D)
	@{ echo 'prefix=$${pcfiledir}/../..'; echo 'includedir=$${prefix}/include'; echo; echo 'Name: pptest'; \
	   echo 'Description: headers for tasks in shared objects, to be run by pptest'; echo 'Version: $(VERSION)'; \
	   echo 'Cflags: -I$${includedir}'; } > $@

# The program knows its commands and its config: it writes its manual pages itself.
$(BUILD)/pptest.1 $(BUILD)/pptest.5: $(PROGRAM)
	@./$(PROGRAM) manual $(subst .,,$(suffix $@)) > $@

# Scripts for those who use pptest: installed beside its other files, and as pptest-NAME for the shell.
TOOLS := sweep plot to-ods

tool_page  = awk -v name=$(1) -v date=$(RELEASED) -v version=$(VERSION) -v about="$(2)" -f scripts/lib/manual.awk
mpi_usage := usage: mpirun -n RANKS pptest-mpi [OPTION ...]\n\
  pptest whose executor mpi is there: of RANKS ranks one hands out the tasks, and the others are its workers. \
  Everything else is as pptest(1) says.\n

$(BUILD)/pptest-%.1: scripts/% scripts/lib/manual.awk Makefile
	@mkdir -p $(@D)
	@scripts/$* --help | $(call tool_page,pptest-$*,$$(sed -n '2s/^# //p' scripts/$*)) > $@

$(BUILD)/pptest-mpi.1: scripts/lib/manual.awk Makefile
	@mkdir -p $(@D)
	@printf '$(mpi_usage)' | $(call tool_page,pptest-mpi,measure as a job of MPI how many workers to run) > $@

MANUAL    := $(addprefix $(BUILD)/,pptest.1 pptest.5 $(TOOLS:%=pptest-%.1) $(if $(MPI),pptest-mpi.1))
manual: $(MANUAL)  ## make the manual pages

$(BUILD)/completion.%: $(PROGRAM)
	@./$(PROGRAM) completion $* > $@

# zsh looks for those of packages elsewhere on Debian.
ZSH_FUNCTIONS ?= share/zsh/site-functions
COMPLETIONS := share/bash-completion/completions/pptest=$(BUILD)/completion.bash \
               $(ZSH_FUNCTIONS)/_pptest=$(BUILD)/completion.zsh \
               share/fish/vendor_completions.d/pptest.fish=$(BUILD)/completion.fish
completions: $(foreach s,bash zsh fish,$(BUILD)/completion.$s)  ## make the completions of shells

schemas: $(PROGRAM)  ## write schemas/ anew, after a change of the tables
	@mkdir -p schemas
	./$(PROGRAM) schema config > schemas/pptest-config.schema.json
	./$(PROGRAM) schema result > schemas/pptest-result-1.schema.json

docs: $(PROGRAM)  ## write docs/TASKS.md anew, after a change of a task's fields
	./$(PROGRAM) tasks --format markdown > docs/TASKS.md

# What install puts below PREFIX, and uninstall removes: PLACE=FILE, and of links PLACE=TARGET.
examples      = $(shell find example_configs examples -type f ! -name '.*' ! -name '*~' ! -name '*.so' ! -path '*/results/*' | \
                  LC_ALL=C sort)
shared        = $(foreach f,$(1),share/pptest/$f=$f)
INSTALL_755   = $(foreach p,$(PROGRAMS),bin/$(notdir $p)=$p) $(call shared,$(TOOLS:%=scripts/%))
INSTALL_644   = $(foreach h,$(wildcard include/pptest/*.h),$h=$h) share/pkgconfig/pptest.pc=$(BUILD)/pptest.pc \
                $(foreach m,$(MANUAL),share/man/man$(subst .,,$(suffix $m))/$(notdir $m)=$m) \
                $(COMPLETIONS) $(call shared,$(wildcard schemas/*.json) scripts/lib/csv.awk $(examples)) \
                $(foreach f,$(wildcard *.md docs/*.md docs/images/*),share/doc/pptest/$f=$f)
# For a build that is without MPI, unlike the one that was installed.
MPI_PLACES    = bin/pptest-mpi share/man/man1/pptest-mpi.1
# Documents link each other, and the examples, from where all of them are in the sources.
INSTALL_LINKS = $(foreach t,$(TOOLS),bin/pptest-$t=../share/pptest/scripts/$t) \
                $(foreach f,example_configs examples,share/doc/pptest/$f=../../pptest/$f)
into          = root=$(call shell_word,$(DESTDIR)$(PREFIX)); umask 022
# So that clean folders go with the last file in them; others are not only pptest's.
own_folders   = include/pptest|include/pptest/*|share/pptest|share/pptest/*|share/doc/pptest|share/doc/pptest/*

# Whoever installs may have another umask than those who are to run it.
install: all  ## install below DESTDIR/PREFIX
	@$(MAKE) --no-print-directory install-built

install-built:  ## the same with what is built already
	@$(into); put() { mode=$$1; shift; for f; do install -D -m "$$mode" "$${f#*=}" "$$root/$${f%%=*}" || return; done; }; \
	put 755 $(INSTALL_755) && put 644 $(INSTALL_644) && \
	for l in $(INSTALL_LINKS); do ln -sfn "$${l#*=}" "$$root/$${l%%=*}" || exit; done && printf 'installed in %s\n' "$$root"

uninstall:  ## undo install
	@$(into); for f in $(INSTALL_755) $(INSTALL_644) $(INSTALL_LINKS) $(MPI_PLACES); do \
	  f=$${f%%=*}; rm -f "$$root/$$f" || exit; \
	  while f=$${f%/*}; case $$f in $(own_folders)) ;; *) false ;; esac; do rmdir "$$root/$$f" 2>/dev/null || break; done; \
	done

clean:  ## remove everything that was built
	rm -rf build pptest pptest-mpi

help:  ## show this list
	@awk -F':.*## ' '/^[a-z][-a-z ]*:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

-include $(OBJECTS:.o=.d) $(MPI_OBJECTS:.o=.d) $(MAIN:.o=.d) $(UNIT:=.d)
