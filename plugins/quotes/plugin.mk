quotes_LIBS := -lm
