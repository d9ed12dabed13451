/**
 * Error codes shared by every layer.
 *
 * A function that can fail returns 0 or one of these; results come out through leading out-parameters, which
 * are left untouched on failure. Input errors are values, impossible states are asserted.
 */
#ifndef QN_BASE_ERR_H
#define QN_BASE_ERR_H

enum qn_err {
    QN_OK = 0,
    QN_EINVAL = -1,      /**< input or argument outside what the function takes */
    QN_ENOMEM = -2,      /**< out of memory */
    QN_ENOTFOUND = -3,   /**< the thing named is not there */
    QN_EEXIST = -4,      /**< it is there already */
    QN_ELIMIT = -5,      /**< a configured bound was passed */
    QN_EIO = -6,         /**< the operating system refused; errno says why */
    QN_EBUSY = -7,       /**< a queue is full: try again later */
    QN_ETIMEOUT = -8,    /**< a deadline passed */
    QN_EUNAVAIL = -9,    /**< the database is away */
    QN_EDB = -10,        /**< the database answered with an error (see its SQLSTATE) */
    QN_ESTALE = -11,     /**< a version guard was lost */
    QN_EDENIED = -12,    /**< the caller has not the right */
    QN_ECANCELED = -13,  /**< given up by the caller */
    QN_ESTATE = -14      /**< not possible in the present state */
};

/** A short English name of `err` ("not found"); never NULL. Thread-safe. */
const char *qn_strerror(int err);

/** A message for people, built where the fault is known and shown as it is. */
typedef struct {
    char text[1024]; /**< NUL-terminated; cut when longer */
} qn_errmsg;

/** printf into `e` (may be NULL) and return `code`, so that `return qn_fail(e, QN_EINVAL, "…")` reads well. */
int qn_fail(qn_errmsg *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
