/*
 * Manifests in the store: what counts, from when on, and for how long.
 */
#include "tests/unit/manifest_fixture.h"

#include "core/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct manifest_entry
entry_of(struct digest d)
{
	return (struct manifest_entry){.digest = d};
}

static void
nothing_counts_before_it_is_activated(void **state)
{
	struct fixture *f = *state;
	struct manifest_entry en[2] = {
	    entry_of(made_up(1)), entry_of(made_up(2))};
	struct manifest_source m = source_of("prod", "host1", 1, 5), got;
	struct listing l;

	assert_false(store_manifest_any(f->s));
	assert_int_equal(stage(f, true, en, 1), BH_OK);
	assert_int_equal(stage(f, false, en + 1, 1), BH_OK);
	assert_false(store_manifest_any(f->s));
	assert_int_equal(listed(f, &en[0].digest), BH_ERR_NOTFOUND);
	assert_int_equal(store_manifest_source(f->s, "prod", "host1", &got),
	    BH_ERR_NOTFOUND);
	assert_int_equal(activate(f, &m, false, false), BH_OK);
	assert_int_equal(m.id, 1);
	assert_int_equal(m.entries, 2);
	assert_int_equal(m.quarantined, 0);
	assert_true(store_manifest_any(f->s));
	assert_int_equal(store_listed(f->s, &en[1].digest, &l), BH_OK);
	assert_string_equal(l.realm, "prod");
	assert_int_equal(l.created_s, T0 + 5);
	assert_false(l.quarantined);
	en[1].digest.kind = DIGEST_SSH_CA;
	assert_int_equal(listed(f, &en[1].digest), BH_ERR_NOTFOUND);
	fixture_reopen(f);
	assert_true(store_manifest_any(f->s));
	assert_int_equal(listed(f, &en[0].digest), BH_OK);
	assert_int_equal(
	    store_manifest_source(f->s, "prod", "host1", &got), BH_OK);
	assert_memory_equal(&got, &m, sizeof(m));
}

static void
a_restart_forgets_a_piecemeal_import(void **state)
{
	struct fixture *f = *state;
	struct manifest_entry en = entry_of(made_up(1));
	struct manifest_source m = source_of("prod", "host1", 1, 5);
	struct collision c;
	uint64_t after = 0;
	size_t n;

	assert_int_equal(stage(f, true, &en, 1), BH_OK);
	fixture_reopen(f);
	assert_false(store_manifest_any(f->s));
	assert_int_equal(listed(f, &en.digest), BH_ERR_NOTFOUND);
	assert_int_equal(stage(f, false, &en, 1), BH_ERR_REFUSED);
	assert_int_equal(activate(f, &m, false, false), BH_ERR_REFUSED);
	assert_int_equal(
	    store_manifest_collisions(f->s, &after, 1, &c, &n), BH_ERR_REFUSED);
	assert_int_equal(stage(f, true, &en, 1), BH_OK);
	assert_int_equal(activate(f, &m, false, false), BH_OK);
	assert_int_equal(m.entries, 1);
}

static void
a_piece_rolled_back_was_never_there(void **state)
{
	struct fixture *f = *state;
	struct manifest_entry en[3] = {
	    entry_of(made_up(1)), entry_of(made_up(2)), entry_of(made_up(3))};
	struct manifest_source m = source_of("prod", "host1", 1, 5);

	assert_int_equal(stage(f, true, en, 1), BH_OK);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_manifest_stage(f->s, en + 1, 1), BH_OK);
	store_rollback(f->s);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_mark(f->s), BH_OK);
	assert_int_equal(store_manifest_stage(f->s, en + 2, 1), BH_OK);
	assert_int_equal(store_reset(f->s), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(
	    store_manifest_activate(f->s, &m, false, false), BH_OK);
	store_rollback(f->s);
	assert_false(store_manifest_any(f->s));
	assert_int_equal(listed(f, &en[0].digest), BH_ERR_NOTFOUND);
	assert_int_equal(activate(f, &m, false, false), BH_OK);
	assert_int_equal(m.entries, 1);
	assert_int_equal(listed(f, &en[0].digest), BH_OK);
	assert_int_equal(listed(f, &en[1].digest), BH_ERR_NOTFOUND);
	assert_int_equal(listed(f, &en[2].digest), BH_ERR_NOTFOUND);
}

static void
pieces_have_their_rules(void **state)
{
	struct fixture *f = *state;
	struct manifest_entry en[2] = {
	    entry_of(made_up(1)), entry_of(made_up(1))};
	struct manifest_source m = source_of("prod", "host1", 1, 0);

	assert_int_equal(store_manifest_begin(f->s, false), BH_ERR_REFUSED);
	assert_int_equal(stage(f, true, en, 2), BH_ERR_EXISTS);
	assert_int_equal(stage(f, true, en, 1), BH_OK);
	assert_int_equal(stage(f, false, en, 1), BH_ERR_EXISTS);
	assert_int_equal(store_manifest_stage(f->s, en, 1), BH_ERR_REFUSED);
	en[1].digest.kind = DIGEST_KIND_COUNT;
	assert_int_equal(stage(f, false, en + 1, 1), BH_ERR_RANGE);
	en[1].digest.kind = (enum digest_kind)0;
	assert_int_equal(stage(f, false, en + 1, 1), BH_ERR_RANGE);
	assert_int_equal(activate(f, &m, false, false), BH_ERR_RANGE);
}

/* Entries of the one that was replaced are gone at once from what counts, and
 * from the file in idle moments. */
static void
a_replaced_manifest_lists_nothing(void **state)
{
	struct fixture *f = *state;
	struct manifest_entry old[2] = {
	    entry_of(made_up(1)), entry_of(made_up(2))};
	struct manifest_entry new[2] = {
	    entry_of(made_up(2)), entry_of(made_up(3))};

	import(f, "prod", 5, old, 2);
	import(f, "prod", 6, new, 2);
	assert_int_equal(listed(f, &old[0].digest), BH_ERR_NOTFOUND);
	assert_int_equal(listed(f, &old[1].digest), BH_OK);
	assert_int_equal(listed(f, &new[1].digest), BH_OK);
	while (store_idle(f->s))
		;
	assert_int_equal(listed(f, &old[0].digest), BH_ERR_NOTFOUND);
	assert_int_equal(listed(f, &new[0].digest), BH_OK);
	fixture_close(f);
	assert_int_equal(
	    number_in(f, "SELECT count(*) FROM manifest_entry"), 2);
	fixture_reopen(f);
	assert_int_equal(listed(f, &new[1].digest), BH_OK);
}

static void
an_empty_manifest_lists_nothing(void **state)
{
	struct fixture *f = *state;
	struct manifest_entry old = entry_of(made_up(1));

	import(f, "prod", 5, &old, 1);
	import(f, "prod", 6, &old, 0);
	assert_int_equal(listed(f, &old.digest), BH_ERR_NOTFOUND);
	assert_true(store_manifest_any(f->s));
}

/* P01 */
static void
two_realms_are_apart(void **state)
{
	struct fixture *f = *state;
	struct manifest_entry a[2] = {
	    entry_of(made_up(1)), entry_of(made_up(2))};
	struct manifest_entry b[2] = {
	    entry_of(made_up(2)), entry_of(made_up(3))};
	struct manifest_source list[4], m;
	struct listing l;
	size_t n;

	b[0].quarantine = true;
	import(f, "shop", 3, b, 2);
	import(f, "prod", 5, a, 2);
	assert_int_equal(store_listed(f->s, &a[0].digest, &l), BH_OK);
	assert_string_equal(l.realm, "prod");
	assert_int_equal(store_listed(f->s, &b[1].digest, &l), BH_OK);
	assert_string_equal(l.realm, "shop");
	/* the one that is not quarantined goes first */
	assert_int_equal(store_listed(f->s, &b[0].digest, &l), BH_OK);
	assert_string_equal(l.realm, "prod");
	assert_false(l.quarantined);
	assert_int_equal(store_manifest_sources(f->s, 0, 4, list, &n), BH_OK);
	assert_int_equal(n, 2);
	assert_string_equal(list[0].realm, "shop");
	assert_int_equal(list[0].quarantined, 1);
	assert_int_equal(
	    store_manifest_sources(f->s, list[0].id, 4, list, &n), BH_OK);
	assert_int_equal(n, 1);
	import(f, "prod", 6, a, 1);
	assert_int_equal(store_listed(f->s, &a[1].digest, &l), BH_OK);
	assert_true(l.quarantined); /* only the other one is left */
	assert_int_equal(
	    store_manifest_source(f->s, "shop", "host1", &m), BH_OK);
	assert_int_equal(m.serial, 3);
	assert_int_equal(
	    store_manifest_source(f->s, "shop", "host2", &m), BH_ERR_NOTFOUND);
}

/* P02, P03 */
static void
an_older_or_foreign_one_is_refused(void **state)
{
	static const struct {
		const char *rule;
		uint64_t serial;
		uint8_t signer;
		bool repin;
		enum bh_err want;
		bool accept;
	} rows[] = {
	    {"older", 4, 1, false, BH_ERR_ROLLBACK, false},
	    {"the same again", 5, 1, false, BH_ERR_ROLLBACK, false},
	    {"another signer", 9, 2, false, BH_ERR_REFUSED, true},
	    {"newer", 6, 1, false, BH_OK, false},
	    {"the same again, accepted", 6, 1, false, BH_OK, true},
	    {"older, accepted", 5, 1, false, BH_ERR_ROLLBACK, true},
	    {"another signer, pinned anew", 2, 2, true, BH_OK, false},
	    {"the signer before", 9, 1, false, BH_ERR_REFUSED, false},
	    {"from the new one's serial on", 3, 2, false, BH_OK, false},
	};
	struct fixture *f = *state;
	struct manifest_entry en[2] = {
	    entry_of(made_up(1)), entry_of(made_up(2))};
	struct manifest_source m, got;
	size_t i;

	import(f, "prod", 5, en, 1);
	for (i = 0; i < nitems(rows); i++) {
		m = source_of("prod", "host1", rows[i].signer, rows[i].serial);
		assert_int_equal(stage(f, true, en + 1, 1), BH_OK);
		if (activate(f, &m, rows[i].accept, rows[i].repin) !=
		    rows[i].want)
			fail_msg("%s", rows[i].rule);
		if (i < 3)
			assert_int_equal(listed(f, &en[0].digest), BH_OK);
		if (rows[i].want != BH_OK)
			continue;
		assert_int_equal(
		    store_manifest_source(f->s, "prod", "host1", &got), BH_OK);
		assert_int_equal(got.serial, rows[i].serial);
		assert_memory_equal(got.signer, m.signer, sizeof(m.signer));
		assert_int_equal(listed(f, &en[1].digest), BH_OK);
	}
}

/* P03: a manifest that lists the vault's own keys locks nobody out. */
static void
what_collides_is_quarantined(void **state)
{
	struct fixture *f = *state;
	struct manifest_entry en[3] = {entry_of(digest_of(SEED)),
	    entry_of(made_up(1)), entry_of(made_up(2))};
	struct manifest_source m = source_of("prod", "host1", 1, 5);
	struct collision c[3];
	struct listing l;
	uint64_t after = 0;
	size_t n;

	en[2].quarantine = true; /* as the caller knows */
	assert_int_equal(stage(f, true, en, 3), BH_OK);
	assert_int_equal(
	    store_manifest_collisions(f->s, &after, 1, c, &n), BH_OK);
	assert_int_equal(n, 1);
	assert_int_equal(c[0].token, 1);
	assert_int_equal(c[0].digest.kind, DIGEST_OTP_KEY);
	assert_int_equal(
	    store_manifest_collisions(f->s, &after, 3, c, &n), BH_OK);
	assert_int_equal(n, 1);
	assert_int_equal(c[0].token, 0);
	assert_memory_equal(
	    c[0].digest.bytes, en[2].digest.bytes, MODEL_DIGEST_LEN);
	assert_int_equal(
	    store_manifest_collisions(f->s, &after, 3, c, &n), BH_OK);
	assert_int_equal(n, 0);
	assert_int_equal(activate(f, &m, false, false), BH_OK);
	assert_int_equal(m.entries, 3);
	assert_int_equal(m.quarantined, 2);
	assert_int_equal(store_listed(f->s, &en[0].digest, &l), BH_OK);
	assert_true(l.quarantined);
	assert_int_equal(store_listed(f->s, &en[1].digest, &l), BH_OK);
	assert_false(l.quarantined);
}

static void
accepted_nothing_of_it_is_quarantined(void **state)
{
	struct fixture *f = *state;
	struct manifest_entry en[2] = {
	    entry_of(digest_of(SEED)), entry_of(made_up(1))};
	struct manifest_source m = source_of("prod", "host1", 1, 5);
	struct listing l;

	en[1].quarantine = true;
	assert_int_equal(stage(f, true, en, 2), BH_OK);
	assert_int_equal(activate(f, &m, true, false), BH_OK);
	assert_int_equal(m.quarantined, 0);
	fixture_reopen(f);
	assert_int_equal(store_listed(f->s, &en[0].digest, &l), BH_OK);
	assert_false(l.quarantined);
	assert_int_equal(store_listed(f->s, &en[1].digest, &l), BH_OK);
	assert_false(l.quarantined);
}

/* What opens nothing here goes on opening nothing, whether it was accepted or
 * came to this host after it was listed. */
static void
refused_once_it_stays_refused(void **state)
{
	struct fixture *f = *state;
	struct manifest_entry en[3] = {entry_of(digest_of(SEED)),
	    entry_of(made_up(1)), entry_of(made_up(2))};
	struct manifest_source m = source_of("prod", "host1", 1, 5);
	struct manifest_source other = source_of("other", "host2", 2, 5);
	struct listing l;

	assert_int_equal(stage(f, true, en, 2), BH_OK);
	assert_int_equal(activate(f, &m, true, false), BH_OK);
	en[1].quarantine = en[2].quarantine = true;
	m.serial++;
	assert_int_equal(stage(f, true, en, 3), BH_OK);
	assert_int_equal(activate(f, &m, false, false), BH_OK);
	assert_int_equal(m.quarantined, 1);
	assert_int_equal(store_listed(f->s, &en[0].digest, &l), BH_OK);
	assert_false(l.quarantined);
	assert_int_equal(store_listed(f->s, &en[1].digest, &l), BH_OK);
	assert_false(l.quarantined);
	assert_int_equal(store_listed(f->s, &en[2].digest, &l), BH_OK);
	assert_true(l.quarantined);
	/* who lists it does not matter */
	assert_int_equal(stage(f, true, en, 3), BH_OK);
	assert_int_equal(activate(f, &other, false, false), BH_OK);
	assert_int_equal(other.quarantined, 1);
}

/* P03: the way out for an owner who accepted what he should not have. */
static void
begun_anew_all_that_collides_is_quarantined(void **state)
{
	struct fixture *f = *state;
	struct manifest_entry en[2] = {
	    entry_of(digest_of(SEED)), entry_of(made_up(1))};
	struct manifest_source m = source_of("prod", "host1", 1, 5);
	struct listing l;

	en[1].quarantine = true;
	assert_int_equal(stage(f, true, en, 2), BH_OK);
	assert_int_equal(activate(f, &m, true, false), BH_OK);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_manifest_begin(f->s, true), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	assert_int_equal(stage(f, false, en, 2), BH_OK);
	assert_int_equal(activate(f, &m, false, true), BH_OK);
	assert_int_equal(m.quarantined, 2);
	assert_int_equal(store_listed(f->s, &en[0].digest, &l), BH_OK);
	assert_true(l.quarantined);
}

/* Enrolled between the pieces and the end: it was active before the manifest
 * was. */
static void
a_token_of_meanwhile_collides_too(void **state)
{
	static const char secret[] = "meanwhile 0123456789";
	struct fixture *f = *state;
	struct manifest_entry en[2] = {
	    entry_of(digest_of(secret)), entry_of(made_up(1))};
	struct manifest_source m = source_of("prod", "host1", 1, 5);
	struct listing l;
	uint64_t id = 0;

	assert_int_equal(stage(f, true, en, 2), BH_OK);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(
	    fixture_add_token(f, 2, FACTOR_TOTP, secret, &id), BH_OK);
	store_rollback(f->s);
	fixture_token(f, 2, FACTOR_TOTP, secret);
	assert_int_equal(activate(f, &m, false, false), BH_OK);
	assert_int_equal(m.quarantined, 1);
	assert_int_equal(store_listed(f->s, &en[0].digest, &l), BH_OK);
	assert_true(l.quarantined);
	assert_int_equal(keyring_add(f->keys, 2), BH_OK);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_rekey(f->s, 2), BH_OK); /* it adds up */
	store_rollback(f->s);
}

/* A revoked token's seed may be listed: it opens nothing any more. */
static void
a_revoked_token_does_not_collide(void **state)
{
	struct fixture *f = *state;
	struct manifest_entry en = entry_of(digest_of(SEED));
	struct manifest_source m = source_of("prod", "host1", 1, 5);
	struct token t;

	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_token_get(f->s, 1, &t), BH_OK);
	t.status = TOKEN_REVOKED;
	assert_int_equal(store_token_update(f->s, &t), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	assert_int_equal(stage(f, true, &en, 1), BH_OK);
	assert_int_equal(activate(f, &m, false, false), BH_OK);
	assert_int_equal(m.quarantined, 0);
}

/* As many as a large site has; removed by portions once they are replaced. */
static void
a_hundred_thousand_entries(void **state)
{
	struct fixture *f = *state;
	struct manifest_source m = source_of("prod", "host1", 1, 5);
	struct digest d;
	uint32_t i;
	int n;

	assert_int_equal(stage(f, true, NULL, 0), BH_OK);
	stage_many(f, 0, 100000);
	assert_int_equal(activate(f, &m, false, false), BH_OK);
	assert_int_equal(m.entries, 100000);
	for (i = 0; i < 100000; i += 997) {
		d = made_up(i);
		assert_int_equal(listed(f, &d), BH_OK);
	}
	d = made_up(100000);
	assert_int_equal(listed(f, &d), BH_ERR_NOTFOUND);
	fixture_reopen(f);
	m.serial++;
	assert_int_equal(stage(f, true, NULL, 0), BH_OK);
	stage_many(f, 99990, 20);
	assert_int_equal(activate(f, &m, false, false), BH_OK);
	for (n = 0; store_idle(f->s); n++)
		;
	assert_true(n > 100); /* in small portions */
	fixture_close(f);
	assert_int_equal(
	    number_in(f, "SELECT count(*) FROM manifest_entry"), 20);
}

/* Idle work leaves alone what is being staged. */
static void
idle_moments_between_the_pieces(void **state)
{
	struct fixture *f = *state;
	struct manifest_source m = source_of("prod", "host1", 1, 5);
	struct manifest_entry first = entry_of(made_up(7));

	assert_int_equal(stage(f, true, &first, 1), BH_OK); /* given up */
	assert_int_equal(stage(f, true, NULL, 0), BH_OK);
	stage_many(f, 0, 700);
	while (store_idle(f->s))
		;
	stage_many(f, 700, 700);
	while (store_idle(f->s))
		;
	assert_int_equal(activate(f, &m, false, false), BH_OK);
	assert_int_equal(m.entries, 1400);
	while (store_idle(f->s))
		;
	fixture_close(f);
	assert_int_equal(
	    number_in(f, "SELECT count(*) FROM manifest_entry"), 1400);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(nothing_counts_before_it_is_activated),
	    WITH(a_restart_forgets_a_piecemeal_import),
	    WITH(a_piece_rolled_back_was_never_there),
	    WITH(pieces_have_their_rules),
	    WITH(a_replaced_manifest_lists_nothing),
	    WITH(an_empty_manifest_lists_nothing),
	    WITH(two_realms_are_apart),
	    WITH(an_older_or_foreign_one_is_refused),
	    WITH_TWO(what_collides_is_quarantined),
	    WITH_TWO(accepted_nothing_of_it_is_quarantined),
	    WITH_TWO(refused_once_it_stays_refused),
	    WITH_TWO(begun_anew_all_that_collides_is_quarantined),
	    WITH_TWO(a_token_of_meanwhile_collides_too),
	    WITH_TWO(a_revoked_token_does_not_collide),
	    WITH(a_hundred_thousand_entries),
	    WITH(idle_moments_between_the_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
