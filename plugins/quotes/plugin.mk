quotes_LIBS := -lm
quotes_CPPFLAGS = -I$(B)/gen/quotes
# A hundredth of the extractor's time.
quotes_CFLAGS = $(if $(filter release,$(FLAVOUR)),-O3)

# The migrations as C arrays: what is applied is what was built.
QUOTES_SQL := $(sort $(wildcard plugins/quotes/sql/*.sql))
$(B)/gen/quotes/sql.inc: $(QUOTES_SQL) plugins/quotes/plugin.mk
	@mkdir -p $(@D)
	@for f in $(QUOTES_SQL); do printf 'static const char sql_%s[] = {\n' "$$(basename "$$f" .sql)"; od -An -v -tx1 "$$f" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'; printf '0 };\n'; done > $@
$(B)/p/plugins/quotes/quotes.o: $(B)/gen/quotes/sql.inc
