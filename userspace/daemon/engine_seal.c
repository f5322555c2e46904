// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the engine: seals and unseals when asked, and tells of the seal (INV-8)
 *
 * The module alone judges.  What happens to the seal without the daemon's help is
 * seen in the module's figures, and told all the same.
 */
#include <sodium.h>
#include <string.h>

#include "engine.h"
#include "keeper_client.h"
#include "log.h"
#include "secret.h"

bool bw_engine_is_sealed(const struct bw_engine *engine)
{
	struct bw_control_info info;

	return bw_keeper_info(engine->keeper, &info) != 0 || (info.flags & BW_INFO_SEALED);
}

/* --- Notices ------------------------------------------------------------------- */

static void tell(struct bw_engine *engine, enum bw_notice_kind kind, const char *text)
{
	if (kind == BW_NOTICE_SEALED)
		log_notice("sealed; %s", text);
	else
		log_warning("the seal: %s", text);
	bw_engine_notice(engine, kind, text);
}

static void tell_wrong(struct bw_engine *engine, const struct bw_control_info *now)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "wrong secrets so far: %llu",
		       (unsigned long long)now->wrong_secrets);
	tell(engine, BW_NOTICE_SECRET_WRONG, text);
}

static void tell_shown(struct bw_engine *engine, const struct bw_control_info *now)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%u of %u secrets shown", now->seal_shown,
		       now->seal_needed);
	tell(engine, BW_NOTICE_SECRET_SHOWN, text);
}

static void tell_sealed(struct bw_engine *engine, const struct bw_control_info *now)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "secrets that open the seal: %u", now->seal_needed);
	tell(engine, BW_NOTICE_SEALED, text);
}

void bw_engine_notice_seal(struct bw_engine *engine, const struct bw_control_info *now)
{
	const struct bw_control_info before = engine->seal;
	bool was_sealed = (before.flags & BW_INFO_SEALED) != 0;
	bool is_sealed = (now->flags & BW_INFO_SEALED) != 0;

	engine->seal = *now;
	if (now->wrong_secrets != before.wrong_secrets)
		tell_wrong(engine, now);
	if (is_sealed && !was_sealed)
		tell_sealed(engine, now);
	if (is_sealed && now->seal_shown > (was_sealed ? before.seal_shown : 0))
		tell_shown(engine, now);
	if (was_sealed && !is_sealed)
		tell(engine, BW_NOTICE_UNSEALED, "enough secrets were shown");
}

/* --- Verbs --------------------------------------------------------------------- */

/* What a seal would only conserve. */
static const char *reason_against(struct bw_engine *engine)
{
	struct bw_facts facts;

	bw_engine_look(engine);
	facts = bw_engine_facts(engine);
	if (!engine->enforcer || facts.canary != BW_CANARY_REFUSED)
		return "this host is not protected; 'bulwarkctl status' tells why";
	if (!(facts.keeper.flags & BW_INFO_PERMANENT))
		return "kernel.ftrace_enabled can be turned off, which silences all programs: set "
		       "it to 1 and run 'systemctl restart bulwarkd' before sealing";
	return NULL;
}

static bool commitment_read(const json_t *text, uint8_t *ret_commitment)
{
	const char *hex = json_string_value(text);
	size_t len;

	return hex &&
	       !sodium_hex2bin(ret_commitment, BW_DIGEST_SIZE, hex, strlen(hex), NULL, &len,
			       NULL) &&
	       len == BW_DIGEST_SIZE;
}

static bool commitments_read(const json_t *array, uint8_t (*ret_all)[BW_DIGEST_SIZE])
{
	const json_t *text;
	size_t i;

	if (json_array_size(array) > BW_SEAL_SECRETS_MAX)
		return false;

	json_array_foreach (array, i, text)
		if (!commitment_read(text, ret_all[i]))
			return false;
	return true;
}

json_t *bw_engine_answer_seal(struct bw_engine *engine, const json_t *request)
{
	const json_t *array = json_object_get(request, "commitments");
	json_int_t needed = json_integer_value(json_object_get(request, "needed"));
	uint8_t commitments[BW_SEAL_SECRETS_MAX][BW_DIGEST_SIZE] = { 0 };
	const char *reason = reason_against(engine);
	int err;

	if (reason)
		return bw_engine_refuse(reason);
	if (needed < 1 || needed > BW_SEAL_SECRETS_MAX || !commitments_read(array, commitments))
		return bw_engine_refuse("the request names no commitments; bulwarkctl and bulwarkd "
					"may be of different versions");

	if (bw_engine_guard(engine) || bw_engine_glass_seal(engine))
		return bw_engine_refuse("not all that is Bulwark's own could be found, and the "
					"seal would not guard it; see bulwarkd's log");

	err = bw_keeper_seal(engine->keeper, (uint32_t)needed, commitments,
			     (uint32_t)json_array_size(array));
	bw_engine_look(engine);
	return err ? bw_engine_refuse(bw_keeper_seal_excuse(err)) : json_pack("{s:b}", "ok", 1);
}

json_t *bw_engine_answer_unseal(struct bw_engine *engine, const json_t *request)
{
	const char *text = json_string_value(json_object_get(request, "secret"));
	uint8_t secret[BW_SECRET_SIZE];
	uint32_t shown = 0;
	uint32_t needed = 0;
	int err;

	if (!text || bw_secret_parse(text, secret))
		return bw_engine_refuse("the request has no secret; bulwarkctl and bulwarkd may be "
					"of different versions");

	err = bw_keeper_unseal(engine->keeper, secret, &shown, &needed);
	sodium_memzero(secret, sizeof(secret));
	bw_engine_look(engine);
	if (err)
		return bw_engine_refuse(bw_keeper_unseal_excuse(err));

	return json_pack("{s:b, s:i, s:i}", "ok", 1, "shown", (int)shown, "needed", (int)needed);
}
