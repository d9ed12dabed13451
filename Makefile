# Quoin. `make help` lists the targets.
# One file, no generator; everything that is built lies in build/.

MAKEFLAGS += -r --no-print-directory
NPROC := $(shell nproc 2>/dev/null || echo 2)
# Parallel without being asked; a make below this one shares its jobs.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(NPROC)
endif
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

CC      ?= gcc
ifeq ($(origin CC),default)
CC      := gcc
endif
PREFIX  ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0

# ---- flavours: release (the default) and asan ------------------------------------------------------------------------
FLAVOUR ?= release
ifeq ($(FLAVOUR),asan)
B        := build/asan
OPT      := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined -DQN_DEBUG=1
LDOPT    := -fsanitize=address,undefined
SAN_OBJ  := $(B)/o/tests/asan.o
else
B        := build
OPT      := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-clash-protection -DNDEBUG
LDOPT    :=
endif

PKGS     := libevent_core libpq jansson libsodium inih libcmark-gfm zlib libbrotlienc libzstd icu-uc icu-i18n libcurl
# Asked when first needed (before `make run` has installed it there may be no pkg-config), and then only once.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) | sed 's/-I/-isystem /g'))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $(shell pkg-config --libs $(PKGS)) -lcmark-gfm-extensions)$(PKG_LIBS)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wcast-qual
ifdef CI
WARN += -Werror
endif
CPPFLAGS_ALL = -Icore -Iinclude -D_GNU_SOURCE -DQN_VERSION='"$(VERSION)"' -DQN_PREFIX='"$(PREFIX)"' $(PKG_CFLAGS) $(CPPFLAGS)
CFLAGS_ALL   = -std=c11 $(WARN) $(OPT) -fPIE -fstack-protector-strong -fvisibility=hidden -pthread $(CFLAGS)
LDFLAGS_ALL  = -pie -Wl,-z,relro,-z,now,-z,noexecstack -pthread -ldl $(LDOPT) $(LDFLAGS)

# ---- what there is ---------------------------------------------------------------------------------------------------
LAYERS   := base loop http db content access events plugin api process cli
CORE_SRC := $(sort $(wildcard $(LAYERS:%=core/%/*.c)))
MAIN_SRC := core/cli/main.c
LIB_SRC  := $(filter-out $(MAIN_SRC),$(CORE_SRC))
LIB_OBJ  := $(LIB_SRC:%.c=$(B)/o/%.o)
MAIN_OBJ := $(MAIN_SRC:%.c=$(B)/o/%.o)
HEADERS  := $(sort $(wildcard include/*.h))
SAMPLES  := $(sort $(wildcard config/samples/*.txt config/samples/tags.tsv))
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(B)/unit/%)
SQL_SRC  := $(sort $(wildcard sql/*.sql))
PLUGINS  := $(sort $(patsubst plugins/%/,%,$(dir $(wildcard plugins/*/README.md))))
FIXTURES := $(sort $(wildcard tests/plugins/*.c))
TEMPLATE := $(sort $(filter-out %.so %.o,$(shell git ls-files plugins/example 2>/dev/null || find plugins/example -type f)))

FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BIN  = $(FUZZ_SRC:tests/fuzz/%.c=build/fuzz/%) build/fuzz/fuzz_quotes
FUZZ_LIB := $(filter core/base/% core/loop/% core/http/% core/content/%,$(LIB_SRC))
FUZZ_TIME ?= 60

.PHONY: all run plugins plugin reference fixtures test unit unit-bin asan api bench bench-http quotes-score fuzz fuzz-ci layers format tidy template install clean help deps deps-test deps-fuzz

# Until there is a command line there is only the library.
all: $(if $(wildcard $(MAIN_SRC)),$(B)/quoin,$(B)/libcore.a) plugins ## build build/quoin and the plugins

run: ## install what is missing, build, serve with an embedded PostgreSQL
	@sh config/deps.sh run
	@$(MAKE) all
	@exec ./$(B)/quoin serve -c config/quoin.ini

test: ## everything, as CI: sanitizers, unit tests, HTTP tests
	@sh config/deps.sh $(if $(CI),fuzz,test)
	@$(MAKE) layers
	@$(MAKE) all
	@bash tests/run.sh

unit: ## unit tests under ASan and UBSan (T=name for one file)
	@bash tests/run.sh unit $(T)

api: ## HTTP tests under ASan and UBSan (T=name for those that match)
	@bash tests/run.sh api "$(T)"

asan: ## build build/asan/quoin
	@$(MAKE) FLAVOUR=asan all

quotes-score: ## score the quotation extractor with the annotated documents of ../shared/eval/quotes
	@sh plugins/quotes/tools/score.sh ../shared/eval/quotes

fuzz: $(FUZZ_BIN) ## libFuzzer on each target (tests/fuzz, the quotation extractor) for FUZZ_TIME=60 seconds (needs clang)
	@bash tests/fuzz/run.sh $(FUZZ_TIME) $^

bench: all ## measure beside nginx and pgbench, into build/bench/ (ROW=cached,list… BENCH="--articles 1000000 --rounds 3")
	@sh config/deps.sh bench
	@/usr/bin/python3 tests/bench/bench.py $(if $(ROW),--rows $(ROW)) $(BENCH)

bench-http: $(B)/bench/bench_parser $(B)/httpd ## measure: the parser beside libhttp-parser, memory of idle and of slow connections
	@$(B)/bench/bench_parser
	@python3 tests/bench/connections.py $(B)/httpd

# All of them at once, the request parser's for a minute: what CI runs.
fuzz-ci: $(FUZZ_BIN)
	@FUZZ_PARALLEL=1 FUZZ_TIME_http=60 bash tests/fuzz/run.sh 20 $^

unit-bin: $(UNIT_BIN)

deps: ## install what building and running needs
	@sh config/deps.sh run
deps-test: ## install what the tests need as well
	@sh config/deps.sh test
deps-fuzz: ## and what fuzzing needs
	@sh config/deps.sh fuzz

# ---- rules -----------------------------------------------------------------------------------------------------------
$(B)/o/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo '  CC      $<'
	@$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(B)/libcore.a: $(LIB_OBJ)
	@rm -f $@
	@$(AR) rcs $@ $^

$(B)/quoin: $(MAIN_OBJ) $(SAN_OBJ) $(B)/libcore.a
	@echo '  LINK    $@'
	@$(CC) $(CFLAGS_ALL) -o $@ $(MAIN_OBJ) $(SAN_OBJ) $(B)/libcore.a $(LDFLAGS_ALL) $(PKG_LIBS)

# A unit test is one program of its own: fast to build, alone in its memory.
$(B)/unit/%: $(B)/o/tests/unit/%.o $(SAN_OBJ) $(B)/libcore.a
	@mkdir -p $(@D)
	@echo '  LINK    $@'
	@$(CC) $(CFLAGS_ALL) -o $@ $< $(SAN_OBJ) $(B)/libcore.a $(LDFLAGS_ALL) $(PKG_LIBS) -lcmocka

# It reads back what the server encodes.
$(B)/unit/test_http_codings: LDFLAGS_ALL += -lbrotlidec

# It reads the same bytes with another parser.
$(B)/unit/test_http_differential $(B)/bench/bench_parser: LDFLAGS_ALL += -lhttp_parser

# It is its own name service.
$(B)/unit/test_hosts: LDFLAGS_ALL += -Wl,--wrap=getaddrinfo

$(B)/unit/test_http_oom: LDFLAGS_ALL += -Wl,--wrap=malloc,--wrap=realloc,--wrap=calloc

# A server of core/http alone, for raw tests of it and measurements.
$(B)/httpd: $(B)/o/tests/fixtures/httpd.o $(SAN_OBJ) $(B)/libcore.a
	@echo '  LINK    $@'
	@$(CC) $(CFLAGS_ALL) -o $@ $< $(SAN_OBJ) $(B)/libcore.a $(LDFLAGS_ALL) $(PKG_LIBS)

# These make each allocation fail in turn (tests/unit/oom.h).
$(B)/unit/test_json $(B)/unit/test_config $(B)/unit/test_content_oom: LDFLAGS_ALL += -Wl,--wrap=malloc,--wrap=realloc

# libFuzzer is clang's; its objects lie apart from gcc's.
build/fuzz/o/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo '  CC      $<'
	@clang $(CPPFLAGS_ALL) -std=c11 -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -MMD -MP -c -o $@ $<
# The extractor is a library of its own: alone with its fuzzer.
build/fuzz/fuzz_quotes: build/fuzz/o/plugins/quotes/tests/fuzz_quotes.o $(patsubst %.c,build/fuzz/o/%.o,$(wildcard plugins/quotes/extract/*.c))
	@echo '  LINK    $@'
	@clang -fsanitize=fuzzer,address,undefined -o $@ $^ -lm
build/fuzz/%: build/fuzz/o/tests/fuzz/%.o $(FUZZ_LIB:%.c=build/fuzz/o/%.o)
	@echo '  LINK    $@'
	@rm -f $@.a && $(AR) rcs $@.a $(filter-out $<,$^)
	@clang -fsanitize=fuzzer,address,undefined -pthread -o $@ $< $@.a -ldl $(PKG_LIBS)

# So is a measurement (tests/bench/).
$(B)/bench/%: $(B)/o/tests/bench/%.o $(B)/libcore.a
	@mkdir -p $(@D)
	@echo '  LINK    $@'
	@$(CC) $(CFLAGS_ALL) -o $@ $< $(B)/libcore.a $(LDFLAGS_ALL) $(PKG_LIBS) -lcmocka

# ---- plugins ---------------------------------------------------------------------------------------------------------
# A plugin sees include/ and nothing of core/. Its sources are *.c in its folder and one folder down, but for tests/ and tools/;
# plugins/NAME/plugin.mk may say otherwise: NAME_SRC, NAME_CPPFLAGS, NAME_CFLAGS, NAME_LIBS, and rules for what it generates in $(B)/gen/NAME.
plugin_src = $(or $($(1)_SRC),$(filter-out plugins/$(1)/tests/% plugins/$(1)/tools/%,$(wildcard plugins/$(1)/*.c plugins/$(1)/*/*.c)))
PLUGIN_CPPFLAGS = -Iinclude -D_GNU_SOURCE
PLUGIN_CFLAGS   = -std=c11 $(WARN) $(OPT) -fPIC -fstack-protector-strong -fvisibility=hidden -pthread
# Linked with -z defs: what a plugin would have to find in the server is missing here already.
PLUGIN_LDFLAGS  = -shared -Wl,-z,defs -Wl,-z,relro,-z,now,-z,noexecstack $(LDOPT)

-include $(wildcard plugins/*/plugin.mk)

define plugin_rules
$(B)/plugins/$(1).so: $$(patsubst %.c,$(B)/p/%.o,$$(call plugin_src,$(1)))
	@mkdir -p $$(@D)
	@echo '  PLUGIN  $$@'
	@$$(CC) $$(PLUGIN_CFLAGS) -o $$@.new $$^ $$(PLUGIN_LDFLAGS) $$($(1)_LIBS) && mv $$@.new $$@
$(B)/p/plugins/$(1)/%.o: plugins/$(1)/%.c Makefile
	@mkdir -p $$(@D)
	@echo '  CC      $$<'
	@$$(CC) $$(PLUGIN_CPPFLAGS) $$($(1)_CPPFLAGS) $$(PLUGIN_CFLAGS) $$($(1)_CFLAGS) -MMD -MP -c -o $$@ $$<
-include $$(patsubst %.c,$(B)/p/%.d,$$(call plugin_src,$(1)))
endef
$(foreach p,$(PLUGINS),$(eval $(call plugin_rules,$(p))))

plugins: $(PLUGINS:%=$(B)/plugins/%.so) ## build the plugins into build/plugins

plugin: all ## begin plugins/NAME from the template (NAME=x)
	@$(B)/quoin plugin new plugins/$(NAME)

reference: ## write the reference in plugins/README.md anew from include/quoin.h
	@python3 plugins/reference.py

# Plugins of the tests: one file each.
comma := ,
fixtures: $(FIXTURES:tests/plugins/%.c=$(B)/fixtures/%.so)
$(B)/fixtures/%.so: tests/plugins/%.c include/quoin.h Makefile
	@mkdir -p $(@D)
	@echo '  PLUGIN  $@'
	@$(CC) $(PLUGIN_CPPFLAGS) $(PLUGIN_CFLAGS) -o $@.new $< $(filter-out $(if $(filter undefined,$*),-Wl$(comma)-z$(comma)defs),$(PLUGIN_LDFLAGS)) && mv $@.new $@

# `quoin plugin new` writes plugins/example under another name.
$(B)/gen/template.inc: $(TEMPLATE) Makefile
	@mkdir -p $(@D)
	@for f in $(TEMPLATE); do printf '{ "%s", (const unsigned char[]){\n' "$${f#plugins/example/}"; od -An -v -tx1 "$$f" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'; printf '0x00 }, %s },\n' "$$(wc -c < "$$f")"; done > $@
$(B)/o/core/cli/plugin.o: $(B)/gen/template.inc
$(B)/o/core/cli/plugin.o: CPPFLAGS_ALL += -I$(B)/gen

# The migrations are part of the binary, so that what runs is what was built.
$(B)/gen/migrations.inc: $(SQL_SRC) Makefile
	@mkdir -p $(@D)
	@for f in $(SQL_SRC); do printf '{ "%s", (const unsigned char[]){\n' "$${f##*/}"; od -An -v -tx1 "$$f" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'; printf '0x00 }, %s },\n' "$$(wc -c < "$$f")"; done > $@
$(B)/o/core/db/migrations.o: $(B)/gen/migrations.inc
$(B)/o/core/db/migrations.o: CPPFLAGS_ALL += -I$(B)/gen

-include $(B)/o/tests/fixtures/httpd.d $(CORE_SRC:%.c=$(B)/o/%.d) $(UNIT_SRC:%.c=$(B)/o/%.d)
-include $(wildcard build/fuzz/o/*/*/*.d build/fuzz/o/*/*/*/*.d)

# ---- care ------------------------------------------------------------------------------------------------------------
layers: ## check that no layer of core/ includes one below it
	@sh tests/layers.sh $(LAYERS)

format: ## clang-format everything
	@git ls-files -z '*.c' '*.h' | xargs -0 clang-format -i

tidy: ## clang-tidy over core/ (F=file for one)
	@clang-tidy --quiet $(or $(F),$(CORE_SRC)) -- -std=c11 $(CPPFLAGS_ALL)

# A unit test compares the two, so this is how to please it.
template: $(B)/unit/test_config ## write config/quoin.ini anew from the table of options
	@$(B)/unit/test_config --template > $(B)/quoin.ini && mv $(B)/quoin.ini config/quoin.ini

install: all ## install into $(DESTDIR)$(PREFIX)
	install -D -m 755 $(B)/quoin $(DESTDIR)$(PREFIX)/bin/quoin
	install -D -m 644 config/quoin.ini $(DESTDIR)$(PREFIX)/share/quoin/quoin.ini
	$(if $(HEADERS),install -d $(DESTDIR)$(PREFIX)/include && install -m 644 $(HEADERS) $(DESTDIR)$(PREFIX)/include/)
	install -d $(DESTDIR)$(PREFIX)/lib/quoin/plugins $(DESTDIR)$(PREFIX)/lib/pkgconfig
	$(if $(PLUGINS),install -m 644 $(PLUGINS:%=$(B)/plugins/%.so) $(DESTDIR)$(PREFIX)/lib/quoin/plugins/)
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' config/quoin.pc.in > $(DESTDIR)$(PREFIX)/lib/pkgconfig/quoin.pc
	$(if $(SAMPLES),install -d $(DESTDIR)$(PREFIX)/share/quoin/samples && install -m 644 $(SAMPLES) $(DESTDIR)$(PREFIX)/share/quoin/samples/)

clean: ## remove build/
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'
