/**
 * What a process is called in /proc and in `top`. Debian's libc has no setproctitle: the title overwrites the memory of
 * argv, which is what /proc/PID/cmdline shows.
 */
#ifndef QN_PROCESS_TITLE_H
#define QN_PROCESS_TITLE_H

/** Takes the memory of `argv` and of the environment behind it (the environment is copied out first and stays usable).
 * Once, first thing in main(); `argv` must not be read after the first qn_title_set. Without it qn_title_set names the
 * thread only. [init] */
void qn_title_init(int argc, char **argv);

/** Sets the title, cut to what fits; the thread's name (15 bytes) as well. */
void qn_title_set(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
