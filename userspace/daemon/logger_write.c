// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the logger: one record into the log, then into the journal
 */
#include <errno.h>
#include <systemd/sd-journal.h>

#include "log.h"
#include "logger.h"

/* Records of state that may wait while the disk is full. */
#define BACKLOG_MAX 256

/*
 * The journal comes second: if it hangs, the record is safe, and no verdict waits
 * (INV-9).  Without a journal sd_journal_sendv() succeeds and does nothing.
 */
static void send_to_journal(const json_t *record)
{
	struct iovec *fields;
	size_t len;

	if (bw_record_journal(record, &fields, &len))
		return;

	(void)sd_journal_sendv(fields, (int)len);
	bw_record_journal_free(fields, len);
}

static int append(struct bw_logger *logger, const json_t *record)
{
	/* Whatever was in the way may be gone: the directory, a full disk. */
	if (logger->log.fd < 0) {
		int err = bw_log_file_open(&logger->log, logger->log.path);

		if (err)
			return err;
	}

	return bw_log_file_append(&logger->log, record);
}

static void note_outcome(struct bw_logger *logger, int err)
{
	if (err == logger->log_err)
		return;

	logger->log_err = err;
	if (err)
		log_error(err, "cannot write '%s'; refusals wait in the kernel's ring buffer",
			  logger->log.path);
	else
		log_notice("'%s' can be written again", logger->log.path);
}

static int write_borrowed(struct bw_logger *logger, const json_t *record)
{
	int err;

	err = record ? append(logger, record) : -ENOMEM;
	note_outcome(logger, err);
	if (err)
		return err;

	logger->records++;
	send_to_journal(record);
	return 0;
}

int bw_logger_write(struct bw_logger *logger, json_t *record)
{
	int err = write_borrowed(logger, record);

	json_decref(record);
	return err;
}

void bw_logger_write_later(struct bw_logger *logger, json_t *record)
{
	if (json_array_size(logger->backlog) == BACKLOG_MAX) {
		log_warning("too many records wait, dropping the oldest one of state");
		(void)json_array_remove(logger->backlog, 0);
	}

	(void)json_array_append_new(logger->backlog, record);
	(void)bw_logger_write_backlog(logger);
}

int bw_logger_write_backlog(struct bw_logger *logger)
{
	while (json_array_size(logger->backlog) > 0) {
		int err = write_borrowed(logger, json_array_get(logger->backlog, 0));

		if (err)
			return err;

		(void)json_array_remove(logger->backlog, 0);
	}
	return 0;
}
