recommend_LIBS := -lm
